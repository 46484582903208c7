"""A person who is everywhere: in calls, sales, notes, uploads, at CRMs and on the way out."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session

from api.settings import Settings
from models.database import session_scope
from models.sealing import Seal
from models.tables import (
    Call,
    CrmConnection,
    CrmPush,
    ImportedFile,
    SavedView,
)
from tests.api.tus import begin, path, send
from tests.api.working import sound

NAME = "Zoéymirqx O'Brienqx-<i>Ünlüqx"
EMAIL = "Zoeymirqx.O'Brienqx+50%_x@Acme-Qx.example"
OTHER = "Marta Novak"
LETTERS = ("ymirqx", "brienqx", "nlüqx", "nlu\u0308qx", "acme-qx")
"""What is in every way to write them, and in nothing else."""

VTT = f"""WEBVTT

00:00.000 --> 00:04.000
<v {OTHER}>Hello, this is Marta. We have {NAME.replace("<i>", "")} with us today.

00:04.000 --> 00:09.000
<v Zoéymirqx O'Brienqx>Hello, Zoéymirqx here. It is too expensive, write to {EMAIL} please.

00:09.000 --> 00:12.000
<v Rita>Thank you, Zoéymirqx. I will send the proposal by Friday.
"""
CONTACTS = (
    f'id,name,email,title\nc1,"{NAME}",{EMAIL},Head of Zoéymirqx\nc2,{OTHER},marta@acme.example,\n'
)
LEADS = f"""id,created_at,email
l1,2026-03-01T09:00:00Z,{EMAIL.lower()}
l2,2026-03-01T09:00:00Z,m@b.example
"""
DEALS = f'id,name,outcome\nd1,"Rollout with {NAME}",open\n'
KNOWN: dict[str, Any] = {
    "participants": [
        {"name": NAME, "side": "buyer", "email": EMAIL},
        {"name": OTHER, "side": "buyer", "email": "marta@acme.example"},
    ],
    "vocabulary": [NAME],
}


@dataclass(frozen=True)
class Traces:
    """The calls where the person took part, and one that only names them."""

    spoken: str
    recorded: str
    naming: str


def leave_traces(
    rep: TestClient, admin: TestClient, engine: Engine, settings: Settings, work_off: Any
) -> Traces:
    """Have the person be everywhere, as far as can be by what a user does."""
    hook = {"url": "https://hooks.invalid/x", "events": ["call.created", "call.ready"]}
    admin.post("/webhooks", json=hook).raise_for_status()
    for name, content in (("contacts.csv", CONTACTS), ("leads.csv", LEADS), ("deals.csv", DEALS)):
        files = [("files", (name, content.encode()))]
        sent = admin.post("/imports", files=files).raise_for_status().json()
        assert sent["is_kept"], sent
    spoken = _id(rep.post("/transcripts", content=VTT.encode(), params={"name": f"{NAME}.vtt"}))
    told = {"title": f"With {NAME}", **KNOWN}
    key = {"Idempotency-Key": "the key of a request"}
    rep.patch(f"/calls/{spoken}", json={**KNOWN, "title": f"With {NAME}"}).raise_for_status()
    made = rep.post("/calls", json=told, headers=key).raise_for_status().json()["id"]
    naming = (
        rep.post(
            "/calls",
            json={"title": "Another", "agenda": [{"title": f"Call {NAME} back"}]},
        )
        .raise_for_status()
        .json()["id"]
    )
    recorded = (
        rep.post(
            "/recordings",
            files={"files": (f"{NAME}.wav", sound(2.0, 333.0))},
            data={"call": json.dumps(KNOWN)},
        )
        .raise_for_status()
        .json()["items"][0]["call"]["id"]
    )
    work_off()
    _annotate(rep, recorded)
    _annotate(rep, spoken)
    rep.post(f"/calls/{made}/comments", json={"text": f"Ask {EMAIL}"}).raise_for_status()
    work_off()
    begun = begin(rep, 500_000, filename=f"{NAME}.wav")
    send(rep, path(begun), 0, sound(1.0)).raise_for_status()
    _put_rows(engine, settings, UUID(recorded), UUID(spoken))
    return Traces(spoken, recorded, naming)


def _annotate(rep: TestClient, call_id: str) -> None:
    call = f"/calls/{call_id}"
    rep.post(f"{call}/comments", json={"text": f"@ {NAME.upper()} said so"}).raise_for_status()
    clip = {"title": f"{NAME} on price", "start_s": 0.0, "end_s": 1.5}
    made = rep.post(f"{call}/clips", json=clip)
    if made.status_code < 300:
        rep.post(f"{call}/clips/{made.json()['id']}/links", json={}).raise_for_status()
        rep.get(f"{call}/clips/{made.json()['id']}/sound")
    report = rep.get(f"{call}/report").json()
    speaker = report["speakers"][-1]["id"]
    what = {"kind": "name_speaker", "what": {"speaker": speaker, "name": "Zoéymirqx O'Brienqx"}}
    rep.post(f"{call}/corrections", json=what).raise_for_status()


def _put_rows(engine: Engine, settings: Settings, *call_ids: UUID) -> None:
    """What no request makes here: views, watched files, and what a CRM was told."""
    from urllib.parse import urlencode

    with session_scope(engine) as session:
        rep_id = session.get_one(Call, call_ids[0]).rep_id
        asked = urlencode({"q": NAME})
        session.add(SavedView(user_id=rep_id, place="search", name="mine", query=asked))
        session.add(SavedView(user_id=rep_id, place="calls", name=NAME, query=""))
        for state in ("taken", "waiting"):
            file = ImportedFile(place="/in", name=f"{NAME}-{state}.wav", mark="1-1", state=state)
            session.add(file)
        connection = _connection(session, settings.seal())
        for number, call_id in enumerate(call_ids):
            session.merge(_push(connection, call_id, number))


def _connection(session: Session, seal: Seal) -> CrmConnection:
    made = CrmConnection(
        name="Our CRM",
        kind="console",
        origin="console",
        address="console",
        secrets=seal.close({"token": "x"}),
        state="ready",
        push_when="by_hand",
    )
    session.add(made)
    session.flush()
    return made


def _push(connection: CrmConnection, call_id: UUID, number: int) -> CrmPush:
    return CrmPush(
        connection_id=connection.id,
        call_id=call_id,
        state="pushed",
        deal_ref="7",
        deal_name=f"Deal of {NAME}",
        candidates=[{"name": NAME, "why": [f"{EMAIL} was there"]}],
        note_id=str(100 + number),
        note_deal_ref="7",
    )


def _id(answer: Any) -> str:
    return str(answer.raise_for_status().json()["items"][0]["call"]["id"])
