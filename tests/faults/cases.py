"""What is brought to a point of its life before something is killed, and looked at afterwards."""

import hashlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar
from uuid import UUID

import httpx

from models.crm.pushes import wake
from models.database import session_scope
from tests.api.tus import BYTES, TUS, begin, path
from tests.api.working import SAID
from tests.faults.home import Asking, Home, sha_counts
from tests.faults.stops import ANSWER

ROWS = (("report", 1), ("hearing", 1), ("utterance", len(SAID)), ("progress", 0))


class Case(ABC):
    """One thing at one point. `lost` and `doubled` count what somebody was promised."""

    is_late: ClassVar[bool] = False
    """Whether it holds a transaction at its point, which nobody may do for long."""

    def __init__(self, home: Home, stop: str, number: int) -> None:
        self.home, self.stop, self.number = home, stop, number
        self.states: list[str] = []

    def prepare(self) -> None:  # noqa: B027 (most need nothing)
        """Have what must be there before; others of its kind prepare meanwhile."""

    def is_prepared(self) -> bool:
        """Whether it is."""
        return True

    @abstractmethod
    def begin(self) -> None:
        """Set off for the point."""

    def is_there(self) -> bool:
        """Whether it stands at its point."""
        return self.home.stops.is_reached(self.stop)

    def resume(self) -> None:  # noqa: B027
        """Do what whoever asked does when nobody answers: ask again."""

    def tell(self) -> None:
        """Note what is said of it."""
        said = self._told()
        if said and said not in self.states:
            self.states.append(said)

    @abstractmethod
    def _told(self) -> str: ...

    @abstractmethod
    def is_whole(self) -> bool:
        """Whether it is as it would be had nothing happened."""

    @abstractmethod
    def lost(self) -> int: ...

    @abstractmethod
    def doubled(self) -> int: ...

    def state_of(self, call_id: str | UUID) -> str:
        answer = self.home.ask("GET", f"/calls/{call_id}")
        if answer.status_code == 404:
            return "not found"
        told: dict[str, Any] = answer.json()
        failure = told.get("failure")
        return f"{told['state']}: {failure}" if failure else str(told["state"])


class Sound(Case):
    """A recording that is to become a call that is heard, understood and kept once."""

    def __init__(self, home: Home, stop: str, number: int) -> None:
        super().__init__(home, stop, number)
        self.content = home.place.new_sound()
        self.sha256 = hashlib.sha256(self.content).hexdigest()
        self.call_id = ""

    def is_whole(self) -> bool:
        return bool(self.call_id) and self.state_of(self.call_id) == "ready"

    def lost(self) -> int:
        key = f"{self.sha256[:2]}/{self.sha256}"
        stored = self.home.place.files / "recordings" / key
        is_kept = stored.exists() and stored.read_bytes() == self.content
        told = self.home.ask("GET", f"/calls/{self.call_id}").json().get("recording") or {}
        counts = {table: self.count(table) for table, _expected in ROWS}
        missing = sum(counts[table] < expected for table, expected in ROWS)
        return (not is_kept) + (told.get("sha256") != self.sha256) + missing

    def doubled(self) -> int:
        more = sum(self.count(table) > expected for table, expected in ROWS)
        return more + sha_counts(self.home, self.sha256) - 1

    def count(self, table: str) -> int:
        return self.home.count(
            f"SELECT count(*) FROM {table} WHERE call_id = :id",  # noqa: S608
            id=self.call_id,
        )

    def _told(self) -> str:
        return self.state_of(self.call_id) if self.call_id else ""


class Uploading(Sound):
    """A recording that comes in pieces; what was answered 204 is promised."""

    where = ""
    promised = 0
    asking: Asking | None = None

    def begin(self) -> None:
        with self.home.client() as client:
            self.where = path(begin(client, len(self.content)))
        if self.stop == "begun":
            return
        if self.stop == "half":
            half = len(self.content) // 2
            self._send(0, self.content[:half])
            self.promised = half
            self._hang = threading.Event()
            self.asking = Asking.begin(lambda: self._patch(half, self._halting(half)))
        else:
            self.home.stops.arm(self.stop)
            self.asking = Asking.begin(lambda: self._patch(0, self.content))

    def is_there(self) -> bool:
        if self.stop == "begun":
            return True
        if self.stop == "half":
            leased = "SELECT count(*) FROM upload WHERE id = :id AND lease IS NOT NULL"
            return self.home.count(leased, id=self.where.split("/")[-1]) == 1
        if self.stop == ANSWER and super().is_there():
            # Heard by now, so that no other stands at a point that comes later.
            heard = "SELECT count(*) FROM call JOIN recording ON call_id = call.id "
            heard += "WHERE sha256 = :sha AND state = 'ready'"
            return self.home.count(heard, sha=self.sha256) == 1
        return super().is_there()

    def resume(self) -> None:
        if self.stop == "half":
            self._hang.set()
        if self.asking is not None:
            self.asking.end()
        seen = False
        while not self.call_id:
            looked = self.home.ask("HEAD", self.where, headers=TUS)
            if "x-call-id" in looked.headers:
                self.call_id = looked.headers["x-call-id"]
                return
            there = int(looked.headers["upload-offset"])
            if not seen:
                self.states.append(f"{there:,} of {len(self.content):,} bytes")
                assert there >= self.promised, "bytes that were promised are gone"
            seen = True
            answer = self._send(there, self.content[there:])
            self.call_id = answer.headers.get("x-call-id", "")

    def _send(self, offset: int, content: bytes) -> httpx.Response:
        headers = {**TUS, **BYTES, "Upload-Offset": str(offset)}
        return self.home.ask("PATCH", self.where, headers=headers, content=content)

    def _patch(self, offset: int, content: bytes | Iterator[bytes]) -> httpx.Response:
        headers = {**TUS, **BYTES, "Upload-Offset": str(offset)}
        with self.home.client() as client:
            return client.patch(self.where, headers=headers, content=content)

    def _halting(self, half: int) -> Iterator[bytes]:
        yield self.content[half : half + 1000]
        self._hang.wait(60)
        yield self.content[half + 1000 :]


class Hearing(Sound):
    """A call that a worker has in hand."""

    @property
    def is_late(self) -> bool:  # type: ignore[override]
        return self.stop == "report"

    def begin(self) -> None:
        self.home.stops.arm(self.stop)
        with self.home.client() as client:
            self.call_id = self.home.place.upload(client, self.content)


class Note(Case):
    """A note that was made at the CRM, of which nothing is kept here yet."""

    def begin(self) -> None:
        self.home.stops.arm(self.stop)
        self.call_id = self.home.desk.new_call()

    def is_whole(self) -> bool:
        desk = self.home.desk
        if desk.push(self.call_id).state == "pushed":
            return True
        desk.pass_time()  # what was sent has come to light by then
        at_work = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'push_calls' "
        if self.home.count(at_work + "AND status IN ('todo', 'doing')"):
            return False
        with session_scope(self.home.engine) as session:
            wake(session, desk.connection_id)
        return False

    def lost(self) -> int:
        desk = self.home.desk
        found = [one.id for one in desk.notes(self.call_id)]
        return int(desk.push(self.call_id).note_id not in found)

    def doubled(self) -> int:
        return len(self.home.desk.notes(self.call_id)) - 1

    def _told(self) -> str:
        answer = self.home.ask("GET", f"/calls/{self.call_id}/pushes")
        if answer.status_code != 200:
            return ""
        told = answer.json()[0]
        why = told.get("last_error") or told.get("why_not")
        return f"{told['state']}: {why}" if why else str(told["state"])
