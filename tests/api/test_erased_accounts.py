"""A company that was erased is nowhere: tables, dump, indexes, files and logs, byte by byte."""

import json
import logging
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from api.settings import Settings
from models.backup import back_up, restore
from models.database import session_scope
from models.files import Files
from models.holds import lift_hold, place_hold
from models.privacy.proofs import check_proofs
from models.privacy.reapplying import reapply
from models.tables import Account, Call, Deal, ErasureProof, SavedView
from tests.api.byte_by_byte import Search
from tests.api.conftest import People
from tests.api.test_erased import erase
from tests.api.working import sound, work, workshop_of

COMPANY, DOMAIN = "Qyzzolar Foods", "qyzzolar.example"
SEARCH = Search(("qyzzolar",))
VTT = f"""WEBVTT

00:00.000 --> 00:04.000
<v Wanda>Hello, this is Wanda of {COMPANY}. It is too expensive.

00:04.000 --> 00:09.000
<v Rita>Thank you. I will send {COMPANY} the proposal by Friday.
"""
TABLES = {
    "accounts.csv": f"id,name,domain\na9,{COMPANY} Spain,es.{DOMAIN}\n",
    "contacts.csv": f"id,name,email,account_id\nc9,Wanda,wanda@{DOMAIN},a9\n",
    "deals.csv": f"id,name,outcome,account_id\nd9,Rollout at {COMPANY},open,a9\n",
    "leads.csv": f"id,created_at,email,deal_id\nl9,2026-03-01T09:00:00Z,w@{DOMAIN},d9\n",
}


def posted(client: TestClient, path: str, **body: Any) -> dict[str, Any]:
    """What a request made, with a key by which its answer is kept."""
    key = {"Idempotency-Key": uuid4().hex}
    answer = client.post(path, json=body, headers=key)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


@pytest.fixture
def company(
    rep: TestClient,
    admin: TestClient,
    people: People,
    engine: Engine,
    settings: Settings,
    files: Files,
) -> str:
    """The id of a company with everything a company can have, and another beside it."""
    account: str = posted(admin, "/accounts", name=COMPANY, domain=DOMAIN)["id"]
    whose = {"account_id": account}
    posted(admin, "/contacts", name="Wanda", email=f"wanda@{DOMAIN}", title="CFO", **whose)
    mine = {**whose, "rep_id": str(people.rep.id)}
    deal = posted(admin, "/deals", name=f"{COMPANY} rollout", **mine)["id"]
    known = {
        "title": f"With {COMPANY}",
        "participants": [{"name": "Wanda", "company": COMPANY, "email": f"w@{DOMAIN}"}],
    }
    of_deal = posted(rep, "/calls", deal_id=deal, **known)["id"]
    rep.post(f"/calls/{of_deal}/comments", json={"text": f"Ask {COMPANY}"}).raise_for_status()
    sent = {"files": (f"{COMPANY}.wav", sound(1.3, 333.0))}
    told = {"call": json.dumps({**known, **whose})}
    recorded = rep.post("/recordings", files=sent, data=told).raise_for_status().json()
    written = rep.post("/transcripts", content=VTT.encode(), params={"name": f"{COMPANY}.vtt"})
    transcript = written.raise_for_status().json()["items"][0]["call"]["id"]
    rep.patch(f"/calls/{transcript}", json={**known, "deal_id": deal}).raise_for_status()
    work(workshop_of(settings, engine, files))
    call_id = recorded["items"][0]["call"]["id"]
    clip = posted(rep, f"/calls/{call_id}/clips", title=COMPANY, start_s=0.0, end_s=1.2)
    posted(rep, f"/calls/{call_id}/clips/{clip['id']}/links")
    with session_scope(engine) as session:
        view = SavedView(user_id=people.rep.id, place="calls", name="mine")
        view.query = f"account_id={account}"
        session.add(view)
    posted(admin, "/accounts", name="Vantage", domain="vantage.example")
    posted(rep, "/calls", title="Another")
    return account


