"""What a search is narrowed to, as conditions on calls and on what was said in them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlmodel import col, select

from models.errors import BadInput
from models.tables import Call, CallFacts, CallTopic, Deal, Moment, Passage, User, Utterance
from models.tables.findings import SIDES
from models.tables.market import OUTCOMES


@dataclass(frozen=True, slots=True)
class SearchFilters:
    """What is looked through; an empty tuple or None leaves it open. Instants are half-open.

    `outcomes` are those of the call's deal. A `topic` is a whole name, or its part before the
    colon. `side` and `moment_kinds` are about the very words: said by that side, and in an
    utterance in which such a moment is.
    """

    rep_ids: tuple[UUID, ...] = ()
    team_ids: tuple[UUID, ...] = ()
    deal_ids: tuple[UUID, ...] = ()
    account_ids: tuple[UUID, ...] = ()
    from_at: datetime | None = None
    to_at: datetime | None = None
    topics: tuple[str, ...] = ()
    call_types: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    shortest_s: float | None = None
    longest_s: float | None = None
    side: str | None = None
    moment_kinds: tuple[str, ...] = ()


NO_FILTERS = SearchFilters()


def check_filters(filters: SearchFilters) -> None:
    """Raise BadInput for a side, an outcome or an instant that cannot be."""
    if filters.side is not None and filters.side not in SIDES:
        raise BadInput(f"side: one of {', '.join(SIDES)}")
    if set(filters.outcomes) - set(OUTCOMES):
        raise BadInput(f"outcome: one of {', '.join(OUTCOMES)}")
    for name, instant in (("from", filters.from_at), ("to", filters.to_at)):
        if instant is not None and instant.tzinfo is None:
            raise BadInput(f"{name}: say the time zone, as in 2026-03-01T00:00:00Z")
    named = (*filters.topics, *filters.call_types, *filters.languages, *filters.moment_kinds)
    if any("\0" in name for name in named):
        raise BadInput("a filter holds a NUL character; take it out")


def call_conditions(filters: SearchFilters) -> list[ColumnElement[bool]]:
    """What a call must meet."""
    return [*_own(filters), *_linked(filters), *_found(filters)]


def _own(filters: SearchFilters) -> Iterator[ColumnElement[bool]]:
    """Conditions on the call's own columns."""
    if filters.rep_ids:
        yield col(Call.rep_id).in_(filters.rep_ids)
    if filters.deal_ids:
        yield col(Call.deal_id).in_(filters.deal_ids)
    if filters.from_at is not None:
        yield col(Call.started_at) >= filters.from_at
    if filters.to_at is not None:
        yield col(Call.started_at) < filters.to_at


def _linked(filters: SearchFilters) -> Iterator[ColumnElement[bool]]:
    """Conditions on what a call points to."""
    if filters.team_ids:
        yield col(Call.rep_id).in_(select(User.id).where(col(User.team_id).in_(filters.team_ids)))
    if filters.account_ids:
        deals = select(Deal.id).where(col(Deal.account_id).in_(filters.account_ids))
        yield or_(
            col(Call.account_id).in_(filters.account_ids),
            and_(col(Call.account_id).is_(None), col(Call.deal_id).in_(deals)),
        )
    if filters.outcomes:
        yield col(Call.deal_id).in_(select(Deal.id).where(col(Deal.outcome).in_(filters.outcomes)))


def _found(filters: SearchFilters) -> Iterator[ColumnElement[bool]]:
    """Conditions on what was found in a call."""
    facts = [*_facts(filters)]
    if facts:
        yield col(Call.id).in_(select(CallFacts.call_id).where(*facts))
    if filters.topics:
        names = [
            either
            for topic in filters.topics
            for either in (
                col(CallTopic.name) == topic,
                col(CallTopic.name).startswith(f"{topic}:", autoescape=True),
            )
        ]
        yield col(Call.id).in_(select(CallTopic.call_id).where(or_(*names)))
    if filters.moment_kinds:
        kinds = select(Moment.call_id).where(col(Moment.kind).in_(filters.moment_kinds))
        yield col(Call.id).in_(kinds)


def _facts(filters: SearchFilters) -> Iterator[ColumnElement[bool]]:
    if filters.call_types:
        yield col(CallFacts.call_type).in_(filters.call_types)
    if filters.languages:
        yield col(CallFacts.language).in_(filters.languages)
    if filters.shortest_s is not None:
        yield col(CallFacts.duration_s) >= filters.shortest_s
    if filters.longest_s is not None:
        yield col(CallFacts.duration_s) <= filters.longest_s


def utterance_conditions(filters: SearchFilters) -> list[ColumnElement[bool]]:
    """What an utterance must meet."""
    conditions: list[ColumnElement[bool]] = []
    if filters.side is not None:
        conditions.append(col(Utterance.side) == filters.side)
    if filters.moment_kinds:
        conditions.append(
            exists().where(
                col(Moment.call_id) == col(Utterance.call_id),
                col(Moment.utterance) == col(Utterance.position),
                col(Moment.kind).in_(filters.moment_kinds),
            )
        )
    return conditions


def passage_conditions(filters: SearchFilters) -> list[ColumnElement[bool]]:
    """What a passage must meet: most of it said by the side, and such a moment in it."""
    conditions: list[ColumnElement[bool]] = []
    if filters.side is not None:
        conditions.append(col(Passage.side) == filters.side)
    if filters.moment_kinds:
        conditions.append(
            exists().where(
                col(Moment.call_id) == col(Passage.call_id),
                col(Moment.utterance).between(
                    col(Passage.first_utterance), col(Passage.last_utterance)
                ),
                col(Moment.kind).in_(filters.moment_kinds),
            )
        )
    return conditions
