"""What a connection's CRM gets of a call, from its kept report: note, to-dos, fields of the deal.

For the job that writes them and the pages that show them beforehand: both ask here, so that what is
shown is what will be written. Nothing is asked of a CRM.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from analyzer.report import CallReport
from api.crm.note_template import Template, read_template
from api.crm.note_writing import Told, field_values, write_note, write_tasks
from api.crm.port import CallNote, CrmTask
from api.outgoing import read_base
from api.settings import Settings
from models.reports import load_report
from models.tables import Call, CrmConnection, Team, User
from models.users import zone_of


@dataclass(frozen=True, slots=True)
class Writing:
    """One call as one connection writes it; a report is read once for all of it.

    `template` None is the one that comes with us, `language` None that of the call.
    """

    report: CallReport
    told: Told
    template: Template | None
    language: str | None
    with_tasks: bool
    mapping: Mapping[str, str]

    def note(self, limit: int) -> CallNote:
        """The note, no longer than `limit` signs. Raises BadInput when not even its mark fits."""
        return write_note(self.report, self.told, self.template, self.language, limit)

    def tasks(self) -> list[CrmTask]:
        """The seller's next steps as to-dos; none where the connection writes none."""
        return write_tasks(self.report, self.told, self.language) if self.with_tasks else []

    def fields(self, longest: Mapping[str, int] | None = None) -> dict[str, str]:
        """What goes to fields of the deal by name; `longest` is how many signs each takes."""
        return field_values(self.report, self.mapping, self.language, longest)


def writing_of(
    session: Session, call: Call, connection: CrmConnection, settings: Settings
) -> Writing:
    """What the connection writes of the call, with the clock of its rep.

    Raises Missing when there is no report yet, BadReport when it must be understood again,
    BadInput when the connection's template or TALKTRACK_PUBLIC_URL is wrong.
    """
    rep = session.get(User, call.rep_id)
    team = session.get(Team, rep.team_id) if rep and rep.team_id else None
    told = Told(
        call_id=call.id,
        title=call.title,
        started_at=call.started_at.astimezone(zone_of(rep, team, settings.time_zone)),
        rep=rep.name if rep else "",
        rep_email=rep.email if rep else None,
        link=call_link(settings, call.id),
    )
    return Writing(
        report=load_report(session, call.id),
        told=told,
        template=read_template(connection.template) if connection.template else None,
        language=connection.language,
        with_tasks=connection.with_tasks,
        mapping=connection.fields,
    )


def call_link(settings: Settings, call_id: UUID) -> str | None:
    """The address of a call; None where this server has no public one."""
    if not settings.public_url:
        return None
    return f"{read_base(settings.public_url)}/calls/{call_id}"
