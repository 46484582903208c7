"""The way to a CRM, against servers that misbehave: what is sent twice, what never is."""

import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.crm import wire as wire_module
from api.crm.credentials import Credentials, HeldGrant
from api.crm.errors import (
    CrmError,
    CrmNeedsLogin,
    CrmRejected,
    CrmSpent,
    CrmUnavailable,
    CrmUncertain,
)
from api.crm.pace import Pace, Pacer, Waits
from api.crm.wire import Asked, Wire
from models.outside import GuardedTransport
from tests.crm.fakes.scripted import TOKEN, Plain, Say, Scripted
from tests.crm.fakes.serving import serve

GET, POST = Asked("GET", "/things"), Asked("POST", "/things", body={"a": 1}, may_repeat=False)


FINE = Say()
EMPTY = Say(204, b"")
BROKEN = Say(502, b'{"error": "upstream"}')
HTML = Say(200, b"<html>Just a moment</html>")
HALF = Say(200, b'{"results": [{"id": ')
CUT = Say(200, b'{"id": "1"', declared=900)
DROPPED = Say(drops=True)
SLOW = Say(wait_s=1.0)
BUSY = Say(429, b"{}")
ANGRY = Say(401, b"{}")


@dataclass
class Way:
    """A wire with all that a test looks at."""

    wire: Wire
    server: Scripted
    manners: Plain
    pauses: list[float]


@pytest.fixture
def way() -> Iterator[Callable[..., Way]]:
    with ExitStack() as stack:

        def opened(*says: Say, expires_in_s: float | None = None, **more: Any) -> Way:
            server = Scripted(*says)
            url = stack.enter_context(serve(server))
            manners = Plain(url, more.pop("paces", None))
            held = Credentials({"token": TOKEN, "spare": "ab"}).renewed(expires_in_s)
            pauses: list[float] = []
            more = {"sleep": pauses.append, **more}
            wire = Wire(manners, HeldGrant(held), (url.removeprefix("http://"),), **more)
            return Way(stack.enter_context(wire), server, manners, pauses)

        yield opened


@pytest.mark.parametrize("bad", [BROKEN, HTML, HALF, CUT, DROPPED, BUSY])
def test_a_safe_call_is_repeated_until_it_is_answered(way: Callable[..., Way], bad: Say) -> None:
    opened = way(bad, bad, FINE)
    assert opened.wire.call(GET).body == {"ok": True}
    assert len(opened.server.seen) == 3
    assert len(opened.pauses) == 2
    assert opened.pauses[0] < opened.pauses[1] * 2


@pytest.mark.parametrize("bad", [BROKEN, HTML, HALF, CUT, DROPPED])
def test_a_create_without_a_plain_answer_is_sent_once_and_uncertain(
    way: Callable[..., Way], bad: Say
) -> None:
    opened = way(bad, FINE)
    with pytest.raises(CrmUncertain):
        opened.wire.call(POST)
    assert len(opened.server.seen) == 1


def test_a_create_that_is_not_answered_in_time_is_sent_once_and_uncertain(
    way: Callable[..., Way], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire_module, "TIMEOUT", 0.2)
    opened = way(SLOW, FINE)
    with pytest.raises(CrmUncertain, match="did not answer in time"):
        opened.wire.call(POST)
    assert len(opened.server.seen) == 1
    assert opened.wire.call(GET).is_good


def test_a_create_is_repeated_when_the_crm_said_that_it_did_nothing(
    way: Callable[..., Way],
) -> None:
    opened = way(BUSY, ANGRY, BUSY, Say(201))
    assert opened.wire.call(POST).status == 201
    assert len(opened.server.seen) == 4
    assert {seen[3] for seen in opened.server.seen} == {b'{"a":1}'}


def test_a_create_is_repeated_when_it_could_not_be_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
    pauses: list[float] = []
    held = HeldGrant(Credentials({"token": TOKEN}))
    with (
        Wire(Plain(f"http://{place}"), held, (place,), sleep=pauses.append) as wire,
        pytest.raises(CrmUnavailable, match="cannot be reached") as told,
    ):
        wire.call(POST)
    assert not isinstance(told.value, CrmUncertain)
    assert len(pauses) == 4


def test_after_five_tries_it_is_somebody_else_s_turn(way: Callable[..., Way]) -> None:
    opened = way(BROKEN)
    with pytest.raises(CrmUnavailable):
        opened.wire.call(GET)
    assert len(opened.server.seen) == 5


def test_retry_after_is_obeyed_and_given_up_beyond_patience(way: Callable[..., Way]) -> None:
    opened = way(Say(429, b"{}", {"retry-after": "7"}), FINE)
    assert opened.wire.call(POST).is_good
    assert opened.pauses == [7.0]
    opened = way(Say(429, b"{}", {"retry-after": "25"}))
    with pytest.raises(CrmUnavailable) as told:
        opened.wire.call(GET)
    assert opened.pauses == [25.0, 25.0]
    assert told.value.retry_after_s == 25.0
    opened = way(Say(503, b"{}", {"retry-after": "86400"}))
    with pytest.raises(CrmUnavailable):
        opened.wire.call(GET)
    assert opened.pauses == []