def test_a_company_that_was_erased_is_nowhere(
    company: str,
    admin: TestClient,
    engine: Engine,
    settings: Settings,
    files: Files,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    tables = {one.partition(".")[0] for one in SEARCH.in_rows(engine)}
    assert tables >= {"account", "call", "comment", "contact", "clip", "deal", "idempotency_key"}
    assert tables >= {"recording", "report", "utterance", "hearing", "call_words"}
    capfd.readouterr()
    with caplog.at_level(logging.DEBUG):
        state = erase(admin, settings, engine, files, kind="account", id=company)
    assert (state["state"], state["counts"]["calls"], state["counts"]["left"]) == ("done", 3, 0)
    assert (state["counts"]["accounts"], state["counts"]["deals"]) == (1, 1)
    assert SEARCH.in_rows(engine) == set()
    assert not SEARCH.in_dump(engine)
    assert SEARCH.in_cluster(engine) == set()
    assert SEARCH.in_folder(settings.data_folder) == set()
    assert not [one for one in settings.data_folder.rglob("recordings/*") if one.is_file()]
    told = capfd.readouterr()
    assert not SEARCH.is_in((caplog.text + told.out + told.err).encode())
    assert company not in json.dumps([*kept_views(engine)])
    with Session(engine) as session:
        assert [one.name for one in session.exec(select(Account))] == ["Vantage"]
        assert [one.title for one in session.exec(select(Call))] == ["Another"]
        assert session.exec(select(ErasureProof)).one().kind == "account"
    assert check_proofs(engine, files, settings.signing_key()).problem is None


def kept_views(engine: Engine) -> list[str]:
    with Session(engine) as session:
        return [one.query for one in session.exec(select(SavedView))]


def test_a_company_that_was_erased_is_erased_again_after_a_restore(
    company: str,
    admin: TestClient,
    engine: Engine,
    settings: Settings,
    files: Files,
    tmp_path: Path,
) -> None:
    back_up(engine, files, tmp_path / "before.tar")
    erase(admin, settings, engine, files, kind="account", id=company)

    def finish(fresh: Engine) -> None:
        assert reapply(fresh, files, settings.seal(), settings.signing_key()) == 1

    restore(engine, files, tmp_path / "before.tar", replace=True, finish=finish)
    assert SEARCH.in_rows(engine) == set()
    assert SEARCH.in_folder(settings.data_folder) == set()


def test_what_was_imported_of_a_company_goes_with_it(
    admin: TestClient, engine: Engine, settings: Settings, files: Files
) -> None:
    for name, content in TABLES.items():
        sent = admin.post("/imports", files=[("files", (name, content.encode()))])
        assert sent.raise_for_status().json()["is_kept"], sent.text
    with Session(engine) as session:
        account = session.exec(select(Account)).one().id
    state = erase(admin, settings, engine, files, kind="account", id=str(account))
    counts = state["counts"]
    assert (counts["accounts"], counts["deals"], counts["leads"], counts["left"]) == (1, 1, 1, 0)
    assert SEARCH.in_rows(engine) == set()
    assert SEARCH.in_cluster(engine) == set()


def test_a_company_under_a_legal_hold_is_not_erased(
    company: str, admin: TestClient, engine: Engine, people: People
) -> None:
    asked = {"kind": "account", "id": company}
    with Session(engine) as session:
        deal = session.exec(select(Deal)).one()
        calls = session.exec(select(Call).where(Call.deal_id == deal.id)).all()
    for kind, subject in (("account", UUID(company)), ("deal", deal.id), ("call", calls[0].id)):
        with session_scope(engine) as session:
            hold = place_hold(session, people.admin, kind, subject, "a dispute")  # type: ignore[arg-type]
        refused = admin.post("/privacy/erasures", json=asked)
        assert (kind, refused.status_code) == (kind, 409)
        with session_scope(engine) as session:
            lift_hold(session, people.admin, hold.id)
    assert admin.post("/privacy/erasures", json=asked).status_code == 202


def test_a_hold_on_one_company_holds_no_other(admin: TestClient) -> None:
    ids = [posted(admin, "/accounts", name=name)["id"] for name in ("One", "Two")]
    deals = [posted(admin, "/deals", name=f"With {one}", account_id=one)["id"] for one in ids]
    for deal in deals:
        posted(admin, "/calls", title="A call", deal_id=deal)
    posted(admin, "/holds", account_id=ids[0], reason="a dispute")
    refused = [
        admin.post("/privacy/erasures", json={"kind": "account", "id": one}).status_code
        for one in ids
    ]
    assert refused == [409, 202]
