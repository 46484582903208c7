"""Weeks told to channels: written once each, in the morning after, by the clock of their reader."""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from models.channel_messages import About, enqueue
from models.digests import FROM, TRIED_FOR, Due
from models.kpis.periods import parse_period
from models.tables import Channel, User
from models.users import zone_for

_DAY = timedelta(days=1)
_EVENT: Final = "weekly_digest"


def tell_weeks(session: Session, at: datetime, default_zone: str) -> int:
    """Write what is due to channels that want to know of a week that ended; returns how many.

    Of two workers one has a channel, and the other passes it by.
    """
    asked = session.exec(
        select(Channel, User)
        .join(User, col(User.id) == Channel.user_id)
        .where(col(Channel.is_active), col(Channel.events).contains([_EVENT]))
        .where(col(User.is_active))
        .order_by(col(Channel.id))
        .with_for_update(of=Channel, key_share=True, skip_locked=True)
    ).all()
    written = 0
    for channel, user in asked:
        last_on = _due(channel, at, zone_for(session, user, default_zone))
        if last_on is None:
            continue
        channel.told_until = last_on
        session.add(channel)
        about = About(_EVENT, last_on.isoformat(), week_until=last_on)
        written += enqueue(session, channel.id, about) is not None
    return written


def due_of(user: User, last_on: date) -> Due:
    """The week that ended with a day, as digests know it."""
    return Due(user.id, "week", parse_period("last_week", last_on + _DAY))


def _due(channel: Channel, at: datetime, zone: ZoneInfo) -> date | None:
    """The last day of the week that is to be told now."""
    ended = parse_period("last_week", at.astimezone(zone).date())
    begin = datetime.combine(ended.end_on, FROM, zone)
    last_on = ended.end_on - _DAY
    is_told = channel.told_until is not None and channel.told_until >= last_on
    return last_on if begin <= at < begin + TRIED_FOR and not is_told else None
