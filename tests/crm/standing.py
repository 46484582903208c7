"""A heard call and a connection to a HubSpot on loopback, for routes and pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session, select

from api.pushing import push_due
from api.settings import Settings
from models.crm.connections import NewConnection, add_connection
from models.crm.pushes import consider
from models.database import session_scope
from models.files import Files
from models.new_calls import File, NewCall, add_call, give_recording
from models.tables import Call, CrmConnection, CrmPush, User
from tests.api.working import sound, work, workshop_of
from tests.crm.fakes.hubspot import HubSpotFake

TOKEN = "pat-first-token"  # noqa: S105 (of the one on loopback)
AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
BUYER = "jim@harbor-foods.example"


@dataclass(frozen=True)
class Standing:
    """A HubSpot, and the settings that let us call it."""

    fake: HubSpotFake
    url: str
    settings: Settings


@contextmanager
def standing(settings: Settings) -> Iterator[Standing]:
    """Serve a HubSpot that takes `TOKEN`."""
    fake = HubSpotFake(oauth=False)
    with fake.serve() as url:
        hosts = (urlsplit(url).netloc,)
        yield Standing(fake, url, settings.model_copy(update={"crm_hosts": hosts}))


def connected(engine: Engine, settings: Settings, admin: User, url: str = "") -> UUID:
    """A connection to it, new."""
    new = NewConnection("Our HubSpot", "hubspot", url, {"access_token": TOKEN}, {"way": "token"})
    with session_scope(engine) as session:
        return add_connection(session, admin, new, settings.seal()).id


def heard_call(engine: Engine, files: Files, settings: Settings, rep: User) -> UUID:
    """A call with a buyer whose address is known, understood."""
    stored = files.put([sound()])
    known = {
        "participants": [
            {"name": rep.name, "email": rep.email, "side": "seller"},
            {"name": "Jim Kowalski", "email": BUYER, "company": "Harbor Foods", "side": "buyer"},
        ]
    }
    with session_scope(engine) as session:
        call = add_call(session, rep, NewCall("Demo <b>Harbor</b>", AT, rep.id, known=known))
        give_recording(session, files, call, File(stored, "call.wav", "audio/wav"))
        call_id = call.id
    work(workshop_of(settings, engine, files), ["hear", "understand"])
    return call_id


@dataclass(frozen=True)
class Outbox:
    """What is to be pushed at a connection, and the one call it is of."""

    engine: Engine
    files: Files
    crm: Standing
    connection_id: UUID

    def push(self) -> CrmPush:
        """Work off what is due, and see what became of it."""
        workshop = workshop_of(self.crm.settings, self.engine, self.files)
        push_due(workshop, self.connection_id, patience_s=2.0)
        return push_of(self.engine)

    def consider(self, call_id: UUID) -> CrmPush:
        """Push a call that was just understood."""
        with session_scope(self.engine) as session:
            consider(session, session.get_one(Call, call_id))
        return self.push()


def connection_of(engine: Engine) -> CrmConnection:
    """The only connection there is."""
    with Session(engine) as session:
        return session.exec(select(CrmConnection)).one()


def push_of(engine: Engine) -> CrmPush:
    """The only push there is."""
    with Session(engine) as session:
        return session.exec(select(CrmPush)).one()
