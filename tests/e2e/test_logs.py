"""Nothing that was said, typed or kept secret is in what web and worker write, at any level."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, col, select

from api.settings import Settings
from models.database import plain_url, session_scope
from models.files import Files
from models.tables import CrmPush, User
from models.users import add_user
from tests.api.byte_by_byte import Search
from tests.api.working import sound, workshop_of
from tests.crm.fakes.pipedrive import Shop
from tests.crm.fakes.serving import serve
from tests.crm.pushing import BUYER, KEYS, Desk
from tests.faults.running import ROOT, Place, let_in, new_place, until
from tests.models.receiver import Receiver, receiving

NAME, EMAIL = "Zorblatta Quixley", "zorblatta@quixley-freight.example"
RIGHT, WRONG = "mauve-ostrich-ladder-91", "wrong-tapir-candle-17"
SAID = "the flummoxed walrus contract"
VTT = f"WEBVTT\n\n00:00.000 --> 00:04.000\n<v {NAME}>We signed {SAID} with {EMAIL}.\n"
TABLE = f"id,name,email,title\nc1,{NAME},{EMAIL},\nc2,,not-an-address-grobnik,\n"
HOOK = "/hook/secret-path-brindlewick"
SCRIPTED = ("planning the shifts", "kestrel", "400 pounds")
"""What the engines of tests.faults.program hear."""


@dataclass
class Life:
    """A call's life: what was planted in it, and what the processes wrote meanwhile."""

    planted: dict[str, str] = field(default_factory=dict)
    errors: bytes = b""
    printed: bytes = b""
    content: bytes = b""

    @property
    def lines(self) -> list[dict[str, Any]]:
        lines = self.errors.decode().splitlines()
        assert all(one.startswith("{") for one in lines), [x for x in lines if x[:1] != "{"]
        return [json.loads(one) for one in lines]

    def found(self, written: bytes) -> set[str]:
        """What of the planted is in what was written, in whatever case or escape."""
        return {what for what, words in self.planted.items() if Search([words]).is_in(written)}


@pytest.fixture(scope="module")
def life(new_database: Any, tmp_path_factory: pytest.TempPathFactory) -> Life:
    engine: Engine = new_database()
    folder = tmp_path_factory.mktemp("life")
    shop = Shop()
    with receiving() as receiver, serve(shop) as crm:
        place = new_place(
            folder,
            plain_url(engine),
            seal_keys=KEYS[0],
            log_level="debug",
            log_form="json",
            webhook_hosts=receiver.place,
            crm_hosts=crm.removeprefix("http://"),
        )
        place.token = let_in(engine)
        desk = desk_at(engine, place, shop, crm)
        with running(place) as url, httpx.Client(base_url=url, timeout=60) as client:
            client.headers["authorization"] = f"Bearer {place.token}"
            lived = Life(content=sound(1.3, 251.0))
            Living(client, engine, receiver, desk, lived, place).live()
        lived.errors = (folder / "errors").read_bytes()
        lived.printed = (folder / "printed").read_bytes()
    return lived


def desk_at(engine: Engine, place: Place, shop: Shop, crm: str) -> Desk:
    settings = Settings(
        data_folder=place.folder / "talktrack", database_url=plain_url(engine), seal_keys=KEYS[0]
    )  # type: ignore[arg-type]
    with session_scope(engine) as session:
        admin = session.exec(select(User).where(col(User.role) == "admin")).first()
    assert admin is not None
    workshop = workshop_of(settings, engine, Files(settings.files_place))
    return Desk(workshop, admin, "hubspot", shop, crm)


@contextmanager
def running(place: Place) -> Iterator[str]:
    """Web and worker as a process and its child; yields the address of the API."""
    printed = place.folder / "printed"
    with printed.open("wb") as out, (place.folder / "errors").open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.program", "serve", "1"],
            env={**place.environment, "TALKTRACK_PORT": "0", "PYTHONUNBUFFERED": "1"},
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=errors,
        )
        assert process.stdin is not None
        try:
            until(lambda: "(Ctrl-C" in printed.read_text() or process.poll() is not None)
            found = re.search(r"http://[\d.]+:\d+", printed.read_text())
            assert found, (place.folder / "errors").read_text()
            yield f"{found.group()}/api/v1"
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
            process.stdin.close()


