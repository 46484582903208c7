"""Share links: they open one clip to whoever holds them, for a while, and nothing around it."""

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlmodel import Session, col, select, update

from api.settings import Settings
from models.database import session_scope
from models.files import Files
from models.hearings import load_hearing
from models.tables import ShareLink
from models.tables.columns import now
from tests.api.conftest import People
from tests.api.tones import heard_seconds, held, tones
from tests.api.working import new_recording, work, workshop_of

LENGTH_S = 20
START_S, END_S = 4.0, 7.0
"""From within what the seller says into what the buyer says."""


@pytest.fixture
def call_id(
    settings: Settings, engine: Engine, files: Files, people: People, rep: TestClient
) -> UUID:
    made = new_recording(engine, files, people.rep, tones(LENGTH_S), "Secret deal.wav")
    workshop = workshop_of(settings, engine, files)
    work(workshop)
    named = {"kind": "name_speaker", "what": {"speaker": "S1", "name": "Tom Baker"}}
    assert rep.post(f"/calls/{made}/corrections", json=named).status_code == 201
    work(workshop)
    return made


@pytest.fixture
def clip(rep: TestClient, call_id: UUID) -> str:
    given = {"title": "What takes time", "start_s": START_S, "end_s": END_S}
    made = rep.post(f"/calls/{call_id}/clips", json=given)
    return f"/calls/{call_id}/clips/{made.json()['id']}"


def share(client: TestClient, clip: str, **given: Any) -> dict[str, Any]:
    made = client.post(f"{clip}/links", json=given)
    assert made.status_code == 201, made.text
    told: dict[str, Any] = made.json()
    return told


def opened(client: TestClient, link: dict[str, Any]) -> tuple[int, int]:
    """What a link's page and its sound answer."""
    page = client.get(f"/shared/{link['secret']}")
    return page.status_code, client.get(f"/shared/{link['secret']}/sound").status_code


def test_a_link_shows_what_is_said_in_the_clip_and_nothing_around_it(
    app_client: TestClient, rep: TestClient, engine: Engine, clip: str, call_id: UUID
) -> None:
    page = app_client.get(f"/shared/{share(rep, clip)['secret']}")
    assert page.status_code == 200
    shown = page.json()
    assert set(shown) == {"title", "duration_s", "lines", "sound"}
    assert (shown["title"], shown["duration_s"]) == ("What takes time", 3.0)
    assert {key for line in shown["lines"] for key in line} == {
        "voice",
        "speaker",
        "start_s",
        "end_s",
        "text",
    }
    with Session(engine) as session:
        hearing = load_hearing(session, call_id)
    assert hearing is not None
    middles = [((one.span.start + one.span.end) / 2, one.text) for one in hearing.words]
    inside = [word for at, word in middles if START_S <= at < END_S]
    assert " ".join(line["text"] for line in shown["lines"]).split() == inside
    assert inside[0] == "your"
    assert [line["speaker"] for line in shown["lines"]] == ["Tom Baker", None]
    assert [line["voice"] for line in shown["lines"]] == [1, 2]
    for line in shown["lines"]:
        assert 0 <= line["start_s"] < line["end_s"] <= 3.0
    words = page.text.lower()
    for leaked in ("@", "secret", "most", "beacon", "kestrel", "expensive", str(call_id), "rita"):
        assert leaked not in words


def test_a_link_plays_the_clip_and_nothing_around_it(
    app_client: TestClient, rep: TestClient, clip: str
) -> None:
    path = f"/shared/{share(rep, clip)['secret']}/sound"
    sound = app_client.get(path)
    assert sound.headers["content-type"] == "audio/mp4"
    assert set(heard_seconds(sound.content)) == {4, 5, 6}
    assert held(sound.content) < END_S - START_S + 0.13
    part = app_client.get(path, headers={"range": "bytes=-7"})
    assert (part.status_code, part.content) == (206, sound.content[-7:])
    far = app_client.get(path, headers={"range": f"bytes={len(sound.content)}-"})
    assert far.status_code == 416
    assert sound.content == rep.get(f"{clip}/sound").content


def test_what_a_link_opens_is_kept_nowhere_on_the_way(
    app_client: TestClient, rep: TestClient, clip: str
) -> None:
    secret = share(rep, clip)["secret"]
    for path in (secret, f"{secret}/sound", "unknown", "unknown/sound"):
        headers = app_client.get(f"/shared/{path}").headers
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert "noindex" in headers["x-robots-tag"]


def test_a_secret_is_shown_once_and_only_its_digest_is_kept(
    rep: TestClient, manager: TestClient, engine: Engine, clip: str
) -> None:
    made = share(rep, clip)
    assert made["url"] == f"/api/v1/shared/{made['secret']}"
    assert len(made["secret"]) >= 43
    assert made["secret"] != share(rep, clip)["secret"]
    listed = manager.get(f"{clip}/links")
    assert made["id"] in {one["id"] for one in listed.json()["items"]}
    assert made["secret"] not in listed.text
    with session_scope(engine) as session:
        digest = session.exec(select(ShareLink.digest).where(ShareLink.id == UUID(made["id"])))
        assert digest.one() == hashlib.sha256(made["secret"].encode()).hexdigest()
        kept = session.execute(text("SELECT detail::text, subject_id FROM audit_entry")).all()
    assert made["secret"] not in str(kept)


