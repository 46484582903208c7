"""The list of deals: which need attention, and where each one stands."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from pydantic import BeforeValidator
from sqlmodel import Session, col, select

from api.dependencies import SessionDep
from api.pages.deals.phrases import (
    OUTCOMES,
    SIGN_ICONS,
    SIGNS,
    TONES,
    amount_of,
    meeting_name,
    sign_name,
    stage_name,
)
from api.pages.frame import Reader, ReaderDep
from api.pages.rendering import show
from api.pages.routing import page_router
from api.pages.words import Words, marked
from models.deal_standing import (
    Order,
    Standing,
    StandingFilters,
    Sum,
    list_standing,
    stages_of,
    sums_of,
)
from models.deal_steps import DealStep
from models.rights import visible_users
from models.risks import Looking, RiskKind
from models.tables import Team, User

router = page_router("deals")
LIMIT = 40
_MANY = 300
State = Literal["open", "won", "lost", "all"]
_ORDERS: dict[Order, str] = {
    "contact": marked("Last contact first"),
    "quiet": marked("Longest without contact first"),
    "amount": marked("Largest first"),
    "closed": marked("Last closed first"),
    "opened": marked("Last opened first"),
}
Blank = BeforeValidator(lambda given: given or None)
_Uuid = Annotated[UUID | None, Blank, Query()]
_Name = Annotated[str, Query(max_length=300)]
_NONE = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list is narrowed to and ordered by, as the address says it."""

    state: State
    rep: UUID | None
    team: UUID | None
    stage: str
    signal: RiskKind | None
    name: str
    sort: Order
    after: str | None

    @property
    def is_narrowed(self) -> bool:
        """Whether some deals were left out."""
        return bool(self.rep or self.team or self.stage or self.signal or self.name)

    @property
    def filters(self) -> StandingFilters:
        """The same for the store."""
        return StandingFilters(
            outcome=None if self.state == "all" else self.state,
            rep_id=self.rep,
            team_id=self.team,
            stage=self.stage or None,
            name=self.name.strip() or None,
            risk=self.signal,
        )

    def path(self, after: str | None = None, **changed: object) -> str:
        """The address of the same list, elsewhere in it or a little different."""
        own = {name: getattr(self, name) for name in self.__dataclass_fields__}
        given = {**own, "after": after, **changed}
        return f"/deals?{urlencode({key: value for key, value in given.items() if value})}"


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose from a list."""

    value: str
    name: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign that a deal may be going wrong."""

    name: str
    icon: str


@dataclass(frozen=True, slots=True)
class DealLine:
    """A deal on the list."""

    path: str
    name: str
    account: str | None
    rep: str | None
    stage: str
    outcome: str
    tone: str
    amount: str
    last_contact: str
    last_contact_on: str
    next_step: str
    next_on: str
    calls: int
    signs: tuple[Sign, ...]


@dataclass(frozen=True, slots=True)
class DealsPage:
    """The list with what it can be narrowed to; sums are one a currency."""

    asked: Asked
    states: tuple[Choice, ...]
    signals: tuple[Choice, ...]
    stages: tuple[Choice, ...]
    reps: tuple[Choice, ...]
    teams: tuple[Choice, ...]
    orders: tuple[Choice, ...]
    lines: tuple[DealLine, ...]
    count: int
    sums: tuple[str, ...]
    without_amount: int
    next_path: str
    first_path: str


def _asked(  # noqa: PLR0913, PLR0917 (one parameter a filter)
    state: State = "open",
    rep: _Uuid = None,
    team: _Uuid = None,
    stage: Annotated[str, Query(max_length=100)] = "",
    signal: Annotated[RiskKind | None, Blank, Query()] = None,
    name: _Name = "",
    sort: Order = "contact",
    after: Annotated[str, Query(max_length=1000)] = "",
) -> Asked:
    return Asked(state, rep, team, stage, signal, name.replace("\0", ""), sort, after or None)


