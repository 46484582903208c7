"""What the command line tells of a rep: their coaching report as a file."""

import sys
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.markup import escape
from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from api.coaching_files import FORMATS
from api.console import out
from api.settings import Settings
from models.coaching.report import RepReport, rep_report
from models.coaching.scope import ZONE, Question, period_of
from models.errors import BadInput, Missing
from models.kpis import parse_period
from models.tables import Team, User
from models.tables.columns import now

_NOBODY = "command line"
_DAYS_BY_WEEK = 62
"""Of so many days at most a report follows weeks; of more, months."""


class WrongOption(Exception):
    """An option asks for what there is not."""


@dataclass(frozen=True, slots=True)
class ReportOrder:
    """Whose report, over which time, and as what; printed when there is no file to write to."""

    rep: str
    period: str
    form: str = "html"
    language: str = "en"
    output: Path | None = None


def tell_report(engine: Engine, settings: Settings, order: ReportOrder) -> None:
    """Write the report as an admin would read it, private calls too. Raises WrongOption."""
    with Session(engine) as session:
        try:
            report = _report(session, settings, order)
        except (BadInput, Missing) as error:
            raise WrongOption(str(error)) from None
    content = FORMATS[order.form](report, order.language)
    if order.output is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        return
    order.output.write_bytes(content)
    out.print(escape(f"{order.output}: {report.heard.calls} calls of {report.rep_name}"))


def _report(session: Session, settings: Settings, order: ReportOrder) -> RepReport:
    is_theirs = func.lower(col(User.email)) == order.rep.strip().lower()
    rep = session.exec(select(User).where(is_theirs)).one_or_none()
    if rep is None:
        raise Missing(f"there is no user {order.rep[:60]!r}; give the address of one")
    team = session.get(Team, rep.team_id) if rep.team_id else None
    zone = ZoneInfo(team.time_zone if team else ZONE)
    at = now()
    asked = parse_period(
        order.period, at.astimezone(zone).date(), team.fiscal_year_start if team else 1
    )
    period = period_of(_midnight(asked.start_on, zone), _midnight(asked.end_on, zone), at)
    is_short = (period.until - period.since).days <= _DAYS_BY_WEEK
    step = Question(period, "week" if is_short else "month", settings.follow_up_days, at)
    admin = User(email=_NOBODY, name=_NOBODY, role="admin")
    return rep_report(session, admin, rep.id, step)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
