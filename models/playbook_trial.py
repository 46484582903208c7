"""What a playbook's trackers would find on a call, before it is put in force."""

from dataclasses import dataclass

from sqlmodel import Session

from analyzer.conversation import Conversation
from analyzer.lexicon import load_lexicon
from analyzer.moments import Moment
from analyzer.moments.trackers import find_trackers
from analyzer.playbook import Playbook, Tracker
from analyzer.reading import cut_sentences
from models.reports import load_report
from models.tables import Call


@dataclass(frozen=True, slots=True)
class Trial:
    """A tracker, and where its phrases are said; what only means the same needs an engine."""

    tracker: Tracker
    found: tuple[Moment, ...]


def try_playbook(session: Session, call: Call, playbook: Playbook) -> tuple[Trial, ...]:
    """Every tracker's finds on a call as its report shows it; nothing is kept.

    Raises Missing when there is no report yet.
    """
    report = load_report(session, call.id)
    lexicon = load_lexicon(report.transcript.language)
    talk = Conversation(
        report.transcript,
        cut_sentences(report.transcript, lexicon),
        report.speakers,
        report.meeting,
        playbook,
        lexicon,
    )
    found = tuple(find_trackers(talk))
    return tuple(
        Trial(tracker, tuple(one for one in found if one.name == tracker.id))
        for tracker in playbook.trackers
    )
