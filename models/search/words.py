"""Search by words: which calls hold an utterance that says them, and where.

An utterance is found when it alone has all that is asked for. There are two ways to the same
calls, and the planner's estimate of how many utterances match says which is short:

- few: all of them are read from the index, and their calls put in order;
- many: the newest calls that use the words anywhere are looked into, one after the other, until
  the page is full. Where words that everybody says are hardly ever said together this may take
  long; so after `WALKED` calls the page is handed over as it is, and says how far it looked.

The newest calls come first, or the best: those in which the words are said more often and closer
together, of all calls found of few utterances, and of the newest `COMPARED` calls of many.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, func, select, text, tuple_, union_all
from sqlmodel import Session, col

from models.search.filters import (
    NO_FILTERS,
    SearchFilters,
    call_conditions,
    check_filters,
    utterance_conditions,
)
from models.search.query import read_query
from models.search.results import (
    COUNTED,
    FIRST_PAGE,
    Asked,
    Order,
    Place,
    SearchPage,
    check_asked,
    read_cursor,
    write_cursor,
)
from models.search.said import (
    AskedWords,
    is_said,
    of_calls,
    rank,
    said_by_language,
    total,
    used_by_language,
)
from models.search.shown import show_words
from models.tables import Call, CallWords, Utterance
from models.tables.findings import GRAMMARS

FEW: Mapping[Order, int] = MappingProxyType({"newest": 3_000, "best": 10_000})
"""Utterances that are put in order at once; the best are worth a longer wait."""
WALKED = 300
"""Calls looked into for one page, at most."""
COMPARED = 100
"""Calls of which the best are told when too many utterances are found to compare all."""
SETTINGS = text(
    "SELECT set_config('plan_cache_mode', 'force_custom_plan', true), "
    "set_config('jit', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)"
)
"""A plan for these very words, and no time spent on starting others for so short a query."""
_ESTIMATE = (
    "EXPLAIN (FORMAT JSON) SELECT 1 FROM utterance "
    "WHERE {rows} AND words @@ CAST(:words AS tsquery)"
)


@dataclass(frozen=True, slots=True)
class _Search:
    """One search: what is asked for, and what may be seen of it."""

    session: Session
    words: AskedWords
    visible: Sequence[ColumnElement[bool]]
    filters: SearchFilters
    asked: Asked

    @property
    def is_plain(self) -> bool:
        """Whether each call that uses the words is found: they need not be said together."""
        return all(one.is_word for one in self.words.values()) and not self.filters.moment_kinds


_Found = tuple[SearchPage, Sequence[Place]]
"""A page without its calls, and which they are."""


def search_words(
    session: Session,
    scope: ColumnElement[bool],
    query: str,
    filters: SearchFilters = NO_FILTERS,
    asked: Asked = FIRST_PAGE,
) -> SearchPage:
    """The calls of `scope`, a condition on `call`, in which somebody says what is asked for.

    Raises BadInput for a query without a word to look for, and for impossible filters and pages.
    """
    check_filters(filters)
    check_asked(asked)
    session.execute(SETTINGS)
    words = read_query(session, query)
    search = _Search(session, words, [scope, *call_conditions(filters)], filters, asked)
    page, places = _WAYS[asked.order, _is_few(search)](search)
    return replace(page, calls=show_words(session, words, filters, places))


def _is_few(search: _Search) -> bool:
    """Whether, as far as the planner knows, few utterances are found, whoever may see them."""
    rows = 0.0
    for name, one in search.words.items():
        explain = text(_ESTIMATE.format(rows=GRAMMARS[name]))
        (plan,) = search.session.execute(explain, {"words": one.said}).scalar_one()
        rows += plan["Plan"]["Plan Rows"]
    return rows <= FEW[search.asked.order]


def _newest_of_few(search: _Search) -> _Found:
    """All utterances found, their calls by date."""
    matched = _matched(search)
    columns = (matched.c.started_at, matched.c.call_id)
    after = _after(search)
    edge = None if after is None else (after.started_at, after.call_id)
    return _page_of(search, matched, columns, edge)


def _best_of_few(search: _Search) -> _Found:
    """All utterances found, their calls by how well they answer."""
    matched = _matched(search)
    columns = (matched.c.score, matched.c.started_at, matched.c.call_id)
    after = _after(search)
    edge = None if after is None else (after.score or 0.0, after.started_at, after.call_id)
    return _page_of(search, matched, columns, edge)


def _matched(search: _Search) -> CTE:
    """The calls found by way of every utterance found."""
    narrowed = utterance_conditions(search.filters)
    branches = [
        select(col(Utterance.call_id).label("call_id"), score.label("score")).where(
            is_found, *narrowed
        )
        for is_found, score in said_by_language(search.words)
    ]
    said = union_all(*branches).cte("said").prefix_with("MATERIALIZED", dialect="postgresql")
    return (
        select(
            col(Call.id).label("call_id"),
            col(Call.started_at).label("started_at"),
            total(said.c.score).label("score"),
        )
        .join(said, said.c.call_id == col(Call.id))
        .where(*search.visible)
        .group_by(col(Call.id), col(Call.started_at))
        .cte("matched")
    )


def _page_of(
    search: _Search, matched: CTE, columns: Sequence[Any], edge: Sequence[Any] | None
) -> _Found:
    limit = search.asked.limit
    statement = _ordered(matched, columns)
    if edge is not None:
        statement = statement.where(tuple_(*columns) < tuple_(*edge))
    rows = search.session.execute(statement.limit(limit + 1)).all()
    places = [Place(row.started_at, row.call_id, row.score) for row in rows[:limit]]
    following = write_cursor(places[-1]) if len(rows) > limit else None
    found = rows[0].found if rows else 0
    return SearchPage((), following, min(found, COUNTED), found <= COUNTED), places


def _walk(search: _Search) -> _Found:
    """The newest calls that use the words, looked into until the page is full."""
    limit, after = search.asked.limit, _after(search)
    most = limit if search.is_plain else WALKED
    candidates, used = _candidates(search, most + 1, after)
    if search.is_plain:
        places, seen = candidates, len(candidates)
    else:
        places, seen = _look(search, candidates[:WALKED], limit + 1)
    if len(places) > limit:
        page = _counted(search, used, len(places))
        return replace(page, next=write_cursor(places[limit - 1])), places[:limit]
    if seen < len(candidates):
        last = candidates[seen - 1]
        page = replace(_counted(search, used, len(places)), looked_back_to=last.started_at)
        return replace(page, next=write_cursor(last)), places
    if after is None:
        return SearchPage((), None, len(places), is_exact=True), places
    return _counted(search, used, len(places)), places


def _look(search: _Search, candidates: Sequence[Place], most: int) -> tuple[list[Place], int]:
    """Those found until there are so many, and how many were looked into."""
    places: list[Place] = []
    seen, step = 0, 2 * most
    while len(places) < most and seen < len(candidates):
        batch = candidates[seen : seen + step]
        places += _found_among(search, batch)
        seen, step = seen + len(batch), step * 2
    return places[:most], seen


def _best_of_newest(search: _Search) -> _Found:
    """The newest calls that use the words, compared with each other.

    The cursor holds the newest of them too, so that a call added since changes nothing.
    """
    limit = search.asked.limit
    after = newest = None
    if search.asked.cursor is not None:
        after, newest = read_cursor(search.asked.cursor, 2)
    candidates, used = _candidates(search, COMPARED, newest, is_included=True)
    places = sorted(_found_among(search, candidates), key=_by_score, reverse=True)
    page = replace(_counted(search, used, len(places)), best_of=len(candidates))
    if after is not None:
        places = [one for one in places if _by_score(one) < _by_score(after)]
    if len(places) > limit:
        page = replace(page, next=write_cursor(places[limit - 1], newest or candidates[0]))
    return page, places[:limit]


def _by_score(place: Place) -> tuple[float, Any, Any]:
    return place.score or 0.0, place.started_at, place.call_id


def _counted(search: _Search, used: int, found: int) -> SearchPage:
    """A page still empty: calls with words said together are only counted by looking."""
    if search.is_plain:
        return SearchPage((), None, min(used, COUNTED), used <= COUNTED)
    return SearchPage((), None, found, is_exact=False)


def _candidates(
    search: _Search, most: int, after: Place | None, *, is_included: bool = False
) -> tuple[list[Place], int]:
    """The newest calls that use all the words anywhere, and how many such calls there are."""
    side = search.filters.side
    by_side = [] if side is None else [col(CallWords.side) == side]
    branches: list[Select[Any]] = [
        select(col(CallWords.call_id).label("call_id")).where(is_used, *by_side)
        for is_used in used_by_language(search.words)
    ]
    used = union_all(*branches).cte("used").prefix_with("MATERIALIZED", dialect="postgresql")
    matched = (
        select(col(Call.id).label("call_id"), col(Call.started_at).label("started_at"))
        .where(*search.visible, col(Call.id).in_(select(used.c.call_id)))
        .cte("matched")
    )
    columns = (matched.c.started_at, matched.c.call_id)
    statement = _ordered(matched, columns)
    if after is not None:
        place, edge = tuple_(*columns), tuple_(after.started_at, after.call_id)
        statement = statement.where(place <= edge if is_included else place < edge)
    rows = search.session.execute(statement.limit(most)).all()
    found = rows[0].found if rows else 0
    return [Place(row.started_at, row.call_id) for row in rows], found


def _found_among(search: _Search, candidates: Sequence[Place]) -> list[Place]:
    """Those in which one utterance has all that is asked for, in the same order."""
    statement = (
        select(col(Utterance.call_id), total(rank(search.words)).label("score"))
        .where(
            of_calls([one.call_id for one in candidates]),
            is_said(search.words),
            *utterance_conditions(search.filters),
        )
        .group_by(col(Utterance.call_id))
    )
    scores = {row.call_id: row.score for row in search.session.execute(statement)}
    return [replace(one, score=scores[one.call_id]) for one in candidates if one.call_id in scores]


def _ordered(matched: CTE, columns: Sequence[Any]) -> Select[Any]:
    """The calls with the last of the order's columns first; each says how many there are."""
    counted = select(matched.c.call_id).limit(COUNTED + 1).subquery()
    found = select(func.count()).select_from(counted).scalar_subquery().label("found")
    return select(matched, found).order_by(*(column.desc() for column in columns))


def _after(search: _Search) -> Place | None:
    cursor = search.asked.cursor
    return None if cursor is None else read_cursor(cursor, 1)[0]


_WAYS: dict[tuple[str, bool], Callable[[_Search], _Found]] = {
    ("newest", True): _newest_of_few,
    ("newest", False): _walk,
    ("best", True): _best_of_few,
    ("best", False): _best_of_newest,
}