@dataclass
class Living:
    """Goes through it, and notes what it planted."""

    client: httpx.Client
    engine: Engine
    receiver: Receiver
    desk: Desk
    lived: Life
    place: Place

    def live(self) -> None:
        self.plant(name=NAME, email=EMAIL, said=SAID, buyer=BUYER, token=self.place.token)
        self.plant(**{f"scripted {n}": words for n, words in enumerate(SCRIPTED)})
        self.plant(**{f"crm {what}": said for what, said in self.crm_secrets().items()})
        self.plant(seal=KEYS[0], key="a key that only the tests know", hook=HOOK)
        self.tell_others()
        call_id = self.upload()
        self.annotate(call_id)
        self.sign_in()
        self.go_wrong()
        self.push(call_id)
        self.erase()

    def plant(self, **words: str) -> None:
        self.lived.planted.update(words)

    def crm_secrets(self) -> dict[str, str]:
        return {what: str(one) for what, one in self.desk.fake.credentials().secrets.items()}

    def post(self, path: str, status: int | None = None, **body: Any) -> Any:
        answer = self.client.post(path, **body)
        assert answer.status_code == status or (status is None and answer.is_success), answer.text
        return answer.json() if answer.content else None

    def tell_others(self) -> None:
        self.receiver.statuses.append(500)
        hook = {"url": self.receiver.url(HOOK), "events": ["call.created", "call.ready"]}
        self.plant(**{"hook secret": self.post("/webhooks", json=hook)["secret"]})
        self.plant(**{"new token": self.post("/tokens", json={"name": NAME})["token"]})

    def upload(self) -> str:
        known = {"title": SAID, "participants": [{"name": NAME, "email": EMAIL, "side": "buyer"}]}
        sent = {"files": (f"{NAME}.wav", self.lived.content)}
        made = self.post("/recordings", files=sent, data={"call": json.dumps(known)})
        call_id = str(made["items"][0]["call"]["id"])
        self.post("/transcripts", content=VTT.encode(), params={"name": f"{NAME}.vtt"})
        self.post("/imports", files=[("files", ("contacts.csv", TABLE.encode()))])
        self.plant(bad_row="not-an-address-grobnik")
        self.until_idle()
        return call_id

    def until_idle(self) -> None:
        """Nothing waits but what is tried again later."""
        asked = text(
            "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing') "
            "AND task_name <> ALL('{keep_house,tidy,watch_places}') AND scheduled_at IS NULL"
        )

        def is_idle() -> bool:
            with self.engine.connect() as connection:
                return not connection.execute(asked).scalar_one()

        until(is_idle)

    def annotate(self, call_id: str) -> None:
        comment = "grumpy-marmalade-remark"
        self.plant(comment=comment)
        self.post(f"/calls/{call_id}/comments", json={"text": f"{comment} {EMAIL}"})
        cut = {"title": NAME, "start_s": 0.0, "end_s": 1.2}
        clip = self.post(f"/calls/{call_id}/clips", json=cut)["id"]
        link = self.post(f"/calls/{call_id}/clips/{clip}/links", json={})
        self.plant(link=link["secret"])
        for path in (f"/shared/{link['secret']}", f"/shared/{link['secret']}/sound"):
            assert self.client.get(path).status_code == 200
        site = str(self.client.base_url).removesuffix("/api/v1/")
        self.client.get(f"{site}/shared/{link['secret']}")
        self.client.get("/search", params={"q": SAID})
        self.client.get(f"{site}/search", params={"q": NAME})
        self.client.get(f"{site}/{EMAIL}")

    def sign_in(self) -> None:
        self.plant(right=RIGHT, wrong=WRONG, user="tomasina@beacon-lumber.example")
        with session_scope(self.engine) as session:
            user = User(email="tomasina@beacon-lumber.example", name="Tomasina", role="rep")
            add_user(session, user, RIGHT)
        with httpx.Client(base_url=self.client.base_url, timeout=60) as other:
            told = {"email": "tomasina@beacon-lumber.example"}
            assert other.post("/session", json={**told, "password": WRONG}).status_code == 401
            answer = other.post("/session", json={**told, "password": RIGHT})
            assert answer.is_success, answer.text
            self.plant(cookie=next(iter(other.cookies.values())))
            assert other.get("/session").status_code == 200
            other.cookies.clear()
            other.headers["authorization"] = f"Bearer {WRONG}"
            assert other.get("/calls").status_code == 401

    def go_wrong(self) -> None:
        """What cannot be heard, read or kept, and what fails for want of a table."""
        junk = b"RIFF" + bytes(40) + SAID.encode() * 50
        self.client.post("/recordings", files={"files": (f"{NAME}-broken.wav", junk)})
        self.client.post("/calls", json={"title": {SAID: EMAIL}, "known": SAID})
        self.client.post("/calls", content=f'{{"title": "{SAID}'.encode())
        self.client.post("/calls", json={"title": SAID, "deal_id": NAME})
        with self.engine.begin() as connection:
            connection.execute(text("ALTER TABLE comment RENAME TO comment_away"))
        asked = self.client.get("/search", params={"q": f"{SAID} {EMAIL}"})
        some = self.client.get("/calls").json()["items"][0]["id"]
        failed = self.client.post(f"/calls/{some}/comments", json={"text": f"{SAID} {EMAIL}"})
        with self.engine.begin() as connection:
            connection.execute(text("ALTER TABLE comment_away RENAME TO comment"))
        assert (failed.status_code, asked.status_code) == (500, 200)
        self.until_idle()

    def push(self, call_id: str) -> None:
        pushed = self.desk.new_call()
        self.desk.fake.is_revoked = False  # type: ignore[union-attr]
        self.desk.ask(pushed)
        until(lambda: self.state_of_push(pushed) == "pushed", 30)
        assert self.desk.notes(pushed)
        del call_id

    def state_of_push(self, call_id: Any) -> str | None:
        with Session(self.engine) as session:
            found = session.exec(select(CrmPush).where(CrmPush.call_id == call_id)).first()
        return found.state if found else None

    def erase(self) -> None:
        asked = {"kind": "person", "email": EMAIL, "name": NAME, "crm_notes": True}
        whose = {"email": EMAIL, "name": NAME}
        assert self.client.post("/privacy/exports", json=whose).is_success
        made = self.post("/privacy/erasures", json=asked)
        path = f"/privacy/erasures/{made['id']}"
        until(lambda: self.client.get(path).json()["state"] == "done", 30)


