"""Channels over the API: where they may lead, whose they are, and what is never shown."""

from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from api.workshop import Workshop
from models.channels import MOST
from tests.api.chatting import ALL, again, office, receiver, settings, slack, workshop
from tests.api.working import work
from tests.models.receiver import Receiver

__all__ = ["office", "receiver", "settings", "workshop"]


def test_an_address_is_sealed_and_never_shown(
    rep: TestClient, engine: Engine, receiver: Receiver
) -> None:
    channel = slack(rep, receiver, url=receiver.url("/services/T0/B0/s3cret"))
    path = f"/me/channels/{channel['id']}"
    changed = rep.patch(path, json={"url": receiver.url("/services/T0/B0/s3cret-too")})
    for shown in (rep.get(path), rep.get("/me/channels"), changed, rep.post(f"{path}/test")):
        assert "s3cret" not in shown.text
        assert shown.status_code < 300
    assert channel["host"] == "127.0.0.1"
    with engine.connect() as connection:
        for table in ("channel", "channel_message", "audit_entry", "idempotency_key"):
            rows = connection.execute(text(f'SELECT t::text FROM "{table}" t')).scalars()  # noqa: S608
            assert not [one for one in rows if "s3cret" in one]
        sealed = connection.execute(text("SELECT address FROM channel")).scalar_one()
    assert b"s3cret" not in bytes(sealed)


def test_what_waits_goes_to_the_new_address(
    rep: TestClient, workshop: Workshop, receiver: Receiver
) -> None:
    channel = slack(rep, receiver)
    rep.post(f"/me/channels/{channel['id']}/test")
    rep.patch(f"/me/channels/{channel['id']}", json={"url": receiver.url("/new")})
    work(workshop, ["push"])
    assert [one.path for one in receiver.got] == ["/new"]


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("slack", "https://hooks.slack.com/services/T0/B0/x"),
        ("teams", "https://beacon.webhook.office.com/webhookb2/x@y/IncomingWebhook/z"),
        (
            "teams",
            "https://prod-12.westeurope.logic.azure.com:443/workflows/a/triggers/manual/paths/"
            "invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=b",
        ),
        (
            "teams",
            "https://default0.1.environment.api.powerplatform.com:443/powerautomate/automations/"
            "direct/workflows/a/triggers/manual/paths/invoke?api-version=1&sig=b",
        ),
    ],
)
def test_the_clouds_of_slack_and_teams_may_be_told(
    rep: TestClient, receiver: Receiver, kind: str, url: str
) -> None:
    assert slack(rep, receiver, kind=kind, url=url)["kind"] == kind


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("slack", ""),
        ("slack", "hello"),
        ("slack", None),
        ("slack", "http://hooks.slack.com/services/x"),
        ("slack", "https://hooks.slack.com.evil.example/services/x"),
        ("slack", "https://evil.example/?hooks.slack.com"),
        ("slack", "https://user@hooks.slack.com/services/x"),
        ("slack", "https://hooks.slack.com:8443/services/x"),
        ("slack", "https://beacon.webhook.office.com/x"),
        ("slack", "https://169.254.169.254/latest"),
        ("slack", "http://127.0.0.1:1/"),
        ("slack", "https://hooks.slack.com/\x00"),
        ("slack", "https://hooks.slack.com/" + "a" * 3000),
        ("teams", "https://webhook.office.com/x"),
        ("teams", "https://evilwebhook.office.com/x"),
        ("teams", "https://hooks.slack.com/services/x"),
        ("teams", "https://logic.azure.com.evil.example/x"),
        ("email", "https://hooks.slack.com/services/x"),
        ("pigeon", "https://hooks.slack.com/services/x"),
    ],
)
def test_no_channel_leads_elsewhere(rep: TestClient, kind: str, url: object) -> None:
    given = {"kind": kind, "name": "x", "url": url, "events": ["call_ready"]}
    answer = rep.post("/me/channels", json=given)
    assert answer.status_code == 422, answer.text
    assert rep.get("/me/channels").json() == []


def test_a_channel_is_changed_to_no_such_place_either(rep: TestClient, receiver: Receiver) -> None:
    channel = slack(rep, receiver)
    path = f"/me/channels/{channel['id']}"
    changes: tuple[dict[str, object], ...] = (
        {"url": "https://10.0.0.1/"},
        {"url": "https://beacon.webhook.office.com/x"},
        {"events": []},
        {"events": ["call_sung"]},
        {"name": ""},
        {"kind": "teams"},
    )
    for change in changes:
        assert rep.patch(path, json=change).status_code == 422, change
    assert again(rep, channel) == channel


def test_only_who_leads_a_team_is_told_of_its_calls(
    rep: TestClient, manager: TestClient, receiver: Receiver
) -> None:
    given = {"kind": "slack", "name": "x", "url": receiver.url(), "events": ALL, "whose": "team"}
    assert rep.post("/me/channels", json=given).status_code == 403
    channel = slack(rep, receiver)
    assert rep.patch(f"/me/channels/{channel['id']}", json={"whose": "team"}).status_code == 403
    assert slack(manager, receiver, whose="team")["whose"] == "team"


def test_the_week_by_email_is_the_digests(rep: TestClient) -> None:
    given = {"kind": "email", "name": "x", "events": ["weekly_digest"]}
    answer = rep.post("/me/channels", json=given)
    assert (answer.status_code, "setting of its own" in answer.json()["detail"]) == (422, True)


def test_anothers_channel_is_nobodys_business(
    rep: TestClient,
    peer: TestClient,
    manager: TestClient,
    admin: TestClient,
    receiver: Receiver,
) -> None:
    path = f"/me/channels/{slack(rep, receiver)['id']}"
    for client in (peer, manager, admin):
        assert client.get("/me/channels").json() == []
        for way, where in (
            ("GET", path),
            ("PATCH", path),
            ("DELETE", path),
            ("POST", f"{path}/test"),
            ("GET", f"/me/channels/{uuid4()}"),
        ):
            answer = client.request(way, where, json={} if way == "PATCH" else None)
            assert answer.status_code == 404, (way, where)
    assert rep.get(path).status_code == 200


def test_a_channel_goes_with_what_it_was_to_be_told(
    rep: TestClient, workshop: Workshop, receiver: Receiver
) -> None:
    path = f"/me/channels/{slack(rep, receiver)['id']}"
    rep.post(f"{path}/test")
    assert rep.delete(path).status_code == 204
    work(workshop, ["push"])
    assert receiver.got == []
    assert rep.get(path).status_code == 404


def test_one_has_so_many_channels_and_no_more(rep: TestClient, receiver: Receiver) -> None:
    for _one in range(MOST):
        slack(rep, receiver)
    given = {"kind": "slack", "name": "x", "url": receiver.url(), "events": ALL}
    assert rep.post("/me/channels", json=given).status_code == 409
