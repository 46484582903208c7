"""Digests: who asked for one, whose is due, and what came of sending it.

One tells of the week or month that ended. It is due from early in the morning after, by the clock
of whoever asked, and tried for some days: again after pauses that grow. Whoever sends it claims it
first, in a transaction of its own, so that of two workers one sends; what came of it is written
down right after. A process that dies in between leaves it to be claimed again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, delete, select

from models.kpis.periods import Period, parse_period
from models.selecting import pick
from models.tables import Digest, Team, User
from models.users import zone_of

Every = Literal["week", "month"]
FROM = time(5)
"""When in the morning the first try is made."""
TRIED_FOR = timedelta(days=3)
PAUSES_S = (300, 900, 3600, 10_800, 21_600, 43_200)
"""How long it waits before the second try, the third, and so on; then it is given up."""
CLAIM = timedelta(minutes=15)
"""How long a claim holds: longer than putting a digest together and sending it may take."""
_DAY = timedelta(days=1)
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Due:
    """A digest that is to be sent; `claimed_until` once somebody does it."""

    user_id: UUID
    every: Every
    period: Period
    claimed_until: datetime | None = None

    @property
    def last_on(self) -> date:
        """The last day that it tells of."""
        return self.period.end_on - _DAY

    def is_held(self, at: datetime) -> bool:
        """Whether the claim on it still holds."""
        return self.claimed_until is not None and at < self.claimed_until


def find_digest(session: Session, user: User) -> Digest | None:
    """What a user asked for."""
    return session.get(Digest, user.id)


def ask_for(session: Session, user: User, every: Every, at: datetime, zone: ZoneInfo) -> Digest:
    """Have a digest sent to a user; the first tells of the week or month that now runs."""
    new = insert(Digest).values(user_id=user.id, every=every, attempts=0, updated_at=at)
    session.execute(new.on_conflict_do_nothing())
    digest = session.exec(select(Digest).where(Digest.user_id == user.id).with_for_update()).one()
    if digest.every != every or digest.sent_until is None:
        digest.every, digest.updated_at = every, at
        digest.sent_until = _ended(every, at, zone).end_on - _DAY
        digest.trying_until = digest.next_try_at = digest.failure = None
        digest.attempts = 0
    session.add(digest)
    session.flush()
    return digest


def stop(session: Session, user_id: UUID) -> bool:
    """Send a user no more digests; whether there was one."""
    gone = session.execute(
        delete(Digest).where(col(Digest.user_id) == user_id).returning(col(Digest.user_id))
    )
    return gone.first() is not None


def next_on(digest: Digest, at: datetime, zone: ZoneInfo) -> date:
    """The day on which the next one is sent, or was to be while it still may."""
    every = cast(Every, digest.every)
    ended = _ended(every, at, zone)
    if _is_open(digest, ended, at, zone):
        return ended.end_on
    return parse_period(f"this_{every}", at.astimezone(zone).date()).end_on


def due_digests(session: Session, at: datetime, default_zone: str) -> Sequence[Due]:
    """What is to be sent now to users who may still sign in; those tried least come first."""
    asked = session.execute(
        pick(Digest, User, Team)
        .join(User, col(User.id) == Digest.user_id)
        .outerjoin(Team, col(Team.id) == User.team_id)
        .where(col(User.is_active))
        .order_by(col(Digest.attempts), col(Digest.next_try_at).nulls_first(), col(User.id))
    )
    found = (_due(digest, at, zone_of(user, team, default_zone)) for digest, user, team in asked)
    return [one for one in found if one is not None]


def claim(session: Session, due: Due, at: datetime) -> Due | None:
    """Have a digest to oneself for a while; None when another has it, or it is no longer asked."""
    digest = _locked(session, due)
    if digest is None or _done(digest, due) or _waits(digest, at):
        return None
    if digest.trying_until != due.last_on:
        digest.trying_until, digest.attempts = due.last_on, 0
    if digest.attempts > len(PAUSES_S):
        # Whoever claimed it last never said what came of it.
        _end(digest, due, "sending it never came to an end; an admin finds more in the log")
        return None
    digest.attempts += 1
    digest.next_try_at = at + CLAIM
    session.add(digest)
    return Due(due.user_id, due.every, due.period, digest.next_try_at)


def note_sent(session: Session, due: Due, at: datetime) -> None:
    """Write down that the mail server took it."""
    digest = _locked(session, due)
    if digest is not None and not _done(digest, due):
        digest.sent_at = at
        _end(digest, due, None)


def note_failed(session: Session, due: Due, why: str, at: datetime, *, is_final: bool) -> None:
    """Write down why it was not sent, and when it is tried again: never, when that is final."""
    digest = _locked(session, due)
    if digest is None or _done(digest, due):
        return
    if is_final or digest.attempts > len(PAUSES_S):
        _end(digest, due, why)
        return
    pause_s = PAUSES_S[max(digest.attempts, 1) - 1]
    digest.failure, digest.next_try_at = why[:_LONGEST], at + timedelta(seconds=pause_s)


def _ended(every: Every, at: datetime, zone: ZoneInfo) -> Period:
    """The week or month that ended last where the user is."""
    return parse_period(f"last_{every}", at.astimezone(zone).date())


def _due(digest: Digest, at: datetime, zone: ZoneInfo) -> Due | None:
    every = cast(Every, digest.every)
    period = _ended(every, at, zone)
    if not _is_open(digest, period, at, zone) or _waits(digest, at):
        return None
    begin = datetime.combine(period.end_on, FROM, zone)
    return Due(digest.user_id, every, period) if at >= begin else None


def _is_open(digest: Digest, period: Period, at: datetime, zone: ZoneInfo) -> bool:
    """Whether it has yet to tell of a period that ended, and is not too late for that."""
    end = datetime.combine(period.end_on, FROM, zone) + TRIED_FOR
    told = digest.sent_until
    return at < end and (told is None or told < period.end_on - _DAY)


def _waits(digest: Digest, at: datetime) -> bool:
    return digest.next_try_at is not None and digest.next_try_at > at


def _done(digest: Digest, due: Due) -> bool:
    """Whether it came to an end, or was changed to another."""
    told = digest.sent_until
    return digest.every != due.every or (told is not None and told >= due.last_on)


def _locked(session: Session, due: Due) -> Digest | None:
    return session.get(Digest, due.user_id, with_for_update=True)


def _end(digest: Digest, due: Due, failure: str | None) -> None:
    digest.sent_until, digest.attempts = due.last_on, 0
    digest.failure = failure[:_LONGEST] if failure else None
    digest.trying_until = digest.next_try_at = None
