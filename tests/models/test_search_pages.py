"""Whoever searches finds what they may see, all of it, once; on short ways and long ones."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text, true
from sqlmodel import Session, col, select

from models.errors import BadInput
from models.search import Asked, SearchFilters, SearchPage, gather_words, search_words, words
from models.search.results import Order
from models.tables import Call, CallWords, Team
from tests.models.market import MORNING, held, may_see, person

WAYS = ("few", "many")


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Takes either way to the calls, whatever the planner thinks."""
    take(monkeypatch, str(request.param))
    return str(request.param)


def take(monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """Have every search go one way."""
    few = 10**9 if way == "few" else -1
    monkeypatch.setattr(words, "FEW", {"newest": few, "best": few})


def pages(
    session: Session, query: str, order: Order, limit: int = 3, filters: SearchFilters | None = None
) -> Iterator[SearchPage]:
    """Every page, the next asked for only when the one before was read."""
    cursor = None
    while True:
        asked = Asked(limit, cursor, order)
        page = search_words(session, true(), query, filters or SearchFilters(), asked)
        yield page
        cursor = page.next
        if cursor is None:
            return


def ids(page: SearchPage) -> list[UUID]:
    return [call.call_id for call in page.calls]


def test_a_user_finds_and_counts_only_calls_they_may_see(session: Session, way: str) -> None:
    north, south = Team(name="North"), Team(name="South")
    session.add_all([north, south])
    session.flush()
    ann, bob = person(session, "ann", team=north), person(session, "bob", team=north)
    cid = person(session, "cid", team=south)
    head = person(session, "head", "manager", north)
    admin = person(session, "root", "admin")
    own = held(session, ann, ["the price"]).id
    private = held(session, bob, ["the price"], is_private=True, day=1).id
    other = held(session, bob, ["the price"], day=2).id
    far = held(session, cid, ["the price"], day=3).id
    seen = {
        "ann": [own],
        "bob": [other, private],
        "cid": [far],
        "head": [other, own],
        "root": [far, other, private, own],
    }
    for user in (ann, bob, cid, head, admin):
        for query in ("price", "the price or budget", '"the price"'):
            page = search_words(session, may_see(user), query)
            assert (ids(page), page.total) == (seen[user.name], len(seen[user.name])), way
            assert page.is_exact
            best = search_words(session, may_see(user), query, asked=Asked(order="best"))
            assert set(ids(best)) == set(seen[user.name])
    theirs = SearchFilters(rep_ids=(cid.id,))
    page = search_words(session, may_see(ann), "price", theirs)
    assert (page.calls, page.total, page.next) == ((), 0, None)


@pytest.mark.parametrize("order", ["newest", "best"])
@pytest.mark.parametrize("query", ["price", "price total", "price -never", '"total price"'])
def test_pages_hold_every_call_once_while_others_are_added(
    session: Session, way: str, order: Order, query: str
) -> None:
    rep = person(session, "ann")
    kept = [
        held(session, rep, ["total price " * (1 + n % 4), "so"], day=n // 2).id for n in range(11)
    ]
    held(session, rep, ["total", "of nothing"])
    got: list[UUID] = []
    added = set()
    for page in pages(session, query, order):
        got += ids(page)
        added.add(held(session, rep, ["total price " * 9], day=99).id)
    assert len(got) == len(set(got))
    assert set(got) - added == set(kept), way


def test_the_newest_come_first_and_equal_instants_are_told_apart(
    session: Session, way: str
) -> None:
    rep = person(session, "ann")
    days = [3, 1, 2, 2, 2, 5]
    made = {held(session, rep, ["a price"], day=day).id: day for day in days}
    got = [one for page in pages(session, "price", "newest", 2) for one in ids(page)]
    assert [made[one] for one in got] == sorted(days, reverse=True), way
    assert len(set(got)) == len(days)


def test_the_best_come_first(session: Session, way: str) -> None:
    rep = person(session, "ann")
    once = held(session, rep, ["the price was named once"], day=3).id
    thrice = held(session, rep, ["price", "price", "price"], day=1).id
    twice = held(session, rep, ["price", "no", "price"], day=2).id
    (page,) = pages(session, "price", "best")
    assert ids(page) == [thrice, twice, once], way
    scores = [call.score for call in page.calls]
    assert scores == sorted(scores, reverse=True)
    assert [call.places for call in page.calls] == [3, 2, 1]


def test_a_call_that_comes_in_behind_the_cursor_is_not_missed(session: Session, way: str) -> None:
    rep = person(session, "ann")
    for day in (10, 8, 6, 4):
        held(session, rep, ["a price"], day=day)
    first = search_words(session, true(), "price", asked=Asked(2))
    late = held(session, rep, ["a price, uploaded late"], day=5).id
    rest = search_words(session, true(), "price", asked=Asked(10, first.next))
    assert late in ids(rest), way
    assert not set(ids(first)) & set(ids(rest))


def test_filters_hold_on_every_page(session: Session, way: str) -> None:
    rep = person(session, "ann")
    for day in range(8):
        side = "buyer" if day % 2 else "seller"
        held(session, rep, [(side, "the price")], day=day, moments=[("objection", 0)])
    wanted = SearchFilters(
        side="buyer", moment_kinds=("objection",), from_at=MORNING + timedelta(days=2)
    )
    got = [one for page in pages(session, "price", "newest", 2, wanted) for one in page.calls]
    assert [one.started_at for one in got] == [MORNING + timedelta(days=day) for day in (7, 5, 3)]
    assert all(one.snippets[0].lines[0].side == "buyer" for one in got), way


def test_a_long_look_stops_and_goes_on_where_it_stopped(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(monkeypatch, "many")
    monkeypatch.setattr(words, "WALKED", 4)
    rep = person(session, "ann")
    old = held(session, rep, ["the total price"], day=0).id
    for day in range(1, 10):
        held(session, rep, ["a price", "in total"], day=day)
    first, *others = pages(session, "price total", "newest")
    assert first.calls == ()
    assert not first.is_exact
    assert first.looked_back_to == MORNING + timedelta(days=6)
    assert [one for page in others for one in ids(page)] == [old]
    assert others[-1].looked_back_to is None


def test_of_many_only_the_newest_are_compared(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(monkeypatch, "many")
    monkeypatch.setattr(words, "COMPARED", 4)
    rep = person(session, "ann")
    made = [held(session, rep, ["price"] * (10 - day), day=day).id for day in range(10)]
    got = [*pages(session, "price", "best", 3)]
    assert [one for page in got for one in ids(page)] == [made[n] for n in (6, 7, 8, 9)]
    assert (got[0].best_of, got[0].total, got[0].is_exact) == (4, 10, True)


def test_more_than_a_thousand_calls_are_counted_as_a_thousand(
    session: Session, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "COUNTED", 5)
    rep = person(session, "ann")
    for day in range(5):
        held(session, rep, ["price"], day=day)
    page = search_words(session, true(), "price", asked=Asked(2))
    assert (page.total, page.is_exact) == (5, True), way
    held(session, rep, ["price"], day=9)
    page = search_words(session, true(), "price", asked=Asked(2))
    assert (page.total, page.is_exact) == (5, False), way


def test_a_cursor_that_is_not_ours_is_refused(session: Session) -> None:
    held(session, person(session, "ann"), ["price"])
    for cursor in ("", "x", "bnVsbA", "W10", "é", "a" * 5000, "W1siMjAyNiIsICJ4IiwgMV1d"):
        for order in ("newest", "best"):
            with pytest.raises(BadInput, match="cursor"):
                search_words(session, true(), "price", asked=Asked(5, cursor, order))


def test_words_of_utterances_written_anew_are_gathered_anew(session: Session) -> None:
    call = held(session, person(session, "ann"), ["the price"])
    session.execute(text("UPDATE utterance SET text = 'the budget'"))
    gather_words(session, call.id)
    (kept,) = session.exec(select(CallWords).where(col(CallWords.call_id) == call.id))
    assert kept.words == "'budget'"
    session.delete(session.get(Call, call.id))
    session.flush()
    assert session.exec(select(CallWords)).all() == []
