"""Calls from transcripts: their words come from a file, everything else as ever."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, select

from api.settings import Settings
from models import tables
from models.database import session_scope
from models.files import Files
from models.tables import Call, User
from tests.api.conftest import People
from tests.api.working import new_recording, work, workshop_of

FOLDER = Path(__file__).parents[2] / "fixtures" / "transcripts"
VTT = """WEBVTT

00:00.500 --> 00:04.000
<v Rita Beacon>Hello Jim, it costs 400 pounds a month. Shall I send a proposal by Friday?</v>

00:04.500 --> 00:06.000
<v Jim Kowalski>That is too expensive. Yes, please send it.</v>
"""


@pytest.fixture
def understand(engine: Engine, settings: Settings, files: Files) -> Callable[[], None]:
    return lambda: work(workshop_of(settings, engine, files))


def send(client: TestClient, content: str | bytes = VTT, **asked: Any) -> Any:
    return client.post("/transcripts", content=content, params={"name": "call.vtt", **asked})


def report_of(client: TestClient, call_id: str) -> Any:
    answer = client.get(f"/calls/{call_id}/report")
    assert answer.status_code == 200, answer.text
    return answer.json()


def speakers_of(client: TestClient, call_id: str) -> list[tuple[str | None, str]]:
    return [(one["name"], one["side"]) for one in report_of(client, call_id)["speakers"]]


def test_a_transcript_becomes_a_report_with_names_and_sides(
    rep: TestClient,
    peer: TestClient,
    understand: Callable[[], None],
    engine: Engine,
    people: People,
) -> None:
    with session_scope(engine) as session:
        session.get_one(User, people.rep.id).name = "Rita Beacon"
    answer = send(rep)
    assert answer.status_code == 201, answer.text
    (one,) = answer.json()["items"]
    call = one["call"]
    assert (one["status"], one["notices"]) == (201, [])
    assert (call["state"], call["title"], call["recording"]) == ("understanding", "call", None)
    understand()
    assert speakers_of(rep, call["id"]) == [("Rita Beacon", "seller"), ("Jim Kowalski", "buyer")]
    call = rep.get(f"/calls/{call['id']}").json()
    assert (call["state"], call["facts"]["objections"]) == ("ready", 1)
    assert call["known"] == {}
    found = rep.get("/search", params={"q": "expensive"}).json()["items"]
    assert [one["call_id"] for one in found] == [call["id"]]
    assert rep.get("/calls/" + call["id"] + "/report", params={"format": "vtt"}).status_code == 200
    silent = rep.get(f"/calls/{call['id']}/files/playable")
    assert (silent.status_code, silent.json()["detail"]) == (404, "this call has no recording")
    assert peer.get(f"/calls/{call['id']}/report").status_code == 404


@pytest.mark.parametrize(
    "name", ["zoom.vtt", "brackets.srt", "stamps.txt", "fireflies.json", "otter.json"]
)
def test_every_kind_is_taken(rep: TestClient, understand: Callable[[], None], name: str) -> None:
    content = (FOLDER / name).read_bytes()
    sent = rep.post("/transcripts", files=[("files", (name, content))])
    assert sent.status_code == 201, sent.text
    call_id = sent.json()["items"][0]["call"]["id"]
    understand()
    assert [name for name, _ in speakers_of(rep, call_id)] == ["Hannah Whitcombe", "Tom Bell"]


def test_what_is_told_goes_before_what_the_file_says(
    rep: TestClient, understand: Callable[[], None]
) -> None:
    content = (FOLDER / "otter.json").read_bytes()
    plain = rep.post("/transcripts", content=content).json()["items"][0]["call"]
    file = json.loads(content)["speech"]
    assert plain["title"] == file["title"]
    known = {
        "title": "Demo",
        "started_at": "2026-03-02T09:00:00Z",
        "language": "fr",
        "participants": [{"name": "Tom Bell", "side": "buyer"}],
    }
    told = rep.post(
        "/transcripts",
        params={"again": True},
        files=[("files", ("a.json", content)), ("call", (None, json.dumps(known)))],
    ).json()["items"][0]["call"]
    assert (told["title"], told["started_at"]) == ("Demo", "2026-03-02T09:00:00Z")
    understand()
    assert report_of(rep, told["id"])["language"] == "fr"
    assert ("Tom Bell", "buyer") in speakers_of(rep, told["id"])
    change = {"participants": [{"name": "Hannah Whitcombe", "side": "buyer"}], "language": "en"}
    assert rep.patch(f"/calls/{told['id']}", json=change).status_code == 200
    understand()
    assert report_of(rep, told["id"])["language"] == "en"
    assert {name for name, _ in speakers_of(rep, told["id"])} == {"Hannah Whitcombe", "Tom Bell"}


def test_a_call_that_waits_gets_its_words(
    rep: TestClient, peer: TestClient, understand: Callable[[], None]
) -> None:
    content = (FOLDER / "fireflies.json").read_bytes()
    call = rep.post("/calls", json={}).json()
    path = f"/calls/{call['id']}/transcript"
    assert peer.put(path, content=content).status_code == 404
    given = rep.put(path, content=content, params={"name": "fireflies.json"})
    assert given.status_code == 201, given.text
    filled = given.json()["call"]
    assert filled["started_at"] == "2026-05-04T09:00:00Z"
    assert filled["title"] == "Route planning - first call"
    again = rep.put(path, content=content)
    assert (again.status_code, again.json()["same_as"]) == (200, call["id"])
    understand()
    other = rep.put(path, content=VTT)
    assert other.status_code == 409
    assert "replace=true" in other.json()["detail"]
    named = {"kind": "name_speaker", "what": {"speaker": "S1", "name": "Somebody"}}
    assert rep.post(f"/calls/{call['id']}/corrections", json=named).status_code == 201
    assert rep.put(path, content=VTT, params={"replace": True}).status_code == 201
    understand()
    assert {name for name, _ in speakers_of(rep, call["id"])} == {"Rita Beacon", "Jim Kowalski"}
    (taken_back,) = rep.get(f"/calls/{call['id']}/corrections").json()["items"]
    assert taken_back["undone_at"] is not None
    told = rep.post("/calls", json={"title": "Mine", "started_at": "2026-03-02T09:00:00Z"}).json()
    kept = rep.put(f"/calls/{told['id']}/transcript", content=content).json()["call"]
    assert (kept["title"], kept["started_at"]) == ("Mine", "2026-03-02T09:00:00Z")


def test_a_recording_that_is_heard_gives_way_only_when_asked(
    rep: TestClient,
    engine: Engine,
    files: Files,
    people: People,
    understand: Callable[[], None],
) -> None:
    call_id = new_recording(engine, files, people.rep)
    path = f"/calls/{call_id}/transcript"
    assert rep.put(path, content=VTT).status_code == 409
    assert rep.put(path, content=VTT, params={"replace": True}).status_code == 201
    understand()
    assert speakers_of(rep, str(call_id))[1][0] == "Jim Kowalski"
    with Session(engine) as session:
        kept = session.get_one(tables.Hearing, call_id)
        assert (kept.source, len(kept.sha256 or "")) == ("vtt", 64)


def test_the_same_file_makes_one_call_however_often_it_comes(
    rep: TestClient, peer: TestClient, engine: Engine
) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _n: send(rep), range(4)))
    assert sorted(one.status_code for one in answers) == [200, 200, 200, 201]
    assert len({one.json()["items"][0]["call"]["id"] for one in answers}) == 1
    assert send(peer).status_code == 201
    assert send(rep, again=True).status_code == 201
    key = {"idempotency-key": "one"}
    asked = {"params": {"again": True}, "headers": key}
    both = [rep.post("/transcripts", content=VTT, **asked) for _n in range(2)]  # type: ignore[arg-type]
    assert [one.status_code for one in both] == [201, 201]
    assert both[0].json() == both[1].json()
    other = rep.post("/transcripts", content=VTT + "\n", **asked)  # type: ignore[arg-type]
    assert other.status_code in {409, 422}
    with Session(engine) as session:
        assert len(session.exec(select(Call)).all()) == 4


def test_of_many_each_is_told_on_its_own(rep: TestClient) -> None:
    sent = rep.post(
        "/transcripts",
        files=[
            ("files", ("../../etc/<b>.vtt", VTT.encode())),
            ("files", ("sound.vtt", b"RIFF\0\0\0\0WAVE" * 99)),
            ("files", ("same.vtt", VTT.encode())),
            ("files", ("empty.vtt", b"")),
        ],
    )
    assert sent.status_code == 207
    items = sent.json()["items"]
    assert [one["status"] for one in items] == [201, 422, 200, 422]
    assert items[0]["name"] == "<b>.vtt"
    assert "sound.vtt: is a recording" in items[1]["problem"]["detail"]
    assert items[2]["same_as"] == items[0]["call"]["id"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\x00\x01\x02" * 99, "text"),
        (b"PK\x03\x04" + b"x" * 99, "zip"),
        (b"just some words without any form", "no line says who speaks"),
        (b"[" * 100_000, ""),
        (b'{"a": ' * 50_000, ""),
        (b"WEBVTT\n\n00:05.000 --> 99:99:99.000\nHi\n", ""),
        (b"WEBVTT\n\n\xff\xfe\n", ""),
    ],
)
def test_what_is_no_transcript_is_refused_in_words(
    rep: TestClient, content: bytes, said: str
) -> None:
    answer = send(rep, content)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]
    assert rep.get("/calls").json()["items"] == []


def test_too_much_is_refused(rep: TestClient, settings: Settings) -> None:
    most = settings.max_import_mb * 1_000_000
    declared = rep.post("/transcripts", content=b"x", headers={"content-length": str(most + 1)})
    assert declared.status_code == 413
    chunk = b"x" * 1_000_000
    streamed = rep.post("/transcripts", content=(chunk for _n in range(most // len(chunk) + 1)))
    assert streamed.status_code == 413
    assert "200 MB" in streamed.json()["detail"]
    many = [("files", (f"{n}.vtt", b"x")) for n in range(101)]
    assert rep.post("/transcripts", files=many).status_code == 422
    wrong = [("files", ("a.vtt", VTT.encode())), ("calls", (None, "{}"))]
    assert rep.post("/transcripts", files=wrong).status_code == 422
    bad_call = [("files", ("a.vtt", VTT.encode())), ("call", (None, '{"rep": 1}'))]
    assert "call.rep" in rep.post("/transcripts", files=bad_call).json()["detail"]
    none = rep.post("/transcripts", files=[("call", (None, "{}"))])
    assert none.status_code == 422


def test_signs_that_cannot_be_kept_do_not_stop_it(
    rep: TestClient, understand: Callable[[], None]
) -> None:
    odd = VTT.replace("Jim Kowalski", "J\u0000im <i>").replace("expensive", "exp\u0000ensive")
    answer = send(rep, odd, name="a\0b.vtt")
    assert answer.status_code == 201, answer.text
    understand()
    call_id = answer.json()["items"][0]["call"]["id"]
    assert rep.get(f"/calls/{call_id}").json()["state"] == "ready"


@how(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, len(VTT)), noise=st.binary(max_size=40))
def test_half_files_are_taken_or_refused(rep: TestClient, cut: int, noise: bytes) -> None:
    content = VTT.encode()
    assert send(rep, content[:cut] + noise + content[cut:]).status_code in {200, 201, 422}
