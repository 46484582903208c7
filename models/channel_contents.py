"""What a message of a channel tells, by what its reader may see when it is sent.

Of calls it has titles, names and numbers, nothing that was said; of a comment that names its
reader, how it begins.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from models.channel_messages import Taken
from models.channel_weeks import due_of
from models.digest_contents import Told, told_in
from models.digests import Due
from models.kpis import Rules
from models.rights import may_see
from models.tables import Account, Call, CallFacts, Comment, Deal, Mention, User

LONGEST_COMMENT = 200
_CUT = "\N{HORIZONTAL ELLIPSIS}"


@dataclass(frozen=True, slots=True)
class CallTold:
    """A call that can be read now; None is not known. `talk_ratio` is the seller's share."""

    call_id: UUID
    title: str
    rep: str
    account: str | None
    duration_s: float
    talk_ratio: float | None
    next_steps: int | None


@dataclass(frozen=True, slots=True)
class MentionTold:
    """A comment that names the reader, as far as it is told."""

    call_id: UUID
    title: str
    author: str
    text: str
    start_s: float | None


@dataclass(frozen=True, slots=True)
class WeekTold:
    """A week that ended, as digests tell it."""

    told: Told
    due: Due


@dataclass(frozen=True, slots=True)
class TestTold:
    """That the channel works."""

    __test__ = False  # no test of pytest's


Contents = CallTold | MentionTold | WeekTold | TestTold


def contents_of(
    session: Session, taken: Taken, reader: User, rules: Rules, now: datetime
) -> Contents | None:
    """What a message tells its reader; None when that is none of theirs any more."""
    about = taken.about
    if not reader.is_active:
        return None
    match about.event:
        case "test":
            return TestTold()
        case "weekly_digest" if about.week_until is not None:
            due = due_of(reader, about.week_until)
            return WeekTold(told_in(session, reader, due, rules, now), due)
        case "call_ready":
            return _call(session, taken, reader)
        case "mention":
            return _mention(session, taken, reader)
    return None


def _call(session: Session, taken: Taken, reader: User) -> CallTold | None:
    call = _seen(session, taken, reader)
    facts = session.get(CallFacts, call.id) if call is not None else None
    if call is None or facts is None or not _is_wanted(session, call, taken, reader):
        return None
    return CallTold(
        call.id,
        call.title,
        session.get_one(User, call.rep_id).name,
        _account(session, call),
        facts.duration_s,
        facts.talk_ratio,
        facts.next_steps,
    )


def _account(session: Session, call: Call) -> str | None:
    """The name of the call's account, or of its deal's."""
    deal = session.get(Deal, call.deal_id) if call.deal_id else None
    account_id = call.account_id or (deal.account_id if deal else None)
    account = session.get(Account, account_id) if account_id else None
    return account.name if account else None


def _is_wanted(session: Session, call: Call, taken: Taken, reader: User) -> bool:
    """Whether it is the reader's own, or still of the team whose calls they asked for."""
    if call.rep_id == reader.id:
        return True
    team_id = session.get_one(User, call.rep_id).team_id
    is_theirs = team_id is not None and team_id == reader.team_id and not call.is_private
    return is_theirs and taken.whose == "team" and reader.role != "rep"


def _mention(session: Session, taken: Taken, reader: User) -> MentionTold | None:
    call, comment_id = _seen(session, taken, reader), taken.about.comment_id
    if call is None or session.get(Mention, (comment_id, reader.id)) is None:
        return None
    comment = session.get_one(Comment, comment_id)
    author = session.get_one(User, comment.author_id)
    return MentionTold(call.id, call.title, author.name, cut(comment.text), comment.start_s)


def _seen(session: Session, taken: Taken, reader: User) -> Call | None:
    call_id = taken.about.call_id
    if call_id is None or not may_see(session, reader, call_id):
        return None
    return session.get_one(Call, call_id)


def cut(text: str) -> str:
    """How a comment begins."""
    return text if len(text) <= LONGEST_COMMENT else f"{text[: LONGEST_COMMENT - 1]}{_CUT}"
