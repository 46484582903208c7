"""One Talktrack with a call to push, and a CRM on loopback that it is pushed to."""

import asyncio
import base64
import html
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from cryptography.fernet import Fernet
from sqlalchemy import Engine, text
from sqlmodel import Session

from api.crm.stored import sealable
from api.pushing import push_due
from api.settings import Settings
from api.workshop import Workshop
from models.crm import pushes
from models.crm.connections import NewConnection, add_connection, find_connection, let_in
from models.database import session_scope
from models.known import read_known
from models.reports import keep_report
from models.tables import Call, CrmConnection, CrmPush, User
from tests.api.working import conversation
from tests.crm.fakes.hubspot import HubSpotFake
from tests.crm.fakes.pipedrive import PipedriveFake, Shop, free
from tests.crm.fakes.salesforce import SalesforceFake
from tests.models.kept_calls import new_call, understood

BUYER = "jim.kowalski@vantagefm.example"
COMPANY = "Vantage Facilities"
KINDS = ("hubspot", "salesforce", "pipedrive")
KEYS = (Fernet.generate_key().decode(), Fernet.generate_key().decode())
OPENED_AT = datetime(2026, 8, 3, 9, tzinfo=UTC)
SAID = (
    ("A", "Hello Jim, this is Tom from Beacon. What takes most of your time today?"),
    ("B", "Planning the shifts. It is too expensive as it is, and we also look at Kestrel."),
    ("A", "It costs {} pounds a month. I will send you a proposal by Friday."),
    ("B", "Yes, please do that."),
)
MEETING = {
    "title": "Cold call",
    "participants": [
        {"name": "Tom", "email": "tom@beacon.example", "side": "seller"},
        {"name": "Jim Kowalski", "email": BUYER, "company": COMPANY, "side": "buyer"},
    ],
}
_WRITE = re.compile(r"(PUT|PATCH|DELETE) |POST \S*/(notes|tasks|activities|Task)$")
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


class Written(NamedTuple):
    """A note at a CRM."""

    id: str
    deal_id: str
    words: str


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
    contact_id: str = field(init=False)
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
    def price(self) -> int:
        """What the last report that was made says it costs."""
        return 400 + self.said

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

    def use(self, fake: Fake) -> None:
        """Have an account at the address: with one contact, and one deal of hers."""
        self.fake, fake.url = fake, self.url
        self.open()
        self.contact_id = fake.add_contact(BUYER, name="Jim Kowalski", company=COMPANY)
        self.deal_id = self.new_deal("Vantage - Outbound")

    def open(self) -> None:
        """Have the account answer."""
        fake = self.fake
        self.shop.inside = fake.app if isinstance(fake, PipedriveFake) else fake

    def before(self, asked: str, does: Callable[[], object]) -> None:
        """Have something happen when the next request comes whose method and path end so."""
        self.open()
        inside, left = self.shop.inside, [does]

        async def run(scope: Any, receive: Any, send: Any) -> None:
            if left and f"{scope['method']} {scope['path']}".endswith(asked):
                await asyncio.to_thread(left.pop())
            await inside(scope, receive, send)

        self.shop.inside = run

    def after(self, number: int, does: Callable[[], object]) -> None:
        """Have something happen when a request was done, before it is answered; the first is 0."""
        self.open()
        inside, left = self.shop.inside, [number]

        async def run(scope: Any, receive: Any, send: Any) -> None:
            left[0] -= 1
            is_it = left[0] == -1

            async def late(message: Any) -> None:
                if is_it:
                    await asyncio.to_thread(does)
                await send(message)

            await inside(scope, receive, late)

        self.shop.inside = run

    def new_deal(self, name: str, **more: Any) -> str:
        """A deal of the buyer's."""
        told = {"contacts": [self.contact_id], "company": COMPANY, "at": OPENED_AT, **more}
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
        lines = [(who, words.format(self.price)) for who, words in SAID]
        report = understood(conversation(lines), read_known(call.known))
        keep_report(session, call, report)
        call.state = "ready"
        session.flush()
        if is_pushed:
            pushes.consider(session, call)

    def ask(self, call_id: UUID) -> None:
        """Somebody wants it pushed."""
        with self.session() as session:
            call = session.get_one(Call, call_id)
            pushes.ask(session, self.admin, call, self.connection_id)

    def choose(self, call_id: UUID, deal_id: str | None) -> None:
        """Somebody says which deal it belongs to."""
        with self.session() as session:
            call = session.get_one(Call, call_id)
            pushes.choose(session, self.admin, call, self.connection_id, deal_id)

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

    def left(self) -> int:
        """Calls that are not pushed yet."""
        with self.session() as session:
            counted = pushes.counts_by_state(session, self.connection_id)
            pushes.retry_failed(session, self.connection_id)
        return sum(counted.values()) - counted.get("pushed", 0)

    def jobs(self) -> int:
        """Jobs that wait to work off this outbox."""
        with self.engine.connect() as connection:
            asked = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'push_calls'"
            return int(connection.execute(text(asked)).scalar_one())

    def notes(self, call_id: UUID) -> list[Written]:
        """The notes of a call that the CRM has."""
        told = ((one.id, str(one.deal_id), words_of(self.fake, one)) for one in self.fake.notes)
        return [Written(*one) for one in told if f"TT-{call_id}" in one[2]]

    def writes(self) -> list[str]:
        """What was asked of the CRM's notes, tasks and deals that is no question."""
        asked = (f"{method} {path}" for method, path, *_ in self.fake.calls)
        return [one for one in asked if _WRITE.match(one)]


def words_of(fake: Fake, note: Any) -> str:
    """What people read in a note."""
    if isinstance(fake, SalesforceFake):
        return html.unescape(base64.b64decode(note.body).decode())
    return html.unescape(str(note.body))
