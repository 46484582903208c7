"""Messages for channels: who is told what, once each, and what comes of a try."""

from datetime import timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlmodel import Session, select

from models.channel_contents import LONGEST_COMMENT, CallTold, MentionTold, contents_of, cut
from models.channel_messages import (
    TOLD_FOR,
    UNWANTED,
    About,
    Taken,
    drop_message,
    enqueue,
    forget_messages,
    record_message,
    resume_messages,
    take_message,
    tell_ready,
)
from models.comments import NewComment, add_comment, change_comment
from models.database import session_scope
from models.kpis import Rules
from models.tables import AuditEntry, Call, CallFacts, Channel, ChannelMessage, User
from models.tables.columns import now
from models.trying import PAUSES_S, Outcome, next_pause_s
from tests.models.told import channel, new_team, one, user


def call_of(session: Session, rep: User, **more: object) -> Call:
    call = Call(title="Demo", rep_id=rep.id, started_at=now() - timedelta(hours=1), state="ready")
    for name, value in more.items():
        setattr(call, name, value)
    session.add(call)
    session.flush()
    session.add(_facts(call))
    session.flush()
    return call


def _facts(call: Call) -> CallFacts:
    counted: dict[str, Any] = {
        "people": 2,
        "sellers": 1,
        "buyers": 1,
        "next_steps": 3,
        "talk_ratio": 0.4,
    }
    return CallFacts(call_id=call.id, duration_s=754.2, language="en", source="stereo", **counted)


def told(session: Session) -> set[tuple[str, str]]:
    """Who is told what."""
    found = session.exec(
        select(User.name, ChannelMessage.event)
        .join(Channel, Channel.user_id == User.id)  # type: ignore[arg-type]
        .join(ChannelMessage, ChannelMessage.channel_id == Channel.id)  # type: ignore[arg-type]
    )
    return set(found)


def taken(session: Session) -> Taken:
    message = session.exec(select(ChannelMessage)).one()
    found = take_message(session, message.id, message.job_id or 0)
    assert found is not None
    return found


def jobs(session: Session) -> list[tuple[str, float]]:
    """Every job that waits: its message, and in how many seconds it may begin."""
    statement = text(
        "SELECT args->>'message_id', coalesce(extract(epoch FROM scheduled_at - now()), 0)::float "
        "FROM procrastinate_jobs WHERE task_name = 'tell_channel' AND status = 'todo' ORDER BY id"
    )
    return [(str(row[0]), float(row[1])) for row in session.execute(statement)]


def test_nobody_is_told_anything_unless_they_asked(session: Session) -> None:
    rep = user(session, "rita")
    tell_ready(session, call_of(session, rep))
    channel(session, rep, ["mention"])
    channel(session, rep, is_active=False)
    tell_ready(session, call_of(session, rep))
    assert told(session) == set()


def test_a_rep_is_told_of_their_own_calls_and_a_manager_of_the_teams_if_they_chose_so(
    session: Session,
) -> None:
    ours, theirs = new_team(session), new_team(session)
    rep, peer = user(session, "rita", team=ours), user(session, "paul", team=ours)
    chosen = user(session, "mona", "manager", ours)
    modest = user(session, "otto", "manager", ours)
    boss, admin = user(session, "bess", "manager", theirs), user(session, "ada", "admin")
    demoted = user(session, "dan", team=ours)
    for one_of_them in (rep, peer, modest):
        channel(session, one_of_them)
    for one_of_them in (chosen, boss, admin, demoted):
        channel(session, one_of_them, whose="team")
    tell_ready(session, call_of(session, rep))
    assert told(session) == {("Rita", "call_ready"), ("Mona", "call_ready")}


@pytest.mark.parametrize("role", ["manager", "admin"])
def test_a_private_call_is_told_to_its_rep_alone(session: Session, role: str) -> None:
    team = new_team(session)
    rep, lead = user(session, "rita", team=team), user(session, "lea", role, team)
    channel(session, rep)
    channel(session, lead, whose="team")
    tell_ready(session, call_of(session, rep, is_private=True))
    assert told(session) == {("Rita", "call_ready")}


def test_who_is_in_no_team_is_told_of_no_teams_calls(session: Session) -> None:
    rep, lead = user(session, "rita"), user(session, "lea", "manager")
    channel(session, lead, whose="team")
    tell_ready(session, call_of(session, rep))
    assert told(session) == set()


def test_who_may_not_sign_in_is_told_nothing(session: Session) -> None:
    rep = user(session, "rita")
    channel(session, rep)
    rep.is_active = False
    session.flush()
    tell_ready(session, call_of(session, rep))
    assert told(session) == set()


