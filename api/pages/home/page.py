"""Home: what needs the reader now; for who coaches, what needs the team too."""

from dataclasses import dataclass

from fastapi import Request, Response
from sqlmodel import Session

from api.dependencies import SessionDep, SettingsDep
from api.kpi_questions import rules_for
from api.pages.frame import Reader, ReaderDep
from api.pages.home.coached import GoalGlance, own_goals, team_goals
from api.pages.home.figures import DealAtRisk, Figure, deals_at_risk, headline
from api.pages.home.tasks import (
    Check,
    Named,
    OnTheWay,
    Step,
    due_steps,
    mentions,
    on_the_way,
    to_check,
)
from api.pages.home.team import RepLine, Standing, rep_lines, standing
from api.pages.rendering import show
from api.pages.routing import page_router
from api.settings import Settings
from models.channels import lost_channels
from models.retention import is_late
from models.rights import require
from models.tables.columns import now as this_instant

router = page_router("home")


@dataclass(frozen=True, slots=True)
class HomePage:
    """What waits; `reps`, `goals` of others and `standing` only for who coaches or runs it."""

    way: OnTheWay
    checks: tuple[Check, ...]
    steps: tuple[Step, ...]
    more_steps: int
    named: tuple[Named, ...]
    goals: tuple[GoalGlance, ...]
    reps: tuple[RepLine, ...]
    standing: Standing | None
    is_coach: bool
    channels_off: tuple[str, ...]
    """Names of channels that a receiver switched off: the reader is told nothing there."""
    is_retention_late: bool
    """Whether an admin must see why nothing is deleted by rule."""


@dataclass(frozen=True, slots=True)
class WayPage:
    """The part of home that a script asks for again while calls are on their way."""

    way: OnTheWay


@dataclass(frozen=True, slots=True)
class FiguresPage:
    """Three KPIs."""

    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class RiskPage:
    """Deals in which something may be going wrong."""

    deals: tuple[DealAtRisk, ...]


@router.get("/")
def show_home(
    request: Request, reader: ReaderDep, session: SessionDep, settings: SettingsDep
) -> Response:
    """What needs the reader now."""
    return show(request, reader, "home.html", home_page(session, reader, settings))


@router.get("/home/calls")
def show_way(request: Request, reader: ReaderDep, session: SessionDep) -> Response:
    """The calls on their way, and the newest."""
    return show(request, reader, "home_calls.html", WayPage(on_the_way(session, reader)))


@router.get("/home/kpis")
def show_figures(
    request: Request, reader: ReaderDep, session: SessionDep, settings: SettingsDep
) -> Response:
    """The first KPIs of the reader's dashboard."""
    page = FiguresPage(headline(session, reader, settings))
    return show(request, reader, "home_kpis.html", page)


@router.get("/home/deals")
def show_risky_deals(
    request: Request, reader: ReaderDep, session: SessionDep, settings: SettingsDep
) -> Response:
    """Open deals in which something may be going wrong."""
    require(reader.user, "manager")
    page = RiskPage(deals_at_risk(session, reader, settings))
    return show(request, reader, "home_deals.html", page)


def home_page(session: Session, reader: Reader, settings: Settings) -> HomePage:
    """All that waits for a reader."""
    now = this_instant()
    rules = rules_for(session, reader.user, settings)
    is_coach = reader.is_at_least("manager")
    steps, more = due_steps(session, reader, now, rules)
    return HomePage(
        way=on_the_way(session, reader),
        checks=to_check(session, reader, now),
        steps=steps,
        more_steps=more,
        named=mentions(session, reader),
        goals=team_goals(session, reader) if is_coach else own_goals(session, reader, now),
        reps=rep_lines(session, reader, now) if is_coach else (),
        standing=standing(session, reader, now) if reader.is_at_least("admin") else None,
        is_coach=is_coach,
        channels_off=lost_channels(session, reader.user),
        is_retention_late=reader.is_at_least("admin") and is_late(session),
    )
