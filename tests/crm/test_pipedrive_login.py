"""Logins at Pipedrive, and what its refusals and its own description say."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from api.crm.credentials import Credentials, HeldGrant
from api.crm.errors import (
    CrmError,
    CrmNeedsLogin,
    CrmRejected,
    CrmUnavailable,
)
from api.crm.pipedrive import HOSTS, Pipedrive, authorize_url, exchange, manners
from api.crm.pipedrive_api import PipedriveApi
from api.crm.wire import Answer, Wire
from tests.crm.fakes.pipedrive import CLIENT, PipedriveFake, Shop, free, opened
from tests.crm.fakes.pipedrive_account import Row
from tests.crm.fakes.serving import serve
from tests.crm.official import ABSENT, PIPEDRIVE

AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
MARK = "Ref TT-0b9f5f6e-5a0c-4a52-9d3c-3f6f3c1d2e11"


@pytest.fixture(scope="module")
def shop() -> Iterator[tuple[Shop, str]]:
    made = Shop()
    with serve(made) as url:
        yield made, url


@pytest.fixture
def fake(shop: tuple[Shop, str]) -> Iterator[PipedriveFake]:
    fake = PipedriveFake(limits=free())
    shop[0].inside = fake.checked or fake.app
    with fake.at(shop[1]):
        yield fake


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def crm(fake: PipedriveFake, slept: list[float]) -> Iterator[Pipedrive]:
    with opened(fake, slept) as crm:
        yield crm


def test_an_expired_token_is_renewed_and_its_refresh_token_replaced(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    for turn in (1, 2, 3):
        fake.expire_tokens()
        assert crm.list_notes(fake.add_deal(), MARK) == []
        assert fake.refreshes == turn


def test_a_token_about_to_end_is_renewed_beforehand(fake: PipedriveFake) -> None:
    held = fake.credentials()
    old = Credentials(held.secrets, datetime.now(UTC) + timedelta(seconds=30))
    grant = HeldGrant(old)
    place = fake.url.removeprefix("http://")
    with Wire(manners(fake.url, fake.options), grant, (place,)) as wire:
        Pipedrive(wire, {}).check()
    assert [one.status for one in fake.calls] == [200, 200]
    assert grant.current()["refresh_token"] != old["refresh_token"]
    assert grant.current()["api_domain"] == fake.url


def test_a_revoked_app_must_be_connected_again(fake: PipedriveFake, crm: Pipedrive) -> None:
    secrets = fake.credentials().secrets.values()
    fake.revoke()
    with pytest.raises(CrmNeedsLogin, match="connect it again") as caught:
        crm.check()
    assert len(fake.calls) == 2
    assert not any(one in str(caught.value) for one in secrets)


def test_a_login_that_does_not_answer_is_no_reason_to_connect_again(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    fake.expire_tokens()
    fake.faults.next("lost_answer", "/oauth/token")
    with pytest.raises(CrmUnavailable):
        crm.check()


def test_an_api_token_opens_an_account_until_it_is_taken_back() -> None:
    fake = PipedriveFake("token", free())
    with fake.serve(), opened(fake, []) as crm:
        assert crm.check().name == "Seller SAS"
        fake.revoke()
        with pytest.raises(CrmNeedsLogin, match="put a new one"):
            crm.check()


def test_an_agreement_in_the_browser_becomes_credentials(fake: PipedriveFake) -> None:
    back = "https://talktrack.test/back?a=1&b=2"
    url = urlsplit(authorize_url("seller", {}, CLIENT[0], "st&te", back))
    assert (url.netloc, url.path) == ("oauth.pipedrive.com", "/oauth/authorize")
    assert parse_qs(url.query) == {
        "client_id": [CLIENT[0]],
        "redirect_uri": [back],
        "state": ["st&te"],
    }
    fake.codes.add("code-1")
    client = Credentials({"client_id": CLIENT[0], "client_secret": CLIENT[1]})
    place = fake.url.removeprefix("http://")
    with Wire(manners(fake.url, fake.options), HeldGrant(client), (place,)) as wire:
        given = exchange(wire, "code-1", back)
        with pytest.raises(CrmNeedsLogin):
            exchange(wire, "code-1", back)
    assert given["access_token"] == fake.credentials()["access_token"]
    assert given["client_secret"] == CLIENT[1]
    assert given.expires_at is not None


@pytest.mark.parametrize(
    ("domain", "base"),
    [
        ("https://other.pipedrive.com/", "https://other.pipedrive.com"),
        ("http://other.pipedrive.com", "https://seller.pipedrive.com"),
        ("https://pipedrive.com.evil.test", "https://seller.pipedrive.com"),
        ("https://evilpipedrive.com", "https://seller.pipedrive.com"),
        ("https://a:b@x.pipedrive.com", "https://seller.pipedrive.com"),
        ("https://[", "https://seller.pipedrive.com"),
    ],
)
def test_a_login_leads_only_to_pipedrive(domain: str, base: str) -> None:
    credentials = Credentials({"access_token": "t", "api_domain": domain})
    assert manners("seller", {}).base_url(credentials) == base


@pytest.mark.parametrize(
    "address",
    ["seller", "seller.pipedrive.com", " https://seller.pipedrive.com/pipeline/1/user/everyone "],
)
def test_an_address_is_taken_as_people_write_it(address: str) -> None:
    assert manners(address, {}).root == "https://seller.pipedrive.com"
    assert httpx.URL(manners(address, {}).root).host.endswith(HOSTS)


@pytest.mark.parametrize("address", ["", "https://", "https://user:pw@seller.pipedrive.com", "a b"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(CrmRejected, match=r"company\.pipedrive\.com"):
        manners(address, {})


def test_check_tells_whose_account_it_is_and_what_is_missing(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    fake.limits.daily = 30_000
    fake.scope = "base deals:full contacts:full"
    fake.expire_tokens()
    account = crm.check()
    assert (account.name, account.user) == ("Seller SAS", "Olive Owner <owner@talktrack.test>")
    assert account.web_url == "https://seller.pipedrive.com"
    assert account.scopes == ("base", "contacts:full", "deals:full")
    missing = [one.split()[0] for one in account.lacks]
    assert missing == ["users:read", "recents:read", "activities:full"]
    assert account.limits == ("29,998 tokens left today", "1,000 calls in two seconds")


described = pytest.mark.skipif(not PIPEDRIVE.is_file(), reason=ABSENT)


@described
def test_every_request_and_answer_is_held_against_the_description(
    fake: PipedriveFake, crm: Pipedrive
) -> None:
    crm.list_notes(fake.add_deal(), MARK)
    assert fake.checked is not None
    assert fake.checked.checks == 2
    assert fake.violations == []


WRONG: list[tuple[str, str, Any, str]] = [
    ("POST", "/api/v1/notes", {"content": "x", "deal_id": "5"}, "integer"),
    ("POST", "/api/v1/notes", {"deal_id": 5}, "content"),
    ("POST", "/api/v1/notes", {"content": "x", "deal": 5}, "unknown field deal"),
    ("GET", "/api/v1/notes?deal_id=x", None, "deal_id"),
    ("GET", "/api/v2/deals?status=closed", None, "status"),
    ("GET", "/api/v2/deals?page=2", None, "unknown parameter page"),
    ("GET", "/api/v2/persons/search", None, "term"),
    ("GET", "/api/v2/nothing", None, "nothing"),
]


@described
@pytest.mark.parametrize(("method", "path", "body", "why"), WRONG)
def test_a_request_that_is_not_as_described_fails_the_test(
    method: str, path: str, body: Any, why: str
) -> None:
    fake = PipedriveFake("token", free())

    def run() -> None:
        with fake.serve() as url:
            headers = {"x-api-token": fake.api_token}
            httpx.request(method, f"{url}{path}", json=body, headers=headers)

    with pytest.raises(AssertionError, match=why):
        run()


@described
@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ({"value": "much"}, "much"),
        ({"owner_id": None}, "None"),
        ({"colour": "red"}, "unknown field colour"),
    ],
)
def test_an_answer_that_is_not_as_described_fails_the_test(broken: Row, why: str) -> None:
    fake = PipedriveFake("token", free())
    fake._told = lambda row: row  # type: ignore[method-assign]
    deal = fake.add_deal(**broken) if "value" not in broken else fake.add_deal()
    fake.deals[int(deal)].update(broken)

    def run() -> None:
        with fake.serve() as url:
            headers = {"x-api-token": fake.api_token}
            httpx.get(f"{url}/api/v2/deals/{deal}", headers=headers)

    with pytest.raises(AssertionError, match=why):
        run()


@pytest.mark.parametrize("status", [302, 400, 402, 403, 404, 408, 410, 422, 429, 500, 503, 599])
@pytest.mark.parametrize("body", [None, [], "<html>", {"error": 5}, {"error": "No\nway"}])
def test_every_refusal_is_an_error_in_one_line(status: int, body: Any) -> None:
    answer = Answer(status, {"x-request-id": "abc-1"}, body, is_json=not isinstance(body, str))
    error = manners("seller", {}).refusal(answer)
    assert isinstance(error, CrmError)
    assert str(error).startswith("Pipedrive")


@pytest.mark.parametrize(
    ("headers", "pause_s"),
    [
        ({}, 2.0),
        ({"retry-after": "7"}, 7.0),
        ({"x-ratelimit-reset": "1"}, 2.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, 2.0),
        ({"retry-after": "nan"}, 2.0),
        ({"retry-after": "inf"}, 2.0),
        ({"retry-after": "-5"}, 2.0),
        ({"retry-after": "86400"}, 600.0),
        ({"x-daily-ratelimit-token-remaining": "17"}, 2.0),
    ],
)
def test_the_pause_after_too_much_is_two_seconds_to_ten_minutes(
    headers: dict[str, str], pause_s: float
) -> None:
    error = manners("seller", {}).refusal(Answer(429, headers, {"error": "x"}, is_json=True))
    assert isinstance(error, CrmUnavailable)
    assert error.retry_after_s == pause_s


def test_the_server_of_all_accounts_has_its_own_paths_and_no_pages() -> None:
    with Wire(manners("api.pipedrive.com", {}), HeldGrant(Credentials({})), ()) as wire:
        api = PipedriveApi(wire)
        assert api._path("v1/notes") == "/v1/notes"
        assert api._path("deals") == "/api/v2/deals"
        assert api.web_url("deal/1") is None
