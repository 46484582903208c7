"""What somebody asked to be put right, deleted or forgotten, when something is killed."""

from contextlib import suppress
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy.exc import IntegrityError

from models.privacy.proofs import check_proofs
from tests.faults.cases import ROWS, Case, Sound
from tests.faults.home import Asking


class Heard(Sound):
    """A call that is ready before anything begins."""

    def prepare(self) -> None:
        with self.home.client() as client:
            self.call_id = self.home.place.upload(client, self.content)

    def is_prepared(self) -> bool:
        copied = "SELECT count(*) FROM recording WHERE call_id = :id AND playable_key IS NOT NULL"
        return self.is_ready() and self.home.count(copied, id=self.call_id) == 1

    def is_ready(self) -> bool:
        return self.state_of(self.call_id) == "ready"


class Correcting(Heard):
    """Somebody puts a name right, and is not answered; the report follows."""

    NAME = "Jim Kowalski"

    def begin(self) -> None:
        self.home.stops.arm(self.stop)
        report = self.home.ask("GET", f"/calls/{self.call_id}/report").json()
        speaker = report["speakers"][-1]["id"]
        self._asked: dict[str, Any] = {
            "url": f"/calls/{self.call_id}/corrections",
            "json": {"kind": "name_speaker", "what": {"speaker": speaker, "name": self.NAME}},
            "headers": {"idempotency-key": str(uuid4())},
        }
        self.asking = Asking.begin(self._ask)

    def _ask(self) -> httpx.Response:
        with self.home.client() as client:
            return client.request("POST", **self._asked)

    def resume(self) -> None:
        answer = self.asking.end()
        if answer is None or answer.status_code != 201:
            asked = dict(self._asked)
            answer = self.home.ask("POST", str(asked.pop("url")), **asked)
        assert answer.status_code == 201, answer.text

    def is_whole(self) -> bool:
        return self.is_ready() and self._names().count(self.NAME) >= 1

    def lost(self) -> int:
        return super().lost() + (self._names().count(self.NAME) == 0)

    def doubled(self) -> int:
        kept = "SELECT count(*) FROM correction WHERE call_id = :id"
        return super().doubled() + self.home.count(kept, id=self.call_id) - 1

    def _names(self) -> list[str]:
        report = self.home.ask("GET", f"/calls/{self.call_id}/report").json()
        return [one.get("name") for one in report["speakers"]]


class Deleting(Heard):
    """Somebody deletes a call; its rows are gone, its files are not."""

    def begin(self) -> None:
        self.home.stops.arm(self.stop)
        url = f"/calls/{self.call_id}"

        def ask() -> httpx.Response:
            with self.home.client() as client:
                return client.delete(url)

        self.asking = Asking.begin(ask)

    def resume(self) -> None:
        answer = self.asking.end()
        if answer is None or answer.status_code != 204:
            answer = self.home.ask("DELETE", f"/calls/{self.call_id}")
        assert answer.status_code in {204, 404}, answer.text

    def is_whole(self) -> bool:
        return self.state_of(self.call_id) == "not found" and not self._files()

    def lost(self) -> int:
        return 0

    def doubled(self) -> int:
        """What is still there though it was deleted."""
        return self.count("recording") + len(self._files())

    def _files(self) -> list[str]:
        return [one for one in self.home.left_over() if self.sha256 in one]


class Retaining(Heard):
    """A call whose recording is over its days."""

    is_late = True

    def begin(self) -> None:
        aged = "UPDATE call SET started_at = now() - interval '99 days', "
        aged += "created_at = now() - interval '99 days' WHERE id = :id"
        self.home.run(aged, id=self.call_id)
        self.home.stops.arm(self.stop)
        self._run()

    def _run(self) -> None:
        """As each hour does."""
        defer = (
            "INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, args) "
            "VALUES ('housekeeping', 'enforce_retention', 'enforce_retention', "
            "jsonb_build_object('timestamp', 0))"
        )
        with suppress(IntegrityError):  # it waits already
            self.home.run(defer)

    def is_whole(self) -> bool:
        asked = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'enforce_retention' "
        asked += "AND status IN ('todo', 'doing')"
        is_gone = self.count("recording") == 0 and not self._files()
        ended = "SELECT count(*) FROM retention_run WHERE finished_at IS NULL"
        if is_gone and self.home.count(ended) == 0:
            return self.is_ready()
        if self.home.count(asked) == 0:
            self._run()
        return False

    def lost(self) -> int:
        """Of what was to stay: the report and what was heard."""
        return sum(self.count(table) < expected for table, expected in ROWS)

    def doubled(self) -> int:
        told = "SELECT count(*) FROM audit_entry WHERE verb = 'delete_recording' "
        told += "AND detail->'calls' ? :id"
        lines = self.home.count(told, id=self.call_id) - 1
        return self.count("recording") + len(self._files()) + lines

    def _files(self) -> list[str]:
        return [one for one in self.home.left_over() if self.sha256 in one]


class Erasing(Case):
    """A person who was on two calls, and is to be forgotten."""

    is_late = True

    def prepare(self) -> None:
        self.name = f"Quorra{self.number}z Vexxil{self.number}z"
        self.email = f"quorra{self.number}z@vexxil{self.number}z.example"
        said = f"WEBVTT\n\n00:00.000 --> 00:04.000\n<v {self.name}>It is too expensive, I said.\n"
        known = {"participants": [{"name": self.name, "email": self.email, "side": "buyer"}]}
        for one in range(2):
            content = f"{said}\n00:05.000 --> 00:09.000\n<v Ada>Well, {one} it is.\n"
            sent = self.home.ask("POST", "/transcripts", content=content.encode())
            call_id = sent.json()["items"][0]["call"]["id"]
            self.home.ask("PATCH", f"/calls/{call_id}", json={**known, "title": self.name})
            self.call_id = call_id

    def is_prepared(self) -> bool:
        return self.state_of(self.call_id) == "ready"

    def begin(self) -> None:
        self.home.stops.arm(self.stop)
        asked = {"kind": "person", "email": self.email, "name": self.name}
        made = self.home.ask("POST", "/privacy/erasures", json=asked)
        assert made.status_code == 202, made.text
        self.erasure_id = made.json()["id"]

    def is_whole(self) -> bool:
        told = self._read()
        return bool(told["state"] == "done")

    def lost(self) -> int:
        proven = "SELECT count(*) FROM erasure_proof WHERE erasure_id = :id"
        return int(self.home.count(proven, id=self.erasure_id) < 1)

    def doubled(self) -> int:
        """A second proof, or anything of the person that is left."""
        proven = "SELECT count(*) FROM erasure_proof WHERE erasure_id = :id"
        key = self.home.desk.settings.signing_key()
        checked = check_proofs(self.home.engine, self.home.store(), key)
        assert checked.problem is None, checked.problem
        held = self.home.ask("POST", "/privacy/people", json={"email": self.email}).json()
        left = sum(held["counts"].values())
        return self.home.count(proven, id=self.erasure_id) - 1 + int(left)

    def _read(self) -> dict[str, Any]:
        found: dict[str, Any] = self.home.ask("GET", f"/privacy/erasures/{self.erasure_id}").json()
        return found

    def _told(self) -> str:
        told = self._read()
        failure = told.get("failure")
        return f"{told['state']}: {failure}" if failure else str(told["state"])