def test_a_link_lasts_a_week_or_as_long_as_was_said(rep: TestClient, clip: str) -> None:
    def lasts(**given: Any) -> timedelta:
        return datetime.fromisoformat(share(rep, clip, **given)["expires_at"]) - now()

    soon = (now() + timedelta(hours=2)).isoformat()
    minute = timedelta(minutes=1)
    for found, expected in (
        (lasts(), timedelta(days=7)),
        (lasts(days=90), timedelta(days=90)),
        (lasts(expires_at=soon), timedelta(hours=2)),
    ):
        assert abs(found - expected) < minute
    for given in (
        {"days": 0},
        {"days": 91},
        {"days": 1e9},
        {"days": 1, "expires_at": soon},
        {"expires_at": (now() - minute).isoformat()},
        {"expires_at": (now() + timedelta(days=90, minutes=5)).isoformat()},
        {"expires_at": "9999-12-31T23:59:59-12:00"},
        {"expires_at": "2026-12-01T00:00:00"},
    ):
        assert rep.post(f"{clip}/links", json=given).status_code == 422, given


def test_views_are_counted(app_client: TestClient, rep: TestClient, clip: str) -> None:
    links = [share(rep, clip), share(rep, clip)]
    for _time in range(3):
        assert opened(app_client, links[0]) == (200, 200)
    shown = {one["id"]: one for one in rep.get(f"{clip}/links").json()["items"]}
    assert [shown[one["id"]]["views"] for one in links] == [3, 0]
    assert shown[links[0]["id"]]["last_viewed_at"] is not None
    assert shown[links[1]["id"]]["last_viewed_at"] is None


def test_a_link_that_is_over_looks_like_one_that_never_was(
    app_client: TestClient, rep: TestClient, engine: Engine, clip: str
) -> None:
    expired, revoked = share(rep, clip), share(rep, clip)
    assert opened(app_client, expired) == opened(app_client, revoked) == (200, 200)
    with session_scope(engine) as session:
        over = update(ShareLink).where(col(ShareLink.id) == UUID(expired["id"]))
        session.exec(over.values(expires_at=datetime(2020, 1, 1, tzinfo=UTC)))
    for _twice in range(2):
        assert rep.delete(f"{clip}/links/{revoked['id']}").status_code == 204
    unknown = {"secret": "A" * 43}
    hostile = [{"secret": one} for one in ("%00", "%F0%9F", "'--", "a" * 5000, revoked["id"])]
    answers = set()
    for link in (expired, revoked, unknown, *hostile):
        for ending in ("", "/sound"):
            answer = app_client.get(f"/shared/{link['secret']}{ending}")
            told = {k: v for k, v in answer.headers.items() if k != "date"}
            answers.add((answer.status_code, answer.text, json.dumps(told, sort_keys=True)))
    assert len(answers) == 1
    assert answers.pop()[0] == 404
    assert len(rep.get(f"{clip}/links").json()["items"]) == 2
    assert rep.delete(f"{clip}/links/{uuid4()}").status_code == 404


def _delete_clip(clip: str, _people: People, admin: TestClient) -> None:
    assert admin.delete(clip).status_code == 204


def _delete_call(clip: str, _people: People, admin: TestClient) -> None:
    assert admin.delete(clip.split("/clips")[0]).status_code == 204


def _shut_out(_clip: str, people: People, admin: TestClient) -> None:
    shut = admin.patch(f"/users/{people.manager.id}", json={"is_active": False})
    assert shut.status_code == 200


def _move_away(_clip: str, people: People, admin: TestClient) -> None:
    team = {"team_id": str(people.boss.team_id)}
    assert admin.patch(f"/users/{people.manager.id}", json=team).status_code == 200


def _make_private(clip: str, _people: People, admin: TestClient) -> None:
    private = admin.patch(clip.split("/clips")[0], json={"is_private": True})
    assert private.status_code == 200


@pytest.mark.parametrize("end", [_delete_clip, _delete_call, _shut_out, _move_away, _make_private])
def test_a_link_ends_with_what_it_shows_and_with_whose_it_is(
    end: Callable[[str, People, TestClient], None],
    app_client: TestClient,
    manager: TestClient,
    admin: TestClient,
    clip: str,
    people: People,
) -> None:
    link = share(manager, clip)
    assert opened(app_client, link) == (200, 200)
    end(clip, people, admin)
    assert opened(app_client, link) == (404, 404)


def test_a_clip_is_not_moved_while_links_show_it(rep: TestClient, clip: str) -> None:
    link = share(rep, clip)
    moved = rep.patch(clip, json={"end_s": END_S + 5})
    assert moved.status_code == 409
    assert "revoke" in moved.json()["detail"]
    assert rep.patch(clip, json={"title": "Better", "end_s": END_S}).status_code == 200
    assert rep.delete(f"{clip}/links/{link['id']}").status_code == 204
    assert rep.patch(clip, json={"end_s": END_S + 5}).status_code == 200


