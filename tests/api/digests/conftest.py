"""A mail server, a Talktrack that knows it, and users who asked for digests."""

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlmodel import Session

from api.mailing import send_round
from api.settings import Settings
from api.workshop import Workshop
from models import digests
from models.database import session_scope
from models.files import Files
from models.outside import Limits
from models.tables import Dashboard, Deal, Digest, User
from models.users import zone_for
from tests.api.conftest import People
from tests.api.post_office import PostOffice, post_office
from tests.api.working import workshop_of

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
LAST_WEEK = datetime(2026, 11, 18, 12, tzinfo=UTC)
QUICK = Limits(connect_s=1, read_s=1, whole_s=3)


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as office:
        yield office


@pytest.fixture
def settings(settings: Settings, office: PostOffice) -> Settings:
    return settings.model_copy(
        update={
            "smtp_url": SecretStr(f"smtp://127.0.0.1:{office.port}"),
            "mail_from": "Talktrack <talktrack@beacon.example>",
            "public_url": "https://talktrack.beacon.example",
        }
    )


@pytest.fixture
def workshop(settings: Settings, engine: Engine, files: Files) -> Workshop:
    return workshop_of(settings, engine, files)


Asking = Callable[..., None]


@pytest.fixture
def asked(engine: Engine) -> Asking:
    """Have users asked for a digest a fortnight ago."""

    def ask(*users: User, every: digests.Every = "week", at: datetime = MONDAY) -> None:
        with session_scope(engine) as session:
            for user in users:
                zone = zone_for(session, user, "UTC")
                digests.ask_for(session, user, every, at - timedelta(days=14), zone)

    return ask


@pytest.fixture
def deals(engine: Engine, people: People) -> None:
    """Last week Rita won two deals, Paul three and Sam five; all of them look at that alone."""
    with session_scope(engine) as session:
        for user, won in ((people.rep, 2), (people.peer, 3), (people.stranger, 5)):
            for n in range(won):
                opened = LAST_WEEK - timedelta(days=30)
                deal = Deal(name=f"{user.name} {n}", rep_id=user.id, opened_at=opened)
                deal.outcome, deal.closed_at, deal.stage = "won", LAST_WEEK, "won"
                session.add(deal)
        for user in (people.rep, people.peer, people.stranger, people.manager):
            session.add(Dashboard(user_id=user.id, tiles=[{"kpi": "deals_won"}]))


def rounds(workshop: Workshop, at: datetime = MONDAY) -> int:
    return send_round(workshop, limits=QUICK, clock=lambda: at)


def digest_of(engine: Engine, user: User) -> Digest:
    with Session(engine) as session:
        return session.get_one(Digest, user.id)


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def change(engine: Engine, user: User, **values: object) -> None:
    with session_scope(engine) as session:
        row = session.get_one(User, user.id)
        for name, value in values.items():
            setattr(row, name, value)


DIALLED: list[object] = []
sys.addaudithook(lambda event, told: DIALLED.append(told) if event == "smtplib.connect" else None)
