"""Clocks that jump by hours while calls are heard, people are signed in and the house is kept."""

from collections.abc import Callable
from pathlib import Path

import httpx
from sqlalchemy import Engine, text

from api.dependencies import COOKIE
from models.audit_chain import check_chain
from models.database import plain_url, session_scope
from models.retention import Days, seen_mark, set_rule, turn_on
from models.tables import User
from models.users import add_user
from tests.faults.clock import Clock
from tests.faults.running import (
    Place,
    Web,
    beating,
    check_sound,
    end,
    let_in,
    new_place,
    until,
    wait_ready,
)

EMAIL, PASSWORD = "cleo@beacon.example", "a password that only the tests know"


def test_clocks_that_jump_lose_nothing_and_let_nobody_in(
    new_database: Callable[[], Engine], scratch: Path
) -> None:
    """Three hours back while a worker dies, then four ahead while another works."""
    engine = new_database()
    place = new_place(scratch, plain_url(engine))
    place.token = let_in(engine)
    clock = Clock(scratch, engine)
    with session_scope(engine) as session:
        cleo = add_user(session, User(email=EMAIL, name="Cleo", role="admin"), PASSWORD)
        set_rule(session, None, Days(1, 1, 1, 1))
        turn_on(session, cleo, seen_mark(session))
    try:
        with place.web() as web:
            cookie, ended = _sign_in(web), _sign_in(web)
            assert _asked(web, "DELETE", ended) == 204
            call_id = _put_back(place, web, engine, clock)
            # A session of a time to come is none; who signs in again is in.
            between = _sign_in(web)
            assert [_asked(web, "GET", one) for one in (cookie, ended, between)] == [401, 401, 200]
            _put_on(place, web, engine, clock)
            assert [_asked(web, "GET", one) for one in (cookie, ended)] == [200, 401]
            assert web.client.get(f"/calls/{call_id}").json()["recording"] is not None
            _sign_out_everywhere(web, clock, cookie, between)
            until(lambda: check_chain(engine).waiting == 0)
            assert check_chain(engine).problem is None
    finally:
        place.end_workers()


def _put_back(place: Place, web: Web, engine: Engine, clock: Clock) -> str:
    """A worker dies; another, whose clock said later when it began, takes the call on."""
    place.pace(transcribing=60.0)
    place.crew(2)
    until(lambda: beating(engine) >= 2)
    call_id = place.upload(web.client)
    until(lambda: place.said("transcribing begins"))
    clock.jump(-3)
    end(place.at_work())
    place.pace()
    wait_ready(engine, call_id)
    check_sound(engine, call_id)
    return call_id


def _put_on(place: Place, web: Web, engine: Engine, clock: Clock) -> None:
    """Nobody takes the living for dead, and retention deletes nothing."""
    place.pace(transcribing=4.0)
    place.forget_said()
    call_id = place.upload(web.client)
    until(lambda: place.said("transcribing begins"))
    clock.jump(1)
    _retain(engine)
    wait_ready(engine, call_id)
    check_sound(engine, call_id)
    assert len(place.said("transcribing begins")) == 1
    until(lambda: _runs(engine) >= 1)


def _sign_out_everywhere(web: Web, clock: Clock, *before: str) -> None:
    """Every session ends, also one that began later by the clock of then; new ones begin."""
    clock.jump(-3)
    last = _sign_in(web)
    assert _asked(web, "DELETE", last, everywhere="true") == 204
    clock.jump(1)
    assert {_asked(web, "GET", one) for one in (*before, last)} == {401}
    clock.jump(-6)
    assert _asked(web, "GET", _sign_in(web)) == 200


def _sign_in(web: Web) -> str:
    asked = {"email": EMAIL, "password": PASSWORD}
    return httpx.post(f"{web.url}/session", json=asked).raise_for_status().cookies[COOKIE]


def _asked(web: Web, method: str, cookie: str, **query: str) -> int:
    with httpx.Client(cookies={COOKIE: cookie}, timeout=60) as client:
        ours = {"sec-fetch-site": "same-origin"}
        url = f"{web.url}/session"
        return client.request(method, url, params=query, headers=ours).status_code


def _retain(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES "
                "('housekeeping', 'enforce_retention', jsonb_build_object('timestamp', 0))"
            )
        )


def _runs(engine: Engine) -> int:
    with engine.connect() as connection:
        asked = "SELECT count(*) FROM retention_run WHERE finished_at IS NOT NULL"
        return int(connection.execute(text(asked)).scalar_one())