def test_calls_of_long_ago_are_not_told_as_news(session: Session) -> None:
    rep = user(session, "rita")
    channel(session, rep)
    tell_ready(session, call_of(session, rep, started_at=now() - TOLD_FOR - timedelta(hours=1)))
    assert told(session) == set()


def test_a_call_that_is_ready_twice_is_told_once(session: Session) -> None:
    rep = user(session, "rita")
    channel(session, rep)
    call = call_of(session, rep)
    for _time in range(3):
        tell_ready(session, call)
    assert len(jobs(session)) == 1


def test_two_workers_write_one_message(engine: Engine) -> None:
    with session_scope(engine) as session:
        rep = user(session, "rita")
        place, call = channel(session, rep).id, call_of(session, rep).id
    about, start = About("call_ready", str(call), call_id=call), Barrier(4)

    def write() -> None:
        start.wait()
        with session_scope(engine) as session:
            enqueue(session, place, about)

    threads = [Thread(target=write) for _one in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with session_scope(engine) as session:
        assert len(jobs(session)) == 1
        assert one(session).state == "waiting"


def test_what_is_undone_is_not_told(engine: Engine) -> None:
    with Session(engine) as session:
        rep = user(session, "rita")
        channel(session, rep)
        tell_ready(session, call_of(session, rep))
        session.rollback()
    with session_scope(engine) as session:
        assert jobs(session) == []


def test_who_is_named_is_told_but_not_by_themselves_and_not_again(session: Session) -> None:
    team = new_team(session)
    rep, lead = user(session, "rita", team=team), user(session, "lea", "manager", team)
    channel(session, rep)
    channel(session, lead)
    call = call_of(session, rep)
    new = NewComment("Well asked", start_s=3.0, mentions=(rep.id, lead.id))
    comment = add_comment(session, rep, call.id, new).comment
    assert told(session) == {("Lea", "mention")}
    for mentions in ([], [lead.id]):
        change_comment(session, rep, call.id, comment.id, {"mentions": mentions})
    assert len(jobs(session)) == 1


def test_a_message_is_worded_by_what_its_reader_may_see_when_it_is_sent(session: Session) -> None:
    team = new_team(session)
    rep, lead = user(session, "rita", team=team), user(session, "lea", "manager", team)
    channel(session, lead, whose="team")
    call = call_of(session, rep)
    tell_ready(session, call)
    message = taken(session)
    seen = contents_of(session, message, lead, Rules(), now())
    assert seen == CallTold(call.id, "Demo", "Rita", None, 754.2, 0.4, 3)
    call.is_private = True
    session.flush()
    assert contents_of(session, message, lead, Rules(), now()) is None
    call.is_private, lead.team_id = False, None
    session.flush()
    assert contents_of(session, message, lead, Rules(), now()) is None
    lead.team_id, lead.is_active = team.id, False
    session.flush()
    assert contents_of(session, message, lead, Rules(), now()) is None


def test_a_comment_is_told_as_it_reads_then_and_only_to_who_is_named(session: Session) -> None:
    team = new_team(session)
    rep, lead = user(session, "rita", team=team), user(session, "lea", "manager", team)
    channel(session, lead)
    call = call_of(session, rep)
    row = add_comment(session, rep, call.id, NewComment("x" * 300, mentions=(lead.id,)))
    message = taken(session)
    seen = contents_of(session, message, lead, Rules(), now())
    assert isinstance(seen, MentionTold)
    assert (seen.author, len(seen.text)) == ("Rita", LONGEST_COMMENT)
    change_comment(session, rep, call.id, row.comment.id, {"mentions": []})
    assert contents_of(session, message, lead, Rules(), now()) is None


@given(st.text(max_size=400))
def test_a_comment_is_cut_to_its_length(said: str) -> None:
    assert len(cut(said)) <= LONGEST_COMMENT
    assert cut(said)[: LONGEST_COMMENT - 1] == said[: LONGEST_COMMENT - 1]


def test_a_job_that_is_not_the_messages_own_sends_nothing(session: Session) -> None:
    channel_id = channel(session, user(session, "rita")).id
    enqueue(session, channel_id, About("test", "1"))
    message = one(session)
    assert take_message(session, message.id, (message.job_id or 0) + 1) is None
    assert take_message(session, uuid4(), 1) is None
    assert one(session).attempts == 0


def test_what_waits_for_a_channel_that_is_off_is_dropped(session: Session) -> None:
    place = channel(session, user(session, "rita"))
    enqueue(session, place.id, About("test", "1"))
    place.is_active = False
    session.flush()
    message = one(session)
    assert take_message(session, message.id, message.job_id or 0) is None
    assert (one(session).state, one(session).job_id) == ("dropped", None)


def test_a_message_that_arrived_is_done(session: Session) -> None:
    place = channel(session, user(session, "rita"), last_error="before")
    enqueue(session, place.id, About("test", "1"))
    record_message(session, taken(session), Outcome(200))
    assert (one(session).state, one(session).last_status) == ("sent", 200)
    session.flush()
    session.refresh(place)
    assert place.last_error is None
    assert place.sent_at == one(session).sent_at is not None


def test_trying_comes_to_an_end(session: Session) -> None:
    place = channel(session, user(session, "rita"))
    enqueue(session, place.id, About("test", "1"))
    waits = []
    for _try in range(len(PAUSES_S) + 1):
        record_message(session, taken(session), Outcome(500, "it answered 500"))
        waits.append(jobs(session)[-1][1])
    assert (one(session).state, one(session).attempts) == ("failed", len(PAUSES_S) + 1)
    for pause, wait in zip(PAUSES_S, waits[:-1], strict=True):
        assert pause - 2 <= wait <= pause * 1.1 + 2
    session.flush()
    session.refresh(place)
    assert (place.last_error, place.is_active) == ("it answered 500", True)


def test_a_message_that_kills_its_workers_is_given_up(session: Session) -> None:
    enqueue(session, channel(session, user(session, "rita")).id, About("test", "1"))
    for _death in range(len(PAUSES_S) + 1):
        taken(session)
    message = one(session)
    assert take_message(session, message.id, message.job_id or 0) is None
    assert one(session).state == "failed"


@given(st.integers(1, 20), st.floats(0, 200_000), st.booleans())
def test_a_receiver_is_left_alone_as_long_as_it_asks(
    attempts: int, wait_s: float, is_final: bool
) -> None:
    pause_s = next_pause_s(attempts, Outcome(429, "slower", is_final, wait_s))
    assert (pause_s is None) == (is_final or attempts > len(PAUSES_S))
    if pause_s is not None:
        assert pause_s >= max(wait_s, PAUSES_S[attempts - 1])


@pytest.mark.parametrize("status", UNWANTED)
def test_a_channel_that_wants_no_more_is_switched_off_and_says_why(
    session: Session, status: int
) -> None:
    place = channel(session, user(session, "rita"))
    enqueue(session, place.id, About("test", "1"))
    record_message(session, taken(session), Outcome(status, "no_service", is_final=True))
    session.flush()
    session.refresh(place)
    assert (place.is_active, place.last_error) == (False, "no_service")
    entry = session.exec(select(AuditEntry)).one()
    assert (entry.verb, entry.noun, entry.subject_id) == ("switch_off", "channels", str(place.id))


def test_what_cannot_be_said_there_is_not_tried_again_but_the_channel_stays(
    session: Session,
) -> None:
    place = channel(session, user(session, "rita"))
    enqueue(session, place.id, About("test", "1"))
    record_message(session, taken(session), Outcome(400, "invalid_blocks", is_final=True))
    session.flush()
    session.refresh(place)
    assert (one(session).state, place.is_active) == ("failed", True)


def test_what_nobody_is_to_get_is_dropped_in_silence(session: Session) -> None:
    place = channel(session, user(session, "rita"))
    enqueue(session, place.id, About("test", "1"))
    drop_message(session, taken(session), "not theirs")
    session.flush()
    session.refresh(place)
    assert (one(session).state, place.last_error) == ("dropped", None)


def test_a_message_without_a_job_gets_a_new_one(session: Session) -> None:
    enqueue(session, channel(session, user(session, "rita")).id, About("test", "1"))
    assert resume_messages(session) == 0
    session.execute(text("DELETE FROM procrastinate_jobs"))
    assert resume_messages(session) == 1
    assert len(jobs(session)) == 1


def test_what_came_to_an_end_long_ago_is_forgotten(session: Session) -> None:
    place = channel(session, user(session, "rita"))
    for name in ("old", "late", "new"):
        enqueue(session, place.id, About("test", name))
    for message in session.exec(select(ChannelMessage)):
        message.state = "waiting" if message.about == "late" else "sent"
        if message.about != "new":
            message.created_at = now() - timedelta(days=40)
    session.flush()
    forget_messages(session, 14)
    assert {one.about for one in session.exec(select(ChannelMessage))} == {"late", "new"}


def test_messages_go_with_their_call_their_comment_and_their_channel(session: Session) -> None:
    rep = user(session, "rita")
    place, call = channel(session, rep), call_of(session, rep)
    tell_ready(session, call)
    session.commit()
    session.execute(text("DELETE FROM call"))
    assert session.exec(select(ChannelMessage)).all() == []
    enqueue(session, place.id, About("test", "1"))
    session.commit()
    session.execute(text("DELETE FROM channel"))
    assert session.exec(select(ChannelMessage)).all() == []
