"""What channels are told, and what comes of a receiver's whims, of deaths and of two at once."""

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import Engine, text
from sqlmodel import Session, select

from api.settings import Settings
from api.workshop import Workshop
from models.channel_weeks import tell_weeks
from models.database import plain_url, session_scope
from models.files import Files
from models.tables import AuditEntry, Channel, ChannelMessage, User
from tests.api.chatting import (
    again,
    office,
    pause_s,
    posted,
    receiver,
    send_once,
    settings,
    slack,
    tried,
    workshop,
)
from tests.api.conftest import People
from tests.api.post_office import PostOffice, free_port
from tests.api.working import new_recording, work, workshop_of
from tests.models.receiver import Receiver

__all__ = ["office", "receiver", "settings", "workshop"]


def test_nobody_has_a_channel_and_nothing_is_sent(
    rep: TestClient,
    workshop: Workshop,
    engine: Engine,
    people: People,
    receiver: Receiver,
    office: PostOffice,
) -> None:
    new_recording(engine, workshop.files, people.rep)
    work(workshop)
    assert rep.get("/me/channels").json() == []
    assert (receiver.got, office.received) == ([], [])


def test_a_call_of_ones_own_is_told_when_it_can_be_read_and_only_then(
    rep: TestClient,
    peer: TestClient,
    workshop: Workshop,
    engine: Engine,
    people: People,
    receiver: Receiver,
) -> None:
    slack(rep, receiver)
    slack(peer, receiver)
    call_id = new_recording(engine, workshop.files, people.rep, name="Harbor & Sons <1>.wav")
    work(workshop)
    (told,) = posted(receiver)
    assert "Ready to read: Harbor &amp; Sons &lt;1&gt;" in told["text"]
    assert f"<https://talktrack.beacon.example/calls/{call_id}|Open the call>" in told["text"]
    assert "Rita" in told["text"]
    for said in ("shifts", "Kestrel", "proposal", "Jim"):
        assert said not in receiver.got[0].body.decode()
    rep.post(f"/calls/{call_id}/corrections", json={"kind": "swap_sides", "what": {}})
    work(workshop)
    assert len(receiver.got) == 1


def test_a_manager_who_chose_so_is_told_of_the_teams_calls_in_teams(
    manager: TestClient, workshop: Workshop, engine: Engine, people: People, receiver: Receiver
) -> None:
    slack(manager, receiver, kind="teams", whose="team")
    new_recording(engine, workshop.files, people.rep)
    new_recording(engine, workshop.files, people.stranger)
    work(workshop)
    (told,) = posted(receiver)
    card = told["attachments"][0]["content"]
    assert (told["type"], card["type"]) == ("message", "AdaptiveCard")
    assert "Rita" in json.dumps(card)


def test_who_is_mentioned_reads_how_the_comment_begins_in_their_language(
    rep: TestClient,
    manager: TestClient,
    workshop: Workshop,
    engine: Engine,
    people: People,
    receiver: Receiver,
    office: PostOffice,
) -> None:
    with session_scope(engine) as session:
        session.get_one(User, people.manager.id).language = "fr"
    slack(manager, receiver, events=["mention"])
    mine = {"kind": "email", "name": "Mine", "events": ["mention", "call_ready"]}
    assert manager.post("/me/channels", json=mine).status_code == 201
    call_id = new_recording(engine, workshop.files, people.rep)
    comment = {
        "text": "Well asked\n" + "x" * 400,
        "start_s": 2.5,
        "mentions": [str(people.manager.id)],
    }
    rep.post(f"/calls/{call_id}/comments", json=comment).raise_for_status()
    work(workshop, ["push"])
    ((to, mail),) = office.received
    assert to == "mona@beacon.example"
    assert mail["Subject"] == "Rita vous mentionne\u202f: call, à 00:02"
    assert mail["Message-ID"].startswith("<channel.")
    body = mail.get_content()
    assert "Well asked xxx" in body
    assert body.count("x") < 200
    assert f"https://talktrack.beacon.example/calls/{call_id}?at=2.50" in body
    (told,) = posted(receiver)
    assert "Well asked xxx" in told["text"]


