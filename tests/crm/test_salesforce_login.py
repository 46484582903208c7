"""Signing in at Salesforce, what a connection can do, and a client that is not ours."""

import base64
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from simple_salesforce.api import Salesforce as OtherClient
from simple_salesforce.exceptions import SalesforceResourceNotFound
from simple_salesforce.format import format_soql

from api.crm.credentials import Credentials
from api.crm.errors import (
    CrmNeedsLogin,
    CrmRejected,
    CrmUnavailable,
)
from api.crm.port import Crm
from api.crm.salesforce import HOSTS, Salesforce, authorize_url, exchange
from tests.crm.fakes.salesforce import CLIENT, SalesforceFake
from tests.crm.salesforce_opening import AT, MARK, Stage, note, staged, wired


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with staged() as stage:
        yield stage


@pytest.fixture
def fake(stage: Stage) -> SalesforceFake:
    return stage.opened()


@pytest.fixture
def crm(fake: SalesforceFake) -> Iterator[Crm]:
    with wired(fake) as wire:
        yield Salesforce(wire, fake.options)


def test_check_says_who_and_what_is_left(fake: SalesforceFake, crm: Crm) -> None:
    account = crm.check()
    assert (account.name, account.user) == ("Aubier SA", "talktrack@example.com")
    assert (account.lacks, account.api_version) == ((), "65.0")
    assert account.limits == ("14,999 of 15,000 calls left today",)
    assert account.scopes == ("api", "refresh_token")


def test_check_says_what_is_missing(fake: SalesforceFake) -> None:
    fake.hidden |= {"ContentNote", "OpportunityHistory", "Opportunity.Amount"}
    with wired(fake) as wire:
        lacks = " ".join(Salesforce(wire, {}).check().lacks)
        as_tasks = " ".join(Salesforce(wire, {"note_as": "task"}).check().lacks)
    assert "switch on Notes" in lacks
    assert "OpportunityHistory" in lacks
    assert "Opportunity.Amount" in lacks
    assert "ContentNote" not in as_tasks


def test_an_unknown_currency_is_asked_for_and_an_admins_word_taken(fake: SalesforceFake) -> None:
    fake.currency = None
    deal_id = fake.add_deal()
    with wired(fake) as wire:
        assert "currency is not known" in Salesforce(wire, {}).check().lacks[0]
        assert Salesforce(wire, {}).deals([deal_id])[0].currency is None
        crm = Salesforce(wire, {"currency": "chf"})
        assert (crm.check().lacks, crm.deals([deal_id])[0].currency) == ((), "CHF")


@pytest.mark.parametrize("sign_in", ["client_credentials", "jwt", "web"])
def test_each_way_of_signing_in_gives_a_token(sign_in: str) -> None:
    fake = SalesforceFake(sign_in)  # type: ignore[arg-type]
    with fake.serve(), wired(fake) as wire:
        assert Salesforce(wire, fake.options).check().name == "Aubier SA"
        fake.expire_tokens()
        assert Salesforce(wire, fake.options).check().name == "Aubier SA"
    assert len(fake.grants) == 2


def test_a_rotated_refresh_token_is_kept(fake: SalesforceFake) -> None:
    fake.sign_in, fake.rotates = "web", True
    with wired(fake) as wire:
        crm = Salesforce(wire, {})
        for _ in range(3):
            crm.check()
            fake.expire_tokens()
        assert wire.grant.current()["refresh_token"].endswith("+++")


def test_a_private_key_that_is_none_wants_a_new_login(fake: SalesforceFake) -> None:
    secrets = {"client_id": CLIENT, "private_key": "-----BEGIN PRIVATE KEY-----\nbm8=\n"}
    refused = pytest.raises(CrmNeedsLogin, match="private key cannot be read")
    with wired(fake, Credentials(secrets)) as wire, refused:
        Salesforce(wire, fake.options).check()


def test_a_web_sign_in_gives_lasting_credentials(fake: SalesforceFake) -> None:
    url = authorize_url(fake.url, {}, CLIENT, "state-1", "https://tt.example/back", "challenge-1")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert (asked["state"], asked["code_challenge_method"]) == ("state-1", "S256")
    assert asked["scope"] == "api refresh_token"
    with wired(fake) as wire:
        fresh = exchange(wire, "aPrx-code", "https://tt.example/back", "verifier-1")
        assert fake.grants[-1]["code_verifier"] == "verifier-1"
        with pytest.raises(CrmNeedsLogin):
            exchange(wire, "another-code", "https://tt.example/back")
    with wired(fake, fresh) as wire:
        assert Salesforce(wire, {}).check().name == "Aubier SA"


