"""What is shown of the calls found: the best places in each, in the order they play."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlmodel import Session, col

from models.search.filters import SearchFilters, utterance_conditions
from models.search.results import FoundCall, Place, Snippet
from models.search.said import AskedWords, is_said, of_calls, rank
from models.search.snippets import mark_words, snippet_of
from models.tables import Call, Utterance

SHOWN = 3
"""Places of each call."""
_SAID: tuple[Any, ...] = (
    Utterance.position,
    Utterance.speaker,
    Utterance.side,
    Utterance.start_s,
    Utterance.end_s,
    Utterance.language,
    Utterance.text,
)
_COLUMNS: tuple[Any, ...] = (
    Call.id,
    Call.title,
    Call.started_at,
    Call.rep_id,
    Call.deal_id,
    Call.account_id,
)


def show_words(
    session: Session, words: AskedWords, filters: SearchFilters, places: Sequence[Place]
) -> tuple[FoundCall, ...]:
    """The calls at these places, with what was said there."""
    rows = _best_said(session, words, filters, [place.call_id for place in places])
    lexemes = {name: one.lexemes for name, one in words.items()}
    marks = mark_words(session, [(row.language, row.text) for row in rows], lexemes)
    snippets: dict[UUID, list[Snippet]] = {}
    for row, marked in zip(rows, marks, strict=True):
        snippets.setdefault(row.call_id, []).append(snippet_of(row, marked))
    counts = {row.call_id: (row.places, row.score) for row in rows}
    return calls_of(session, places, snippets, counts)


def calls_of(
    session: Session,
    places: Iterable[Place],
    snippets: Mapping[UUID, Sequence[Snippet]],
    counts: Mapping[UUID, tuple[int, float]],
) -> tuple[FoundCall, ...]:
    """The calls in the order of their places; those that were deleted meanwhile are left out."""
    wanted = [place.call_id for place in places if place.call_id in snippets]
    statement = select(*map(col, _COLUMNS)).where(col(Call.id).in_(wanted))
    known = {row.id: row for row in session.execute(statement)} if wanted else {}
    return tuple(
        FoundCall(
            call_id=call_id,
            title=known[call_id].title,
            started_at=known[call_id].started_at,
            rep_id=known[call_id].rep_id,
            deal_id=known[call_id].deal_id,
            account_id=known[call_id].account_id,
            places=counts[call_id][0],
            score=counts[call_id][1],
            snippets=tuple(snippets[call_id]),
        )
        for call_id in wanted
        if call_id in known
    )


def _best_said(
    session: Session, words: AskedWords, filters: SearchFilters, call_ids: Sequence[UUID]
) -> Sequence[Row[Any]]:
    """The utterances to show, by call and time, each with what is true of the whole call."""
    if not call_ids:
        return []
    score = rank(words)
    call = col(Utterance.call_id)
    best_first = (score.desc(), col(Utterance.position))
    said = (
        select(
            call,
            *map(col, _SAID),
            func.row_number().over(partition_by=call, order_by=best_first).label("nth"),
            func.count().over(partition_by=call).label("places"),
            func.sum(score).over(partition_by=call).label("score"),
        )
        .where(of_calls(call_ids), is_said(words), *utterance_conditions(filters))
        .subquery("said")
    )
    shown = select(said).where(said.c.nth <= SHOWN).order_by(said.c.call_id, said.c.position)
    return session.execute(shown).all()
