"""One Talktrack with a call to push, and a CRM on loopback that it is pushed to."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import Engine, text
from sqlmodel import Session

from analyzer.engines.scripted import ScriptedEngines
from api.crm.stored import sealable
from api.crm.wire import Wire
from api.engine_lease import EngineLease
from api.pushing import push_due
from api.settings import Settings
from api.workshop import Workshop
from models.crm import pushes
from models.crm.connections import NewConnection, add_connection, find_connection, let_in
from models.database import session_scope
from models.files import Files
from models.reports import keep_report
from models.tables import Call, CrmConnection, CrmPush, User
from models.tables.columns import now
from models.users import add_user
from tests.api.working import conversation
from tests.crm.fakes.hubspot import HubSpotFake
from tests.crm.fakes.pipedrive import PipedriveFake, Shop, free
from tests.crm.fakes.salesforce import SalesforceFake
from tests.crm.fakes.serving import serve
from tests.models.kept_calls import new_call, understood

BUYER = "jim.kowalski@vantagefm.example"
COMPANY = "Vantage Facilities"
KINDS = ("hubspot", "salesforce", "pipedrive")
KEYS = (Fernet.generate_key().decode(), Fernet.generate_key().decode())
OPENED_AT = datetime(2026, 8, 3, 9, tzinfo=UTC)
SAID = (
    ("A", "Hello Jim, this is Tom from Beacon. What takes most of your time today?"),
    ("B", "Planning the shifts. It is too expensive as it is, and we also look at Kestrel."),
    ("A", "It costs 400 pounds a month. I will send you a proposal by Friday."),
    ("B", "Yes, please do that."),
)
MEETING = {
    "title": "Cold call",
    "participants": [
        {"name": "Tom", "email": "tom@beacon.example", "side": "seller"},
        {"name": "Jim Kowalski", "email": BUYER, "company": COMPANY, "side": "buyer"},
    ],
}
Fake = HubSpotFake | SalesforceFake | PipedriveFake


def new_fake(kind: str) -> Fake:
    """A vendor's fake without limits, for what is tested here is no pace."""
    if kind == "hubspot":
        hubspot = HubSpotFake()
        hubspot.limits = {"": (1_000_000, 10.0), "search": (1_000_000, 1.0)}
        hubspot.slow_s = 0.01
        return hubspot
    if kind == "salesforce":
        salesforce = SalesforceFake("web")
        salesforce.rotates, salesforce.slow_s = True, 0.01
        salesforce.limits = {"day": 1_000_000}
        return salesforce
    pipedrive = PipedriveFake(limits=free(), is_checked=False)
    pipedrive.slow_s = 0.01
    return pipedrive


def restore(fake: Fake) -> None:
    """Let Talktrack in again after somebody took it out."""
    if not isinstance(fake, PipedriveFake):
        fake.is_revoked = False


