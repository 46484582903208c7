"""A small company whose calls can be searched."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, true
from sqlmodel import Session, col, select

from models.search import gather_words
from models.tables import Call, CallFacts, CallTopic, Moment, Team, User, Utterance

MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
Said = str | tuple[str, str]
"""What somebody says, the seller unless a side is named."""


def may_see(user: User) -> ColumnElement[bool]:
    """The calls of an admin, of a manager's team, and of a rep."""
    if user.role == "admin":
        return true()
    own = col(Call.rep_id) == user.id
    if user.role == "manager":
        team = select(User.id).where(col(User.team_id) == user.team_id)
        return or_(own, and_(col(Call.rep_id).in_(team), col(Call.is_private).is_(False)))
    return own


def person(session: Session, name: str, role: str = "rep", team: Team | None = None) -> User:
    """Someone who works here."""
    one = User(email=f"{name}@seller.example", name=name, role=role, team_id=team and team.id)
    session.add(one)
    session.flush()
    return one


def held(  # noqa: PLR0913 (a call has many sides, and a test tells one of them)
    session: Session,
    rep: User,
    said: Sequence[Said],
    *,
    language: str = "en",
    day: float = 0,
    moments: Iterable[tuple[str, int]] = (),
    topics: Iterable[str] = (),
    facts: dict[str, Any] | None = None,
    **columns: Any,
) -> Call:
    """A call of one line after the other, ten seconds each, `day` days after MORNING."""
    started_at = MORNING + timedelta(days=day)
    call = Call(title="A call", rep_id=rep.id, started_at=started_at, state="ready", **columns)
    session.add(call)
    session.flush()
    lines = [("seller", one) if isinstance(one, str) else one for one in said]
    session.add_all(_utterance(call.id, n, language, *line) for n, line in enumerate(lines))
    shape: dict[str, Any] = {
        "duration_s": 10.0 * len(lines),
        "people": 2,
        "sellers": 1,
        "buyers": 1,
        "source": "diarized",
        **(facts or {}),
    }
    session.add(CallFacts(call_id=call.id, language=language, **shape))
    session.add_all(_moment(call.id, kind, n) for kind, n in moments)
    session.add_all(
        CallTopic(call_id=call.id, position=n, name=name, share=0.5)
        for n, name in enumerate(topics)
    )
    session.flush()
    gather_words(session, call.id)
    return call


def _utterance(call_id: UUID, n: int, language: str, side: str, text: str) -> Utterance:
    speaker = "S1" if side == "seller" else "S2"
    return Utterance(
        call_id=call_id,
        position=n,
        speaker=speaker,
        side=side,
        start_s=10.0 * n,
        end_s=10.0 * n + 8,
        language=language,
        text=text,
    )


def _moment(call_id: UUID, kind: str, n: int) -> Moment:
    return Moment(
        call_id=call_id,
        kind=kind,
        speaker="S2",
        utterance=n,
        start_s=10.0 * n,
        end_s=10.0 * n + 8,
        quote="...",
    )
