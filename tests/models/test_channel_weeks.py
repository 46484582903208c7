"""Weeks are told to channels once each, on the morning after."""

from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread

from sqlalchemy import Engine
from sqlmodel import Session

from models.channel_weeks import tell_weeks
from models.database import session_scope
from tests.models.told import channel, new_team, one, user

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
SUNDAY = date(2026, 11, 22)


def week(session: Session, at: datetime) -> int:
    return tell_weeks(session, at, "UTC")


def test_a_week_is_told_once_in_the_morning_after_where_its_reader_is(session: Session) -> None:
    rep = user(session, "rita", team=new_team(session))
    place = channel(session, rep, told_until=SUNDAY - timedelta(days=7))
    paris_five = MONDAY.replace(hour=4)
    assert week(session, paris_five - timedelta(minutes=1)) == 0
    assert week(session, paris_five) == 1
    assert week(session, paris_five) == 0
    assert one(session).week_until == place.told_until == SUNDAY
    assert week(session, MONDAY + timedelta(days=7)) == 1


def test_a_week_nobody_could_tell_for_days_is_left_out(session: Session) -> None:
    rep = user(session, "rita")
    channel(session, rep, told_until=SUNDAY - timedelta(days=7))
    assert week(session, MONDAY + timedelta(days=4)) == 0
    assert week(session, MONDAY + timedelta(days=7)) == 1


def test_weeks_are_told_to_active_channels_that_want_them(session: Session) -> None:
    rep, gone = user(session, "rita"), user(session, "gus")
    gone.is_active = False
    channel(session, rep, ["call_ready", "mention"])
    channel(session, rep, is_active=False)
    channel(session, gone)
    assert week(session, MONDAY) == 0


def test_of_two_workers_one_tells_the_week(engine: Engine) -> None:
    with session_scope(engine) as session:
        channel(session, user(session, "rita"))
    start, written = Barrier(2), list[int]()

    def write() -> None:
        start.wait()
        with session_scope(engine) as session:
            written.append(week(session, MONDAY))

    threads = [Thread(target=write) for _one in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(written) == [0, 1]