def test_a_link_to_a_call_nobody_heard_yet_shows_no_words_and_tells_nothing(
    app_client: TestClient, rep: TestClient, engine: Engine, files: Files, people: People
) -> None:
    call_id = new_recording(engine, files, people.rep, tones(3))
    given = {"title": "Soon", "start_s": 0, "end_s": 2}
    made = rep.post(f"/calls/{call_id}/clips", json=given).json()
    link = share(rep, f"/calls/{call_id}/clips/{made['id']}")
    assert app_client.get(f"/shared/{link['secret']}").json()["lines"] == []
    sound = app_client.get(f"/shared/{link['secret']}/sound")
    assert sound.status_code == 404
    assert "clip has no sound" in sound.json()["detail"]
    assert sound.headers["cache-control"] == "no-store"


def test_links_come_a_page_at_a_time(rep: TestClient, clip: str) -> None:
    made = [share(rep, clip)["id"] for _ in range(3)]
    first = rep.get(f"{clip}/links", params={"limit": 2}).json()
    rest = rep.get(f"{clip}/links", params={"limit": 2, "cursor": first["next"]}).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == made[::-1]


WORD = "seven green bottles"


def _open(client: TestClient, link: dict[str, Any], password: str | None = None) -> httpx.Response:
    return client.post(f"/shared/{link['secret']}", json={"password": password})


def test_a_link_with_a_password_opens_for_who_knows_it(
    app_client: TestClient, rep: TestClient, engine: Engine, clip: str
) -> None:
    link = share(rep, clip, password=WORD)
    assert (link["has_password"], link["max_views"]) == (True, None)
    assert WORD not in str(link)
    assert opened(app_client, link) == (403, 403)
    for wrong in (None, "", WORD.upper(), WORD + "."):
        refused = _open(app_client, link, wrong)
        assert (refused.status_code, refused.headers["cache-control"]) == (403, "no-store")
        assert "What takes time" not in refused.text
    shown = _open(app_client, link, WORD)
    assert shown.json()["title"] == "What takes time"
    sound = shown.json()["sound"].removeprefix("/api/v1")
    assert app_client.get(sound).status_code == 200
    for forged in (sound[:-1] + "AB", sound.split("?")[0], sound.replace("view=", "view=x")):
        assert app_client.get(forged).status_code == 403
    other = share(rep, clip, password=WORD)
    ticket = sound.split("?")[1]
    assert app_client.get(f"/shared/{other['secret']}/sound?{ticket}").status_code == 403
    assert rep.delete(f"{clip}/links/{link['id']}").status_code == 204
    assert app_client.get(sound).status_code == 404
    with session_scope(engine) as session:
        kept = session.exec(select(ShareLink.password_hash).where(ShareLink.id == link["id"]))
        assert str(kept.one()).startswith("$argon2id$")
        lines = session.execute(text("SELECT verb, subject_id, detail::text FROM audit_entry"))
        told = [tuple(line) for line in lines]
    assert [one[0] for one in told if one[1] == link["id"]].count("fail_link_password") == 4
    assert [one[0] for one in told if one[1] == link["id"]].count("open_link") == 1
    assert WORD not in str(told)


def test_guessing_the_password_of_a_link_is_slowed_down(
    app_client: TestClient, rep: TestClient, clip: str
) -> None:
    link, other = share(rep, clip, password=WORD), share(rep, clip, password=WORD)
    for n in range(5):
        assert _open(app_client, link, f"a wrong guess {n}").status_code == 403
    for password in ("a wrong guess 6", WORD):
        answer = _open(app_client, link, password)
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= 15
    assert _open(app_client, other, WORD).status_code == 200


def test_a_link_opens_so_often_and_no_more_however_many_ask_at_once(
    app_client: TestClient, rep: TestClient, clip: str
) -> None:
    link = share(rep, clip, max_views=3)
    assert opened(app_client, link) == (403, 403)  # a preview spends nothing
    with ThreadPoolExecutor(8) as browsers:
        answers = list(browsers.map(lambda _one: _open(app_client, link), range(12)))
    assert sorted(one.status_code for one in answers) == [200] * 3 + [404] * 9
    (last, *_), gone = ([one for one in answers if one.status_code == code] for code in (200, 404))
    assert {one.text for one in gone} == {_open(app_client, {"secret": "A" * 43}).text}
    sound = last.json()["sound"].removeprefix("/api/v1")
    assert app_client.get(sound).status_code == 200  # who was counted may still listen
    (shown,) = rep.get(f"{clip}/links").json()["items"]
    assert (shown["views"], shown["max_views"]) == (3, 3)


def test_what_is_no_guard_is_refused(rep: TestClient, clip: str) -> None:
    for given in (
        {"max_views": 0},
        {"max_views": 1001},
        {"password": ""},
        {"password": "too short"},
        {"password": "a" * 1001},
    ):
        answer = rep.post(f"{clip}/links", json=given)
        assert answer.status_code == 422, given
        assert "too short" not in answer.text
