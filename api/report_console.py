"""What the command line tells of a rep: their coaching report as a file."""

from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from api.coaching_files import FORMATS
from api.console import as_admin, deliver
from api.settings import Settings
from models.coaching.report import RepReport, rep_report
from models.coaching.scope import Question, period_of
from models.errors import Missing
from models.kpis import parse_period
from models.tables import Team, User
from models.tables.columns import now

_DAYS_BY_WEEK = 62
"""Of so many days at most a report follows weeks; of more, months."""


@dataclass(frozen=True, slots=True)
class ReportOrder:
    """Whose report, over which time, and as what; printed when there is no file to write to."""

    rep: str
    period: str
    form: str = "html"
    language: str = "en"
    output: Path | None = None


def tell_report(engine: Engine, settings: Settings, order: ReportOrder) -> None:
    """Write the report as an admin would read it, private calls too. Raises BadInput, Missing."""
    with Session(engine) as session:
        report = _report(session, settings, order)
    content = FORMATS[order.form](report, order.language)
    deliver(content, order.output, f"{report.heard.calls} calls of {report.rep_name}")


def _report(session: Session, settings: Settings, order: ReportOrder) -> RepReport:
    is_theirs = func.lower(col(User.email)) == order.rep.strip().lower()
    rep = session.exec(select(User).where(is_theirs)).one_or_none()
    if rep is None:
        raise Missing(f"there is no user {order.rep[:60]!r}; give the address of one")
    team = session.get(Team, rep.team_id) if rep.team_id else None
    zone = ZoneInfo(team.time_zone if team else settings.time_zone)
    at = now()
    fiscal_start = team.fiscal_year_start if team else settings.fiscal_year_start
    asked = parse_period(order.period, at.astimezone(zone).date(), fiscal_start)
    period = period_of(_midnight(asked.start_on, zone), _midnight(asked.end_on, zone), at)
    is_short = (period.until - period.since).days <= _DAYS_BY_WEEK
    question = Question(
        period, "week" if is_short else "month", settings.follow_up_days, at, zone.key
    )
    return rep_report(session, as_admin(), rep.id, question)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
