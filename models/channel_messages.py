"""Messages for channels: written with what they tell of, sent by jobs, tried again.

Each is there once for an event and a channel, whoever writes it. Its job takes it, words it by what
its reader may see then, sends it with no transaction open, and writes down what came of it. A
worker killed before it sends leaves it to the next; one killed right after sends again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, delete, or_, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from models.queue import defer
from models.rights import viewers_among
from models.tables import Call, Channel, ChannelMessage, Comment, User
from models.tables.columns import now
from models.trail import note
from models.trying import PAUSES_S, Outcome, next_pause_s

TOLD_FOR = timedelta(days=14)
"""Nobody is told that a call of longer ago can be read now: old calls may come in by thousands."""
UNWANTED = (401, 403, 404, 410)
"""Answers where a webhook was revoked, its channel archived or its flow deleted."""
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class About:
    """What a message tells of: a name that it is told once by, and the rows it is worded from."""

    event: Literal["call_ready", "mention", "weekly_digest", "test"]
    name: str
    call_id: UUID | None = None
    comment_id: UUID | None = None
    week_until: date | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that a job is to send now, where to, and for whom."""

    message_id: UUID
    job_id: int
    about: About
    channel_id: UUID
    kind: str
    address: bytes | None
    whose: str
    user_id: UUID


def tell_ready(session: Session, call: Call) -> None:
    """Write for whoever wants to know that a call of their own, or of the team's, can be read."""
    if call.started_at < now() - TOLD_FOR:
        return
    about = About("call_ready", str(call.id), call_id=call.id)
    _tell(session, call.id, _concerned(session, call), about)


def tell_named(session: Session, comment: Comment, user_ids: Iterable[UUID]) -> None:
    """Write for those of the users who want to know where they are named, but not by themselves."""
    named = col(Channel.user_id).in_(set(user_ids) - {comment.author_id})
    about = About("mention", str(comment.id), call_id=comment.call_id, comment_id=comment.id)
    _tell(session, comment.call_id, named, about)


def enqueue(session: Session, channel_id: UUID, about: About) -> UUID | None:
    """Write a message and the job that sends it; None when it was written before."""
    values = {
        "id": uuid4(),
        "created_at": now(),
        "channel_id": channel_id,
        "event": about.event,
        "about": about.name,
        "call_id": about.call_id,
        "comment_id": about.comment_id,
        "week_until": about.week_until,
        "state": "waiting",
        "attempts": 0,
    }
    written = insert(ChannelMessage).values(values)
    made = session.execute(
        written.on_conflict_do_nothing().returning(col(ChannelMessage.id))
    ).scalar_one_or_none()
    if made is not None:
        _try_in(session, session.get_one(ChannelMessage, made), None)
    return made


def take_message(session: Session, message_id: UUID, job_id: int) -> Taken | None:
    """Begin a try, unless the message has come to an end or has another job."""
    message = session.get(ChannelMessage, message_id, with_for_update=True)
    if message is None or message.state != "waiting" or message.job_id != job_id:
        return None
    channel = session.get_one(Channel, message.channel_id)
    if not channel.is_active:
        _end(message, "dropped", "the channel is off")
        return None
    if message.attempts > len(PAUSES_S):
        # Whoever took it last never said what came of it.
        _end(message, "failed", "sending it never came to an end; an admin finds more in the log")
        return None
    message.attempts += 1
    about = About(
        message.event,  # type: ignore[arg-type]  # one of them, by the table
        message.about,
        message.call_id,
        message.comment_id,
        message.week_until,
    )
    where = (channel.id, channel.kind, channel.address, channel.whose, channel.user_id)
    return Taken(message.id, job_id, about, *where)


def drop_message(session: Session, taken: Taken, why: str) -> None:
    """End a message that nobody is to get any more."""
    message = _mine(session, taken)
    if message is not None:
        _end(message, "dropped", why)


