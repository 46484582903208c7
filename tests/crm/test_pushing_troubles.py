"""Pushes when something is wrong: with a login, a budget, a CRM, a worker, or a row."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

import pytest
from sqlalchemy import text

from api.pushing import push_due
from models.crm import pushes
from models.crm.pushes import PAUSES_S
from models.crm.turns import turn_of
from models.database import make_engine, session_scope
from tests.crm.pushing import KINDS, Desk

NewDesk = Callable[[str], Desk]
CREATES = {"hubspot": "/notes", "pipedrive": "POST /api/v1/notes"}


def end_other_sessions(desk: Desk) -> None:
    """The database is gone for a moment: all that held on to it lost it."""
    engine = make_engine(desk.settings.database_url.get_secret_value(), connections=1)  # type: ignore[union-attr]
    with engine.begin() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    engine.dispose()


@pytest.mark.parametrize("kind", KINDS)
def test_who_is_not_let_in_waits_until_an_admin_connects_it_again(
    new_desk: NewDesk, kind: str
) -> None:
    desk = new_desk(kind)
    first, second = desk.new_call(), desk.new_call()
    desk.fake.revoke()
    desk.work()
    assert desk.connection().state == "needs_login"
    assert desk.connection().last_error
    for one in (first, second):
        assert (desk.push(one).state, desk.push(one).attempts) == ("waiting", 0)
    asked = len(desk.fake.calls)
    desk.pass_time()
    assert desk.work() == 0
    assert len(desk.fake.calls) == asked
    desk.let_in()
    desk.work()
    assert [desk.push(one).state for one in (first, second)] == ["pushed", "pushed"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_spent_budget_is_not_asked_again_before_its_time(new_desk: NewDesk, kind: str) -> None:
    desk = new_desk(kind)
    calls = [desk.new_call(), desk.new_call()]
    desk.fake.faults.next("daily_limit")
    desk.work()
    desk.work()
    parked_until = desk.connection().parked_until
    assert parked_until is not None
    assert desk.connection().state != "needs_login"
    assert [(desk.push(one).state, desk.push(one).attempts) for one in calls] == [
        ("waiting", 0),
        ("waiting", 0),
    ]
    asked = len(desk.fake.calls)
    with desk.session() as session:
        assert pushes.due_connections(session) == []
    assert desk.work() == 0
    assert len(desk.fake.calls) == asked
    desk.pass_time()
    with desk.session() as session:
        assert pushes.due_connections(session) == [desk.connection_id]
    desk.work()
    assert [len(desk.notes(one)) for one in calls] == [1, 1]


def test_what_fails_is_put_off_longer_each_time_and_has_failed_in_the_end(desk: Desk) -> None:
    call_id = desk.new_call()
    desk.fake.faults = replace(desk.fake.faults, share=1.0, kinds=("broken",))
    waits = []
    for _ in PAUSES_S:
        desk.work()
        push = desk.push(call_id)
        assert (push.state, push.next_try_at is not None) == ("waiting", True)
        assert push.last_error
        waits.append(_seconds_to_wait(desk))
        tries = len(desk.fake.calls)
        desk.work()
        assert len(desk.fake.calls) == tries  # not before its time
        desk.pass_time()
    assert waits == list(PAUSES_S)
    desk.work()
    assert desk.push(call_id).state == "failed"
    desk.fake.faults.share = 0.0
    desk.pass_time()
    assert desk.work() == 0
    with desk.session() as session:
        assert pushes.retry_failed(session, desk.connection_id) == 1
    desk.pushed(call_id)
    assert len(desk.notes(call_id)) == 1


def test_a_crm_that_is_away_is_left_alone_after_some_calls(desk: Desk) -> None:
    calls = [desk.new_call() for _ in range(5)]
    desk.fake.faults = replace(desk.fake.faults, share=1.0, kinds=("broken",))
    desk.work()
    assert sorted(desk.push(one).attempts for one in calls) == [0, 0, 1, 1, 1]
    desk.fake.faults.share = 0.0
    desk.pass_time()
    desk.work()
    assert [len(desk.notes(one)) for one in calls] == [1] * 5


def test_a_call_that_cannot_be_pushed_stops_no_other(desk: Desk) -> None:
    broken, good = desk.new_call(), desk.new_call()
    desk.run("DELETE FROM report WHERE call_id = :id", id=broken)
    desk.work()
    assert desk.push(broken).state == "failed"
    assert desk.push(broken).last_error
    assert len(desk.notes(good)) == 1


def test_a_template_that_cannot_be_read_says_so(desk: Desk) -> None:
    call_id = desk.new_call()
    desk.change(template="{nonsense}")
    desk.pushed(call_id, "failed")
    assert "nonsense" in str(desk.push(call_id).last_error)
    desk.change(template=None)
    with desk.session() as session:
        pushes.retry_failed(session, desk.connection_id)
    desk.pushed(call_id)


def test_two_workers_at_once_write_each_note_once(desk: Desk) -> None:
    calls = [desk.new_call() for _ in range(6)]
    url = desk.settings.database_url
    assert url is not None
    start, tried = threading.Barrier(3), []

    def come() -> None:
        engine = make_engine(url.get_secret_value(), connections=3)
        start.wait()
        tried.append(push_due(replace(desk.workshop, engine=engine), desk.connection_id))
        engine.dispose()

    workers = [threading.Thread(target=come) for _ in range(3)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert sum(tried) == 6
    assert [len(desk.notes(one)) for one in calls] == [1] * 6
    assert len(desk.fake.notes) == 6


def test_while_somebody_works_nobody_else_does(desk: Desk) -> None:
    desk.new_call()
    with turn_of(desk.engine, desk.connection_id, "push") as turn:
        assert turn
        assert turn.is_kept()
        assert desk.work() == 0
    assert desk.work() == 1


def test_a_worker_that_lost_its_turn_begins_nothing_more(desk: Desk) -> None:
    calls = [desk.new_call(), desk.new_call()]
    engine = make_engine(desk.settings.database_url.get_secret_value())  # type: ignore[union-attr]
    with ExitStack() as stack:
        stack.callback(engine.dispose)

        def lose() -> None:
            end_other_sessions(desk)
            stack.enter_context(turn_of(engine, desk.connection_id, "push"))

        desk.before("/notes", lose)
        assert desk.work() == 1
        assert sorted(desk.push(one).state for one in calls) == ["pushed", "waiting"]
    assert desk.work() == 1
    assert [len(desk.notes(one)) for one in calls] == [1, 1]


@pytest.mark.parametrize("kind", CREATES)
def test_a_worker_taken_for_dead_leaves_no_second_note(new_desk: NewDesk, kind: str) -> None:
    desk = new_desk(kind)
    call_id = desk.new_call()

    def overtake() -> None:
        """The first worker's create is on its way while a second one does it all."""
        end_other_sessions(desk)
        desk.pass_time()
        desk.work()
        assert desk.push(call_id).state == "pushed"
        desk.pass_time()

    desk.before(CREATES[kind], overtake)
    desk.work()
    desk.pass_time()
    desk.settle(call_id)
    (note,) = desk.notes(call_id)
    assert desk.push(call_id).note_id == note.id