@router.get("/deals")
def show_deals(
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    asked: Annotated[Asked, Depends(_asked)],
) -> Response:
    """The deals one may see, a page at a time."""
    looking = looking_by(reader)
    found = list_standing(
        session, looking, asked.filters, asked.sort, limit=LIMIT, cursor=asked.after
    )
    page = deals_page(session, reader, asked, found.items, found.next)
    return show(request, reader, "deals.html", page)


def looking_by(reader: Reader) -> Looking:
    """Who looks at deals, when and by which clock."""
    return Looking(reader.user, reader.words.now, zone=str(reader.words.zone))


def deals_page(
    session: Session,
    reader: Reader,
    asked: Asked,
    items: Sequence[Standing],
    following: str | None,
) -> DealsPage:
    """The page of some deals."""
    words = reader.words
    sums = sums_of(session, looking_by(reader), asked.filters)
    reps, teams = _people(session, reader)
    stages = stages_of(session, reader.user, asked.filters.outcome)
    return DealsPage(
        asked=asked,
        states=_choices([*_said(words, OUTCOMES), ("all", words("All deals"))], asked.state),
        signals=_choices(_said(words, SIGNS), asked.signal),
        stages=_choices(((one, stage_name(words, one) or one) for one in stages), asked.stage),
        reps=_choices(reps, asked.rep),
        teams=_choices(teams, asked.team),
        orders=_choices(_said(words, _ORDERS), asked.sort),
        lines=tuple(_line(words, one) for one in items),
        count=sum(one.deals for one in sums),
        sums=_amounts(words, sums),
        without_amount=sum(one.deals for one in sums if one.currency is None),
        next_path=asked.path(following) if following else "",
        first_path=asked.path() if asked.after else "",
    )


def _said(words: Words, names: Mapping[Any, str]) -> list[tuple[object, str]]:
    return [(key, words(name)) for key, name in names.items()]


def _choices(pairs: Iterable[tuple[object, str]], chosen: object) -> tuple[Choice, ...]:
    return tuple(
        Choice(str(value), name, chosen is not None and str(value) == str(chosen))
        for value, name in pairs
    )


def _people(
    session: Session, reader: Reader
) -> tuple[list[tuple[object, str]], list[tuple[object, str]]]:
    """The reps and teams that a manager or an admin can choose from."""
    if not reader.is_at_least("manager"):
        return [], []
    order = select(User.id, User.name).where(visible_users(reader.user)).order_by(col(User.name))
    reps: list[tuple[object, str]] = list(session.exec(order.limit(_MANY)))
    if not reader.is_at_least("admin"):
        return reps, []
    teams = select(Team.id, Team.name).order_by(col(Team.name)).limit(_MANY)
    return reps, list(session.exec(teams))


def _amounts(words: Words, sums: Sequence[Sum]) -> tuple[str, ...]:
    return tuple(
        words.money(one.amount_minor, one.currency)
        for one in sums
        if one.currency is not None and one.amount_minor is not None
    )


def _line(words: Words, standing: Standing) -> DealLine:
    deal, at = standing.row.deal, standing.last_contact_at
    step, on = _next(words, standing.next_step)
    return DealLine(
        path=f"/deals/{deal.id}",
        name=deal.name,
        account=standing.row.account_name,
        rep=standing.row.rep_name,
        stage=stage_name(words, deal.stage) or _NONE,
        outcome=words(OUTCOMES[deal.outcome]),
        tone=TONES[deal.outcome],
        amount=amount_of(words, deal) or _NONE,
        last_contact=words.ago(at) if at else _NONE,
        last_contact_on=words.moment(at) if at else "",
        next_step=step,
        next_on=on,
        calls=standing.calls,
        signs=tuple(Sign(sign_name(words, one), SIGN_ICONS[one.kind]) for one in standing.risks),
    )


def _next(words: Words, step: DealStep | None) -> tuple[str, str]:
    """What comes next, and when."""
    if step is None:
        return "", ""
    if step.what == "meeting":
        return meeting_name(words, step.text), words.moment(step.at) if step.at else ""
    return step.text or "", words.day(step.due_on)
