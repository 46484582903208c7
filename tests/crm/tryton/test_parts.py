"""What speaks to Tryton, where the real one cannot be made to: arithmetic, answers gone wrong."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from api.crm.credentials import Credentials, HeldGrant
from api.crm.errors import (
    CrmError,
    CrmNeedsLogin,
    CrmRejected,
    CrmSpent,
    CrmUnavailable,
    CrmUncertain,
)
from api.crm.tryton import manners
from api.crm.tryton_deals import closed_at, opportunities, pages, site
from api.crm.tryton_history import Present, courses, instants
from api.crm.tryton_rpc import ANYTHING, IDS, Rpc, TrytonManners, decoded, encoded
from api.crm.tryton_search import digits, escaped
from api.crm.wire import Wire
from tests.crm.fakes.serving import serve

START = datetime(2026, 1, 1, tzinfo=UTC)
LOGIN = {"result": [7, "token", None]}


def at(ticks: int) -> datetime:
    return START + timedelta(microseconds=ticks)


stretches = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 25)).map(
        lambda one: (at(one[0]), at(one[0] + one[1]))
    ),
    max_size=40,
)


@given(stretches)
def test_every_stretch_is_hit_by_the_fewest_instants(
    given_ones: list[tuple[datetime, datetime]],
) -> None:
    chosen = instants(given_ones)
    assert all(any(start <= one < end for one in chosen) for start, end in given_ones)
    assert chosen == sorted(set(chosen))
    # Stretches that do not touch each need an instant of their own: none can do with fewer.
    apart: list[tuple[datetime, datetime]] = []
    for start, end in sorted(given_ones, key=lambda one: one[1]):
        if not apart or start >= apart[-1][1]:
            apart.append((start, end))
    assert len(chosen) == len(apart) <= len(given_ones)


def test_one_instant_serves_all_that_overlap() -> None:
    day = timedelta(days=1)
    overlapping = [(START + number * day, START + (number + 100) * day) for number in range(100)]
    assert len(instants(overlapping)) == 1
    assert instants([]) == []


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text()
    | st.binary()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.dates()
    | st.datetimes(timezones=st.just(UTC))
    | st.timedeltas(min_value=timedelta(days=-9999), max_value=timedelta(days=9999)).map(
        lambda one: timedelta(days=one.days, seconds=one.seconds)
    ),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text().filter(lambda one: one != "__class__"), inner)
    ),
    max_leaves=10,
)


@given(values)
def test_typed_values_come_back_as_they_went(value: Any) -> None:
    assert decoded(encoded(value)) == value


@pytest.mark.parametrize(
    "broken",
    [
        {"__class__": "Decimal", "decimal": "twelve"},
        {"__class__": "Decimal"},
        {"__class__": "date", "year": 2026, "month": 13, "day": 1},
        {"__class__": "datetime", "year": "2026"},
        {"__class__": "bytes", "base64": "ä"},
        {"__class__": "Unheard", "of": 1},
    ],
)
def test_a_typed_value_that_cannot_be_read_stays_as_it_is(broken: dict[str, Any]) -> None:
    assert decoded([broken]) == [broken]


def test_an_instant_is_sent_in_utc() -> None:
    paris = datetime.fromisoformat("2026-07-01T02:00:00+02:00")
    assert encoded(paris)["hour"] == 0
    assert encoded(date(2026, 7, 1)) == {"__class__": "date", "year": 2026, "month": 7, "day": 1}


def test_a_broken_row_is_left_out_and_said_without_its_contents(
    caplog: pytest.LogCaptureFixture,
) -> None:
    good = {"id": 1, "state": "lead", "last_modified_at": START, "amount": Decimal("1")}
    rows = [good, {**good, "amount": "much"}, {"id": 2}, {**good, "amount": Decimal("NaN")}, 5]
    assert [one.id for one in opportunities(rows)] == [1]
    assert "amount" in caplog.text
    assert "much" not in caplog.text


def test_a_deal_closed_when_it_came_to_the_end_it_has_now() -> None:
    def course(*states: str) -> tuple[tuple[str, datetime], ...]:
        return tuple((state, at(number)) for number, state in enumerate(states))

    assert closed_at(()) is None
    assert closed_at(course("lead", "lost", "lead")) is None
    assert closed_at(course("lead", "lost", "lead", "lost")) == at(3)
    assert closed_at(course("converted", "won")) == at(1)
    assert closed_at(course("won", "lost", "cancelled")) == at(1)


@pytest.mark.parametrize(
    ("written", "domain"),
    [
        ("https://www.acme.example/about", "acme.example"),
        ("ACME.example", "acme.example"),
        ("//acme.example:8080", "acme.example"),
        ("", None),
        ("http://[broken", None),
    ],
)
def test_a_website_tells_its_domain(written: str, domain: str | None) -> None:
    assert site(written) == domain


def test_patterns_phones_and_pages_are_written_safely() -> None:
    assert escaped("50%_a\\b") == "50\\%\\_a\\\\b"
    assert digits("+33 (0)6 12-34.56 78") == "33612345678"
    assert (
        pages("https://crm.example/", "a b/c")
        == "https://crm.example/#a%20b%2Fc/model/sale.opportunity/"
    )
    assert TrytonManners("https://crm.example/", "a b/c").path == "/a%20b%2Fc/rpc/"


class Scripted:
    """A server that says what it is told to, and keeps what it was asked."""

    def __init__(self) -> None:
        self.methods: list[str] = []
        self.signed: list[str | None] = []
        self.logins: Response | None = None
        self.answers: list[Response] = []
        self.by_params: Callable[[Any], Response] | None = None
        self.app = Starlette(routes=[Route("/crm/rpc/", self.answer, methods=["POST"])])

    async def answer(self, request: Request) -> Response:
        asked = await request.json()
        self.methods.append(asked["method"])
        if asked["method"] == "common.db.login":
            return self.logins or JSONResponse(LOGIN)
        self.signed.append(request.headers.get("authorization"))
        return self.by_params(asked) if self.by_params else self.answers.pop(0)


@pytest.fixture
def server() -> Scripted:
    return Scripted()


@pytest.fixture
def rpc(server: Scripted) -> Iterator[Rpc]:
    with ExitStack() as stack:
        url = stack.enter_context(serve(server.app))
        grant = HeldGrant(Credentials({"login": "bob", "password": "pass-word-1"}))
        spoken = manners(url, {})
        hosts = (url.removeprefix("http://"),)
        wire = stack.enter_context(Wire(spoken, grant, hosts, sleep=lambda _: None))
        yield Rpc(wire, TrytonManners(url).path)


def unauthorized() -> Response:
    return Response(status_code=401)


def good(result: Any) -> Response:
    return JSONResponse({"id": 1, "result": result})


def error(*args: Any) -> Response:
    return JSONResponse({"id": 1, "error": list(args)})


def test_a_session_is_opened_by_the_first_refusal_and_kept(server: Scripted, rpc: Rpc) -> None:
    server.answers = [unauthorized(), good([1]), good([2])]
    assert rpc.call(IDS, "model.a.search") == [1]
    assert rpc.call(IDS, "model.a.search") == [2]
    assert server.methods.count("common.db.login") == 1
    assert server.signed == [None, "Session Ym9iOjc6dG9rZW4=", "Session Ym9iOjc6dG9rZW4="]


def test_a_session_that_is_refused_at_once_is_not_opened_again(server: Scripted, rpc: Rpc) -> None:
    server.answers = [unauthorized(), unauthorized()]
    with pytest.raises(CrmNeedsLogin, match="opens no other"):
        rpc.call(IDS, "model.a.search")
    assert server.methods.count("common.db.login") == 1


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (Response(status_code=429), CrmSpent, "locked this login out"),
        (Response(status_code=401), CrmNeedsLogin, "wrong login or password"),
        (error("LoginException", ["sms", "Code?", "char"]), CrmNeedsLogin, "more than a password"),
        (error("'res.user'", ""), CrmRejected, "res.user"),
        (good("hello"), CrmUnavailable, "something else"),
        (HTMLResponse("<html>"), CrmUnavailable, "something else"),
        (Response(status_code=503), CrmUnavailable, "cannot answer now"),
    ],
)
def test_a_login_that_fails_is_never_tried_again(
    server: Scripted, rpc: Rpc, answer: Response, kind: type[CrmError], words: str
) -> None:
    server.answers, server.logins = [unauthorized()], answer
    with pytest.raises(kind, match=words) as told:
        rpc.call(IDS, "model.a.search")
    assert type(told.value) is kind
    assert server.methods.count("common.db.login") == 1
    assert "pass-word-1" not in str(told.value)


def test_a_lock_out_says_until_when(server: Scripted, rpc: Rpc) -> None:
    server.answers, server.logins = [unauthorized()], Response(status_code=429)
    with pytest.raises(CrmSpent) as told:
        rpc.call(IDS, "model.a.search")
    left = told.value.until - datetime.now(UTC)
    assert timedelta(minutes=5) < left <= timedelta(minutes=10)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (error("UserError", ["No way.", "At noon", None]), CrmRejected, "Tryton: No way. At noon"),
        (error("UserWarning", ["key", "Sure?", ""]), CrmRejected, "Tryton: Sure"),
        (error("'nope'", ""), CrmRejected, "nope"),
        (error(), CrmRejected, "without a word"),
        (Response(status_code=403), CrmRejected, "does not let this user"),
        (Response(status_code=404), CrmRejected, "no such database"),
        (Response(status_code=405), CrmRejected, "does not answer at this address"),
        (Response(status_code=418), CrmRejected, "418"),
        (good("not ids"), CrmUncertain, "something else"),
        (JSONResponse([1]), CrmUncertain, "something else"),
        (HTMLResponse("<html>Bad gateway"), CrmUncertain, "no JSON"),
        (Response(status_code=502), CrmUncertain, "502"),
    ],
)
def test_a_create_is_sent_once_whatever_comes_back(
    server: Scripted, rpc: Rpc, answer: Response, kind: type[CrmError], words: str
) -> None:
    server.answers = [answer]
    with pytest.raises(kind, match=words) as told:
        rpc.call(IDS, "model.ir.note.create", may_repeat=False)
    assert type(told.value) is kind
    assert server.methods == ["model.ir.note.create"]


def test_what_was_rolled_back_is_sent_again(server: Scripted, rpc: Rpc) -> None:
    server.answers = [error("ConcurrencyException", "Records modified"), good([1])]
    assert rpc.call(IDS, "model.ir.note.create", may_repeat=False) == [1]


def test_a_read_is_repeated_when_the_server_cannot(server: Scripted, rpc: Rpc) -> None:
    server.answers = [Response(status_code=503), HTMLResponse("<html>"), good({"a": 1})]
    assert rpc.call(ANYTHING, "model.a.read") == {"a": 1}


STATES = ("lead", "opportunity", "won", "lost")
Past = dict[int, list[tuple[datetime, str]]]


def invented(seed: int) -> Past:
    """Deals that changed up to seven times, often soon after and often in nothing but a text."""
    chance = random.Random(seed)  # noqa: S311
    past: Past = {}
    for deal in range(1, 61):
        when = START + timedelta(seconds=chance.randrange(10**7))
        past[deal] = [(when, "lead")]
        for _ in range(chance.randrange(7)):
            when += timedelta(microseconds=chance.choice((1, 10**6, 10**11, 10**12)))
            past[deal].append((when, chance.choice((past[deal][-1][1], *STATES))))
    return past


def historian(past: Past) -> Callable[[Any], Response]:
    """Tryton's answers about a past."""

    def answer(asked: Any) -> Response:
        params = decoded(asked["params"])
        if asked["method"].endswith(".history_revisions"):
            return good([[encoded(at), deal, None] for deal in params[0] for at, _ in past[deal]])
        [_, _, deals], [_, _, state] = params[0]
        until = params[-1]["_datetime"]
        held = {deal: [one for at, one in past[deal] if at <= until] for deal in deals}
        return good([deal for deal, states in held.items() if states and states[-1] == state])

    return answer