def test_a_token_is_not_sent_to_a_server_that_is_not_theirs(fake: SalesforceFake) -> None:
    fake.instance_url = "https://evil.example"
    with wired(fake) as wire, pytest.raises(CrmRejected, match=r"evil\.example"):
        Salesforce(wire, {}).check()
    assert [path for _, path, _ in fake.calls] == ["/services/oauth2/token"]
    assert ".my.salesforce.com" in HOSTS


def test_a_server_of_theirs_that_is_not_listed_is_not_asked(fake: SalesforceFake) -> None:
    fake.instance_url = "https://aubier.my.salesforce.com"
    with wired(fake) as wire, pytest.raises(CrmRejected, match="not among the hosts"):
        Salesforce(wire, {}).check()


def test_a_gateways_page_at_sign_in_is_tried_again_later(fake: SalesforceFake, crm: Crm) -> None:
    fake.faults.next("html", "oauth2")
    with pytest.raises(CrmUnavailable):
        crm.check()
    assert crm.check().name == "Aubier SA"


def test_sandboxes_have_an_audience_of_their_own() -> None:
    from api.crm.salesforce_auth import _audience

    assert (
        _audience("https://aubier--qa.sandbox.my.salesforce.com") == "https://test.salesforce.com"
    )
    assert _audience("https://aubier.my.salesforce.com") == "https://login.salesforce.com"


@pytest.fixture
def other(fake: SalesforceFake) -> Iterator[OtherClient]:
    """A client that is not ours."""
    with closing(requests.Session()) as session:
        client = OtherClient(
            instance="fake.invalid",
            session_id=fake.session(),
            version=fake.version,
            session=session,
        )
        client.base_url = f"{fake.url}{fake.root}/"
        client.sf_instance = urlsplit(fake.url).netloc
        yield client


def of(client: OtherClient, kind: str) -> Any:
    thing = getattr(client, kind)
    thing.base_url = f"{client.base_url}sobjects/{kind}/"
    return thing


def test_another_client_sees_what_we_wrote(
    fake: SalesforceFake, crm: Crm, other: OtherClient
) -> None:
    deal_id = fake.add_deal("O'Brien")
    other.session_id = fake._token
    ref = crm.create_note(deal_id, note())
    other.headers["Authorization"] = f"Bearer {fake._token}"
    query = "SELECT ContentDocumentId, ContentDocument.Title FROM ContentDocumentLink"
    links = other.query(format_soql(f"{query} WHERE LinkedEntityId = {{}}", deal_id))
    assert [one["ContentDocumentId"] for one in links["records"]] == [ref.id]
    assert MARK in links["records"][0]["ContentDocument"]["Title"]
    assert other.api_usage["api-usage"].total == 15_000


def test_another_client_can_use_the_fake(fake: SalesforceFake, other: OtherClient) -> None:
    deal_id = fake.add_deal("O'Brien & 100%", at=AT)
    fake.batch = 1
    fake.add_deal("Second", at=AT)
    notes = of(other, "ContentNote")
    made = notes.create({"Title": "Theirs", "Content": base64.b64encode(b"<p>x</p>").decode()})
    of(other, "ContentDocumentLink").create(
        {"ContentDocumentId": made["id"], "LinkedEntityId": deal_id, "ShareType": "V"}
    )
    notes.update(made["id"], {"Title": "Theirs too"})
    assert [(one.deal_id, one.title) for one in fake.notes] == [(deal_id, "Theirs too")]
    assert of(other, "Opportunity").describe()["name"] == "Opportunity"
    first = other.query("SELECT Id, Name FROM Opportunity ORDER BY Name")
    second = other.query_more(first["nextRecordsUrl"].rpartition("/")[2])
    names = [one["Name"] for one in (*first["records"], *second["records"])]
    assert (names, second["done"]) == (["O'Brien & 100%", "Second"], True)
    notes.delete(made["id"])
    with pytest.raises(SalesforceResourceNotFound):
        notes.get(made["id"])
