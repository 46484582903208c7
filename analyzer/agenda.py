"""What was planned against what was really discussed."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analyzer.conversation import Conversation, Quote, quote
from analyzer.course import evidence, is_covered, likeliest, signs
from analyzer.moments import Moment
from analyzer.reading import Sentence
from analyzer.recording import AgendaItem
from analyzer.relevance import relate
from analyzer.speech import Span, SpeakerId
from analyzer.timeline import union

Status = Literal["covered", "touched", "not_found"]
Places = NDArray[np.int_]
"""Indexes of sentences."""

_NAMED = 0.4
"""How surely words must name an item that is only touched."""
_REACH = 8
"""Sentences that go on with an item without a sign of it."""
_QUOTES = 3
_LEAST_S, _LEAST_SHARE = 15.0, 0.04
"""What an unplanned stretch takes to be worth telling."""
_NAME_WORDS = 6
_NAMING = frozenset({"ADJ", "NOUN", "PROPN"})


@dataclass(frozen=True, slots=True)
class ItemCoverage:
    """What became of one item; `share` of the talk it took, None when nothing was found."""

    item: AgendaItem
    status: Status
    share: float | None = None
    first_at: float | None = None
    raised_by: SpeakerId | None = None
    quotes: tuple[Quote, ...] = ()
    spans: tuple[Span, ...] = ()
    """Where it was talked about."""


@dataclass(frozen=True, slots=True)
class Unplanned:
    """A stretch of the call that no planned item accounts for."""

    name: str
    span: Span
    share: float
    quote: Quote


@dataclass(frozen=True, slots=True)
class Coverage:
    """The agenda as planned, the order it came in, and what came besides.

    `share` is the part of the planned items that were covered, None without an agenda.
    """

    items: tuple[ItemCoverage, ...] = ()
    share: float | None = None
    order: tuple[str, ...] = ()
    """Ids of the items found, by the time they first came up."""
    unplanned: tuple[Unplanned, ...] = ()


def cover_agenda(conversation: Conversation, moments: Sequence[Moment]) -> Coverage:
    """Match each planned item with what was said.

    Items with the same words are one. Where meaning is not known, words and usual phrases decide.
    """
    items = conversation.meeting.agenda
    if not items or not conversation.sentences:
        return Coverage(
            tuple(ItemCoverage(one, "not_found") for one in items), 0.0 if items else None
        )
    alike: dict[tuple[str, ...], AgendaItem] = {}
    keys = [_key(one, conversation) for one in items]
    for key, item in zip(keys, items, strict=True):
        alike.setdefault(key, item)
    told = _Told(conversation, tuple(alike.values()), moments)
    found = {key: told.coverage(n) for n, key in enumerate(alike)}
    covered = tuple(replace(found[key], item=one) for key, one in zip(keys, items, strict=True))
    return Coverage(
        covered,
        sum(one.status == "covered" for one in covered) / len(covered),
        _order(covered),
        told.unplanned([one.status == "covered" for one in found.values()]),
    )


def _key(item: AgendaItem, talk: Conversation) -> tuple[str, ...]:
    return talk.lexicon.tokens(" ".join((item.title, *item.keywords))) or (item.title,)


def _order(covered: Sequence[ItemCoverage]) -> tuple[str, ...]:
    firsts = [(one.first_at, n) for n, one in enumerate(covered) if one.first_at is not None]
    return tuple(dict.fromkeys(covered[n].item.id for _, n in sorted(firsts)))


class _Told:
    """The call laid over its agenda."""

    def __init__(
        self,
        talk: Conversation,
        items: Sequence[AgendaItem],
        moments: Sequence[Moment],
    ) -> None:
        self.talk, self.items = talk, items
        self.relevance = relate(talk, items, moments)
        lengths = np.array([len(one.words) for one in talk.sentences], dtype=float)
        self.odds = evidence(self.relevance, lengths)
        self.course = likeliest(self.odds, self.relevance.silent)
        self.covered = is_covered(signs(self.relevance, self.odds, self.course))
        self.seconds = np.array([one.span.seconds for one in talk.sentences])
        self.whole_s = float(self.seconds.sum()) or 1.0

    def coverage(self, n: int) -> ItemCoverage:
        """What became of an item."""
        item, places = self.items[n], self._places(n)
        if not len(places):
            return ItemCoverage(item, "not_found")
        first = self.talk.sentences[places[0]]
        return ItemCoverage(
            item,
            "covered" if self.covered[n] else "touched",
            min(1.0, float(self.seconds[places].sum()) / self.whole_s),
            first.span.start,
            first.speaker,
            tuple(quote(self.talk.sentences[at]) for at in self._best(n, places)),
            union(self.talk.sentences[at].span for at in places),
        )

    def _places(self, n: int) -> Places:
        """The sentences about an item: its part of the call, else those that name it."""
        own = np.flatnonzero(self.course == n)
        telling = own[self.odds[n, own] > 0]
        if len(telling):
            apart = own[:, None] - telling
            since: Places = own[((apart >= 0) & (apart <= _REACH)).any(axis=1)]
            return since
        named = np.flatnonzero(self.relevance.words[n] >= _NAMED)
        if len(named) or not self.covered[n]:
            return named
        return np.array([self.odds[n].argmax()])

    def _best(self, n: int, places: Places) -> list[int]:
        """The sentences that show it best, in time order; short ones show little."""
        ranked = sorted(places.tolist(), key=lambda at: (-self.odds[n, at], at))
        return sorted(ranked[:_QUOTES])

    def unplanned(self, covered: Sequence[bool]) -> tuple[Unplanned, ...]:
        """The stretches that no covered item accounts for, but for how the call starts and ends."""
        kept = self.relevance.silent.copy()
        for n in np.flatnonzero(covered):
            kept[self._places(int(n))] = True
        inside = np.flatnonzero(kept)
        if not len(inside):
            return ()
        found = []
        for is_kept, run in groupby(range(inside[0], inside[-1] + 1), key=lambda at: kept[at]):
            held = list(run)
            seconds = float(self.seconds[held].sum())
            if not is_kept and seconds >= _LEAST_S and seconds >= _LEAST_SHARE * self.whole_s:
                found.append(self._unplanned([self.talk.sentences[at] for at in held], seconds))
        return tuple(found)

    def _unplanned(self, said: Sequence[Sentence], seconds: float) -> Unplanned:
        telling = max(said, key=lambda one: len(one.words))
        span = Span(said[0].span.start, max(one.span.end for one in said))
        share = min(1.0, seconds / self.whole_s)
        return Unplanned(_name(said, telling), span, share, quote(telling))


def _name(said: Sequence[Sentence], telling: Sentence) -> str:
    """The noun phrase said most, the longest of those; else the first words of a sentence."""
    counts = Counter(phrase for one in said for phrase in _phrases(one))
    if counts:
        return min(counts, key=lambda one: (-counts[one], -len(one.split()), one))
    return " ".join(word.text for word in telling.words[:_NAME_WORDS])


def _phrases(sentence: Sentence) -> Iterator[str]:
    """Nouns with the nouns and adjectives right before them."""
    for is_named, run in groupby(sentence.tokens, key=lambda token: token.pos in _NAMING):
        held = list(run)
        if is_named and held[-1].pos != "ADJ":
            yield " ".join(token.text.lower() for token in held)