def test_the_week_is_told_without_what_was_promised(
    rep: TestClient,
    workshop: Workshop,
    engine: Engine,
    people: People,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    channel = slack(rep, receiver, events=["weekly_digest"])
    monday = datetime(2026, 11, 23, 8, tzinfo=UTC)
    new_recording(engine, workshop.files, people.rep)
    work(workshop, ["hear", "understand"])
    with session_scope(engine) as session:
        session.get_one(Channel, UUID(channel["id"])).told_until = monday.date().replace(day=15)
        session.execute(text("UPDATE next_step SET due_on = '2026-11-25', owner_side = 'seller'"))
        session.execute(text("UPDATE call SET started_at = '2026-11-19T10:00:00Z'"))
    monkeypatch.setattr("api.telling.sending.now", lambda: monday)
    with workshop.session() as session:
        assert tell_weeks(session, monday, "UTC") == 1
    message = send_once(workshop)
    assert message.state == "sent"
    (told,) = posted(receiver)
    assert "Your week, 16 November 2026 to 22 November 2026" in told["text"]
    assert "25 November 2026: call" in told["text"]
    assert "proposal" not in receiver.got[0].body.decode()


def test_a_test_says_that_it_works(rep: TestClient, workshop: Workshop, receiver: Receiver) -> None:
    after = tried(rep, workshop, slack(rep, receiver))
    assert after["sent_at"] is not None
    assert after["last_error"] is None
    assert "Talktrack can reach you here" in posted(receiver)[0]["text"]
    assert receiver.got[0].headers["content-type"].startswith("application/json")


def test_a_receiver_that_asks_for_time_gets_it(
    rep: TestClient, workshop: Workshop, engine: Engine, receiver: Receiver
) -> None:
    receiver.statuses, receiver.answer_body = [429], b"rate_limited"
    receiver.answer_headers = {"Retry-After": "120"}
    after = tried(rep, workshop, slack(rep, receiver))
    assert after["is_active"]
    assert after["last_error"] == "the receiver answered 429 (rate_limited); it is tried again"
    assert 118 <= pause_s(engine) <= 134
    receiver.statuses, receiver.answer_body = [200], b"ok"
    send_once(workshop)
    assert again(rep, slack_id(rep))["last_error"] is None


def slack_id(client: TestClient) -> dict[str, Any]:
    return dict(client.get("/me/channels").json()[0])


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (404, b"no_service", " (no_service)"),
        (410, b"channel_is_archived", " (channel_is_archived)"),
        (403, b"action_prohibited", " (action_prohibited)"),
        (404, b'{"error":{"code":"WorkflowNotFound","message":"x"}}', " (WorkflowNotFound)"),
        (401, b"<html><body>Sign in, please</body></html>", ""),
    ],
)
def test_where_nothing_is_wanted_any_more_the_channel_is_off_and_its_owner_told(
    rep: TestClient,
    workshop: Workshop,
    engine: Engine,
    receiver: Receiver,
    status: int,
    body: bytes,
    code: str,
) -> None:
    receiver.statuses, receiver.answer_body = [status], body
    channel = slack(rep, receiver)
    after = tried(rep, workshop, channel)
    assert not after["is_active"]
    assert (
        f"the receiver answered {status}{code}: it takes no messages there any more"
        in (after["last_error"])
    )
    path = f"/me/channels/{channel['id']}"
    assert rep.post(f"{path}/test").status_code == 409
    with Session(engine) as session:
        verbs = set(session.exec(select(AuditEntry.verb).where(AuditEntry.actor == "receiver")))
    assert verbs == {"switch_off"}
    back = rep.patch(path, json={"is_active": True, "url": receiver.url("/new")}).json()
    assert (back["is_active"], back["last_error"]) == (True, None)


@pytest.mark.parametrize("manner", ["slow", "dripping", "dropping"])
def test_a_receiver_that_does_not_answer_is_asked_again(
    rep: TestClient, workshop: Workshop, engine: Engine, receiver: Receiver, manner: str
) -> None:
    receiver.manner = manner
    after = tried(rep, workshop, slack(rep, receiver))
    assert after["is_active"]
    assert after["last_error"].startswith("127.0.0.1: ")
    assert 8 <= pause_s(engine) <= 12


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b"rollup_error"),
        (503, b"<html>Bad gateway</html>"),
        (200, b"<!doctype html><title>Sign in</title>"),
        (200, b"Webhook message delivery failed with error: HTTP error 429"),
        (408, b""),
    ],
)
def test_trouble_of_the_receivers_own_is_waited_out(
    rep: TestClient,
    workshop: Workshop,
    engine: Engine,
    receiver: Receiver,
    status: int,
    body: bytes,
) -> None:
    receiver.statuses, receiver.answer_body = [status], body
    after = tried(rep, workshop, slack(rep, receiver))
    assert after["is_active"]
    assert after["last_error"]
    assert "<" not in after["last_error"]
    assert after["sent_at"] is None
    assert 8 <= pause_s(engine) <= 12