def record_message(session: Session, taken: Taken, outcome: Outcome) -> None:
    """Write down what came of a try; a channel that wants no more is switched off."""
    # Its channel is locked first, as by whoever deletes both.
    channel = session.get(Channel, taken.channel_id, with_for_update={"key_share": True})
    message = _mine(session, taken)
    if channel is None or message is None:
        return
    message.last_status = outcome.status
    pause_s = next_pause_s(message.attempts, outcome)
    if outcome.is_delivered:
        _end(message, "sent", None)
        message.sent_at = channel.sent_at = now()
    elif pause_s is None:
        _end(message, "failed", outcome.error)
    else:
        message.last_error = _short(outcome.error)
        _try_in(session, message, pause_s)
    channel.last_error = message.last_error
    if outcome.is_final and outcome.status in UNWANTED:
        _switch_off(session, channel)


def resume_messages(session: Session, most: int = 100) -> int:
    """Give messages whose job is gone a new one: none should be, but nothing may be lost."""
    lost = (
        select(ChannelMessage)
        .where(ChannelMessage.state == "waiting")
        .where(
            text(
                "NOT EXISTS (SELECT 1 FROM procrastinate_jobs job WHERE job.id = "
                "channel_message.job_id AND job.status IN ('todo', 'doing'))"
            )
        )
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    found = session.exec(lost).all()
    for message in found:
        _try_in(session, message, None)
    return len(found)


def forget_messages(session: Session, days: int) -> None:
    """Delete messages that came to an end so long ago, though not while they might come again."""
    before = now() - max(timedelta(days=days), 2 * TOLD_FOR)
    session.execute(
        delete(ChannelMessage)
        .where(col(ChannelMessage.state) != "waiting")
        .where(col(ChannelMessage.created_at) < before)
    )


def _concerned(session: Session, call: Call) -> ColumnElement[bool]:
    """Channels of its rep; and of those who lead its rep's team and asked for that."""
    own = col(Channel.user_id) == call.rep_id
    team_id = session.get_one(User, call.rep_id).team_id
    if team_id is None or call.is_private:
        return own
    leads = and_(col(User.team_id) == team_id, col(User.role).in_(("manager", "admin")))
    return or_(own, and_(col(Channel.whose) == "team", leads))


def _tell(session: Session, call_id: UUID, whom: ColumnElement[bool], about: About) -> None:
    """Write to active channels that listen, of active users who may see the call."""
    statement = (
        select(Channel)
        .join(User, col(User.id) == Channel.user_id)
        .where(col(Channel.is_active), col(Channel.events).contains([about.event]), whom)
        .order_by(col(Channel.created_at), col(Channel.id))
    )
    found = session.exec(statement).all()
    seen = viewers_among(session, call_id, {one.user_id for one in found}) if found else set()
    for channel in found:
        if channel.user_id in seen:
            enqueue(session, channel.id, about)


def _mine(session: Session, taken: Taken) -> ChannelMessage | None:
    message = session.get(ChannelMessage, taken.message_id, with_for_update=True)
    return message if message is not None and message.job_id == taken.job_id else None


def _try_in(session: Session, message: ChannelMessage, pause_s: int | None) -> None:
    """Give it a job, after a pause if there is to be one."""
    message.next_try_at = now() + timedelta(seconds=pause_s or 0)
    message.job_id = defer(session, "tell_channel", after_s=pause_s, message_id=str(message.id))
    session.add(message)


def _end(message: ChannelMessage, state: str, error: str | None) -> None:
    message.state, message.last_error = state, _short(error)
    message.next_try_at = message.job_id = None


def _short(error: str | None) -> str | None:
    return error[:_LONGEST] if error else None


def _switch_off(session: Session, channel: Channel) -> None:
    """Tell it nothing more; its owner sees why."""
    if channel.is_active:
        channel.is_active = False
        subject_id = str(channel.id)
        note(session, "receiver", verb="switch_off", noun="channels", subject_id=subject_id)