@pytest.mark.parametrize("change", ["chosen", "understood"])
def test_what_changes_while_it_is_written_is_written_after_that(desk: Desk, change: str) -> None:
    call_id = desk.new_call()
    other = desk.new_deal("Another's", contacts=[], company="Somebody else")

    def meanwhile() -> None:
        if change == "chosen":
            desk.choose(call_id, other)
        else:
            desk.change_report(call_id)

    desk.before(CREATES["hubspot"], meanwhile)
    desk.work()
    push = desk.settle(call_id)
    (note,) = desk.notes(call_id)
    assert note.deal_id == (other if change == "chosen" else desk.deal_id) == push.deal_ref
    assert f"£{desk.price}" in note.words


def test_a_call_deleted_while_it_is_written_is_forgotten(desk: Desk) -> None:
    call_id, other = desk.new_call(), desk.new_call()
    desk.before("/batch/read", lambda: desk.run("DELETE FROM call WHERE id = :id", id=call_id))
    desk.work()
    assert desk.notes(call_id) == []
    assert len(desk.notes(other)) == 1


def test_a_connection_deleted_while_it_is_used_is_forgotten(desk: Desk) -> None:
    call_id = desk.new_call()
    desk.before("/batch/read", lambda: desk.run("DELETE FROM crm_connection"))
    desk.work()
    assert desk.notes(call_id) == []


def test_an_address_that_may_not_be_called_any_more_is_told(desk: Desk) -> None:
    call_id = desk.new_call()
    desk.change(address="http://127.0.0.1:1")
    desk.work()
    assert desk.push(call_id).state in {"waiting", "failed"}
    assert "127.0.0.1" in str(desk.push(call_id).last_error or desk.connection().last_error)


def _seconds_to_wait(desk: Desk) -> int:
    with session_scope(desk.engine) as session:
        asked = text("SELECT extract(epoch FROM next_try_at - updated_at) FROM crm_push")
        return round(float(session.execute(asked).scalar_one()))
