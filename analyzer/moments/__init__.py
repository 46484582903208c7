"""What is worth hearing again: one finder a kind of moment, all in one table."""

from collections.abc import Callable, Iterable

from analyzer.conversation import Conversation
from analyzer.moments.competitors import find_competitors
from analyzer.moments.decisions import find_decisions
from analyzer.moments.moment import Kind, Moment
from analyzer.moments.next_steps import find_agreements
from analyzer.moments.objections import find_objections
from analyzer.moments.pricing import find_prices
from analyzer.moments.questions import find_questions
from analyzer.moments.signals import find_fillers, find_signals, find_smalltalk
from analyzer.moments.trackers import find_trackers

Finder = Callable[[Conversation], Iterable[Moment]]

FINDERS: tuple[Finder, ...] = (
    find_questions,
    find_objections,
    find_prices,
    find_competitors,
    find_trackers,
    find_agreements,
    find_decisions,
    find_signals,
    find_smalltalk,
    find_fillers,
)
"""A new kind of moment is one finder here."""


def find_moments(conversation: Conversation) -> tuple[Moment, ...]:
    """Every moment of the call in time order; those at one time in the order of the table."""
    found = (moment for finder in FINDERS for moment in finder(conversation))
    return tuple(sorted(found, key=lambda moment: moment.quote.span.start))


__all__ = ["FINDERS", "Finder", "Kind", "Moment", "find_moments"]
