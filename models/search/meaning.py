"""Search by meaning: the passages nearest to a question, whatever words and language they are in.

Where only few calls may be looked into, all their passages are compared; elsewhere the index finds
the nearest ones, nearly all of them, as far as it looks. Calls come in the order of their nearest
passage, as far as the nearest `NEAREST` passages go: what is further away has little to do with
the question.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import ColumnElement, Float, Row, True_, cast, func, literal, select, text
from sqlmodel import Session, col

from models.errors import BadInput
from models.meaning_space import QuestionReader, Vector, place_question
from models.search.filters import (
    NO_FILTERS,
    SearchFilters,
    call_conditions,
    check_filters,
    passage_conditions,
)
from models.search.query import LONGEST
from models.search.results import (
    FIRST_PAGE,
    Asked,
    Place,
    SearchPage,
    Snippet,
    check_asked,
    read_cursor,
    write_cursor,
)
from models.search.shown import SHOWN, calls_of
from models.search.snippets import passage_snippet
from models.tables import Call, Passage
from models.tables.findings import DIMENSIONS

NEAREST = 120
"""Passages that are put in order."""
ENOUGH = 40
"""Passages that fill a page; with fewer it is worth looking again."""
FEW_CALLS = 600
"""Calls of which all passages are compared."""
SOME_CALLS = 2000
"""So many may still be compared when the index finds too little among them."""
_SAID = text(
    "SELECT asked.passage, utterance.call_id, position, speaker, side, start_s, end_s, text "
    "FROM unnest(CAST(:calls AS uuid[]), CAST(:passages AS int[]), CAST(:firsts AS int[]), "
    "CAST(:lasts AS int[])) AS asked(call_id, passage, first, last) "
    "JOIN utterance ON utterance.call_id = asked.call_id "
    "AND position BETWEEN asked.first AND asked.last ORDER BY position"
)
_SETTINGS = text(
    "SELECT set_config('plan_cache_mode', 'force_custom_plan', true), "
    "set_config('jit', 'off', true), set_config('max_parallel_workers_per_gather', '0', true), "
    "set_config('hnsw.iterative_scan', 'relaxed_order', true), "
    "set_config('hnsw.ef_search', '120', true), set_config('hnsw.max_scan_tuples', '10000', true)"
)


@dataclass(frozen=True, slots=True)
class _Search:
    session: Session
    vector: Vector
    visible: Sequence[ColumnElement[bool]]
    filters: SearchFilters


def search_meaning(
    session: Session,
    scope: ColumnElement[bool],
    question: str,
    embedder: QuestionReader,
    filters: SearchFilters = NO_FILTERS,
    asked: Asked = FIRST_PAGE,
) -> SearchPage:
    """The calls of `scope`, a condition on `call`, in which something near the question is said.

    The nearest come first, whatever order is asked for. Raises BadInput for an empty or endless
    question, and for impossible filters and pages.
    """
    check_filters(filters)
    check_asked(asked)
    if not question.strip("\0 \t\r\n") or len(question) > LONGEST:
        raise BadInput(f"query: from 1 to {LONGEST} characters")
    session.execute(_SETTINGS)
    vector = place_question(question, embedder)
    search = _Search(session, vector, [scope, *call_conditions(filters)], filters)
    passages, is_all = _nearest(search)
    return replace(_page(search, passages, asked), is_exact=is_all)


def _page(search: _Search, passages: Sequence[Row[Any]], asked: Asked) -> SearchPage:
    """Some of the calls of these passages, the nearest first."""
    by_call: dict[UUID, list[Row[Any]]] = {}
    for row in passages:
        by_call.setdefault(row.call_id, []).append(row)
    places = [
        Place(rows[0].started_at, call_id, round(-rows[0].distance, 6))
        for call_id, rows in by_call.items()
    ]
    places.sort(key=_nearness, reverse=True)
    left = places
    if asked.cursor is not None:
        (after,) = read_cursor(asked.cursor, 1)
        left = [one for one in places if _nearness(one) < _nearness(after)]
    shown = left[: asked.limit]
    calls = calls_of(
        search.session,
        shown,
        _snippets(search.session, [row for one in shown for row in by_call[one.call_id][:SHOWN]]),
        {one.call_id: (len(by_call[one.call_id]), one.score or 0.0) for one in shown},
    )
    following = write_cursor(shown[-1]) if len(left) > asked.limit else None
    return SearchPage(calls, following, len(places), is_exact=False)


def _nearness(place: Place) -> tuple[float, Any, Any]:
    return place.score or 0.0, place.started_at, place.call_id


def _nearest(search: _Search) -> tuple[Sequence[Row[Any]], bool]:
    """The nearest passages, the nearest first, and whether there are no others."""
    calls = _count_calls(search)
    found = _indexed(search) if calls > FEW_CALLS else ()
    if calls <= FEW_CALLS or (len(found) < ENOUGH and calls <= SOME_CALLS):
        found = _compared(search)
        return found, len(found) < NEAREST
    return found, False


def _count_calls(search: _Search) -> int:
    """How many calls may be looked into, as far as it matters."""
    some = select(literal(1)).select_from(Call).where(*search.visible).limit(SOME_CALLS + 1)
    counted = select(func.count()).select_from(some.subquery())
    return int(search.session.execute(counted).scalar_one())


def _compared(search: _Search) -> Sequence[Row[Any]]:
    """Every passage of the calls that may be looked into, compared one by one."""
    calls = _calls(search)
    near = (
        select(*_columns(search), calls.c.started_at)
        .join(calls, calls.c.id == col(Passage.call_id))
        .where(*passage_conditions(search.filters))
        # As a sum it is nothing the index could be asked for.
        .order_by(_distance(search) + 0)
        .limit(NEAREST)
    )
    return search.session.execute(near).all()


def _calls(search: _Search) -> Any:
    return (
        select(col(Call.id), col(Call.started_at))
        .where(*search.visible)
        .cte("calls")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )


def _indexed(search: _Search) -> Sequence[Row[Any]]:
    """The nearest passages as the index finds them, put in order."""
    near = (
        select(*_columns(search))
        .where(*_in_calls(search), *passage_conditions(search.filters))
        .order_by(_distance(search))
        .limit(NEAREST)
        .cte("near")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    ordered = (
        select(near, col(Call.started_at))
        .join(Call, col(Call.id) == near.c.call_id)
        .order_by(near.c.distance)
    )
    return search.session.execute(ordered).all()


def _in_calls(search: _Search) -> list[ColumnElement[bool]]:
    """A condition on passages; none at all for whoever may see every call."""
    if all(isinstance(condition, True_) for condition in search.visible):
        return []
    own = select(literal(1)).select_from(Call).where(col(Call.id) == col(Passage.call_id))
    return [own.where(*search.visible).exists()]


def _columns(search: _Search) -> list[Any]:
    own = (Passage.call_id, Passage.position, Passage.first_utterance, Passage.last_utterance)
    times = (Passage.start_s, Passage.end_s)
    return [*map(col, (*own, *times)), _distance(search).label("distance")]


def _distance(search: _Search) -> ColumnElement[Any]:
    vector = cast(literal(search.vector.tolist(), HALFVEC(DIMENSIONS)), HALFVEC(DIMENSIONS))
    return col(Passage.vector).op("<#>", return_type=Float())(vector)


def _snippets(session: Session, passages: Sequence[Row[Any]]) -> dict[UUID, list[Snippet]]:
    """What is said in the passages, each call's in the order they play."""
    said: dict[tuple[UUID, int], list[Row[Any]]] = {}
    for row in _said(session, passages) if passages else ():
        said.setdefault((row.call_id, row.passage), []).append(row)
    snippets: dict[UUID, list[Snippet]] = {}
    for one in sorted(passages, key=lambda one: int(one.position)):
        lines = said.get((one.call_id, one.position), [])
        snippet = passage_snippet(one.start_s, one.end_s, lines)
        snippets.setdefault(one.call_id, []).append(snippet)
    return snippets


def _said(session: Session, passages: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    """The utterances of each passage, in order."""
    asked = {
        "calls": [one.call_id for one in passages],
        "passages": [one.position for one in passages],
        "firsts": [one.first_utterance for one in passages],
        "lasts": [one.last_utterance for one in passages],
    }
    return session.execute(_SAID, asked).all()
