"""A team at a glance: reps by row, facts by column, each with what it rests on; no score."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Request, Response
from sqlmodel import Session, col, select

from api.dependencies import SessionDep
from api.pages.coaching.periods import PERIODS, ChosenId, Days, DaysDep, told_days
from api.pages.frame import Reader, ReaderDep
from api.pages.rendering import show
from api.pages.routing import page_router
from api.pages.words import marked
from models.behaviours import FEWEST
from models.paging import MOST
from models.rights import require
from models.tables import Team
from models.team_overview import Member, team_overview

router = page_router("team")

Order = str | float | datetime | None
_READ: Mapping[str, Callable[[Member], Order]] = {
    "name": lambda one: one.name.casefold(),
    "calls": lambda one: float(one.calls),
    "coverage": lambda one: one.coverage.value,
    "next_step": lambda one: one.next_step_agreed.value,
    "follow_up": lambda one: one.follow_up_kept.value,
    "talk_ratio": lambda one: one.talk_ratio.value,
    "goals": lambda one: float(one.open_goals),
}
_HEADS = (
    ("name", marked("Name"), ""),
    ("calls", marked("Calls analysed"), marked("Calls with a report, and how long they were.")),
    (
        "coverage",
        marked("Agenda covered"),
        marked("How much of the agenda a call covers: the median of calls that had one."),
    ),
    (
        "next_step",
        marked("Next step agreed"),
        marked("The share of calls that end with a next step on a day."),
    ),
    (
        "follow_up",
        marked("Follow-up kept"),
        marked("Of what was promised on calls and is due: the share that was done in time."),
    ),
    (
        "talk_ratio",
        marked("Talk ratio"),
        marked("How much of the talking the rep does: the median of calls."),
    ),
    ("goals", marked("Coaching goals"), marked("Goals that are open, whenever agreed.")),
)


@dataclass(frozen=True, slots=True)
class Head:
    """A column: `order` is how rows are sorted by it now, `path` the way to sort by it."""

    slug: str
    name: str
    means: str
    path: str
    order: str


@dataclass(frozen=True, slots=True)
class TeamPage:
    """The people one coaches; `is_cut` when there are more than are shown."""

    members: tuple[Member, ...]
    heads: tuple[Head, ...]
    days: Days
    told_days: str
    teams: tuple[tuple[UUID, str], ...]
    team_id: UUID | None
    has_teams: bool
    is_cut: bool
    fewest: int = FEWEST
    periods: tuple[tuple[str, str], ...] = PERIODS


@router.get("/team")
def show_team(
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    days: DaysDep,
    team_id: ChosenId = None,
    sort: str = "name",
) -> Response:
    """Reps by row, by name or by one of the facts: for managers and admins."""
    require(reader.user, "manager")
    page = _page(session, reader, days, team_id, sort)
    return show(request, reader, "team.html", page, 422 if days.wrong else 200)


def _page(
    session: Session, reader: Reader, days: Days, team_id: UUID | None, sort: str
) -> TeamPage:
    found = team_overview(session, reader.user, days.question, team_id=team_id, limit=MOST)
    slug, is_down = sort.removeprefix("-"), sort.startswith("-")
    slug = slug if slug in _READ else "name"
    teams = tuple(session.exec(select(Team.id, Team.name).order_by(col(Team.name))).all())
    is_admin = reader.role == "admin"
    return TeamPage(
        ordered(found.items, slug, is_down=is_down),
        tuple(_heads(reader, days, team_id, slug, is_down=is_down)),
        days,
        told_days(reader.words, days.question.period),
        teams if is_admin else (),
        team_id,
        is_admin and len(teams) > 1,
        found.next is not None,
    )


def ordered(members: Sequence[Member], slug: str, *, is_down: bool) -> tuple[Member, ...]:
    """The members by one fact, by name where it is the same; who is not known of comes last."""
    read = _READ[slug]
    known = [one for one in members if read(one) is not None]
    unknown = [one for one in members if read(one) is None]
    return (*sorted(known, key=read, reverse=is_down), *unknown)  # type: ignore[arg-type]


def _heads(
    reader: Reader, days: Days, team_id: UUID | None, slug: str, *, is_down: bool
) -> Iterator[Head]:
    for name, title, means in _HEADS:
        is_here = name == slug
        # A name is first read from A to Z, a figure from the most to the least.
        goes_down = not is_down if is_here else name != "name"
        asked = {"period": days.text, "sort": f"-{name}" if goes_down else name}
        if team_id is not None:
            asked["team_id"] = str(team_id)
        order = ("descending" if is_down else "ascending") if is_here else "none"
        words = reader.words
        yield Head(name, words(title), words(means), f"/team?{urlencode(asked)}", order)
