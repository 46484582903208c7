"""A bucket that fails, is slow, or is not there for a while, under the whole program."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import Engine, text

from models.database import plain_url
from tests.api.tus import TUS, begin, path, recording, send
from tests.faults.running import (
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
