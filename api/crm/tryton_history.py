"""The stages of many deals over time, read from Tryton's history in as few calls as can be.

Tryton tells when each record changed, and what many of them held at one instant. A record holds
the same from one change to the next, so the instants to ask for are those that lie in each such
stretch at least once: the fewest there are.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from api.crm.tryton_rpc import ANYTHING, IDS, Rpc

MODEL = "model.sale.opportunity"
_TICK = timedelta(microseconds=1)
"""Tryton's instants go no finer."""
_AT_ONCE = 4
"""Instants asked for side by side: most of a call is waiting."""

Course = tuple[tuple[str, datetime], ...]
"""The states of one deal, each with the instant at which it began."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """From one change of a deal, until just before the next."""

    deal: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Present:
    """A deal as it is, and when it became so."""

    deal: int
    state: str
    changed_at: datetime


def instants(stretches: Iterable[tuple[datetime, datetime]]) -> list[datetime]:
    """The fewest instants such that each stretch (its end left out) holds one, in order of time."""
    chosen: list[datetime] = []
    for start, end in sorted(stretches, key=lambda one: one[1]):
        if start < end and (not chosen or chosen[-1] < start):
            chosen.append(end - _TICK)
    return chosen


def courses(
    rpc: Rpc, presents: Sequence[Present], states: Sequence[str], context: Mapping[str, Any]
) -> dict[int, Course]:
    """The states that deals went through, the present one last; `states` are all there are."""
    by_id = {one.deal: one for one in presents}
    revisions = rpc.call(ANYTHING, f"{MODEL}.history_revisions", list(by_id), context)
    changes = _changes(revisions, by_id)
    held = _held(rpc, _stretches(changes), states, context)
    return {
        deal: _compressed(
            [(held.get((deal, at)), at) for at in times[:-1]] + [(by_id[deal].state, times[-1])]
        )
        for deal, times in changes.items()
    }


def _changes(revisions: Any, presents: Mapping[int, Present]) -> dict[int, list[datetime]]:
    """When each deal changed; what happened after it was read is for the next time."""
    times: dict[int, set[datetime]] = defaultdict(set)
    for revision in revisions if isinstance(revisions, list) else ():
        match revision:
            case [datetime() as at, int() as deal, *_] if deal in presents:
                if at <= presents[deal].changed_at:
                    times[deal].add(at)
    return {deal: sorted(found) for deal, found in times.items()}


def _stretches(changes: Mapping[int, Sequence[datetime]]) -> list[Stretch]:
    """All but the last of each deal, which is the present."""
    return [
        Stretch(deal, start, end)
        for deal, times in changes.items()
        for start, end in pairwise(times)
    ]


def _held(
    rpc: Rpc, stretches: Sequence[Stretch], states: Sequence[str], context: Mapping[str, Any]
) -> dict[tuple[int, datetime], str]:
    """The state of a deal in each stretch, by the stretch's start."""
    chosen = instants((one.start, one.end) for one in stretches)
    asked: dict[datetime, list[Stretch]] = defaultdict(list)
    for stretch in stretches:
        asked[chosen[bisect_left(chosen, stretch.start)]].append(stretch)

    def look(at: datetime) -> list[tuple[Stretch, str]]:
        wanted = asked[at]
        as_of = {**context, "_datetime": at}
        found = _states_at(rpc, {one.deal for one in wanted}, states, as_of)
        return [(one, found[one.deal]) for one in wanted if one.deal in found]

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        looked = [known for part in pool.map(look, list(asked)) for known in part]
    return {(one.deal, one.start): state for one, state in looked}


def _states_at(
    rpc: Rpc, deals: set[int], states: Sequence[str], context: Mapping[str, Any]
) -> dict[int, str]:
    """What deals were at an instant; those that were out of the user's sight then are left out.

    Asked for state by state: to read a deal as of an instant, Tryton goes through the history of
    all deals, to search among some it goes through theirs.
    """
    found: dict[int, str] = {}
    for state in states:
        missing = sorted(deals - found.keys())
        if not missing:
            break
        domain = [["id", "in", missing], ["state", "=", state]]
        ids = rpc.call(IDS, f"{MODEL}.search", domain, 0, None, None, context)
        found.update(dict.fromkeys(ids, state))
    return found


def _compressed(changes: Iterable[tuple[str | None, datetime]]) -> Course:
    """Only the changes of state."""
    course: list[tuple[str, datetime]] = []
    for state, at in changes:
        if state is not None and (not course or course[-1][0] != state):
            course.append((state, at))
    return tuple(course)
