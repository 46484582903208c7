"""What winning calls do here: what goes with won deals, drawn with its doubt, told as no cause."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query, Request, Response
from sqlmodel import Session, col, select

from analyzer.associations import LEAST_DEALS, LEAST_EACH, RATE
from analyzer.formats.associations import silence, told
from analyzer.formats.wording import Wording, wording
from analyzer.playbook import text_in
from analyzer.playbook_file import standard_playbook
from api.dependencies import SessionDep
from api.kpi_questions import RulesDep, check_seen
from api.pages.coaching.periods import ChosenId
from api.pages.coaching.winning_plot import Plot, plot_of
from api.pages.frame import Reader, ReaderDep
from api.pages.rendering import show
from api.pages.routing import page_router
from api.pages.words import Words, marked
from models.associations import AssociationFilters, WinningCalls, associations_of
from models.errors import BadInput
from models.kpis import Rules, parse_period
from models.rights import require, visible_users
from models.tables import Team, User

router = page_router("associations")

ALL = ""
PERIODS = (
    (ALL, marked("All time")),
    ("last_365_days", marked("Last 365 days")),
    ("this_year", marked("This year")),
    ("last_year", marked("Last year")),
    ("this_quarter", marked("This quarter")),
    ("last_quarter", marked("Last quarter")),
)
_MOST_NAMES = 500
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which deals and calls are compared, as the address says it."""

    period: str
    call_type: str
    team_id: UUID | None
    rep_id: UUID | None

    def with_type(self, call_type: str) -> str:
        """The address of the same with calls of one kind."""
        given = {
            "period": self.period,
            "call_type": call_type,
            "team_id": str(self.team_id or ""),
            "rep_id": str(self.rep_id or ""),
        }
        return f"/winning-calls?{urlencode({name: one for name, one in given.items() if one})}"


@dataclass(frozen=True, slots=True)
class Lacking:
    """What there is too little of, in a sentence, and how far it is."""

    told: str
    have: int
    need: int

    @property
    def share(self) -> float:
        """0 to 1."""
        return min(self.have / self.need, 1.0)


@dataclass(frozen=True, slots=True)
class WinningCallsPage:
    """The comparison, or what it lacks; names and sentences are in the reader's language."""

    asked: Asked
    wrong: str
    calls: int
    won: int
    lost: int
    reps: tuple[str, ...]
    kinds: tuple[tuple[str, str, int], ...]
    lacks: tuple[Lacking, ...]
    plot: Plot
    differing: tuple[str, ...]
    quiet: tuple[str, ...]
    teams: tuple[tuple[UUID, str], ...]
    people: tuple[tuple[UUID, str], ...]
    periods: tuple[tuple[str, str], ...]
    types: tuple[tuple[str, str], ...]
    least_deals: int = LEAST_DEALS
    least_each: int = LEAST_EACH
    rate: float = RATE


@router.get("/winning-calls")
def show_winning_calls(  # noqa: PLR0913, PLR0917 (one parameter a filter)
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    rules: RulesDep,
    period: Annotated[str, Query(max_length=100)] = ALL,
    call_type: Annotated[str, Query(max_length=100)] = "",
    team_id: ChosenId = None,
    rep_id: ChosenId = None,
) -> Response:
    """How calls of won deals differ from those of lost ones: for managers and admins."""
    require(reader.user, "manager")
    reps, teams = ([one] if one else () for one in (rep_id, team_id))
    check_seen(session, reader.user, reps, teams)
    asked, wrong = Asked(period, call_type, team_id, rep_id), ""
    try:
        filters = _filters(asked, reader.words, rules)
    except BadInput:
        asked = Asked(ALL, call_type, team_id, rep_id)
        filters = _filters(asked, reader.words, rules)
        wrong = reader.words("There is no such period; this is about all time.")
    found = associations_of(session, reader.user, filters, zone=rules.zone, now=reader.words.now)
    page = _page(session, reader, asked, found, wrong)
    return show(request, reader, "winning_calls.html", page, 422 if wrong else 200)


def _filters(asked: Asked, words: Words, rules: Rules) -> AssociationFilters:
    start: date | None = None
    end: date | None = None
    if asked.period != ALL:
        days = parse_period(asked.period, words.today, rules.fiscal_start)
        start, end = days.start_on, days.end_on
    return AssociationFilters(start, end, asked.call_type or None, asked.team_id, asked.rep_id)


def _page(
    session: Session, reader: Reader, asked: Asked, winning: WinningCalls, wrong: str
) -> WinningCallsPage:
    found, t, words = winning.associations, wording(reader.words.language), reader.words
    kinds = sorted(winning.call_types.items(), key=lambda one: (-one[1], one[0] or ""))
    named = tuple((kind or "", _kind(kind, t, words), many) for kind, many in kinds)
    silent = (one for one in found.found if one.difference is None)
    return WinningCallsPage(
        asked=asked,
        wrong=wrong,
        calls=found.calls,
        won=found.won,
        lost=found.lost,
        reps=winning.reps,
        kinds=named,
        lacks=tuple(
            Lacking(said, one.have, one.need)
            for said, one in zip(silence(found, t), found.lacks, strict=True)
        ),
        plot=plot_of(found.found, t),
        differing=tuple(told(one, t) for one in found.found if one.verdict == "differs"),
        quiet=tuple(told(one, t) for one in silent),
        teams=_teams(session, reader),
        people=_people(session, reader.user),
        periods=_offered(asked),
        types=tuple((slug, name) for slug, name, _ in named if slug),
    )


def _offered(asked: Asked) -> tuple[tuple[str, str], ...]:
    """The periods to choose from, and the one that an address brought."""
    is_known = asked.period in {slug for slug, _ in PERIODS}
    return PERIODS if is_known else (*PERIODS, (asked.period, asked.period))


def _kind(slug: str | None, t: Wording, words: Words) -> str:
    if not slug:
        return words("Kind not known")
    names = standard_playbook().titles.get(f"call_type.{slug}")
    return text_in(names, t.language) if names else t.named("call_type", slug)


def _teams(session: Session, reader: Reader) -> tuple[tuple[UUID, str], ...]:
    if reader.role != "admin":
        return ()
    return tuple(session.exec(select(Team.id, Team.name).order_by(col(Team.name))).all())


def _people(session: Session, user: User) -> tuple[tuple[UUID, str], ...]:
    named = select(User.id, User.name).where(visible_users(user), col(User.role) != "admin")
    return tuple(session.exec(named.order_by(col(User.name)).limit(_MOST_NAMES)).all())
