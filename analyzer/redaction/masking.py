"""A hearing without what was found in it: a label in place of words, times as they were."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from analyzer.redaction.kinds import KINDS, Finding, Kind, label_of
from analyzer.speech import Hearing, Span, SpeakerId, Word
from analyzer.transcript import PAUSE_S, with_owners

_LEAD_S, _TAIL_S = 5.0, 1.0
_CLOSING = re.compile(r"[.,;:?!…]$")


@dataclass(frozen=True, slots=True)
class Masked:
    """A stretch of sound in which something of a kind is said."""

    kind: Kind
    span: Span


def mask(hearing: Hearing, findings: Sequence[Finding]) -> tuple[Hearing, tuple[Masked, ...]]:
    """The hearing with labels in place of what was found, and where it is said.

    `findings` are about the words in the order of `with_owners`.
    """
    kinds = _kinds(findings)
    if not kinds:
        return hearing, ()
    owned = with_owners(hearing)
    words: list[Word] = []
    owners: list[SpeakerId] = []
    masked: list[Masked] = []
    for group in _groups(owned, kinds):
        own = [owned.words[n] for n in group]
        kind = kinds.get(group[0])
        if kind is None:
            words += own
        else:
            span = Span(own[0].span.start, max(one.span.end for one in own))
            words.append(
                replace(own[0], span=span, text=_label(kind, own[-1].text, hearing.language))
            )
            masked.append(Masked(kind, _widened(owned.words, group, span)))
        owners += [owned.owners[group[0]]] * (len(own) if kind is None else 1)
    return replace(owned, words=tuple(words), owners=tuple(owners)), tuple(masked)


def _widened(words: Sequence[Word], group: Sequence[int], span: Span) -> Span:
    """The stretch with the pauses around it: a recogniser may place a long number too late.

    It ends where the words before and after it on its channel do.
    """
    inside, channel = set(group), words[group[0]].channel
    others = [one for n, one in enumerate(words) if n not in inside and one.channel == channel]
    before = [one.span.end for one in others if one.span.start <= span.start]
    after = [one.span.start for one in others if one.span.start >= span.end]
    start = max([0.0, span.start - _LEAD_S, *before])
    end = min([span.end + _TAIL_S, *after])
    return Span(min(span.start, start), max(span.end, end))


def mask_text(text: str, findings: Sequence[Finding], language: str) -> str:
    """The same for the words of a text."""
    kinds = _kinds(findings)
    said = text.split()
    told: list[str] = []
    for kind, group in groupby(range(len(said)), key=kinds.get):
        own = list(group)
        told += [said[n] for n in own] if kind is None else [_label(kind, said[own[-1]], language)]
    return " ".join(told)


def _kinds(findings: Sequence[Finding]) -> Mapping[int, Kind]:
    """The kind of each place; of two the surer."""
    found: dict[int, Kind] = {}
    for one in sorted(findings, key=lambda one: KINDS.index(one.kind)):
        for place in one.places:
            found.setdefault(place, one.kind)
    return found


def _label(kind: Kind, last: str, language: str) -> str:
    """The label, closed as the last word was."""
    closing = _CLOSING.search(last)
    return label_of(kind, language) + (closing.group() if closing else "")


def _groups(hearing: Hearing, kinds: Mapping[int, Kind]) -> Iterator[list[int]]:
    """Each place by itself, but those of one finding together, as far as one says them at once.

    What another says in between is left where it is: its own place comes after.
    """
    taken: set[int] = set()
    for place in range(len(hearing.words)):
        if place in taken:
            continue
        group = [place]
        kind = kinds.get(place)
        if kind is not None:
            group += _rest(hearing, kinds, place, kind)
        taken.update(group)
        yield group


def _rest(hearing: Hearing, kinds: Mapping[int, Kind], place: int, kind: Kind) -> Iterator[int]:
    owner, last = hearing.owners[place], place
    for after in range(place + 1, len(hearing.words)):
        if hearing.owners[after] != owner:
            continue
        pause = hearing.words[after].span.start - hearing.words[last].span.end
        if kinds.get(after) != kind or pause > PAUSE_S:
            return
        last = after
        yield after
