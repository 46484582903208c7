"""Clips: who makes and hears them, where they may lie, and what is left of them: nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import select

from api.settings import Settings
from models.clips import sound_key
from models.database import session_scope
from models.files import Files
from models.lifecycle import recording_of
from models.tables import Clip, Recording, User
from tests.api.conftest import People
from tests.api.tones import heard_seconds, held, tones
from tests.api.working import new_recording, work, workshop_of

LENGTH_S = 12
Sign = Callable[[User], TestClient]
Work = Callable[[], None]


@pytest.fixture
def new_call(engine: Engine, files: Files, people: People) -> UUID:
    """A call whose recording nobody heard yet."""
    return new_recording(engine, files, people.rep, tones(LENGTH_S))


@pytest.fixture
def do_jobs(settings: Settings, engine: Engine, files: Files) -> Work:
    return lambda: work(workshop_of(settings, engine, files))


@pytest.fixture
def path(new_call: UUID, do_jobs: Work) -> str:
    """Where the clips of a call are that can be played."""
    do_jobs()
    return f"/calls/{new_call}/clips"


def cut(client: TestClient, path: str, start_s: float = 3, end_s: float = 5, **more: Any) -> Any:
    made = client.post(path, json={"title": "A", "start_s": start_s, "end_s": end_s, **more})
    assert made.status_code == 201, made.text
    return made.json()


def test_who_sees_a_call_makes_clips_of_it_and_nobody_else(
    rep: TestClient,
    peer: TestClient,
    manager: TestClient,
    stranger: TestClient,
    boss: TestClient,
    admin: TestClient,
    path: str,
) -> None:
    made = cut(rep, path)
    clip = f"{path}/{made['id']}"
    assert made["created_by_name"] == "Rita"
    for client in (manager, admin):
        assert client.get(clip).json() == made
        assert client.get(path).json()["items"] == client.get("/clips").json()["items"] == [made]
        assert client.patch(clip, json={"title": "B"}).status_code == 200
        assert client.patch(clip, json={"title": "A"}).status_code == 200
    given = {"title": "A", "start_s": 1, "end_s": 2}
    for client in (peer, stranger, boss):
        assert client.get("/clips").json()["items"] == []
        for method, at, body in (
            ("GET", path, None),
            ("POST", path, given),
            ("GET", clip, None),
            ("PATCH", clip, {"title": "C"}),
            ("DELETE", clip, None),
            ("GET", f"{clip}/sound", None),
            ("GET", f"{clip}/links", None),
            ("POST", f"{clip}/links", {}),
            ("DELETE", f"{clip}/links/{uuid4()}", None),
        ):
            assert client.request(method, at, json=body).status_code == 404, (method, at)


def test_a_clip_is_of_the_call_it_is_asked_under(rep: TestClient, path: str) -> None:
    clip_id = cut(rep, path)["id"]
    other = rep.post("/calls", json={"title": "Another"}).json()["id"]
    for at in (f"/calls/{other}/clips/{clip_id}", f"/calls/{other}/clips/{clip_id}/sound"):
        assert rep.get(at).status_code == 404
    assert rep.delete(f"/calls/{other}/clips/{clip_id}").status_code == 404


def test_a_clip_lies_in_the_recording_and_lasts_a_second_to_half_an_hour(
    rep: TestClient, path: str
) -> None:
    whole = cut(rep, path, 0, LENGTH_S)
    for start_s, end_s in ((3, 3.9), (5, 3), (11, 13), (12, 14), (-1, 3), (3, 1e9), (0, "x")):
        given = {"title": "A", "start_s": start_s, "end_s": end_s}
        assert rep.post(path, json=given).status_code == 422, given
        if end_s != "x":
            change = rep.patch(f"{path}/{whole['id']}", json={"start_s": start_s, "end_s": end_s})
            assert change.status_code == 422
    unknown = f"/calls/{rep.post('/calls', json={}).json()['id']}/clips"
    cut(rep, unknown, 100, 1900)
    long = rep.post(unknown, json={"title": "A", "start_s": 100, "end_s": 1900.5})
    assert long.status_code == 422
    assert "1800" in long.json()["detail"]


def test_hostile_titles_are_kept_as_words_or_refused(rep: TestClient, path: str) -> None:
    for title in ("<script>alert(1)</script>", "'; DROP TABLE clip; --", "../../x", "a" * 300):
        assert cut(rep, path, title=title)["title"] == title
    for title in ("", "  ", "a\0b", "a" * 301, None):
        given = {"title": title, "start_s": 1, "end_s": 3}
        assert rep.post(path, json=given).status_code == 422


def test_all_clips_are_listed_newest_first_a_page_at_a_time(
    rep: TestClient, manager: TestClient, peer: TestClient, admin: TestClient, people: People
) -> None:
    calls = [client.post("/calls", json={}).json()["id"] for client in (rep, peer)]
    made = []
    for number in range(5):
        client, call = ((rep, calls[0]), (peer, calls[1]))[number % 2]
        made.append(cut(client, f"/calls/{call}/clips", title=str(number))["id"])
    seen: list[str] = []
    cursor = None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = manager.get("/clips", params=query).json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == made[::-1]
    assert len(rep.get("/clips").json()["items"]) == 3
    of_paul = admin.get("/clips", params={"rep_id": str(people.peer.id)}).json()["items"]
    assert [one["id"] for one in of_paul] == [made[3], made[1]]
    of_call = admin.get("/clips", params={"call_id": calls[0]}).json()["items"]
    assert [one["id"] for one in of_call] == [made[4], made[2], made[0]]
    assert rep.get("/clips", params={"rep_id": str(people.peer.id)}).json()["items"] == []


def test_a_clip_sounds_like_its_stretch_and_comes_by_range(
    rep: TestClient, files: Files, engine: Engine, path: str
) -> None:
    clip = f"{path}/{cut(rep, path, 3, 5)['id']}"
    sound = rep.get(f"{clip}/sound")
    assert sound.status_code == 200
    assert sound.headers["content-type"] == "audio/mp4"
    heard = heard_seconds(sound.content)
    assert len(heard) == 40
    assert (set(heard[:19]), set(heard[21:])) == ({3}, {4})
    assert held(sound.content) < 2 + 0.13
    part = rep.get(f"{clip}/sound", headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, sound.content[10:20])
    beyond = rep.get(f"{clip}/sound", headers={"range": f"bytes={len(sound.content)}-"})
    assert beyond.status_code == 416
    # It is kept: the copy is not needed for it any more.
    with session_scope(engine) as session:
        copy = session.exec(select(Recording.playable_key)).one()
    assert copy is not None
    files.delete(copy)
    assert rep.get(f"{clip}/sound").content == sound.content
    other = cut(rep, path, 6, 8)
    assert rep.get(f"{path}/{other['id']}/sound").status_code == 404


def test_a_clip_that_is_moved_sounds_anew(
    rep: TestClient, files: Files, engine: Engine, path: str
) -> None:
    clip = f"{path}/{cut(rep, path, 3, 5)['id']}"
    rep.get(f"{clip}/sound")
    with session_scope(engine) as session:
        before = sound_key(session.exec(select(Clip)).one())
    assert files.exists(before)
    assert rep.patch(clip, json={"title": "Later"}).status_code == 200
    assert files.exists(before)
    moved = rep.patch(clip, json={"start_s": 7, "end_s": 9}).json()
    assert (moved["title"], moved["start_s"], moved["end_s"]) == ("Later", 7, 9)
    assert not files.exists(before)
    assert set(heard_seconds(rep.get(f"{clip}/sound").content)) == {7, 8}


def test_a_clip_without_sound_says_why(
    rep: TestClient,
    new_call: UUID,
    engine: Engine,
    files: Files,
    people: People,
    do_jobs: Work,
) -> None:
    silent = f"/calls/{rep.post('/calls', json={}).json()['id']}/clips"
    path = f"/calls/{new_call}/clips"
    damaged = f"/calls/{new_recording(engine, files, people.rep, b'no sound' * 99)}/clips"

    def why(path: str, status: int = 404) -> str:
        answer = rep.get(f"{path}/{cut(rep, path, 1, 3)['id']}/sound")
        assert answer.status_code == status
        return str(answer.json()["detail"])

    beyond = f"{path}/{cut(rep, path, 100, 110)['id']}/sound"
    assert "no recording" in why(silent)
    assert "try again" in why(path)
    do_jobs()
    assert rep.get(beyond).status_code == 422
    assert "ends before" in rep.get(beyond).json()["detail"]
    assert "damaged" in why(damaged)


def test_a_clip_goes_with_its_sound(
    rep: TestClient, engine: Engine, files: Files, people: People, path: str, do_jobs: Work
) -> None:
    same = f"/calls/{new_recording(engine, files, people.rep, tones(LENGTH_S))}/clips"
    do_jobs()
    clips = [f"{at}/{cut(rep, at)['id']}" for at in (path, path, same)]
    for clip in clips:
        assert rep.get(f"{clip}/sound").status_code == 200
    with session_scope(engine) as session:
        keys = {f"{one.id}": sound_key(one) for one in session.exec(select(Clip))}
    first, second, third = (keys[clip.rsplit("/", 1)[1]] for clip in clips)
    assert rep.delete(clips[0]).status_code == 204
    assert [files.exists(key) for key in (first, second, third)] == [False, True, True]
    assert rep.delete(path.removesuffix("/clips")).status_code == 204
    assert [files.exists(key) for key in (first, second, third)] == [False, False, True]
    assert rep.get(f"{clips[2]}/sound").status_code == 200


def test_a_clip_deleted_while_it_is_cut_leaves_nothing(
    rep: TestClient, signed: Sign, people: People, engine: Engine, files: Files, path: str
) -> None:
    call = path.removesuffix("/clips")
    for number in range(6):
        made = cut(rep, path, 1, 11)
        clip = f"{path}/{made['id']}"
        gone = call if number == 5 else clip
        asked = [("GET", f"{clip}/sound"), ("DELETE", gone), ("GET", f"{clip}/sound")]
        clients = [signed(people.rep) for _ in asked]
        with ThreadPoolExecutor(3) as pool:
            found = [
                pool.submit(one.request, *words) for one, words in zip(clients, asked, strict=True)
            ]
        statuses = [one.result().status_code for one in found]
        assert statuses[1] == 204
        assert {statuses[0], statuses[2]} <= {200, 404}
        row = Clip(id=UUID(made["id"]), start_s=1.0, end_s=11.0)
        assert not files.exists(sound_key(row))
    with session_scope(engine) as session:
        assert session.exec(select(Clip)).all() == []
        assert recording_of(session, UUID(call.rsplit("/", 1)[1])) is None


def test_of_two_who_delete_a_clip_at_once_one_does(
    rep: TestClient, signed: Sign, people: People
) -> None:
    path = f"/calls/{rep.post('/calls', json={}).json()['id']}/clips"
    for _round in range(3):
        clip = f"{path}/{cut(rep, path)['id']}"
        clients = [signed(people.rep), signed(people.manager)]
        with ThreadPoolExecutor(2) as pool:
            found = list(pool.map(lambda client, one=clip: client.delete(one), clients))
        assert sorted(one.status_code for one in found) == [204, 404]


def test_hearing_a_clip_leaves_a_line_in_the_trail(
    rep: TestClient, admin: TestClient, path: str
) -> None:
    made = cut(rep, path)
    rep.get(f"{path}/{made['id']}/sound")
    lines = admin.get("/audit", params={"noun": "clips"}).json()["items"]
    assert [(one["verb"], one["subject_id"]) for one in lines] == [
        ("play_clip", made["id"]),
        ("make_clip", made["id"]),
    ]