def test_a_spent_day_and_a_plain_no_are_not_repeated(way: Callable[..., Way]) -> None:
    for say, error in ((Say(403, b'"spent"'), CrmSpent), (Say(400, b'"no"'), CrmRejected)):
        opened = way(say)
        with pytest.raises(error):
            opened.wire.call(GET)
        assert len(opened.server.seen) == 1


def test_a_token_is_renewed_once_and_then_a_login_is_needed(way: Callable[..., Way]) -> None:
    opened = way(ANGRY, FINE)
    assert opened.wire.call(GET).is_good
    sent = [seen[2]["authorization"] for seen in opened.server.seen]
    assert sent == [f"Bearer {TOKEN}", f"Bearer {TOKEN}-1"]
    opened = way(ANGRY)
    with pytest.raises(CrmNeedsLogin):
        opened.wire.call(GET)
    assert len(opened.server.seen) == 2
    assert opened.manners.renewals == 1


def test_a_token_is_renewed_ahead_of_its_end(way: Callable[..., Way]) -> None:
    opened = way(FINE, expires_in_s=100.0)
    opened.wire.call(GET)
    opened.wire.call(GET)
    assert opened.manners.renewals == 1
    assert {seen[2]["authorization"] for seen in opened.server.seen} == {f"Bearer {TOKEN}-1"}
    opened = way(FINE, expires_in_s=600.0)
    opened.wire.call(GET)
    assert opened.manners.renewals == 0


def test_a_token_that_another_process_renewed_is_taken(way: Callable[..., Way]) -> None:
    opened = way(ANGRY, FINE)
    stale = opened.wire.grant.current()
    newer = stale.renewed(3600.0, token="from-elsewhere")  # noqa: S106

    class Shared(HeldGrant):
        def renewed(self, stale: Credentials, renew: Any) -> Credentials:
            self._credentials = newer
            return super().renewed(stale, renew)

    opened.wire.grant = Shared(stale)
    assert opened.wire.call(GET).is_good
    assert opened.manners.renewals == 0
    assert opened.server.seen[-1][2]["authorization"] == "Bearer from-elsewhere"


def test_a_grant_that_cannot_be_renewed_is_told(way: Callable[..., Way]) -> None:
    opened = way(ANGRY)

    def dead(credentials: Credentials) -> Credentials:
        raise CrmNeedsLogin("connect again")

    opened.manners.renewed = dead
    with pytest.raises(CrmNeedsLogin, match="connect again"):
        opened.wire.call(POST)


@pytest.mark.parametrize("status", [400, 401, 403, 429, 500])
def test_secrets_are_never_in_errors(way: Callable[..., Way], status: int) -> None:
    echoes = [json.dumps({"message": f"Bearer {TOKEN}{n} is\nwrong"}) for n in ("", "-1")]
    first, second = (Say(status, echo.encode()) for echo in echoes)
    opened = way(first, second if status == 401 else first)
    with pytest.raises(CrmError) as told:
        opened.wire.call(GET)
    words = f"{told.value} {told.value!r} {told.value.args}"
    assert "nobody" not in words
    assert "\n" not in str(told.value)
    assert len(str(told.value)) <= 300
    assert TOKEN not in repr(opened.wire.grant.current())


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(way: Callable[..., Way], status: int) -> None:
    elsewhere = way(FINE)
    opened = way(Say(status, b"{}", {"location": f"{elsewhere.manners.address}/stolen"}))
    with pytest.raises(CrmRejected):
        opened.wire.call(GET)
    assert elsewhere.server.seen == []


def test_only_hosts_that_are_listed_are_asked(way: Callable[..., Way]) -> None:
    other, opened = way(FINE), way(FINE)
    for url in (
        f"{other.manners.address}/things",
        "http://169.254.169.254/latest/meta-data",
        "https://crm.example/things",
        "ftp://crm.example/things",
        "http://user:secret@127.0.0.1/",
    ):
        with pytest.raises(CrmRejected) as told:
            opened.wire.call(Asked("POST", url, body={}, may_repeat=False))
        assert "secret" not in str(told.value)
    assert other.server.seen == []


