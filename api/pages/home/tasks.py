"""What waits for the reader: calls on their way, calls to check, promises, where they are named."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from api.pages.frame import Reader
from api.pages.library.lines import CallLine, line_of
from api.pages.words import Words, marked
from models.attention import CallToCheck, StepDue, calls_to_check, state_counts, steps_due
from models.calls import CallFilters, list_calls
from models.kpis import Rules
from models.lifecycle import IN_HAND
from models.mentions import MentionRow, list_mentions

_SHOWN = 6
_STEPS = 8
_WHY = {
    "failed": marked("It could not be heard"),
    "sides_unknown": marked("Who sells and who buys is unsure"),
    "no_deal": marked("It belongs to no deal yet"),
}
_STATES = {
    "kept": marked("Done"),
    "late": marked("Done late"),
    "not_due": marked("To do"),
    "forgotten": marked("Late"),
}
_SIGNS = {"kept": "check", "late": "check", "not_due": "step", "forgotten": "warn"}
_LONGEST_TEXT = 140


@dataclass(frozen=True, slots=True)
class Check:
    """A call to put right, and what is wrong with it."""

    path: str
    title: str
    day: str
    why: tuple[str, ...]
    failure: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """A promise of the reader's side; `state` is empty where nobody can tell."""

    text: str
    due: str
    state: str
    state_name: str
    sign: str
    path: str
    clock: str
    title: str
    deal_name: str | None
    deal_path: str | None


@dataclass(frozen=True, slots=True)
class Named:
    """A comment that names the reader."""

    path: str
    author: str
    text: str
    title: str
    ago: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """Calls that are being heard, `count` of them; `newest` are the last of all."""

    lines: tuple[CallLine, ...]
    count: int
    newest: tuple[CallLine, ...]
    calls: int
    """How many there are at all, as far as the reader may see them."""


def on_the_way(session: Session, reader: Reader) -> OnTheWay:
    """What is being heard, and the newest calls."""
    words, counts = reader.words, state_counts(session, reader.user)
    count = sum(counts.get(one, 0) for one in IN_HAND)
    filters = CallFilters(states=IN_HAND)
    rows = list_calls(session, reader.user, filters, limit=_SHOWN).items if count else ()
    newest = list_calls(session, reader.user, CallFilters(states=("ready",)), limit=_SHOWN).items
    return OnTheWay(
        tuple(line_of(row, words) for row in rows),
        count,
        tuple(line_of(row, words) for row in newest),
        sum(counts.values()),
    )


def to_check(session: Session, reader: Reader, now: datetime) -> tuple[Check, ...]:
    """Own calls of late that only a person can put right."""
    rows = calls_to_check(session, reader.user, now, _SHOWN)
    return tuple(_check(row, reader.words) for row in rows)


def due_steps(
    session: Session, reader: Reader, now: datetime, rules: Rules
) -> tuple[tuple[Step, ...], int]:
    """The promises of this week, late ones first, and how many more there are."""
    today = reader.words.today
    monday = today - timedelta(days=today.weekday())
    rows = steps_due(session, reader.user, monday, now, rules)
    order = {"forgotten": 0, "not_due": 1, None: 1, "late": 2, "kept": 3}
    rows = sorted(rows, key=lambda one: (order[one.state], one.due_on))
    return tuple(_step(row, reader.words) for row in rows[:_STEPS]), max(0, len(rows) - _STEPS)


def mentions(session: Session, reader: Reader) -> tuple[Named, ...]:
    """Where the reader is named, what they did not see first."""
    rows = list_mentions(session, reader.user, limit=5).items
    return tuple(_named(row, reader.words) for row in rows)


def _check(row: CallToCheck, words: Words) -> Check:
    why = tuple(words(_WHY[one]) for one in row.why)
    return Check(f"/calls/{row.call_id}", row.title, words.day(row.started_at), why, row.failure)


def _step(row: StepDue, words: Words) -> Step:
    state = row.state or ""
    return Step(
        text=row.text,
        due=words.weekday(row.due_on),
        state=state,
        state_name=words(_STATES[state]) if state else "",
        sign=_SIGNS.get(state, "step"),
        path=f"/calls/{row.call_id}?at={row.start_s:.2f}",
        clock=words.clock(row.start_s),
        title=row.title,
        deal_name=row.deal_name,
        deal_path=f"/deals/{row.deal_id}" if row.deal_id else None,
    )


def _named(row: MentionRow, words: Words) -> Named:
    comment, call = row.row.comment, row.call
    at = f"?at={comment.start_s:.2f}" if comment.start_s is not None else ""
    text = comment.text
    if len(text) > _LONGEST_TEXT:
        text = text[:_LONGEST_TEXT].rsplit(" ", 1)[0] + "\N{HORIZONTAL ELLIPSIS}"
    return Named(
        f"/calls/{call.id}{at}",
        row.row.author.name,
        text,
        call.title,
        words.ago(comment.created_at),
        row.seen_at is None,
    )