def test_a_life_leaves_lines_of_requests_jobs_and_errors(life: Life) -> None:
    lines = life.lines
    requests = {(one["method"], one["route"], one["status"]) for one in lines if "route" in one}
    assert requests >= {
        ("POST", "/api/v1/recordings", 201),
        ("POST", "/api/v1/session", 401),
        ("GET", "/api/v1/shared/{secret}", 200),
        ("POST", "/api/v1/calls/{call_id}/comments", 500),
    }
    assert "(no route)" in {one.get("route") for one in lines}
    tasks = {one["task"] for one in lines if "task" in one}
    assert tasks >= {"hear_call", "understand_call", "push_calls", "deliver_webhook", "erase"}
    failed = [one for one in lines if one["message"] == "the database refused a statement"]
    assert failed[0]["errors"][0]["type"] == "sqlalchemy.exc.ProgrammingError"
    assert failed[0]["errors"][1]["code"] == "42P01"
    assert any("models/comments.py" in where for where in failed[0]["errors"][0]["where"])


def test_nothing_planted_is_in_any_line(life: Life) -> None:
    assert len(life.planted) > 20
    assert life.found(life.errors) == set()
    assert life.found(life.printed) == set()
    for start in range(44, len(life.content) - 16, 400):
        assert life.content[start : start + 16] not in life.errors
    assert life.found(json.dumps(life.planted).encode()) == set(life.planted)
