"""What a search finds: calls, each with the places in it, and where the next page begins."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from models.errors import BadInput

Order = Literal["newest", "best"]
MOST_CALLS = 50
"""On one page."""
COUNTED = 1000
"""Calls are counted up to here; more are "1,000+"."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page is asked for: `cursor` is the `next` of the page before."""

    limit: int = 20
    cursor: str | None = None
    order: Order = "newest"


FIRST_PAGE = Asked()


@dataclass(frozen=True, slots=True)
class Line:
    """A piece of what one person said.

    `utterance` is the position of all they said there, which lasts from `start_s` to `end_s`.
    `marks` are the found words as half-open ranges of characters of `text`. The flags say that
    they said more.
    """

    utterance: int
    speaker: str
    side: str
    start_s: float
    end_s: float
    text: str
    marks: tuple[tuple[int, int], ...] = ()
    is_cut_before: bool = False
    is_cut_after: bool = False


@dataclass(frozen=True, slots=True)
class Snippet:
    """A place in a call: it plays from `at_s` to `end_s`.

    Words are found in one line, and `at_s` is where the first of them is, told from its place in
    the utterance. A passage found by its meaning may have lines of several people.
    """

    at_s: float
    end_s: float
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class FoundCall:
    """A call with the places found in it, in the order they play.

    `places` counts all of them, also those not shown. `score` compares the calls of one search: how
    often and how close together words were said, or the cosine of the nearest passage.
    """

    call_id: UUID
    title: str
    started_at: datetime
    rep_id: UUID
    deal_id: UUID | None
    account_id: UUID | None
    places: int
    score: float
    snippets: tuple[Snippet, ...]


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Some of the calls found; `next` is the cursor of the page after, None on the last.

    `total` counts the calls found, `is_exact` unless there are at least so many. `looked_back_to`
    is set when the search paused before the page was full: calls before that instant are looked
    into from `next` on. `best_of` is set when only so many of the newest calls were compared.
    """

    calls: tuple[FoundCall, ...]
    next: str | None
    total: int
    is_exact: bool
    looked_back_to: datetime | None = None
    best_of: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the results a page ends; `score` only where the best come first."""

    started_at: datetime
    call_id: UUID
    score: float | None = None


def check_asked(asked: Asked) -> None:
    """Raise BadInput for a page that cannot be."""
    if not 1 <= asked.limit <= MOST_CALLS:
        raise BadInput(f"limit: from 1 to {MOST_CALLS}")
    if asked.order not in ("newest", "best"):
        raise BadInput("order: newest or best")


_NOT_OURS = "cursor: take it from `next` of the page before, of the same search"


def write_cursor(*places: Place) -> str:
    """The places as letters that a URL takes."""
    plain = [[one.started_at.isoformat(), str(one.call_id), one.score] for one in places]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def read_cursor(cursor: str, count: int) -> tuple[Place, ...]:
    """The places of a cursor. Raises BadInput unless it is ours and holds so many."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        plain = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        places = tuple(_place(*one) for one in plain)
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise BadInput(_NOT_OURS) from None
    if len(places) != count:
        raise BadInput(_NOT_OURS)
    return places


def _place(started_at: str, call_id: str, score: float | None) -> Place:
    instant = datetime.fromisoformat(started_at)
    if instant.tzinfo is None:
        raise ValueError
    return Place(instant, UUID(call_id), None if score is None else float(score))
