"""Consent, retention and legal holds, as people see and change them."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from api.settings import Settings
from models.database import session_scope
from models.files import Files
from models.retaining import enforce
from models.retention import Days, is_on, rules, seen_mark, set_rule, turn_on
from models.tables import Call, Deal, LegalHold, ProcessingObjection, Recording, Team
from models.tables.columns import now
from tests.api.working import new_recording, sound, work, workshop_of
from tests.pages.conftest import Pages, People

RULES = {"recording": "30", "transcript": "", "analysis": "365", "notes": "", "keep_percent": "50"}


@pytest.fixture
def call_id(settings: Settings, engine: Engine, files: Files, people: People) -> UUID:
    made = new_recording(engine, files, people.rep)
    work(workshop_of(settings, engine, files))
    with session_scope(engine) as session:
        call = session.get_one(Call, made)
        call.started_at = call.created_at = now() - timedelta(days=1000)
        session.add(call)
    return made


@pytest.fixture
def french(engine: Engine, people: People) -> None:
    with session_scope(engine) as session:
        for one in (people.rep, people.admin):
            one.language = "fr"
            session.add(session.merge(one))


def run(engine: Engine, files: Files, people: People, days: Days) -> None:
    with session_scope(engine) as session:
        set_rule(session, None, days)
        turn_on(session, people.admin, seen_mark(session))
    enforce(engine, files)


def test_an_admin_sees_what_would_go_and_switches_it_on(
    pages: Pages, engine: Engine, files: Files, people: People, call_id: UUID, settings: Settings
) -> None:
    admin = pages(people.admin)
    page = admin.get("/settings/retention").text
    assert "Nothing is deleted by rule" in page
    assert f"/calls/{call_id}" in page
    assert admin.post("/settings/retention/on", data={"seen": "old"}).status_code == 303
    with Session(engine) as session:
        assert not is_on(session)
        seen = seen_mark(session)
    assert f'value="{seen}"' in page
    admin.post("/settings/retention/on", data={"seen": seen})
    assert "The rules are enforced" in admin.get("/settings/retention").text
    enforce(engine, files)
    assert list(Path(settings.files_place).rglob("*.m4a")) == []
    page = admin.get("/settings/retention").text
    assert "3 files" in page
    admin.post("/settings/retention/off")
    with Session(engine) as session:
        assert not is_on(session)


def test_rules_are_kept_and_wrong_ones_are_told(
    pages: Pages, engine: Engine, people: People
) -> None:
    admin = pages(people.admin)
    wrong = RULES | {"recording": "soon", "keep_percent": "101"}
    answer = admin.post("/settings/retention/rules/everybody", data=wrong)
    assert answer.status_code == 422
    assert 'value="soon"' in answer.text
    assert answer.text.count("aria-invalid") == 2
    path = f"/settings/retention/rules/{people.rep.team_id}"
    assert admin.post(path, data=RULES).status_code == 303
    with Session(engine) as session:
        own = {one.team.name: one.days for one in rules(session) if one.team and one.is_own}
    assert own == {"EMEA": Days(30, None, 365, None, 50)}
    assert admin.post(f"{path}/follow").status_code == 303
    with Session(engine) as session:
        assert not any(one.is_own for one in rules(session))


def test_a_run_that_is_late_is_told(pages: Pages, engine: Engine, people: People) -> None:
    with session_scope(engine) as session:
        turn_on(session, people.admin, seen_mark(session))
    admin = pages(people.admin)
    late = "was not deleted for more than two hours"
    assert late not in admin.get("/settings/retention").text
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE retention SET turned_at = now() - interval '3 hours'")
    assert late not in pages(people.rep).get("/").text
    for path in ("/settings/retention", "/settings/state", "/"):
        assert late in admin.get(path).text


def test_an_admin_need_not_wait_for_the_next_run(
    pages: Pages, engine: Engine, files: Files, people: People, call_id: UUID, settings: Settings
) -> None:
    admin = pages(people.admin)
    run_path = "/settings/retention/run"
    with Session(engine) as session:
        seen = seen_mark(session)
    assert run_path not in admin.get("/settings/retention").text, "it is off"
    assert admin.post(run_path, data={"seen": seen}).status_code == 303
    with session_scope(engine) as session:
        set_rule(session, None, Days(30, None, None, None))
        turn_on(session, people.admin, seen_mark(session))
    page = admin.get("/settings/retention").text
    asked = re.search(r'action="/settings/retention/run" data-ask="([^"]+)".*?value="(\w+)"', page)
    assert asked is not None
    assert page.rindex("<details", 0, asked.start()) > page.rindex("</details", 0, asked.start())
    for wrong in ({}, {"seen": seen}):
        assert admin.post(run_path, data=wrong).status_code == 303
    for user in (people.rep, people.manager):
        assert pages(user).post(run_path, data={"seen": asked[2]}).status_code == 403
    work(workshop_of(settings, engine, files))
    assert "3 files" not in admin.get("/settings/retention").text
    for _twice in range(2):
        admin.post(run_path, data={"seen": asked[2]})
    work(workshop_of(settings, engine, files))
    page = admin.get("/settings/retention").text
    assert page.count("3 files") == 1
    assert run_path not in page, "nothing is over its days any more"
    assert f"/calls/{call_id}" not in page


@pytest.mark.usefixtures("french")
def test_what_a_rule_deleted_is_told_in_both_languages(
    pages: Pages, engine: Engine, files: Files, people: People, call_id: UUID
) -> None:
    rep, english = pages(people.rep), pages(people.manager)
    run(engine, files, people, Days(30, None, None, None))
    assert "enregistrement a été supprimé le" in rep.get(f"/calls/{call_id}").text
    page = english.get(f"/calls/{call_id}").text
    assert page.count("The recording was deleted on") == 1
    assert "shifts" in page
    run(engine, files, people, Days(30, 30, None, None))
    for client, words in ((rep, "La transcription a été supprimée"), (english, "The transcript")):
        page = client.get(f"/calls/{call_id}").text
        assert words in page
        assert "shifts" not in page
    assert "Next steps" in page
    run(engine, files, people, Days(30, 30, 30, 30))
    assert english.get(f"/calls/{call_id}").status_code == 200
    assert pages(people.admin).get("/settings/retention").status_code == 200


def test_a_call_whose_analysis_is_gone_shows_its_words(
    pages: Pages, engine: Engine, files: Files, people: People, call_id: UUID
) -> None:
    run(engine, files, people, Days(None, None, 30, None))
    page = pages(people.rep).get(f"/calls/{call_id}")
    assert page.status_code == 200
    assert "shifts" in page.text
    assert "The analysis was deleted on" in page.text


@pytest.mark.usefixtures("french")
def test_a_held_call_says_so_and_a_button_starts_it(
    pages: Pages, engine: Engine, files: Files, people: People, settings: Settings
) -> None:
    admin, rep, manager = pages(people.admin), pages(people.rep), pages(people.manager)
    team = f"/settings/consent/teams/{people.rep.team_id}"
    assert admin.post(team, data={"without_consent": "nonsense"}).status_code == 422
    admin.post(team, data={"without_consent": "keep"})
    with Session(engine) as session:
        assert session.get_one(Team, people.rep.team_id).without_consent == "keep"
    held = new_recording(engine, files, people.rep, sound(2.0, 330.0))
    assert "This call waits for consent" in manager.get(f"/calls/{held}").text
    assert "Cet appel attend un accord" in rep.get(f"/calls/{held}").text
    assert "Mis de côté" in rep.get("/calls").text
    assert rep.get("/upload").status_code == 200
    assert rep.get("/calls", params={"state": "held"}).status_code == 200
    answer = rep.post(f"/calls/{held}/consent", data={"consent": "consented"})
    assert answer.status_code == 303
    work(workshop_of(settings, engine, files))
    page = manager.get(f"/calls/{held}").text
    assert "People agreed" in page
    assert "Rita, " in page
    assert "shifts" in page


def test_a_call_that_was_only_transcribed_says_so(
    pages: Pages, engine: Engine, files: Files, people: People, settings: Settings
) -> None:
    team = f"/settings/consent/teams/{people.rep.team_id}"
    pages(people.admin).post(team, data={"without_consent": "transcribe"})
    call = new_recording(engine, files, people.rep, sound(2.0, 330.0))
    work(workshop_of(settings, engine, files))
    page = pages(people.rep).get(f"/calls/{call}")
    assert page.status_code == 200
    assert "Only a transcript was made" in page.text
    assert "shifts" in page.text
    for form in ("markdown", "html", "json", "pdf"):
        path = f"/api/v1/calls/{call}/report?format={form}"
        assert pages(people.rep).get(path).status_code in {200, 422}, form


def test_whoever_objects_is_listed_and_taken_off(
    pages: Pages, engine: Engine, files: Files, people: People
) -> None:
    admin = pages(people.admin)
    call = new_recording(engine, files, people.rep, sound(2.0, 330.0))
    with session_scope(engine) as session:
        row = session.get_one(Call, call)
        row.known = {"participants": [{"name": "Jim", "email": "jim@vantage.example"}]}
        session.add(row)
    wrong = admin.post("/settings/consent/objections", data={"email": "jim", "note": "<b>x</b>"})
    assert wrong.status_code == 422
    assert "&lt;b&gt;x" in wrong.text
    admin.post("/settings/consent/objections", data={"email": "jim@vantage.example"})
    again = admin.post("/settings/consent/objections", data={"email": "JIM@vantage.example"})
    assert again.status_code == 422
    page = pages(people.rep).get(f"/calls/{call}").text
    assert "jim@vantage.example objected" in page
    assert "This call is left alone" in page
    with Session(engine) as session:
        objection = session.exec(select(ProcessingObjection)).one()
    assert "1 call" in admin.get("/settings/consent").text
    admin.post(f"/settings/consent/objections/{objection.id}/remove")
    with Session(engine) as session:
        assert session.get_one(Call, call).state == "waiting"


def test_a_legal_hold_is_placed_shown_and_lifted(
    pages: Pages, engine: Engine, files: Files, people: People, call_id: UUID
) -> None:
    admin, rep = pages(people.admin), pages(people.rep)
    assert rep.post(f"/calls/{call_id}/hold", data={"reason": "x"}).status_code == 403
    assert pages(people.stranger).post(f"/calls/{call_id}/hold").status_code == 404
    admin.post(f"/calls/{call_id}/hold", data={"reason": "<i>A lawsuit</i>"})
    page = rep.get(f"/calls/{call_id}").text
    assert "&lt;i&gt;A lawsuit" in page
    assert rep.post(f"/calls/{call_id}/delete").status_code == 409
    run(engine, files, people, Days(1, 1, 1, 1))
    with Session(engine) as session:
        assert session.exec(select(Recording)).one().call_id == call_id
    assert "A lawsuit" in admin.get("/settings/retention").text
    admin.post(f"/calls/{call_id}/hold/lift")
    with session_scope(engine) as session:
        assert session.exec(select(LegalHold)).one().lifted_at is not None
        session.add(Deal(name="Rollout", rep_id=people.rep.id))
    form = {"kind": "deal", "name": "rollOUT", "reason": "A lawsuit"}
    for wrong in ({"name": "Nothing"}, {"reason": " "}):
        answer = admin.post("/settings/retention/holds", data=form | wrong)
        assert answer.status_code == 422
    assert admin.post("/settings/retention/holds", data=form).status_code == 303
    assert admin.post("/settings/retention/holds", data=form).status_code == 422
    with Session(engine) as session:
        live = session.exec(select(LegalHold).where(LegalHold.lifted_at == None)).one()  # noqa: E711
    assert admin.post(f"/settings/retention/holds/{live.id}/lift").status_code == 303
