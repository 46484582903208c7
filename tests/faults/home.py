"""A whole Talktrack whose web process, workers and database are killed in turn, and those in it."""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import Engine, text
from sqlmodel import select

from analyzer.engines.scripted import ScriptedEngines
from api.dependencies import COOKIE
from api.engine_lease import EngineLease
from api.settings import Settings
from api.workshop import Workshop
from models.audit_chain import check_chain
from models.database import make_engine, session_scope
from models.files import Files
from models.forgetting import keys_of
from models.postmaster import is_alive
from models.retention import Days, seen_mark, set_rule, turn_on
from models.tables import Recording, User
from models.tokens import add_token
from models.users import add_user
from tests.api.working import conversation
from tests.crm.fakes.pipedrive import Shop
from tests.crm.fakes.serving import serve
from tests.crm.pushing import SAID as PUSHED
from tests.crm.pushing import Desk
from tests.faults.running import Place, Web, end, new_place, until
from tests.faults.stops import Stops

WORKERS = 2
PASSWORD = "a password that only the tests know"  # noqa: S105
_KEPT_DAYS = 30
_KINDS = ("recordings", "playable", "peaks", "clips", "uploads", "incoming")


@dataclass
class Home:
    """One Talktrack with an embedded database, a CRM on loopback, and somebody signed in."""

    folder: Path
    place: Place = field(init=False)
    web: Web = field(init=False)
    engine: Engine = field(init=False)
    desk: Desk = field(init=False)
    stops: Stops = field(init=False)
    cookie: str = field(init=False)
    """Of a session that lasts."""
    old_cookie: str = field(init=False)
    """Of one that was ended."""
    _opened: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> "Home":
        try:
            self._begin()
        except BaseException:
            self._opened.close()
            raise
        return self

    def _begin(self) -> None:
        shop = Shop()
        crm_url = self._opened.enter_context(serve(shop))
        told = {
            "crm_hosts": crm_url.removeprefix("http://"),
            "seal_keys": Fernet.generate_key().decode(),
            "webhook_hosts": "hooks.invalid",
            "stalled_after_s": "4",
        }
        self.place = new_place(self.folder, **told)
        self.place.at_once = 3
        self.stops = Stops(self.folder)
        self._serve()
        url = f"postgresql://postgres@/talktrack?host={self.postgres}"
        self.engine = make_engine(url, connections=3)
        self.place.token = self._let_in()
        self.web.client.headers["authorization"] = f"Bearer {self.place.token}"
        self.desk = self._desk(url, told, shop, crm_url)
        self.place.crew(WORKERS)

    def __exit__(self, *_error: object) -> None:
        self.stops.release()
        self.engine.dispose()
        try:
            self.place.end_workers()
        finally:
            self._opened.close()

    @property
    def postgres(self) -> Path:
        return self.folder / "talktrack" / "postgres"

    def client(self) -> httpx.Client:
        """Another program of the same person's."""
        headers = {"authorization": f"Bearer {self.place.token}"}
        return httpx.Client(base_url=self.web.url, headers=headers, timeout=60)

    def kill(self, victim: str) -> None:
        """As a power cut does, then as whoever runs it does; the rest goes on meanwhile."""
        if victim == "web":
            self.web.kill()
        elif victim == "worker":
            for worker in self.place.workers:
                end(worker)
        else:
            number = int((self.postgres / "postmaster.pid").read_text().split("\n")[0])
            killed = psutil.Process(number)
            killed.kill()
            until(lambda: not killed.is_running() or killed.status() == psutil.STATUS_ZOMBIE)
        self.stops.release()
        if victim == "web":
            self._serve(self.web.port)
        self.place.crew(WORKERS)
        until(lambda: is_alive(self.postgres))
        until(self._is_ready)

    def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Ask until there is an answer, as every client does that means it."""
        until_s = time.monotonic() + 60
        while True:
            try:
                with self.client() as client:
                    answer = client.request(method, path, **request)
                if answer.status_code not in {423, 500, 503}:
                    return answer
                if answer.status_code == 500:
                    raise AssertionError(answer.text)
                assert "try again" in answer.text or answer.status_code == 423, answer.text
            except httpx.TransportError:
                pass
            assert time.monotonic() < until_s, f"{method} {path} is not answered"
            time.sleep(0.2)

    def run(self, statement: str, **told: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(statement), told)

    def count(self, statement: str, **told: Any) -> int:
        with self.engine.connect() as connection:
            return int(connection.execute(text(statement), told).scalar_one())

    def store(self) -> Files:
        return Files(str(self.place.files))

    def left_over(self) -> set[str]:
        """Files that no row names."""
        with session_scope(self.engine) as session:
            named = {key for one in session.exec(select(Recording)) for key in keys_of(one)}
        lying = {
            str(one.relative_to(self.place.files))
            for kind in _KINDS
            for one in (self.place.files / kind).rglob("*")
            if one.is_file()
        }
        return lying - named

    def nobody_is_in(self) -> None:
        """Who is signed in still is, who is not is not, whoever was killed."""
        for path in ("/session", "/calls"):
            assert self._status(path) == 401
            assert self._status(path, self.old_cookie) == 401
            assert self._status(path, f"{self.cookie[:-2]}xx") == 401
            assert self._status(path, self.cookie) == 200

    def trail_holds(self) -> None:
        """The trail is linked to its end, and nothing of it was changed."""
        until(lambda: check_chain(self.engine).waiting == 0, why="the trail is not linked")
        assert check_chain(self.engine).problem is None

    def _status(self, path: str, cookie: str | None = None) -> int:
        cookies = {} if cookie is None else {COOKIE: cookie}
        with httpx.Client(base_url=self.web.url, cookies=cookies, timeout=60) as client:
            return client.get(path).status_code

    def _serve(self, port: int = 0) -> None:
        self.web = self._opened.enter_context(self.place.web(TALKTRACK_PORT=str(port)))

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.web.url}/ready", timeout=10).status_code == 200
        except httpx.TransportError:
            return False

    def _let_in(self) -> str:
        with session_scope(self.engine) as session:
            ada = User(email="ada@faults.example", name="Ada", role="admin")
            admin = add_user(session, ada, PASSWORD)
            add_user(session, User(email="bo@faults.example", name="Bo", role="rep"), PASSWORD)
            set_rule(session, None, Days(_KEPT_DAYS, None, None, None))
            turn_on(session, admin, seen_mark(session))
            token = add_token(session, admin, "faults").secret
        self.cookie = self._sign_in("ada@faults.example")
        self.old_cookie = self._sign_in("bo@faults.example")
        with httpx.Client(base_url=self.web.url, cookies={COOKIE: self.old_cookie}) as client:
            ours = {"sec-fetch-site": "same-origin"}
            ended = client.delete("/session", params={"everywhere": True}, headers=ours)
            assert ended.status_code == 204, ended.text
        return token

    def _sign_in(self, email: str) -> str:
        asked = {"email": email, "password": PASSWORD}
        answer = httpx.post(f"{self.web.url}/session", json=asked).raise_for_status()
        return answer.cookies[COOKIE]

    def _desk(self, url: str, told: dict[str, str], shop: Shop, crm_url: str) -> Desk:
        settings = Settings(
            data_folder=self.folder / "talktrack",
            database_url=SecretStr(url),
            secret_key=SecretStr("a key that only the tests know"),
            seal_keys=SecretStr(told["seal_keys"]),
            crm_hosts=(told["crm_hosts"],),
        )
        lease = EngineLease(lambda: ScriptedEngines(conversation(PUSHED)), 60)
        workshop = Workshop(settings, self.engine, self.store(), lease)
        with session_scope(self.engine) as session:
            admin = session.exec(select(User).where(User.role == "admin")).one()
            session.expunge(admin)
        return Desk(workshop, admin, "hubspot", shop, crm_url)


@dataclass
class Asking:
    """A request in a thread of its own, whose answer may never come."""

    answer: httpx.Response | None = None
    _thread: threading.Thread | None = None

    @classmethod
    def begin(cls, ask: Callable[[], httpx.Response]) -> "Asking":
        asking = cls()

        def run() -> None:
            try:
                asking.answer = ask()
            except httpx.TransportError:
                asking.answer = None

        asking._thread = threading.Thread(target=run, daemon=True)
        asking._thread.start()
        return asking

    def end(self) -> httpx.Response | None:
        """The answer, None when the line broke."""
        assert self._thread is not None
        self._thread.join(60)
        assert not self._thread.is_alive()
        return self.answer


def sha_counts(home: Home, sha256: str) -> int:
    """How many recordings have this content."""
    return home.count("SELECT count(*) FROM recording WHERE sha256 = :sha", sha=sha256)
