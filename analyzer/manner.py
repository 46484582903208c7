"""Who talks like a seller, by the meaning of all that each one says."""

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from analyzer.clues import Clue
from analyzer.lexicon import Lexicon
from analyzer.linear import load_reading
from analyzer.lines import QUOTE_WORDS, as_said
from analyzer.meaning import Meaning
from analyzer.reading import Sentence
from analyzer.recording import Side
from analyzer.speech import SpeakerId

LEAST_WORDS = 3
"""Shorter sentences are anybody's."""
FEW = 5.0
"""Weighs like so many sentences that speak for neither side."""
SCALE = 12.0
"""Clue weight per unit of difference; `readings_fit` prints the differences of calls left out."""
MOST = 5.0
"""However far apart two people sound: a name or a channel may know better."""


def sides_by_manner(
    sentences: Sequence[Sentence], meaning: Meaning | None, lexicon: Lexicon
) -> tuple[Clue, ...]:
    """A clue for each speaker, by how far from the call's middle they sound; none for one alone."""
    if meaning is None:
        return ()
    read = load_reading("sides").read(meaning.rows)
    kept = [
        one
        for one in sentences
        if len(one.words) >= LEAST_WORDS
        and not one.is_backchannel
        and one.index not in meaning.borrowed
    ]
    leanings = dict(_leanings(kept, read))
    if len(leanings) < 2:
        return ()
    middle = (max(leanings.values()) + min(leanings.values())) / 2
    scale = min(SCALE, MOST / max(1e-9, max(leanings.values()) - min(leanings.values())))
    return tuple(
        _clue(speaker, scale * (leaning - middle), kept, read, lexicon)
        for speaker, leaning in leanings.items()
    )


def _leanings(
    sentences: Sequence[Sentence], read: NDArray[np.float32]
) -> Iterator[tuple[SpeakerId, float]]:
    """How each speaker sounds over all of their sentences; few sentences say little."""
    own: dict[SpeakerId, list[float]] = {}
    for one in sentences:
        own.setdefault(one.speaker, []).append(float(read[one.index]))
    for speaker, values in own.items():
        yield speaker, sum(values) / (len(values) + FEW)


def _clue(
    speaker: SpeakerId,
    weight: float,
    sentences: Sequence[Sentence],
    read: NDArray[np.float32],
    lexicon: Lexicon,
) -> Clue:
    """The clue with the most telling sentence as its reason."""
    sign, side = (1, Side.SELLER) if weight >= 0 else (-1, Side.BUYER)
    own = [one for one in sentences if one.speaker == speaker]
    told = max(own, key=lambda one: sign * float(read[one.index]))
    said = lexicon.quoted(as_said(islice(told.words, QUOTE_WORDS)))
    return Clue(speaker, side, abs(weight), lexicon.why(f"talks_{side}", quotes=said))