@pytest.mark.parametrize(("status", "body"), [(400, b"invalid_payload"), (302, b""), (413, b"")])
def test_what_a_receiver_refuses_is_not_sent_again(
    rep: TestClient, workshop: Workshop, receiver: Receiver, status: int, body: bytes
) -> None:
    receiver.statuses, receiver.answer_body = [status], body
    channel = slack(rep, receiver)
    rep.post(f"/me/channels/{channel['id']}/test")
    assert send_once(workshop).state == "failed"
    assert again(rep, channel)["is_active"]
    assert str(status) in again(rep, channel)["last_error"]


def test_an_answer_is_not_read_for_ever(
    rep: TestClient, workshop: Workshop, receiver: Receiver
) -> None:
    receiver.answer_body = b"ok" * 1_000_000
    assert tried(rep, workshop, slack(rep, receiver))["sent_at"] is not None


def test_a_mail_server_that_is_away_is_asked_again_and_a_bad_address_is_not(
    rep: TestClient,
    settings: Settings,
    workshop: Workshop,
    engine: Engine,
    files: Files,
    office: PostOffice,
) -> None:
    mine = {"kind": "email", "name": "Mine", "events": ["call_ready"]}
    channel = rep.post("/me/channels", json=mine).json()
    away = settings.model_copy(update={"smtp_url": SecretStr(f"smtp://127.0.0.1:{free_port()}")})
    after = tried(rep, workshop_of(away, engine, files), channel)
    assert after["last_error"] == "the mail server cannot be reached; it is tried again"
    office.answers = {"rita@beacon.example": "550 5.1.1 no such mailbox"}
    assert send_once(workshop).state == "failed"
    assert "550 5.1.1 no such mailbox" in again(rep, channel)["last_error"]
    assert again(rep, channel)["is_active"]


def test_no_channel_mails_where_the_server_does_not(
    rep: TestClient, settings: Settings, engine: Engine, files: Files
) -> None:
    mute = settings.model_copy(update={"smtp_url": None})
    channel = rep.post(
        "/me/channels", json={"kind": "email", "name": "Mine", "events": ["mention"]}
    ).json()
    after = tried(rep, workshop_of(mute, engine, files), channel)
    assert after["last_error"].startswith("this server sends no e-mails")


def test_without_an_address_of_the_server_there_are_no_links(
    rep: TestClient, settings: Settings, engine: Engine, files: Files, receiver: Receiver
) -> None:
    unnamed = settings.model_copy(update={"public_url": None})
    tried(rep, workshop_of(unnamed, engine, files), slack(rep, receiver))
    assert "http" not in receiver.got[0].body.decode()


def test_a_lost_key_is_told_and_the_message_waits(
    rep: TestClient, settings: Settings, engine: Engine, files: Files, receiver: Receiver
) -> None:
    channel = slack(rep, receiver)
    other = settings.model_copy(update={"seal_keys": SecretStr("A" * 43 + "=")})
    after = tried(rep, workshop_of(other, engine, files), channel)
    assert "cannot be opened" in after["last_error"]
    assert receiver.got == []
    send_once(workshop_of(settings, engine, files))
    assert len(receiver.got) == 1


def test_two_workers_send_each_message_once(
    rep: TestClient, settings: Settings, engine: Engine, files: Files, receiver: Receiver
) -> None:
    channel = slack(rep, receiver)
    for _time in range(10):
        rep.post(f"/me/channels/{channel['id']}/test")
    workers = [
        Thread(target=work, args=(workshop_of(settings, engine, files), ["push"]))
        for _one in range(2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(receiver.got) == 10
    with Session(engine) as session:
        assert {one.state for one in session.exec(select(ChannelMessage))} == {"sent"}


_DIES = """
import os, signal, sys
from uuid import UUID
from models.channel_messages import take_message
from models.database import make_engine, session_scope
with session_scope(make_engine(sys.argv[1])) as session:
    assert take_message(session, UUID(sys.argv[2]), int(sys.argv[3])) is not None
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_worker_killed_before_it_sends_leaves_one_message_to_the_next(
    rep: TestClient, workshop: Workshop, engine: Engine, receiver: Receiver
) -> None:
    rep.post(f"/me/channels/{slack(rep, receiver)['id']}/test")
    with Session(engine) as session:
        message = session.exec(select(ChannelMessage)).one()
    given = [plain_url(engine), str(message.id), str(message.job_id)]
    died = subprocess.run(
        [sys.executable, "-c", _DIES, *given], check=False, cwd=Path.cwd(), capture_output=True
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    work(workshop, ["push"])
    assert len(receiver.got) == 1
    with Session(engine) as session:
        after = session.get_one(ChannelMessage, message.id)
    assert (after.state, after.attempts) == ("sent", 2)
