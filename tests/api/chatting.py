"""A chat that takes messages, a mail server, and channels that lead there."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import Engine, text
from sqlmodel import select

from api.settings import Settings
from api.telling.sending import send_message
from api.workshop import Workshop
from models.files import Files
from models.outside import Limits
from models.tables import ChannelMessage
from tests.api.post_office import PostOffice, post_office
from tests.api.working import workshop_of
from tests.models.receiver import Receiver, receiving

QUICK = Limits(connect_s=1, read_s=0.3, whole_s=1)
ALL = ["call_ready", "mention", "weekly_digest"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        made.answer_body = b"ok"
        made.statuses = [200] * 50
        yield made


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as office:
        yield office


@pytest.fixture
def settings(settings: Settings, receiver: Receiver, office: PostOffice) -> Settings:
    """As everywhere, and the receiver and the mail server may be called."""
    return settings.model_copy(
        update={
            "channel_hosts": (receiver.place,),
            "smtp_url": SecretStr(f"smtp://127.0.0.1:{office.port}"),
            "mail_from": "Talktrack <talktrack@beacon.example>",
            "public_url": "https://talktrack.beacon.example",
        }
    )


@pytest.fixture
def workshop(settings: Settings, engine: Engine, files: Files) -> Workshop:
    return workshop_of(settings, engine, files)


def slack(client: TestClient, receiver: Receiver, **more: Any) -> dict[str, Any]:
    given = {"kind": "slack", "name": "#sales", "url": receiver.url(), "events": ALL, **more}
    made = client.post("/me/channels", json=given)
    assert made.status_code == 201, made.text
    return dict(made.json())


def again(client: TestClient, channel: dict[str, Any]) -> dict[str, Any]:
    return dict(client.get(f"/me/channels/{channel['id']}").json())


def tried(client: TestClient, workshop: Workshop, channel: dict[str, Any]) -> dict[str, Any]:
    """The channel after one try at sending it a test."""
    assert client.post(f"/me/channels/{channel['id']}/test").status_code == 202
    send_once(workshop)
    return again(client, channel)


def send_once(workshop: Workshop) -> ChannelMessage:
    with workshop.session() as session:
        message = session.exec(select(ChannelMessage)).one()
    send_message(workshop, message.id, message.job_id or 0, limits=QUICK, mail_limits=QUICK)
    with workshop.session() as session:
        return session.get_one(ChannelMessage, message.id)


def pause_s(engine: Engine) -> float:
    """In how many seconds the next try may begin."""
    statement = text(
        "SELECT extract(epoch FROM scheduled_at - now())::float FROM procrastinate_jobs "
        "WHERE task_name = 'tell_channel' ORDER BY id DESC LIMIT 1"
    )
    with engine.connect() as connection:
        return float(connection.execute(statement).scalar_one())


def posted(receiver: Receiver) -> list[dict[str, Any]]:
    return [json.loads(one.body) for one in receiver.got]