def test_a_listed_name_that_leads_to_a_private_place_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def resolve(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.7", 443))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    held = HeldGrant(Credentials({"token": TOKEN}))
    with (
        Wire(Plain("https://crm.example"), held, ("crm.example",)) as wire,
        pytest.raises(CrmRejected, match="leads to a private address"),
    ):
        wire.call(GET)


def test_an_answer_that_is_too_long_or_too_slow_is_cut_off(
    way: Callable[..., Way], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire_module, "_MOST", 100_000)
    long = Say(200, b'"' + b"x" * 200_000 + b'"')
    bomb = Say(200, gzip.compress(b"0" * 5_000_000), {"content-encoding": "gzip"})
    for say in (long, bomb):
        opened = way(say)
        with pytest.raises(CrmUncertain):
            opened.wire.call(POST)
    monkeypatch.setattr(wire_module, "_WHOLE_S", -1.0)
    with pytest.raises(CrmUncertain, match="in time"):
        way(FINE).wire.call(POST)


@pytest.mark.parametrize(
    "say",
    [
        Say(200, b"[" * 200_000),
        Say(200, b"\x1f\x8b broken", {"content-encoding": "gzip"}),
        Say(200, b"\xff\xfe\x00"),
    ],
)
def test_nonsense_is_an_answer_of_a_crm_that_is_down(way: Callable[..., Way], say: Say) -> None:
    opened = way(say)
    with pytest.raises(CrmUnavailable):
        opened.wire.call(GET)
    assert len(opened.server.seen) == 5


def test_an_empty_answer_is_a_good_one(way: Callable[..., Way]) -> None:
    answer = way(EMPTY).wire.call(Asked("DELETE", "/things/1"))
    assert (answer.body, answer.is_good) == (None, True)


def test_calls_for_a_token_carry_none(way: Callable[..., Way]) -> None:
    opened = way(FINE)
    asked = Asked("POST", "/token", form={"grant": "refresh me"}, is_signed=False)
    opened.wire.call(asked)
    ((_, _, headers, content),) = opened.server.seen
    assert "authorization" not in headers
    assert content == b"grant=refresh+me"


def test_the_pace_is_kept_by_all_threads_together(way: Callable[..., Way]) -> None:
    opened = way(FINE, paces={"": Pace(4, 1000.0)})  # so long that a busy machine is no matter
    threads = [threading.Thread(target=opened.wire.call, args=(GET,)) for _ in range(13)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(round(one / 1000) for one in opened.pauses) == [1] * 4 + [2] * 4 + [3]


def test_a_search_has_its_own_pace(way: Callable[..., Way]) -> None:
    opened = way(FINE, paces={"": Pace(100, 10.0), "search": Pace(1, 5.0)})
    for _ in range(3):
        opened.wire.call(GET)
    assert opened.pauses == []
    for _ in range(2):
        opened.wire.call(Asked("GET", "/search", pace="search"))
    assert len(opened.pauses) == 1
    assert 4.0 < opened.pauses[0] <= 5.0


def test_who_shares_waits_keeps_one_pace(way: Callable[..., Way]) -> None:
    waits, paces = Waits(), {"": Pace(2, 10.0)}
    pauses: list[float] = []
    one, other = (way(FINE, paces=paces, waits=waits, sleep=pauses.append) for _ in range(2))
    one.wire.call(GET)
    other.wire.call(GET)
    assert pauses == []
    one.wire.call(GET)
    assert 9.0 < pauses[0] <= 10.0


@given(
    calls=st.integers(1, 6),
    period_s=st.floats(0.1, 10.0),
    waits=st.lists(st.floats(0.0, 3.0), min_size=1, max_size=40),
)
def test_no_stretch_of_time_holds_more_calls_than_the_pace(
    calls: int, period_s: float, waits: list[float]
) -> None:
    clock = [0.0]

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    pacer = Pacer(Pace(calls, period_s), lambda: clock[0], sleep)
    starts = []
    for wait_s in waits:
        clock[0] += wait_s
        pacer.wait()
        starts.append(clock[0])
    for earlier, later in zip(starts, starts[calls:], strict=False):
        assert later - earlier >= period_s - 1e-6


@given(text=st.text("ab \n", max_size=400), secret=st.text("cdé.*", min_size=6, max_size=40))
def test_a_redacted_text_is_one_short_line_without_the_secret(text: str, secret: str) -> None:
    held = Credentials({"a": secret, "b": "ab"})
    told = held.redacted(f"{text}{secret}{text}")
    assert len(told) <= 300
    assert "\n" not in told
    assert secret not in told


def test_renewed_credentials_keep_what_was_not_renewed() -> None:
    held = Credentials({"token": "old", "refresh_token": "kept"})
    newer = held.renewed(60.0, token="new")  # noqa: S106
    assert (newer["token"], newer["refresh_token"], held["token"]) == ("new", "kept", "old")
    assert newer.is_expiring
    assert not held.is_expiring
    assert held.get("nothing") is None
    assert "kept" not in repr(newer)


def test_a_guarded_transport_keeps_connections_open_and_refuses_others() -> None:
    server = Scripted(FINE)
    with serve(server) as url:
        transport = GuardedTransport((url.removeprefix("http://"),))
        with wire_module.httpx.Client(transport=transport) as client:
            for _ in range(3):
                assert client.get(url).json() == {"ok": True}
            with pytest.raises(wire_module.BadInput, match="not among the hosts"):
                client.get("https://crm.example/")
    assert (len(server.seen), len(server.ports)) == (3, 1)
