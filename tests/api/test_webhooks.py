"""Webhooks over the API, and the worker that sends what they are told."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from api.app import create_app
from api.settings import Settings
from models.files import Files
from models.signatures import sign
from models.tables import User
from tests.api.conftest import PREFIX, People
from tests.api.working import work, workshop_of
from tests.models.receiver import Receiver, receiving

EVENTS = ["call.created", "call.deleted"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def settings(settings: Settings, receiver: Receiver) -> Settings:
    """As everywhere, and the receiver may be called."""
    return settings.model_copy(update={"webhook_hosts": (receiver.place, "hooks.example.com")})


@pytest.fixture
def send(settings: Settings, engine: Engine, files: Files) -> Callable[[], None]:
    """A worker that sends what is due."""
    return lambda: work(workshop_of(settings, engine, files), ["push"])


@pytest.fixture
def webhook(admin: TestClient, receiver: Receiver) -> dict[str, Any]:
    made = admin.post("/webhooks", json={"url": receiver.url(), "events": EVENTS})
    assert made.status_code == 201, made.text
    return dict(made.json())


def last(admin: TestClient, webhook: dict[str, Any]) -> dict[str, Any]:
    page = admin.get(f"/webhooks/{webhook['id']}/deliveries").json()
    return dict(page["items"][0])


def test_a_call_that_comes_and_goes_is_told(
    rep: TestClient,
    admin: TestClient,
    webhook: dict[str, Any],
    receiver: Receiver,
    send: Callable[[], None],
) -> None:
    call = rep.post("/calls", json={"title": "Demo"}).json()
    assert rep.delete(f"/calls/{call['id']}").status_code == 204
    assert receiver.got == []
    send()
    told = admin.get(f"/webhooks/{webhook['id']}/deliveries").json()["items"]
    assert sorted(one["event"] for one in told) == EVENTS
    assert {one["state"] for one in told} == {"delivered"}
    assert {one["payload"]["data"]["call"]["id"] for one in told} == {call["id"]}
    for got in receiver.got:
        at = int(got.headers["webhook-timestamp"])
        signature = sign(webhook["secret"], got.headers["webhook-id"], at, got.body)
        assert got.headers["webhook-signature"] == signature


def test_a_test_is_sent_and_its_failure_shown(
    admin: TestClient, webhook: dict[str, Any], receiver: Receiver, send: Callable[[], None]
) -> None:
    receiver.statuses = [500]
    made = admin.post(f"/webhooks/{webhook['id']}/test")
    assert (made.status_code, made.json()["event"]) == (202, "ping")
    assert made.json()["state"] == "waiting"
    send()
    shown = admin.get(f"/webhooks/{webhook['id']}/deliveries/{made.json()['id']}").json()
    assert (shown["state"], shown["last_status"], shown["attempts"]) == ("waiting", 500, 1)
    assert shown["last_error"] == "the receiver answered 500"
    assert shown["next_try_at"] > shown["created_at"]


def test_a_delivery_is_replayed_under_its_id(
    admin: TestClient, webhook: dict[str, Any], receiver: Receiver, send: Callable[[], None]
) -> None:
    admin.post(f"/webhooks/{webhook['id']}/test")
    send()
    shown = last(admin, webhook)
    replay = f"/webhooks/{webhook['id']}/deliveries/{shown['id']}/replay"
    assert admin.post(replay).json()["state"] == "waiting"
    send()
    assert last(admin, webhook)["state"] == "delivered"
    assert len({one.headers["webhook-id"] for one in receiver.got}) == 1
    assert len(receiver.got) == 2
    other = admin.post("/webhooks", json={"url": receiver.url(), "events": EVENTS}).json()
    elsewhere = f"/webhooks/{other['id']}/deliveries/{shown['id']}"
    assert admin.post(f"{elsewhere}/replay").status_code == 404
    assert admin.get(elsewhere).status_code == 404


def test_all_that_failed_is_sent_anew(
    admin: TestClient,
    webhook: dict[str, Any],
    receiver: Receiver,
    send: Callable[[], None],
    engine: Engine,
) -> None:
    for _time in range(3):
        admin.post(f"/webhooks/{webhook['id']}/test")
    with engine.begin() as connection:
        connection.execute(text("UPDATE webhook_delivery SET state = 'failed', job_id = NULL"))
    failed = admin.get(f"/webhooks/{webhook['id']}/deliveries?state=failed").json()["items"]
    assert len(failed) == 3
    path = f"/webhooks/{webhook['id']}/replay"
    oldest = failed[1]["created_at"]
    assert admin.post(path, json={"since": oldest}).json() == {"deliveries": 2}
    assert admin.post(path, json={"since": "yesterday"}).status_code == 422
    send()
    assert len(receiver.got) == 2
    assert len(admin.get(f"/webhooks/{webhook['id']}/deliveries?state=failed").json()["items"]) == 1


def test_a_webhook_that_is_off_is_told_nothing(
    rep: TestClient, admin: TestClient, webhook: dict[str, Any], receiver: Receiver
) -> None:
    path = f"/webhooks/{webhook['id']}"
    assert admin.patch(path, json={"is_active": False}).json()["is_active"] is False
    rep.post("/calls", json={})
    assert admin.get(f"{path}/deliveries").json()["items"] == []
    assert admin.post(f"{path}/test").status_code == 409


def test_what_waits_goes_to_the_new_address(
    rep: TestClient,
    admin: TestClient,
    webhook: dict[str, Any],
    receiver: Receiver,
    send: Callable[[], None],
) -> None:
    rep.post("/calls", json={})
    moved = {"url": receiver.url("/new"), "events": ["call.ready"]}
    assert admin.patch(f"/webhooks/{webhook['id']}", json=moved).status_code == 200
    send()
    assert [one.path for one in receiver.got] == ["/new"]


def test_the_secret_is_shown_once_and_again_only_when_it_is_new(
    admin: TestClient, webhook: dict[str, Any]
) -> None:
    path = f"/webhooks/{webhook['id']}"
    assert webhook["secret"].startswith("whsec_")
    for shown in (admin.get(path), admin.get("/webhooks"), admin.patch(path, json={})):
        assert "secret" not in shown.text
    rotated = admin.post(f"{path}/secret").json()
    assert rotated["secret"] != webhook["secret"]
    assert rotated["former_until"] is not None


def test_a_webhook_goes_with_what_it_was_to_be_told(
    rep: TestClient,
    admin: TestClient,
    webhook: dict[str, Any],
    receiver: Receiver,
    send: Callable[[], None],
) -> None:
    rep.post("/calls", json={})
    path = f"/webhooks/{webhook['id']}"
    assert admin.delete(path).status_code == 204
    send()
    assert receiver.got == []
    for gone in (admin.get(path), admin.delete(path), admin.get(f"{path}/deliveries")):
        assert gone.status_code == 404


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hello",
        "http://hooks.example.com/",
        "https://other.example.com/",
        "https://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:1/",
        "https://hooks.example.com/\x00",
        "https://hooks.example.com/" + "a" * 3000,
        "javascript:alert(1)",
        7,
        None,
    ],
)
def test_no_webhook_leads_where_the_server_may_not_call(admin: TestClient, url: object) -> None:
    answer = admin.post("/webhooks", json={"url": url, "events": EVENTS})
    assert answer.status_code == 422
    assert "url" in answer.json()["detail"]


def test_a_webhook_is_changed_to_no_such_place_either(
    admin: TestClient, webhook: dict[str, Any]
) -> None:
    answer = admin.patch(f"/webhooks/{webhook['id']}", json={"url": "https://10.0.0.1/"})
    assert answer.status_code == 422
    assert admin.get(f"/webhooks/{webhook['id']}").json()["url"] == webhook["url"]


@pytest.mark.parametrize("events", [[], ["call.sung"], ["ping"], "call.ready", None])
def test_a_webhook_listens_to_events_that_there_are(admin: TestClient, events: object) -> None:
    url = "https://hooks.example.com/"
    assert admin.post("/webhooks", json={"url": url, "events": events}).status_code == 422


def test_webhooks_are_an_admins(
    rep: TestClient, manager: TestClient, admin: TestClient, webhook: dict[str, Any]
) -> None:
    path = f"/webhooks/{webhook['id']}"
    for client in (rep, manager):
        for way, where in (
            ("GET", "/webhooks"),
            ("GET", path),
            ("PATCH", path),
            ("DELETE", path),
            ("POST", f"{path}/secret"),
            ("POST", f"{path}/test"),
            ("GET", f"{path}/deliveries"),
            ("GET", f"{path}/deliveries/{uuid4()}"),
            ("POST", f"{path}/deliveries/{uuid4()}/replay"),
        ):
            answer = client.request(way, where, json={} if way == "PATCH" else None)
            assert answer.status_code == 403, (way, where)
    assert admin.get(path).status_code == 200


def test_by_default_no_host_may_be_called(
    settings: Settings,
    engine: Engine,
    files: Files,
    people: People,
    signed: Callable[[User], TestClient],
) -> None:
    closed = settings.model_copy(update={"webhook_hosts": ()})
    token = signed(people.admin).headers["authorization"]
    with TestClient(create_app(closed, engine, files)) as client:
        answer = client.post(
            f"{PREFIX}/webhooks",
            json={"url": "https://hooks.example.com/", "events": EVENTS},
            headers={"authorization": token},
        )
    assert answer.status_code == 422
    assert "not among the hosts" in answer.json()["detail"]
