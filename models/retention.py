"""How long what is kept of calls: the rules, and whether they are enforced."""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import md5, sha256
from typing import Literal
from uuid import UUID

from sqlmodel import Session, col, select

from models.errors import BadInput, Conflict, Missing
from models.tables import Retention, RetentionRule, RetentionRun, Team, User
from models.tables.columns import now

Kind = Literal["recording", "transcript", "analysis", "notes"]
KINDS: tuple[Kind, ...] = ("recording", "transcript", "analysis", "notes")
LONGEST_DAYS = 36_500
EVERY = timedelta(hours=1)
LATE = timedelta(hours=2)
"""After so long without a run, something is wrong."""
_BUCKETS = 100


@dataclass(frozen=True, slots=True)
class Days:
    """How many days each kind is kept, None for good; how many in a hundred recordings stay.

    By itself it is what the CNIL has for recordings of calls: six months, and a year for what was
    made of them.
    """

    recording: int | None = 180
    transcript: int | None = 365
    analysis: int | None = 365
    notes: int | None = 365
    keep_percent: int = 100


@dataclass(frozen=True, slots=True)
class TeamDays:
    """The rule of a team, or of everybody (`team` None); not `is_own` when it follows that."""

    team: Team | None
    days: Days
    is_own: bool


def rules(session: Session) -> list[TeamDays]:
    """Everybody's rule, then each team's by name; nothing is kept yet of those that are default."""
    kept = {one.team_id: _days(one) for one in session.exec(select(RetentionRule))}
    every = kept.get(None, Days())
    teams = session.exec(select(Team).order_by(col(Team.name), col(Team.id))).all()
    found = [TeamDays(None, every, None in kept)]
    found += [TeamDays(one, kept.get(one.id, every), one.id in kept) for one in teams]
    return found


def set_rule(session: Session, team_id: UUID | None, days: Days) -> None:
    """Keep a rule in place of the one before. Raises Missing, BadInput."""
    _check(days)
    if team_id is not None and session.get(Team, team_id) is None:
        raise Missing(f"there is no team {team_id}")
    rule = _rule(session, team_id) or RetentionRule(team_id=team_id)
    rule.recording_days, rule.transcript_days = days.recording, days.transcript
    rule.analysis_days, rule.notes_days = days.analysis, days.notes
    rule.keep_percent, rule.updated_at = days.keep_percent, now()
    session.add(rule)
    session.flush()


def drop_rule(session: Session, team_id: UUID) -> None:
    """Have a team follow everybody's rule again."""
    rule = _rule(session, team_id)
    if rule is not None:
        session.delete(rule)
        session.flush()


def seen_mark(session: Session) -> str:
    """What a dry run hands out, and switching on asks for: it changes with every rule."""
    told = [
        f"{one.team_id} {one.recording_days} {one.transcript_days} {one.analysis_days} "
        f"{one.notes_days} {one.keep_percent}"
        for one in session.exec(select(RetentionRule))
    ]
    return sha256("\n".join(sorted(told)).encode()).hexdigest()[:16]


def is_on(session: Session) -> bool:
    """Whether anything is deleted by rule."""
    state = session.get(Retention, 1)
    return state is not None and state.is_on


def turned(session: Session) -> Retention | None:
    """Since when it is on or off, and by whom; None as long as nobody decided."""
    return session.get(Retention, 1)


def turn_on(session: Session, admin: User, seen: str) -> None:
    """Have the rules enforced from the next run on, by an admin who saw what that deletes.

    Raises Conflict when a rule changed since the dry run that `seen` is of.
    """
    if seen != seen_mark(session):
        raise Conflict("the rules changed since that dry run: look at what would be deleted now")
    if _rule(session, None) is None:
        set_rule(session, None, Days())
    _turn(session, admin.id, on=True)


def turn_off(session: Session, admin: User) -> None:
    """Delete nothing by rule any more."""
    _turn(session, admin.id, on=False)


def begin_new(session: Session) -> None:
    """Of an installation that has nothing yet: the default rules hold from the first day."""
    set_rule(session, None, Days())
    _turn(session, None, on=True)


def last_runs(session: Session, limit: int = 10) -> list[RetentionRun]:
    """The runs, the last one first."""
    newest = select(RetentionRun).order_by(col(RetentionRun.id).desc()).limit(limit)
    return list(session.exec(newest))


def is_late(session: Session) -> bool:
    """Whether the rules should have been enforced long ago, and were not."""
    state = session.get(Retention, 1)
    if state is None or not state.is_on:
        return False
    ended = select(RetentionRun.finished_at).where(
        col(RetentionRun.finished_at).is_not(None), col(RetentionRun.failure).is_(None)
    )
    last = session.exec(ended.order_by(col(RetentionRun.finished_at).desc()).limit(1)).first()
    since = max(last, state.turned_at) if last else state.turned_at
    return since + LATE < now()


def bucket_of(call_id: UUID) -> int:
    """A number from 0 to 99 that is always the same for a call: whose recording stays."""
    digest = md5(str(call_id).encode(), usedforsecurity=False).hexdigest()
    return int(digest[:8], 16) % _BUCKETS


BUCKET_SQL = f"('x' || left(md5(call.id::text), 8))::bit(32)::bigint % {_BUCKETS}"
"""The same of a row of `call`."""


def _turn(session: Session, user_id: UUID | None, *, on: bool) -> None:
    state = session.get(Retention, 1, with_for_update=True) or Retention()
    state.is_on, state.turned_at, state.turned_by_id = on, now(), user_id
    session.add(state)
    session.flush()


def _rule(session: Session, team_id: UUID | None) -> RetentionRule | None:
    own = col(RetentionRule.team_id)
    condition = own.is_(None) if team_id is None else own == team_id
    return session.exec(select(RetentionRule).where(condition)).one_or_none()


def _days(rule: RetentionRule) -> Days:
    return Days(
        rule.recording_days,
        rule.transcript_days,
        rule.analysis_days,
        rule.notes_days,
        rule.keep_percent,
    )


def _check(days: Days) -> None:
    for kind in KINDS:
        number = getattr(days, kind)
        if number is not None and not 1 <= number <= LONGEST_DAYS:
            raise BadInput(f"{kind}: give 1 to {LONGEST_DAYS} days, or null to keep it for good")
    if not 0 <= days.keep_percent <= 100:
        raise BadInput("keep_percent: give 0 to 100")