@dataclass
class Desk:
    """A company with one CRM, and whatever a test does there."""

    workshop: Workshop
    admin: User
    kind: str
    shop: Shop
    url: str
    connection_id: UUID = field(init=False)
    fake: Fake = field(init=False)
    deal_id: str = field(init=False)
    said: int = 0

    def __post_init__(self) -> None:
        self.use(new_fake(self.kind))
        with self.session() as session:
            new = NewConnection(
                name=self.kind.capitalize(),
                kind=self.kind,
                address=self.url,
                secrets=sealable(self.fake.credentials()),
                options=self.fake.options,
            )
            made = add_connection(session, self.admin, new, self.settings.seal())
            made.push_when = "always"
            self.connection_id = made.id

    @property
    def engine(self) -> Engine:
        return self.workshop.engine

    @property
    def settings(self) -> Settings:
        return self.workshop.settings

    @contextmanager
    def session(self) -> Iterator[Session]:
        with session_scope(self.engine) as session:
            yield session

    def use(self, fake: Fake, **deal: Any) -> None:
        """Have an account at the address: with one contact, and one deal of hers."""
        self.fake, fake.url = fake, self.url
        self.shop.inside = fake.app if isinstance(fake, PipedriveFake) else fake
        self.deal_id = self.new_deal("Vantage - Outbound")

    def new_deal(self, name: str, **more: Any) -> str:
        """A deal of the buyer's."""
        if not hasattr(self, "_contacts") or self._contacts[0] is not self.fake:
            contact = self.fake.add_contact(BUYER, name="Jim Kowalski", company=COMPANY)
            self._contacts = (self.fake, contact)
        told = {"contacts": [self._contacts[1]], "company": COMPANY, "at": OPENED_AT, **more}
        return str(self.fake.add_deal(name, **told))

    def change(self, **columns: Any) -> None:
        """Change the connection's row, whatever it holds."""
        with self.session() as session:
            found = find_connection(session, self.connection_id, lock=True)
            for name, value in columns.items():
                setattr(found, name, value)

    def connection(self) -> CrmConnection:
        with self.session() as session:
            return find_connection(session, self.connection_id)

    def let_in(self) -> None:
        """An admin connects it again."""
        restore(self.fake)
        with self.session() as session:
            found = find_connection(session, self.connection_id, lock=True)
            secrets = sealable(self.fake.credentials())
            let_in(session, self.admin, found, secrets, self.settings.seal())

    def new_call(self, *, is_pushed: bool = True, **columns: Any) -> UUID:
        """A call that was understood just now, and is in the outbox."""
        with self.session() as session:
            call = new_call(session, **{"title": "Cold call", "known": MEETING, **columns})
            self._understand(session, call, is_pushed=is_pushed)
            return call.id

    def change_report(self, call_id: UUID) -> None:
        """It was understood anew, and says something else."""
        with self.session() as session:
            self._understand(session, session.get_one(Call, call_id))

    def understand_again(self, call_id: UUID) -> None:
        """It was understood anew, and says the same."""
        with self.session() as session:
            pushes.consider(session, session.get_one(Call, call_id))

    def _understand(self, session: Session, call: Call, *, is_pushed: bool = True) -> None:
        self.said += 1
        more = ("A", f"That makes {self.said} things I will send you tomorrow.")
        keep_report(session, call, understood(conversation((*SAID, more))))
        call.state = "ready"
        session.flush()
        if is_pushed:
            pushes.consider(session, call)

    def push(self, call_id: UUID) -> CrmPush:
        """The row of a call."""
        with self.session() as session:
            found = pushes.push_of(session, self.connection_id, call_id)
            assert found is not None
            return found

    def work(self) -> int:
        """A worker comes by."""
        return push_due(self.workshop, self.connection_id)

    def pushed(self, call_id: UUID, state: str = "pushed") -> CrmPush:
        """A worker comes by, and the call is in that state then."""
        self.work()
        push = self.push(call_id)
        assert push.state == state, (push.state, push.last_error)
        return push

    def pass_time(self, seconds: float = 200_000) -> None:
        """Let some time go by, of what waits: rows are older then."""
        for table, column in (
            ("crm_push", "next_try_at"),
            ("crm_push", "uncertain_since"),
            ("crm_connection", "parked_until"),
        ):
            self.run(
                f"UPDATE {table} SET {column} = {column} - make_interval(secs => :s)",  # noqa: S608
                s=seconds,
            )

    def settle(self, call_id: UUID, rounds: int = 12) -> CrmPush:
        """Let workers and admins come by until the call is pushed."""
        for _ in range(rounds):
            self.work()
            push = self.push(call_id)
            if push.state == "pushed":
                return push
            if self.connection().state == "needs_login":
                self.let_in()
            if push.state == "failed":
                with self.session() as session:
                    pushes.retry_failed(session, self.connection_id)
            self.pass_time()
        raise AssertionError(f"it is never pushed: {push.state}, {push.last_error}")

    def run(self, statement: str, **told: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(statement), told)

    def jobs(self) -> int:
        """Jobs that wait to work off this outbox."""
        with self.engine.connect() as connection:
            asked = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'push_calls'"
            return int(connection.execute(text(asked)).scalar_one())

    def notes(self, call_id: UUID) -> list[tuple[str, str]]:
        """The deal and the words of each note of a call that the CRM has."""
        return notes_of(self.fake, call_id)


def notes_of(fake: Fake, call_id: UUID) -> list[tuple[str, str]]:
    """The deal and the words of each note of a call at a CRM."""
    mark = f"TT-{call_id}"
    found = []
    for one in fake.notes:
        words = plain_words(fake, one)
        if mark in words:
            found.append((str(one.deal_id), words))
    return found


def plain_words(fake: Fake, note: Any) -> str:
    """What people read in a note."""
    if isinstance(fake, SalesforceFake):
        import base64
        import html

        return html.unescape(base64.b64decode(note.body).decode())
    return str(note.body)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses between two tries of a call, and those that keep a pace, take no time."""
    defaults: Mapping[str, Any] = Wire.__init__.__kwdefaults__
    monkeypatch.setitem(defaults, "sleep", lambda _: None)


@pytest.fixture(scope="session")
def shop() -> Iterator[tuple[Shop, str]]:
    """A server whose inside is replaced."""
    shop = Shop()
    with serve(shop) as url:
        yield shop, url


@pytest.fixture
def workshop(engine: Engine, database_url: str, shop: tuple[Shop, str], tmp_path: Any) -> Workshop:
    place = shop[1].removeprefix("http://")
    settings = Settings(
        data_folder=tmp_path / "talktrack",
        database_url=SecretStr(database_url),
        secret_key=SecretStr("a key that only the tests know"),
        seal_keys=SecretStr(KEYS[0]),
        crm_hosts=(place,),
    )
    lease = EngineLease(lambda: ScriptedEngines(conversation(SAID)), 60)
    return Workshop(settings, engine, Files(settings.files_place), lease)


@pytest.fixture
def new_desk(workshop: Workshop, shop: tuple[Shop, str]) -> Callable[[str], Desk]:
    """Makes the company of the test."""

    def make(kind: str = "hubspot") -> Desk:
        with session_scope(workshop.engine) as session:
            user = User(email="ada@beacon.example", name="Ada", role="admin")
            admin = add_user(session, user)
        return Desk(workshop, admin, kind, *shop)

    return make


@pytest.fixture
def desk(new_desk: Callable[[str], Desk]) -> Desk:
    """A company that has HubSpot."""
    return new_desk("hubspot")


__all__ = ["KINDS", "Desk", "desk", "new_desk", "no_pauses", "now", "shop", "workshop"]
