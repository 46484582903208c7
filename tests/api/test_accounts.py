"""Accounts, the people there, and what is imported around deals."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from api.routes.sales import BY_DAY, BY_INSTANT
from models.database import session_scope
from models.tables import (
    Account,
    Activity,
    Call,
    Contact,
    Deal,
    Figure,
    FxRate,
    Offer,
    Spend,
    Subscription,
    Survey,
    Target,
)
from tests.api.conftest import People
from tests.api.test_deals import HOSTILE, pages

MARCH = datetime(2026, 3, 2, 9, tzinfo=UTC)


def made(client: TestClient, name: str = "Saffron Clinics", **given: object) -> dict[str, Any]:
    answer = client.post("/accounts", json={"name": name, **given})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def names(client: TestClient, **query: object) -> list[str]:
    return [one["name"] for one in pages(client, "/accounts", limit=2, **query)]


@pytest.fixture
def market(engine: Engine, people: People) -> dict[str, UUID]:
    """Accounts by whom they are sold to."""

    def sold(name: str) -> Account:
        return Account(name=name, domain=f"{name}.example")

    with session_scope(engine) as session:
        found = {name: sold(name) for name in ("mine", "theirs", "heard", "quiet", "joint", "free")}
        session.add_all(found.values())
        session.flush()
        rita, sam = people.rep.id, people.stranger.id
        deal = Deal(name="a", rep_id=sam, account_id=found["joint"].id)
        session.add(deal)
        session.add(Deal(name="b", rep_id=rita, account_id=found["mine"].id))
        session.add(Deal(name="c", rep_id=sam, account_id=found["theirs"].id))
        session.flush()
        known: dict[str, Any] = {"title": "a", "started_at": MARCH, "rep_id": rita}
        session.add(Call(account_id=found["heard"].id, **known))
        session.add(Call(account_id=found["quiet"].id, is_private=True, **known))
        session.add(Call(deal_id=deal.id, **known))
        return {name: one.id for name, one in found.items()}


def test_an_account_is_shared_by_those_who_sell_to_it(
    market: dict[str, UUID],
    rep: TestClient,
    peer: TestClient,
    manager: TestClient,
    stranger: TestClient,
    boss: TestClient,
    admin: TestClient,
) -> None:
    assert names(rep) == ["free", "heard", "joint", "mine", "quiet"]
    assert names(peer) == ["free"]
    assert names(manager) == ["free", "heard", "joint", "mine"]
    assert names(stranger) == names(boss) == ["free", "joint", "theirs"]
    assert names(admin) == sorted(market)
    for name, account_id in market.items():
        for path in (f"/accounts/{account_id}", f"/accounts/{uuid4()}"):
            is_seen = path.endswith(str(account_id)) and name in names(peer)
            assert peer.get(path).status_code == (200 if is_seen else 404)
            if not is_seen:
                assert peer.patch(path, json={"region": "x"}).status_code == 404
                assert peer.delete(path).status_code == 404


def test_accounts_are_found_by_name_or_domain(rep: TestClient) -> None:
    made(rep, "Saffron Clinics", domain="Saffron.example")
    made(rep, "Birch 100%_Foods", domain="birch.example")
    assert names(rep, text="SAFF") == names(rep, domain="SAFFRON.example") == ["Saffron Clinics"]
    assert names(rep, text="h 100%_f") == ["Birch 100%_Foods"]
    assert names(rep, text="_") == ["Birch 100%_Foods"]
    assert names(rep, text=".example") == ["Birch 100%_Foods", "Saffron Clinics"]
    assert names(rep, domain="example") == []
    assert rep.get("/accounts", params={"text": "a\0"}).status_code == 422


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_only_words(rep: TestClient, name: str) -> None:
    account = made(rep, name, industry=name)
    assert (account["name"], account["industry"]) == (name, name)
    given = {"account_id": account["id"], "name": name, "title": name}
    assert rep.post("/contacts", json=given).json()["name"] == name
    assert names(rep, text=name) == [name]


@pytest.mark.parametrize(
    "change",
    [
        {"name": None},
        {"name": ""},
        {"name": "x" * 301},
        {"domain": "no domain"},
        {"domain": "http://x.example"},
        {"domain": "x"},
        {"region": "a\0b"},
        {"became_customer_on": "2026-02-30"},
        {"became_customer_on": "0001-01-01"},
        {"became_customer_on": "2026-02-02", "churned_on": "2026-02-01"},
        {"ref": "x"},
    ],
    ids=str,
)
def test_what_cannot_be_kept_is_refused(rep: TestClient, change: dict[str, object]) -> None:
    account = made(rep)
    path = f"/accounts/{account['id']}"
    assert rep.patch(path, json=change).status_code == 422
    assert rep.get(path).json() == account


def test_an_account_is_changed_and_values_are_taken_away(rep: TestClient) -> None:
    account = made(rep, region="France", became_customer_on="2026-01-31")
    change = {"region": None, "churned_on": "2026-02-28", "name": " Saffron "}
    found = rep.patch(f"/accounts/{account['id']}", json=change).json()
    assert (found["region"], found["name"]) == (None, "Saffron")
    assert (found["became_customer_on"], found["churned_on"]) == ("2026-01-31", "2026-02-28")
    assert made(rep, "x", ref="crm-1")["ref"] == "crm-1"
    assert rep.post("/accounts", json={"name": "y", "ref": "crm-1"}).status_code == 409


def test_an_account_that_is_sold_to_is_not_deleted(
    market: dict[str, UUID], rep: TestClient, manager: TestClient, engine: Engine
) -> None:
    def status(client: TestClient, name: str) -> int:
        return client.delete(f"/accounts/{market[name]}").status_code

    assert status(rep, "free") == 403
    assert (status(manager, "mine"), status(manager, "heard")) == (409, 409)
    told = manager.delete(f"/accounts/{market['mine']}").json()["detail"]
    assert told == "the account has 1 deal; delete or move them first"
    with session_scope(engine) as session:
        paid: dict[str, Any] = {"change": "new", "mrr_minor": 1, "currency": "EUR"}
        began = date(2026, 1, 1)
        row = Subscription(account_id=market["free"], started_on=began, **paid)
        session.add(row)
        session.add(Contact(name="Jim", account_id=market["free"]))
    assert status(manager, "free") == 409
    with session_scope(engine) as session:
        session.delete(session.exec(select(Subscription)).one())
    assert status(manager, "free") == 204
    with Session(engine) as session:
        assert session.exec(select(Contact)).all() == []


def test_contacts_are_those_of_accounts_one_sees(
    market: dict[str, UUID],
    rep: TestClient,
    stranger: TestClient,
    admin: TestClient,
    engine: Engine,
) -> None:
    given = {"account_id": str(market["mine"]), "name": "Jim", "email": "JIM@mine.example"}
    assert stranger.post("/contacts", json=given).status_code == 404
    jim = rep.post("/contacts", json=given).json()
    assert jim["email"] == "jim@mine.example"
    with session_scope(engine) as session:
        session.add(Contact(name="Nobody's"))
    path = f"/contacts/{jim['id']}"
    assert stranger.get(path).status_code == stranger.delete(path).status_code == 404
    assert stranger.patch(path, json={"title": "CEO"}).status_code == 404
    assert stranger.get("/contacts").json()["items"] == []
    assert [one["name"] for one in pages(admin, "/contacts", limit=1)] == ["Jim", "Nobody's"]
    for query in ({"email": "Jim@mine.example"}, {"text": "mine.ex"}, given | {"name": "x"}):
        params = {name: value for name, value in query.items() if name != "name"}
        assert rep.get("/contacts", params=params).json()["items"] == [jim]
    assert rep.patch(path, json={"title": "CEO", "email": None}).json()["title"] == "CEO"
    for change in ({"name": None}, {"account_id": None}, {"email": "no"}, {"phone": "1" * 65}):
        assert rep.patch(path, json=change).status_code == 422
    elsewhere = {"account_id": str(market["theirs"])}
    assert rep.patch(path, json=elsewhere).status_code == 404
    assert rep.delete(path).status_code == 204
    assert rep.get(path).status_code == 404


@pytest.fixture
def figures(engine: Engine, people: People, market: dict[str, UUID]) -> None:
    """Something of several kinds, of both teams."""
    euros: dict[str, Any] = {"currency": "EUR", "amount_minor": 100}
    with session_scope(engine) as session:
        deals = {one.name: one.id for one in session.exec(select(Deal))}
        for rep_id, deal in ((people.rep.id, "b"), (people.stranger.id, "c"), (None, "c")):
            session.add(Activity(kind="call", at=MARCH, rep_id=rep_id))
            session.add(Offer(kind="quote", sent_at=MARCH, deal_id=deals[deal], **euros))
        for account in ("mine", "theirs"):
            session.add(Survey(kind="nps", score=9, at=MARCH, account_id=market[account]))
        for n in range(1, 8):
            month = date(2026, n, 1)
            session.add(Spend(kind="sales", month=month, **euros))
            session.add(FxRate(month=month, currency="USD", eur_per_unit=0.9))
        for owner in (None, market["mine"], market["theirs"]):
            session.add(Figure(kind="returns", month=month, value=2, account_id=owner))
        owners: list[dict[str, Any]] = [
            {},
            {"rep_id": people.rep.id},
            {"rep_id": people.stranger.id},
            {"team_id": people.rep.team_id},
            {"team_id": people.stranger.team_id},
        ]
        session.add_all(Target(month=date(2026, 1, 1), **one) for one in owners)


def test_figures_are_for_managers_and_only_of_their_team(
    figures: None, rep: TestClient, manager: TestClient, boss: TestClient, admin: TestClient
) -> None:
    counts = {}
    for kind in (*BY_INSTANT.values(), *BY_DAY.values()):
        path = f"/sales/{kind.name}"
        assert rep.get(path).status_code == 403
        asked = (manager, boss, admin)
        counts[kind.name] = tuple(len(client.get(path).json()["items"]) for client in asked)
    assert counts == {
        "leads": (0, 0, 0),
        "meetings": (0, 0, 0),
        "invitations": (0, 0, 0),
        "activities": (1, 1, 3),
        "offers": (1, 2, 3),
        "surveys": (1, 1, 2),
        "subscriptions": (0, 0, 0),
        "spend": (7, 7, 7),
        "fx_rates": (7, 7, 7),
        "figures": (2, 2, 3),
    }


def test_figures_are_narrowed_and_paged(figures: None, admin: TestClient) -> None:
    whole = admin.get("/sales/spend").json()["items"]
    assert [one["month"] for one in whole] == [f"2026-{n:02}-01" for n in range(7, 0, -1)]
    for limit in (1, 3, 7):
        assert list(pages(admin, "/sales/spend", limit=limit)) == whole
    assert len(list(pages(admin, "/sales/activities", limit=1))) == 3
    half = {"since": "2026-02-01", "until": "2026-04-01"}
    found = admin.get("/sales/fx_rates", params=half).json()["items"]
    assert [one["month"] for one in found] == ["2026-03-01", "2026-02-01"]
    at = MARCH.isoformat()
    assert len(admin.get("/sales/surveys", params={"since": at}).json()["items"]) == 2
    assert admin.get("/sales/surveys", params={"until": at}).json()["items"] == []
    for query in ({"since": "2026-02-31"}, {"until": "x"}, {"cursor": "WyJ4IiwieCJd"}):
        assert admin.get("/sales/spend", params=query).status_code == 422
    assert admin.get("/sales/nothing").status_code == 404


def test_every_column_of_a_kind_is_shown() -> None:
    for page, kind in {**BY_INSTANT, **BY_DAY}.items():
        (view,) = page.model_fields["items"].annotation.__args__  # type: ignore[union-attr]
        assert set(view.model_fields) == set(kind.table.model_fields) - {"created_at"}, kind.name
