"""Erasures that are killed at each of their steps end all the same, and leave nobody behind."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, text

from api.settings import Settings
from models.database import plain_url
from models.files import Files
from models.privacy.proofs import check_proofs
from tests.api.byte_by_byte import Search
from tests.api.everywhere import EMAIL, LETTERS, NAME, leave_traces
from tests.faults.running import Place, let_in, new_place, until
from tests.faults.stops import Stops

_STEPS = ("calls", "rows", "texts", "files", "proof")


@pytest.mark.parametrize(
    "steps", [("files", "proof"), pytest.param(_STEPS, marks=pytest.mark.slow)], ids=len
)
def test_an_erasure_whose_workers_are_killed_at_its_steps_ends_and_leaves_nobody(
    steps: tuple[str, ...], new_database: Callable[[], Engine], scratch: Path
) -> None:
    engine = new_database()
    place = new_place(scratch, plain_url(engine), webhook_hosts="hooks.invalid")
    place.token = let_in(engine)
    settings = Settings(
        data_folder=scratch / "talktrack",
        database_url=SecretStr(plain_url(engine)),
        secret_key=SecretStr("a key that only the tests know"),
    )
    stops = Stops(scratch)
    try:
        with place.web() as web:
            place.crew(2)
            leave_traces(
                web.client, web.client, engine, settings, lambda: until(lambda: _is_quiet(engine))
            )
            until(lambda: _is_quiet(engine))
            search = Search(LETTERS)
            assert search.in_rows(engine)
            stops.arm(f"erasure: {steps[0]}")
            asked = {"kind": "person", "email": EMAIL, "name": NAME, "recordings": True}
            made = web.client.post("/privacy/erasures", json=asked).raise_for_status().json()
            for number, step in enumerate(steps):
                here = f"erasure: {step}"
                until(lambda here=here: stops.is_reached(here), why=f"nobody comes to {here}")
                stops.arm(*(f"erasure: {one}" for one in steps[number + 1 : number + 2]))
                _kill_at(place, stops, here)
                told = web.client.get(f"/privacy/erasures/{made['id']}").json()
                assert told["state"] in {"waiting", "running"}
            where = f"/privacy/erasures/{made['id']}"
            until(lambda: web.client.get(where).json()["state"] == "done")
            assert web.client.get(where).json()["counts"]["left"] == 0
        place.end_workers()
        checked = check_proofs(engine, Files(str(place.files)), settings.signing_key())
        assert (checked.count, checked.problem) == (1, None)
        assert search.in_rows(engine) == set()
        assert not search.in_dump(engine)
        assert search.in_folder(settings.data_folder) == set()
        assert search.in_cluster(engine) == set()
    finally:
        place.end_workers()


def _kill_at(place: Place, stops: Stops, here: str) -> None:
    """Kill who stands there, and have another in its place."""
    (worker,) = [one for one in place.workers if one.pid == stops.pid_at(here)]
    worker.kill()
    worker.wait()
    stops.forget(here)
    place.crew(2)


def _is_quiet(engine: Engine) -> bool:
    """Whether every call is where it can be, and no correction is on its way."""
    with engine.connect() as connection:
        asked = (
            "SELECT (SELECT count(*) FROM call WHERE state IN "
            "('waiting', 'hearing', 'understanding')) + (SELECT count(*) FROM procrastinate_jobs "
            "WHERE queue_name IN ('hear', 'understand') AND status IN ('todo', 'doing'))"
        )
        return connection.execute(text(asked)).scalar_one() == 0
