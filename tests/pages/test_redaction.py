"""Redaction as people see and change it."""

from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from analyzer.engines.scripted import ScriptedEngines
from api.settings import Settings
from models.database import session_scope
from models.files import Files
from models.redaction_rules import redaction_rules
from models.tables import AuditEntry
from tests.api.working import new_recording, sound, work, workshop_of
from tests.builders import conversation
from tests.pages.conftest import Pages, People

HERE = "/settings/redaction"
SAID = (
    ("A", "Hello Jim, this is Rita. What takes most of your time today?"),
    ("B", "It is too expensive. My card number is 4242 4242 4242 4242 by the way."),
)


@pytest.fixture
def french(engine: Engine, people: People) -> None:
    with session_scope(engine) as session:
        people.admin.language = "fr"
        session.add(session.merge(people.admin))


def heard(settings: Settings, engine: Engine, files: Files, people: People) -> UUID:
    call = conversation(SAID)
    made = new_recording(engine, files, people.rep, sound(call.duration_s))
    work(workshop_of(settings, engine, files, lambda: ScriptedEngines(call)))
    return made


def test_an_admin_sets_rules_and_has_calls_gone_through(
    pages: Pages, engine: Engine, files: Files, people: People, settings: Settings
) -> None:
    admin, call = pages(people.admin), conversation(SAID)
    assert "It is off" in admin.get(HERE).text
    call_id = heard(settings, engine, files, people)
    chosen = {"kinds": ["card", "bank"], "originals": "managers"}
    assert admin.post(f"{HERE}/rules/everybody", data=chosen).status_code == 303
    with Session(engine) as session:
        assert redaction_rules(session)[0].rule.kinds == ("card", "bank")
    page = admin.get(HERE, params={"look": "true"}).text
    assert "1 call was not gone through" in page
    assert "Card numbers: 1" in page
    assert admin.post(f"{HERE}/run").status_code == 303
    work(workshop_of(settings, engine, files, lambda: ScriptedEngines(call)))
    assert "All calls were gone through" in admin.get(HERE).text

    shown = pages(people.rep).get(f"/calls/{call_id}").text
    assert "[card number]" in shown
    assert "4242" not in shown
    assert "Card numbers (1)" in shown
    assert f"/calls/{call_id}/original" not in shown
    assert pages(people.rep).get(f"/calls/{call_id}/original").status_code == 403
    assert f"/calls/{call_id}/original" in pages(people.manager).get(f"/calls/{call_id}").text
    assert "4242 4242" in pages(people.manager).get(f"/calls/{call_id}/original").text
    with Session(engine) as session:
        looked = session.exec(select(AuditEntry).where(AuditEntry.verb == "read_original")).one()
        assert (looked.actor, looked.subject_id) == (people.manager.email, str(call_id))


def test_what_is_no_rule_is_not_kept(pages: Pages, engine: Engine, people: People) -> None:
    admin = pages(people.admin)
    assert admin.post(f"{HERE}/rules/everybody", data={"kinds": "shoes"}).status_code == 422
    assert admin.post(f"{HERE}/rules/{people.admin.id}", data={}).status_code == 303
    team = f"{HERE}/rules/{people.rep.team_id}"
    admin.post(team, data={"kinds": ["email"], "originals": "none"})
    assert admin.post(f"{team}/follow").status_code == 303
    with Session(engine) as session:
        assert not any(one.is_own or one.rule.kinds for one in redaction_rules(session))


@pytest.mark.usefixtures("french")
def test_it_is_told_in_french(pages: Pages, people: People) -> None:
    page = pages(people.admin).get(HERE).text
    assert "Caviardage" in page
    assert "Numéros de carte" in page
