"""A Talktrack in which a little of everything is there: two calls, and what people made of them."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import Engine, text

from analyzer.engines.scripted import ScriptedEngines
from api.app import create_app
from api.engine_lease import EngineLease
from api.routes import ROUTERS
from api.settings import Settings
from models.database import plain_url, session_scope
from models.files import Files
from models.tables import Team, User
from models.tokens import add_token
from models.users import add_user
from tests.api.working import SAID, conversation, sound, work, workshop_of

PREFIX = "/api/v1"
SECRET = "only the tests know it"


@cache
def described() -> Mapping[str, Any]:
    """The OpenAPI description, made once for all tests of a process."""
    app = FastAPI(openapi_url=None)
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    return app.openapi()


@dataclass(frozen=True)
class World:
    """The app, a client for each role, and where to look things up."""

    engine: Engine
    clients: Mapping[str, TestClient]
    ids: Mapping[str, str]
    """Values for path parameters, by name."""

    def some(self, parameter: str) -> str | None:
        """A value for a path parameter: of something that is there, if there is such a thing."""
        if parameter in self.ids:
            return self.ids[parameter]
        table = parameter.removesuffix("_id")
        tables = {"link": "share_link", "delivery": "webhook_delivery", "team": "team"}
        tables |= {"goal": "coaching_goal", "note": "goal_note", "connection": "crm_connection"}
        name = tables.get(table, table)
        with self.engine.connect() as connection:
            if connection.execute(text("SELECT to_regclass(:name)"), {"name": name}).scalar():
                newest = f'SELECT id FROM "{name}" ORDER BY id DESC LIMIT 1'  # noqa: S608
                found = connection.execute(text(newest)).scalar_one_or_none()
                return str(found) if found is not None else None
        return None


@contextmanager
def new_world(engine: Engine) -> Iterator[World]:
    """Make one in an empty database."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            data_folder=Path(folder),
            database_url=SecretStr(plain_url(engine)),
            secret_key=SecretStr(SECRET),
            url_hosts=("recordings.invalid",),
            webhook_hosts=("hooks.invalid",),
            max_upload_mb=1,
            max_import_mb=1,
        )
        files = Files(settings.files_place)
        app = create_app(settings, engine, files)
        app.state.engines = EngineLease(lambda: ScriptedEngines(conversation(SAID)), 60)
        tokens, others = _people(engine)
        with TestClient(app, raise_server_exceptions=False) as client:
            clients = {role: _signed(client, token) for role, token in tokens.items()}
            known = _furnish(clients, lambda: work(workshop_of(settings, engine, files)))
            _coach(clients, others["rep_id"])
            yield World(engine, clients, {**known, **others, **_measure(clients)})


def _people(engine: Engine) -> tuple[dict[str, str], dict[str, str]]:
    with session_scope(engine) as session:
        team = Team(name="EMEA")
        session.add(team)
        session.flush()
        tokens, ids = {}, {}
        for role in ("rep", "manager", "admin"):
            user = User(email=f"{role}@beacon.example", name=role.title(), role=role)
            user.team_id = team.id
            tokens[role] = add_token(session, add_user(session, user), "world").secret
            ids[f"{role}_id"] = str(user.id)
        other = add_user(session, User(email="other@beacon.example", name="Other", role="rep"))
        spare = add_token(session, other, "spare")
        return tokens, {**ids, "user_id": str(other.id), "token_id": str(spare.row.id)}


def _signed(client: TestClient, token: str) -> TestClient:
    signed = TestClient(client.app, base_url="http://127.0.0.1", raise_server_exceptions=False)
    signed.headers["authorization"] = f"Bearer {token}"
    return signed


def _furnish(clients: Mapping[str, TestClient], work_off: Callable[[], None]) -> dict[str, str]:
    """One of each, made by the API; returns what cannot be looked up."""
    rep, admin = clients["rep"], clients["admin"]
    call_ids = [
        rep.post(f"{PREFIX}/recordings", files={"files": (f"{n}.wav", sound(2.0, 300.0 + n))})
        .raise_for_status()
        .json()["items"][0]["call"]["id"]
        for n in range(2)
    ]
    work_off()
    call = f"/calls/{call_ids[0]}"

    def post(client: TestClient, path: str, **body: Any) -> dict[str, Any]:
        made: dict[str, Any] = client.post(f"{PREFIX}{path}", json=body).raise_for_status().json()
        return made

    post(rep, "/calls", title="Planned")
    post(rep, f"{call}/comments", text="Well asked", start_s=0.5)
    clip = post(rep, f"{call}/clips", title="How it began", start_s=0.0, end_s=1.5)
    link = post(rep, f"{call}/clips/{clip['id']}/links")
    account = post(admin, "/accounts", name="Harbor Foods")
    post(admin, "/deals", name="Rollout", account_id=account["id"])
    post(admin, "/webhooks", url="https://hooks.invalid/talktrack", events=["call.ready"])
    post(admin, "/playbooks", name="Ours", text='products = ["Rotago"]\n')
    named = {"speaker": "S2", "name": "Jim Kowalski"}
    post(rep, f"{call}/corrections", kind="name_speaker", what=named)
    work_off()
    resumable = {"Tus-Resumable": "1.0.0", "Upload-Length": "5000"}
    rep.post(f"{PREFIX}/uploads", headers=resumable).raise_for_status()
    secret = str(link["url"]).rsplit("/", 1)[-1]
    played = post(rep, f"{call}/files/playable/link")
    signed = str(played["url"]).rsplit("/", 1)[-1]
    return {"call_id": call_ids[0], "secret": secret, "what": "playable", "signed": signed}


def _coach(clients: Mapping[str, TestClient], rep_id: str) -> None:
    """A goal with a note."""
    agreed = clients["admin"].post(
        f"{PREFIX}/reps/{rep_id}/goals", json={"text": "Ask who decides"}
    )
    goal_id = agreed.raise_for_status().json()["id"]
    note = {"text": "Harder than I thought"}
    clients["rep"].post(f"{PREFIX}/goals/{goal_id}/notes", json=note).raise_for_status()


def _measure(clients: Mapping[str, TestClient]) -> dict[str, str]:
    """A KPI of the company's own with a target."""
    own = {"slug": "twice_won", "names": {"en": "Twice won"}, "formula": "deals_won * 2"}
    clients["admin"].post(f"{PREFIX}/kpis", json=own).raise_for_status()
    target = {"kpi": own["slug"], "month": "2026-11", "value": 4.0}
    clients["admin"].put(f"{PREFIX}/targets", json=target).raise_for_status()
    return {"slug": "twice_won"}
