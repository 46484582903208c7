"""Comments: who may write, change and delete them, whom they name, and who learns of it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import select

from models.database import session_scope
from models.files import Files
from models.lifecycle import recording_of
from models.tables import Call, Comment, Mention, User, Webhook, WebhookDelivery
from tests.api.conftest import People
from tests.api.working import new_recording

Sign = Callable[[User], TestClient]


@pytest.fixture
def call_id(rep: TestClient) -> str:
    return str(rep.post("/calls", json={"title": "Cold call"}).json()["id"])


@pytest.fixture
def path(call_id: str) -> str:
    return f"/calls/{call_id}/comments"


def say(client: TestClient, path: str, text: str = "Well done", **more: Any) -> dict[str, Any]:
    made = client.post(path, json={"text": text, **more})
    assert made.status_code == 201, made.text
    told: dict[str, Any] = made.json()
    return told


def test_who_sees_a_call_comments_on_it(
    rep: TestClient, manager: TestClient, admin: TestClient, path: str
) -> None:
    for client in (rep, manager, admin):
        say(client, path)
    for client in (rep, manager, admin):
        names = [one["author_name"] for one in client.get(path).json()["items"]]
        assert names == ["Rita", "Mona", "Ada"]


def test_who_does_not_see_it_learns_nothing(
    rep: TestClient, peer: TestClient, stranger: TestClient, boss: TestClient, path: str
) -> None:
    comment = f"{path}/{say(rep, path)['id']}"
    for client in (peer, stranger, boss):
        assert client.get(path).status_code == 404
        assert client.post(path, json={"text": "x"}).status_code == 404
        assert client.patch(comment, json={"text": "x"}).status_code == 404
        assert client.delete(comment).status_code == 404


def test_only_who_wrote_it_changes_a_comment(
    rep: TestClient, manager: TestClient, admin: TestClient, path: str
) -> None:
    made = say(manager, path, "Slow down", start_s=3)
    for client in (rep, admin):
        assert client.patch(f"{path}/{made['id']}", json={"text": "x"}).status_code == 403
    changed = manager.patch(f"{path}/{made['id']}", json={"text": "Slower", "end_s": 5}).json()
    assert (changed["text"], changed["start_s"], changed["end_s"]) == ("Slower", 3, 5)
    assert changed["edited_at"] is not None
    assert made["edited_at"] is None
    whole = manager.patch(f"{path}/{made['id']}", json={"start_s": None, "end_s": None}).json()
    assert (whole["start_s"], whole["end_s"], whole["text"]) == (None, None, "Slower")


def test_a_rep_deletes_their_own_and_those_above_anybodys(
    rep: TestClient, manager: TestClient, admin: TestClient, path: str
) -> None:
    own, told, third = say(rep, path), say(manager, path), say(rep, path)
    assert rep.delete(f"{path}/{told['id']}").status_code == 403
    assert rep.delete(f"{path}/{own['id']}").status_code == 204
    assert rep.delete(f"{path}/{own['id']}").status_code == 404
    assert manager.delete(f"{path}/{third['id']}").status_code == 204
    assert admin.delete(f"{path}/{told['id']}").status_code == 204
    assert rep.get(path).json()["items"] == []


def test_a_reply_answers_a_comment_of_the_same_call(
    rep: TestClient, manager: TestClient, path: str
) -> None:
    first = say(manager, path)
    reply = say(rep, path, "Thanks", reply_to_id=first["id"])
    assert reply["reply_to_id"] == first["id"]
    other = rep.post("/calls", json={"title": "Another"}).json()["id"]
    for elsewhere, answered in (
        (path, reply["id"]),
        (path, str(uuid4())),
        (f"/calls/{other}/comments", first["id"]),
    ):
        wrong = rep.post(elsewhere, json={"text": "x", "reply_to_id": answered})
        assert wrong.status_code == 422
        assert "reply_to_id" in wrong.json()["detail"]
    assert manager.delete(f"{path}/{first['id']}").status_code == 204
    assert rep.get(path).json()["items"] == []


def test_a_comment_lies_within_the_recording(
    rep: TestClient, engine: Engine, files: Files, people: People
) -> None:
    call_id = new_recording(engine, files, people.rep)
    path = f"/calls/{call_id}/comments"
    far = say(rep, path, start_s=4000)  # nobody knows yet how long it is
    with session_scope(engine) as session:
        recording = recording_of(session, call_id)
        assert recording is not None
        recording.duration_s = 60.0
        session.add(recording)
    say(rep, path, start_s=60, end_s=None)
    say(rep, path, start_s=0, end_s=60.05)
    assert rep.patch(f"{path}/{far['id']}", json={"text": "New"}).status_code == 200
    assert rep.patch(f"{path}/{far['id']}", json={"end_s": 4001}).status_code == 422
    assert rep.patch(f"{path}/{far['id']}", json={"start_s": 59}).status_code == 200
    for times in (
        {"start_s": 61},
        {"start_s": 5, "end_s": 61},
        {"start_s": -1},
        {"end_s": 5},
        {"start_s": 5, "end_s": 5},
        {"start_s": 5, "end_s": 4},
        {"start_s": 1e300},
        {"start_s": "soon"},
    ):
        assert rep.post(path, json={"text": "x", **times}).status_code == 422, times
    for number in ("NaN", "Infinity"):
        body = '{"text": "x", "start_s": ' + number + "}"
        json = {"content-type": "application/json"}
        assert rep.post(path, content=body, headers=json).status_code == 422


def test_hostile_words_are_kept_as_words_or_refused(rep: TestClient, path: str) -> None:
    for text in ("<img src=x onerror=alert(1)>", "'; DROP TABLE comment; --", "é" * 10_000):
        assert say(rep, path, text)["text"] == text
    for text in ("", " \n ", "a\0b", "a" * 10_001, None, 7, ["a"]):
        assert rep.post(path, json={"text": text}).status_code == 422, str(text)[:20]
    half = rep.post(
        path, content=b'{"text": "\\ud800"}', headers={"content-type": "application/json"}
    )
    assert half.status_code == 422
    assert rep.post(path, json={"text": "x", "author_id": str(uuid4())}).status_code == 422


def test_only_who_sees_the_call_can_be_named(
    rep: TestClient, admin: TestClient, path: str, call_id: str, people: People
) -> None:
    named = [str(one.id) for one in (people.manager, people.rep, people.admin, people.manager)]
    made = say(rep, path, mentions=named)
    assert [one["name"] for one in made["mentions"]] == ["Ada", "Mona", "Rita"]
    nobody = str(uuid4())
    for blind in (people.peer.id, people.stranger.id, people.boss.id, nobody):
        wrong = rep.post(path, json={"text": "x", "mentions": [named[0], str(blind)]})
        assert wrong.status_code == 422
        # An id that is nobody's is told of in the same words.
        assert wrong.json()["detail"] == (
            f"mentions: there is no such user who may see this call: {blind}"
        )
    assert rep.patch(f"/calls/{call_id}", json={"is_private": True}).status_code == 200
    assert rep.post(path, json={"text": "x", "mentions": named[:1]}).status_code == 422
    admin.patch(f"/users/{people.manager.id}", json={"is_active": False})
    rep.patch(f"/calls/{call_id}", json={"is_private": False})
    assert rep.post(path, json={"text": "x", "mentions": named[:1]}).status_code == 422
    assert len(rep.get(path).json()["items"]) == 1
    many = [str(uuid4()) for _ in range(21)]
    assert rep.post(path, json={"text": "x", "mentions": many}).status_code == 422


def test_one_learns_where_one_is_named_unseen_first(
    rep: TestClient, manager: TestClient, path: str, people: People
) -> None:
    mona = [str(people.manager.id)]
    made = [say(rep, path, f"Look {n}", mentions=mona)["id"] for n in range(5)]
    say(rep, path, "Not you", mentions=[str(people.admin.id)])
    first = manager.post(f"/mentions/{made[4]}/seen")
    assert first.json()["comment"]["id"] == made[4]
    again = manager.post(f"/mentions/{made[4]}/seen")
    assert again.json()["seen_at"] == first.json()["seen_at"] is not None
    seen: list[str] = []
    cursor = None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = manager.get("/mentions", params=query).json()
        seen += [one["comment"]["id"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [made[3], made[2], made[1], made[0], made[4]]
    assert page["items"][0]["call_title"] == "Cold call"
    assert rep.get("/mentions").json()["items"] == []
    assert rep.post(f"/mentions/{made[0]}/seen").status_code == 404
    assert manager.get("/mentions", params={"cursor": "WyJhIiwxLDJd"}).status_code == 422


def test_who_does_not_see_a_call_any_more_does_not_see_where_they_are_named(
    rep: TestClient, manager: TestClient, path: str, call_id: str, people: People
) -> None:
    made = say(rep, path, mentions=[str(people.manager.id)])
    assert len(manager.get("/mentions").json()["items"]) == 1
    rep.patch(f"/calls/{call_id}", json={"is_private": True})
    assert manager.get("/mentions").json()["items"] == []
    assert manager.post(f"/mentions/{made['id']}/seen").status_code == 404
    # What was said to them before does not keep its author from correcting it.
    comment = f"{path}/{made['id']}"
    kept = rep.patch(comment, json={"text": "Well", "mentions": [str(people.manager.id)]})
    assert kept.status_code == 200
    rep.patch(f"/calls/{call_id}", json={"is_private": False})
    assert len(manager.get("/mentions").json()["items"]) == 1


def test_who_is_named_can_be_changed_and_who_looked_is_not_told_again(
    rep: TestClient, manager: TestClient, engine: Engine, path: str, people: People
) -> None:
    mona, ada = str(people.manager.id), str(people.admin.id)
    comment = say(rep, path, mentions=[mona])["id"]
    manager.post(f"/mentions/{comment}/seen")
    named = rep.patch(f"{path}/{comment}", json={"mentions": [ada, mona]}).json()["mentions"]
    assert [one["id"] for one in named] == [ada, mona]
    with session_scope(engine) as session:
        seen = {one.user_id: one.seen_at for one in session.exec(select(Mention))}
    assert seen[people.manager.id] is not None
    assert seen[people.admin.id] is None
    assert rep.patch(f"{path}/{comment}", json={"mentions": []}).json()["mentions"] == []
    assert manager.get("/mentions").json()["items"] == []


def test_comments_come_a_page_at_a_time(rep: TestClient, path: str) -> None:
    for number in range(5):
        say(rep, path, str(number))
    first = rep.get(path, params={"limit": 3}).json()
    say(rep, path, "5")
    rest = rep.get(path, params={"limit": 3, "cursor": first["next"]}).json()
    assert [one["text"] for one in first["items"] + rest["items"]] == list("012345")
    assert rest["next"] is None


def test_webhooks_are_told_of_a_comment_without_its_words(
    rep: TestClient, engine: Engine, path: str, people: People
) -> None:
    with session_scope(engine) as session:
        hook = Webhook(url="https://crm.example", secret=uuid4().hex, events=["comment.added"])
        session.add(hook)
    made = say(rep, path, "He never decides", mentions=[str(people.manager.id)])
    with session_scope(engine) as session:
        told = session.exec(select(WebhookDelivery)).one().payload
    assert told["data"]["comment"]["id"] == made["id"]
    assert told["data"]["comment"]["mentions"] == [str(people.manager.id)]
    assert "decides" not in str(told)


def test_of_two_who_delete_a_comment_at_once_one_does(
    rep: TestClient, manager: TestClient, signed: Sign, people: People, path: str
) -> None:
    for _round in range(5):
        comment = f"{path}/{say(rep, path)['id']}"
        clients = [signed(people.rep), signed(people.manager)]
        with ThreadPoolExecutor(2) as pool:
            found = list(pool.map(lambda client, one=comment: client.delete(one), clients))
        assert sorted(one.status_code for one in found) == [204, 404]


def test_a_call_deleted_while_it_is_discussed_takes_all_of_it_along(
    rep: TestClient, signed: Sign, people: People, engine: Engine
) -> None:
    for _round in range(5):
        call = f"/calls/{rep.post('/calls', json={}).json()['id']}"
        first = say(rep, f"{call}/comments")["id"]
        asked: list[tuple[str, str, dict[str, Any]]] = [
            ("POST", f"{call}/comments", {"json": {"text": "x", "reply_to_id": first}}),
            ("PATCH", f"{call}/comments/{first}", {"json": {"text": "y"}}),
            ("DELETE", call, {}),
        ]
        clients = [signed(people.rep) for _ in asked]
        with ThreadPoolExecutor(3) as pool:
            found = [
                pool.submit(client.request, method, path, **body)
                for client, (method, path, body) in zip(clients, asked, strict=True)
            ]
        statuses = [one.result().status_code for one in found]
        assert statuses[0] in {201, 404, 422}
        assert statuses[1] in {200, 404}
        assert statuses[2] == 204
    with session_scope(engine) as session:
        assert session.exec(select(Comment)).all() == []
        assert session.exec(select(Call)).all() == []
