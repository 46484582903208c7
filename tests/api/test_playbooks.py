"""Playbooks over the API: versions, who may write whose, trackers, and calls understood again."""

import tomllib
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlmodel import Session

from api.settings import Settings
from models.database import session_scope
from models.files import Files
from models.tables import Call, Report
from models.understanding_again import understand_some
from tests.api.conftest import People
from tests.api.working import new_recording, work, workshop_of

TEXT = """# Ours
products = ["Rotago"]

[[trackers]]
id = "shifts"
name = {en = "Shifts", fr = "Postes"}
phrases.en = ["planning the shifts"]
"""
TRACKER = {
    "name": {"en": "Rivals", "fr": "Rivaux"},
    "phrases": {"en": ["look|looking at _"], "fr": ["regarder ailleurs"]},
    "examples": ['We compare you with "others".'],
    "side": "buyer",
}


def post(client: TestClient, name: str = "Ours", text: str = TEXT, **more: Any) -> dict[str, Any]:
    answer = client.post("/playbooks", json={"name": name, "text": text, **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def in_force(client: TestClient) -> list[tuple[str, int]]:
    items = client.get("/playbooks").json()["items"]
    return sorted((one["name"], one["version"]) for one in items)


@pytest.fixture
def do_jobs(settings: Settings, engine: Engine, files: Files) -> Callable[[], None]:
    """A worker that does what is due; housekeeping comes round only once."""
    return lambda: work(workshop_of(settings, engine, files))


def test_each_text_is_a_version_and_the_last_is_in_force(manager: TestClient) -> None:
    first, second = post(manager), post(manager, text=TEXT + "# more\n")
    assert (first["version"], second["version"]) == (1, 2)
    assert in_force(manager) == [("Ours", 2)]
    every = manager.get("/playbooks", params={"all": True}).json()["items"]
    assert [(one["version"], one["is_active"]) for one in every] == [(2, True), (1, False)]
    assert "text" not in every[0]
    assert manager.get(f"/playbooks/{first['id']}").json()["text"] == TEXT
    whole = manager.get(f"/playbooks/{second['id']}/text")
    assert whole.headers["content-type"].startswith("application/toml")
    assert whole.text == TEXT + "# more\n"


def test_an_older_version_can_be_put_in_force_again(manager: TestClient) -> None:
    first, _second = post(manager), post(manager)
    other = post(manager, "Other", is_active=False)
    assert in_force(manager) == [("Ours", 2)]
    assert manager.post(f"/playbooks/{other['id']}/activate").json()["is_active"] is True
    assert in_force(manager) == [("Other", 1)]
    manager.post(f"/playbooks/{first['id']}/activate")
    assert in_force(manager) == [("Ours", 1)]
    manager.post(f"/playbooks/{first['id']}/deactivate")
    assert in_force(manager) == []


def test_everyone_writes_for_whom_they_may(
    rep: TestClient, manager: TestClient, boss: TestClient, admin: TestClient, people: People
) -> None:
    given = {"name": "Ours", "text": TEXT}
    ours, theirs = str(people.manager.team_id), str(people.boss.team_id)
    assert rep.post("/playbooks", json=given).status_code == 403
    assert manager.post("/playbooks", json={**given, "team_id": theirs}).status_code == 403
    assert manager.post("/playbooks", json={**given, "team_id": None}).status_code == 403
    assert admin.post("/playbooks", json={**given, "team_id": str(uuid4())}).status_code == 404
    assert post(manager)["team_id"] == ours
    assert post(admin)["team_id"] == ours  # the next version of the manager's
    assert post(admin, "All")["team_id"] is None
    assert post(admin, "Theirs", team_id=theirs)["team_id"] == theirs
    assert boss.post("/playbooks", json=given).status_code == 409
    assert manager.post("/playbooks", json={"name": "All", "text": ""}).status_code == 409


def test_everyone_sees_their_teams_and_everybodys(
    rep: TestClient, manager: TestClient, boss: TestClient, admin: TestClient
) -> None:
    ours, everybodys = post(manager), post(admin, "All")
    assert in_force(rep) == [("All", 1), ("Ours", 1)]
    assert in_force(boss) == [("All", 1)]
    for path in ("", "/text", "/trackers"):
        assert rep.get(f"/playbooks/{ours['id']}{path}").status_code == 200
        assert boss.get(f"/playbooks/{ours['id']}{path}").status_code == 404
    for turn in ("activate", "deactivate"):
        assert rep.post(f"/playbooks/{ours['id']}/{turn}").status_code == 403
        assert boss.post(f"/playbooks/{ours['id']}/{turn}").status_code == 404
        assert boss.post(f"/playbooks/{everybodys['id']}/{turn}").status_code == 403
    tracker = f"/playbooks/{everybodys['id']}/trackers/x"
    assert manager.put(tracker, json=TRACKER).status_code == 403
    assert manager.delete(tracker).status_code == 403


@pytest.mark.parametrize(
    ("wrong", "line", "key"),
    [
        ("\n\n[[tips]]\nid = 'a'\nmesure = 1\n", "line 5", "tips.0.mesure"),
        ("[[trackers]]\nid = 'a'\nname.en = 7\n", "line 3", "trackers.0.name.en"),
        ("products = [", "Invalid value", ""),
        ("a = 1\na = 2\n", "line 2", ""),
        ("disabled = ['no_such']\n", "line 1", "disabled.0"),
        ("x\x00 = 1", "Ours.toml", ""),
        ("a = " + "[" * 5000, "Ours.toml", ""),
        ("weights.rapport = " + "9" * 5000, "Ours.toml", ""),
    ],
)
def test_what_is_wrong_is_told_by_line_and_key(
    manager: TestClient, wrong: str, line: str, key: str
) -> None:
    answer = manager.post("/playbooks", json={"name": "Ours", "text": wrong})
    assert answer.status_code == 422
    assert line in answer.json()["detail"]
    assert key in answer.json()["detail"]
    assert in_force(manager) == []


@pytest.mark.parametrize("name", ["", " ", "a\x00b", "a\nb", "x" * 201, 7, None])
def test_a_playbook_has_a_name_that_can_be_shown(manager: TestClient, name: object) -> None:
    assert manager.post("/playbooks", json={"name": name, "text": ""}).status_code == 422


def test_a_text_of_a_million_signs_is_too_long(manager: TestClient) -> None:
    text = "# " + "x" * 1_000_000
    assert manager.post("/playbooks", json={"name": "Ours", "text": text}).status_code == 422


@pytest.mark.parametrize("name", ["../../etc/passwd", "<script>", "'; DROP TABLE playbook; --"])
def test_a_hostile_name_is_a_name(manager: TestClient, name: str) -> None:
    made = post(manager, name)
    assert made["name"] == name
    assert manager.get(f"/playbooks/{made['id']}/trackers").status_code == 200


def test_the_standard_one_can_be_read(rep: TestClient) -> None:
    answer = rep.get("/playbooks/standard")
    assert answer.status_code == 200
    assert {"tips", "scorecards", "call_types"} <= set(tomllib.loads(answer.text))


def test_a_tracker_is_added_and_all_else_stays_as_it_was(manager: TestClient) -> None:
    made = post(manager)
    put = manager.put(f"/playbooks/{made['id']}/trackers/rivals", json=TRACKER)
    assert put.status_code == 200, put.text
    assert (put.json()["version"], put.json()["is_active"]) == (2, True)
    assert put.json()["text"].startswith(TEXT)
    shown = manager.get(f"/playbooks/{put.json()['id']}/trackers").json()
    assert [one["id"] for one in shown][-2:] == ["shifts", "rivals"]
    assert shown[-1] == {"id": "rivals", **TRACKER}


def test_a_tracker_is_replaced_and_taken_away(manager: TestClient) -> None:
    made = post(manager)
    other = {"name": {"en": "Rotas"}, "phrases": {"en": ["rota"]}}
    put = manager.put(f"/playbooks/{made['id']}/trackers/shifts", json=other).json()
    parsed = tomllib.loads(put["text"])
    assert parsed == {"products": ["Rotago"], "trackers": [{"id": "shifts", **other}]}
    gone = manager.delete(f"/playbooks/{put['id']}/trackers/shifts").json()
    assert (gone["version"], tomllib.loads(gone["text"])) == (3, {"products": ["Rotago"]})
    assert gone["text"].startswith("# Ours\n")
    assert manager.delete(f"/playbooks/{gone['id']}/trackers/shifts").status_code == 404


def test_a_standard_tracker_can_be_done_without_and_come_back(manager: TestClient) -> None:
    made = post(manager)
    standard = manager.get(f"/playbooks/{made['id']}/trackers").json()[0]
    gone = manager.delete(f"/playbooks/{made['id']}/trackers/{standard['id']}").json()
    assert tomllib.loads(gone["text"])["disabled"] == [standard["id"]]
    left = manager.get(f"/playbooks/{gone['id']}/trackers").json()
    assert standard["id"] not in {one["id"] for one in left}
    own = manager.put(f"/playbooks/{gone['id']}/trackers/{standard['id']}", json=TRACKER).json()
    back = manager.get(f"/playbooks/{own['id']}/trackers").json()
    assert {"id": standard["id"], **TRACKER} in back


def test_only_the_latest_version_is_changed_piece_by_piece(manager: TestClient) -> None:
    first, second = post(manager), post(manager, is_active=False)
    assert manager.put(f"/playbooks/{first['id']}/trackers/x", json=TRACKER).status_code == 409
    put = manager.put(f"/playbooks/{second['id']}/trackers/x", json=TRACKER).json()
    assert (put["version"], put["is_active"]) == (3, False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": {}},
        {"name": {"english": "Rivals"}},
        {"phrases": {"en": ["a (b"]}},
        {"phrases": {"en": []}, "examples": []},
        {"phrases": {"en": "look"}},
        {"side": "left"},
        {"examples": ["x" * 501]},
        {"colour": "red"},
    ],
)
def test_a_tracker_that_finds_nothing_is_refused(
    manager: TestClient, wrong: dict[str, Any]
) -> None:
    made = post(manager)
    answer = manager.put(f"/playbooks/{made['id']}/trackers/x", json={**TRACKER, **wrong})
    assert answer.status_code == 422, answer.text
    assert in_force(manager) == [("Ours", 1)]


def test_a_playbook_is_tried_on_a_call_and_nothing_kept(
    manager: TestClient,
    boss: TestClient,
    engine: Engine,
    files: Files,
    people: People,
    do_jobs: Callable[[], None],
) -> None:
    call_id = str(new_recording(engine, files, people.rep))
    made = post(manager, is_active=False)
    path = f"/playbooks/{made['id']}/try"
    assert manager.post(path, json={"call_id": call_id}).status_code == 404  # not heard yet
    do_jobs()
    before = manager.get(f"/calls/{call_id}").json()
    trials = manager.post(path, json={"call_id": call_id}).json()
    (found,) = next(one for one in trials if one["tracker"]["id"] == "shifts")["found"]
    assert found["quote"].startswith("Planning the shifts")
    assert (found["speaker"], found["utterance"]) == ("S2", 1)
    assert 0 < found["start_s"] < found["end_s"]
    assert manager.get(f"/calls/{call_id}").json() == before
    theirs = post(boss, "Theirs")
    unseen = boss.post(f"/playbooks/{theirs['id']}/try", json={"call_id": call_id})
    assert unseen.status_code == 404


def test_calls_are_understood_again_under_what_is_in_force(
    manager: TestClient,
    engine: Engine,
    files: Files,
    people: People,
    do_jobs: Callable[[], None],
) -> None:
    ours = [new_recording(engine, files, people.rep) for _call in range(2)]
    theirs = new_recording(engine, files, people.stranger)
    do_jobs()
    made = manager.post(
        "/playbooks", params={"understand_again": True}, json={"name": "Ours", "text": TEXT}
    ).json()
    do_jobs()
    with Session(engine) as session:
        of = {one: session.get_one(Report, one).playbook_id for one in (*ours, theirs)}
        assert of == {ours[0]: UUID(made["id"]), ours[1]: UUID(made["id"]), theirs: None}
        assert {session.get_one(Call, one).state for one in ours} == {"ready"}


def test_calls_are_understood_again_a_few_at_a_time(
    admin: TestClient,
    engine: Engine,
    files: Files,
    people: People,
    do_jobs: Callable[[], None],
) -> None:
    for _call in range(3):
        new_recording(engine, files, people.rep)
    do_jobs()
    post(admin)
    counts = []
    for most in (2, 2, 3, 3):
        with session_scope(engine) as session:
            counts.append(understand_some(session, None, most))
    assert counts == [2, 0, 1, 0]
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT priority FROM procrastinate_jobs "
                "WHERE status = 'todo' AND task_name = 'understand_call'"
            )
        )
        assert {row[0] for row in rows} == {-1000}
    do_jobs()
    with session_scope(engine) as session:
        assert understand_some(session, None) == 0


def test_a_teams_playbook_does_not_become_everybodys(
    manager: TestClient, admin: TestClient, boss: TestClient, people: People
) -> None:
    post(manager)
    assert admin.delete(f"/teams/{people.manager.team_id}").status_code == 204
    assert in_force(boss) == []
    assert in_force(admin) == []
