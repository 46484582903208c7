"""What a changed playbook would find on a call, beside what it finds as it is; nothing is kept."""

from dataclasses import dataclass

from sqlmodel import Session

from analyzer.playbook import Playbook
from analyzer.report import CallReport
from analyzer.understanding import Readers, understand_with
from models.corrections import corrections_of
from models.errors import Missing
from models.hearings import load_hearing
from models.tables import Call
from models.transcripts import as_known


@dataclass(frozen=True, slots=True)
class Comparison:
    """A call under two playbooks, both times without engines: by phrases, not by meaning."""

    before: CallReport
    after: CallReport


def compare_playbooks(
    session: Session, call: Call, before: Playbook, after: Playbook
) -> Comparison:
    """The call understood under both, with what people put right. Raises Missing when unheard."""
    hearing = load_hearing(session, call.id)
    if hearing is None:
        raise Missing(f"call {call.id} was not heard yet; choose one that was")
    corrections = corrections_of(session, call.id)
    heard, meeting = as_known(session, call, hearing)
    readers = Readers()
    return Comparison(
        understand_with(heard, meeting, before, readers, corrections),
        understand_with(heard, meeting, after, readers, corrections),
    )
