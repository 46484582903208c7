"""The passages nearest to a question are found, among those that may be seen."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import true
from sqlmodel import Session

from analyzer.reading import Vectors
from models.errors import BadInput
from models.search import Asked, SearchFilters, meaning, search_meaning
from models.tables import Call, Passage, User
from models.tables.findings import DIMENSIONS
from tests.models.market import MORNING, held, may_see, person


class Degrees:
    """Places a text that is a number at so many degrees of a circle."""

    name = "degrees"

    def embed(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), DIMENSIONS), np.float32)
        angles = np.radians([float(text) for text in texts])
        rows[:, 0], rows[:, 1] = np.cos(angles), np.sin(angles)
        return rows

    ask = embed


@pytest.fixture(params=["few", "many"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Compares every passage, or asks the index."""
    few = 10**9 if request.param == "few" else -1
    monkeypatch.setattr(meaning, "FEW_CALLS", few)
    monkeypatch.setattr(meaning, "SOME_CALLS", few)
    return str(request.param)


def meant(
    session: Session, rep: User, *degrees: float, day: float = 0, side: str = "seller"
) -> Call:
    """A call whose passages lie at these degrees, two utterances each."""
    lines = [(side, f"line {n}") for n in range(2 * len(degrees))]
    call = held(session, rep, lines, day=day, moments=[("objection", 0)])
    for n, vector in enumerate(Degrees().embed([str(one) for one in degrees])):
        session.add(
            Passage(
                call_id=call.id,
                position=n,
                first_utterance=2 * n,
                last_utterance=2 * n + 1,
                side=side,
                start_s=20.0 * n,
                end_s=20.0 * n + 18,
                vector=vector.tolist(),
            )
        )
    session.flush()
    return call


def test_the_nearest_calls_come_first_with_what_was_said(session: Session, way: str) -> None:
    rep = person(session, "ann")
    far = meant(session, rep, 80)
    near = meant(session, rep, 90, 10, 170)
    middle = meant(session, rep, 30)
    page = search_meaning(session, true(), "9", Degrees())
    assert [one.call_id for one in page.calls] == [near.id, middle.id, far.id], way
    best = page.calls[0]
    assert best.score == pytest.approx(np.cos(np.radians(1)), abs=1e-3)
    assert best.places == 3
    assert [one.at_s for one in best.snippets] == [0.0, 20.0, 40.0]
    assert [line.text for line in best.snippets[1].lines] == ["line 2", "line 3"]
    assert (page.total, page.is_exact, page.next) == (3, way == "few", None)


def test_only_calls_that_may_be_seen_are_found(session: Session, way: str) -> None:
    ann, bob = person(session, "ann"), person(session, "bob")
    own, theirs = meant(session, ann, 50), meant(session, bob, 1)
    root = person(session, "root", "admin")
    for user, seen in ((ann, [own]), (bob, [theirs]), (root, [theirs, own])):
        page = search_meaning(session, may_see(user), "0", Degrees())
        assert [one.call_id for one in page.calls] == [one.id for one in seen], way
        assert page.total == len(seen)


def test_filters_narrow(session: Session, way: str) -> None:
    rep = person(session, "ann")
    first = meant(session, rep, 10, 12, side="buyer")
    second = meant(session, rep, 20, 22, day=5)
    by_side = search_meaning(session, true(), "0", Degrees(), SearchFilters(side="seller"))
    assert [one.call_id for one in by_side.calls] == [second.id], way
    until = SearchFilters(to_at=MORNING + timedelta(days=1))
    assert [c.call_id for c in search_meaning(session, true(), "0", Degrees(), until).calls] == [
        first.id
    ]
    objections = SearchFilters(moment_kinds=("objection",))
    page = search_meaning(session, true(), "0", Degrees(), objections)
    assert [one.places for one in page.calls] == [1, 1]
    nothing = SearchFilters(moment_kinds=("pricing",))
    assert search_meaning(session, true(), "0", Degrees(), nothing).calls == ()


def test_pages_hold_every_call_once_while_others_are_added(session: Session, way: str) -> None:
    rep = person(session, "ann")
    made = [meant(session, rep, 5 + n, 40 + n).id for n in range(9)]
    got, cursor = [], None
    for _ in range(20):
        page = search_meaning(session, true(), "0", Degrees(), asked=Asked(2, cursor))
        got += [one.call_id for one in page.calls]
        meant(session, rep, 1)
        cursor = page.next
        if cursor is None:
            break
    assert got == made, way


def test_what_is_found_by_the_index_is_what_is_nearest(session: Session) -> None:
    rng = np.random.default_rng(7)
    rep = person(session, "ann")
    for _ in range(40):
        meant(session, rep, *rng.uniform(0, 180, 10).round(3))
    compared = search_meaning(session, true(), "42", Degrees())
    found = meaning._page(
        search := meaning._Search(session, Degrees().ask(["42"])[0], [true()], SearchFilters()),
        meaning._indexed(search),
        Asked(),
    )
    assert [one.call_id for one in found.calls] == [one.call_id for one in compared.calls]


def test_a_question_that_says_nothing_is_refused(session: Session) -> None:
    for question in ("", "  \n", "\0", "x" * 1001):
        with pytest.raises(BadInput, match="query"):
            search_meaning(session, true(), question, Degrees())


def test_in_an_empty_database_nothing_is_found(session: Session, way: str) -> None:
    page = search_meaning(session, true(), "1", Degrees())
    assert (page.calls, page.total, page.next, way) == ((), 0, None, way)
