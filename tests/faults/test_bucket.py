"""A bucket that fails, is slow, or is not there for a while, under the whole program."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import Engine, text
from sqlmodel import select

from models.database import plain_url, session_scope
from models.retention import Days, seen_mark, set_rule, turn_on
from models.tables import User
from tests.api.tus import TUS, begin, path, recording, send
from tests.faults.running import (
    SILENT_S,
    Place,
    Web,
    check_sound,
    let_in,
    new_place,
    until,
    wait_ready,
)
from tests.models.buckets import Bucket, Line, bad_line, new_bucket, options, s3_server

MIB = 1 << 20


@dataclass(frozen=True)
class Home:
    """A Talktrack whose files lie in a bucket at the end of a bad line."""

    place: Place
    web: Web
    line: Line
    bucket: Bucket
    engine: Engine


@pytest.fixture(scope="module")
def home(new_database: Callable[[], Engine]) -> Iterator[Home]:
    engine = new_database()
    with (
        TemporaryDirectory(prefix="talktrack-faults-") as folder,
        s3_server() as endpoint,
        bad_line(endpoint) as line,
    ):
        bucket = new_bucket(endpoint)
        told = {
            "files_url": f"s3://{bucket.name}/some/prefix",
            "files_options": json.dumps(options(line.address)),
        }
        place = new_place(Path(folder), plain_url(engine), **told)
        place.token = let_in(engine)
        with place.web() as web:
            yield Home(place, web, line, bucket, engine)
        place.end_workers()


@pytest.mark.parametrize("status", [500, 503])
def test_a_bucket_that_fails_for_a_moment_is_not_noticed(home: Home, status: int) -> None:
    home.place.crew(1)
    home.line.status, home.line.failures, home.line.delay_s = status, 4, 0.1
    call_id = home.place.upload(home.web.client)
    wait_ready(home.engine, call_id)
    assert home.line.failures == 0, "all four came"
    home.line.delay_s = 0.0
    check_sound(home.engine, call_id)
    assert len(_recordings(home.bucket, home.engine, call_id)) == 1


def test_an_upload_to_a_bucket_that_is_away_is_told_and_goes_on(home: Home) -> None:
    content = recording(9 * MIB)
    where = path(begin(home.web.client, len(content)))
    assert send(home.web.client, where, 0, content[:MIB]).status_code == 204
    home.line.status, home.line.failures = 503, -1
    refused = send(home.web.client, where, MIB, content[MIB:])
    assert refused.status_code == 503
    assert refused.headers["content-type"] == "application/problem+json"
    assert "try again" in refused.json()["detail"]
    assert home.web.client.get("/calls").status_code == 200
    home.line.failures = 0
    there = int(home.web.client.head(where, headers=TUS).headers["upload-offset"])
    done = send(home.web.client, where, there, content[there:])
    assert done.status_code == 204, done.text
    call_id = done.headers["x-call-id"]
    (key,) = _recordings(home.bucket, home.engine, call_id)
    assert b"".join(home.bucket.files().read(key)) == content
    assert home.bucket.half_uploads() == 0
    home.web.client.post(f"/calls/{call_id}/cancel")


def test_a_call_is_heard_when_the_bucket_is_back(home: Home) -> None:
    home.place.end_workers()
    call_id = home.place.upload(home.web.client)
    home.line.status, home.line.failures = 503, -1
    seen = len(home.line.seen)
    home.place.crew(1)
    until(lambda: len(home.line.seen) > seen + 3)
    time.sleep(0.5)
    home.line.failures = 0
    wait_ready(home.engine, call_id)
    check_sound(home.engine, call_id)


def _recordings(bucket: Bucket, engine: Engine, call_id: str) -> list[str]:
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT key FROM recording WHERE call_id = :id"), {"id": call_id}
        )
        key = found.scalar_one()
    kept = bucket.keys()
    return [one for one in kept if one == key]


def test_what_is_deleted_goes_from_a_bucket_that_was_away_or_is_slow(home: Home) -> None:
    """By hand and by rule while nothing answers, and by an erasure that takes longer than idling.

    Rows are gone at once, and nobody has to ask again for the files.
    """
    place, web, engine, line = home.place, home.web, home.engine, home.line
    place.crew(1)
    call_ids = [place.upload(web.client, place.new_sound(2.0)) for _one in range(4)]
    wait_ready(engine, *call_ids)
    keys = {one: _keys_of(engine, one) for one in call_ids}
    assert all(keys[one] <= set(home.bucket.keys()) for one in call_ids)
    by_hand, by_rule, erased, kept = call_ids
    clip = _clip(web, home.bucket, kept)
    line.status, line.failures = 503, -1
    assert web.client.delete(f"/calls/{by_hand}").status_code == 204
    assert web.client.get(f"/calls/{by_hand}").status_code == 404
    assert web.client.delete(clip).status_code == 204
    _retain(engine, by_rule)
    until(lambda: _count(engine, "SELECT count(*) FROM retention_run WHERE failure IS NOT NULL"))
    assert web.client.get(f"/calls/{by_rule}").json()["recording"] is None
    line.failures = 0
    until(lambda: not (keys[by_hand] | keys[by_rule]) & set(home.bucket.keys()))
    until(lambda: not _clips(home.bucket))

    line.delay_s = SILENT_S / 2
    asked = {"kind": "call", "id": erased}
    made = web.client.post("/privacy/erasures", json=asked).raise_for_status().json()
    where = f"/privacy/erasures/{made['id']}"
    until(lambda: web.client.get(where).json()["state"] == "done")
    line.delay_s = 0.0
    told = web.client.get(where).json()
    assert (told["failure"], told["counts"]["files"]) == (None, len(keys[erased]))
    assert not keys[erased] & set(home.bucket.keys())
    assert keys[kept] <= set(home.bucket.keys())
    assert _count(engine, "SELECT count(*) FROM doomed_file") == 0


def _clip(web: Web, bucket: Bucket, call_id: str) -> str:
    """Where a clip is whose sound was cut."""
    made = web.client.post(
        f"/calls/{call_id}/clips", json={"title": "Price", "start_s": 0.0, "end_s": 1.5}
    )
    where = f"/calls/{call_id}/clips/{made.raise_for_status().json()['id']}"
    web.client.get(f"{where}/sound").raise_for_status()
    assert _clips(bucket)
    return where


def _clips(bucket: Bucket) -> list[str]:
    kept = bucket.keys()
    return [one for one in kept if one.startswith("clips/")]


def _keys_of(engine: Engine, call_id: str) -> set[str]:
    """The files of a call, once all of them are there."""
    asked = text("SELECT key, playable_key, peaks_key FROM recording WHERE call_id = :id")

    def read() -> set[str]:
        with engine.connect() as connection:
            return {one for one in connection.execute(asked, {"id": call_id}).one() if one}

    until(lambda: len(read()) == 3)
    return read()


def _retain(engine: Engine, call_id: str) -> None:
    """Have a rule, a call that is over its days, and the run that finds it."""
    with session_scope(engine) as session:
        admin = session.exec(select(User).where(User.role == "admin")).first()
        assert admin is not None
        set_rule(session, None, Days(30, None, None, None))
        turn_on(session, admin, seen_mark(session))
        session.execute(
            text(
                "UPDATE call SET started_at = now() - interval '99 days', "
                "created_at = now() - interval '99 days' WHERE id = :id"
            ),
            {"id": call_id},
        )
        session.execute(
            text(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES "
                "('housekeeping', 'enforce_retention', jsonb_build_object('timestamp', 0))"
            )
        )


def _count(engine: Engine, asked: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text(asked)).scalar_one())