@pytest.mark.parametrize("seed", range(3))
def test_any_past_is_told_as_it_was_in_few_calls(server: Scripted, rpc: Rpc, seed: int) -> None:
    past = invented(seed)
    server.by_params = historian(past)
    presents = [Present(deal, told[-1][1], told[-1][0]) for deal, told in past.items()]
    expected = {
        deal: tuple(
            (state, at)
            for (at, state), before in zip(told, [None, *(one for _, one in told)], strict=False)
            if state != before
        )
        for deal, told in past.items()
    }
    assert courses(rpc, presents, STATES, {}) == expected
    needed = instants(
        (start, end) for told in past.values() for (start, _), (end, _) in pairwise(told)
    )
    assert len(server.methods) <= 1 + len(needed) * len(STATES)


def test_what_happened_after_a_deal_was_read_is_left_for_the_next_time(
    server: Scripted, rpc: Rpc
) -> None:
    later = timedelta(hours=1)
    server.by_params = historian({1: [(START, "lead"), (START + later, "won")]})
    told = courses(rpc, [Present(1, "lead", START)], STATES, {})
    assert told == {1: (("lead", START),)}


def test_a_deal_out_of_sight_for_a_while_is_told_without_that_while(
    server: Scripted, rpc: Rpc
) -> None:
    later = timedelta(hours=1)
    past = [(START, "lead"), (START + later, "of another module"), (START + 2 * later, "won")]
    server.by_params = historian({1: past})
    told = courses(rpc, [Present(1, "won", past[-1][0])], STATES, {})
    assert told == {1: (("lead", START), ("won", START + 2 * later))}
