"""How much each sentence of a call has to do with each item of its agenda."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, takewhile

import numpy as np
from numpy.typing import NDArray

from analyzer.conversation import Conversation
from analyzer.meaning import rows_of
from analyzer.moments import Moment
from analyzer.reading import Sentence, Vectors
from analyzer.recording import AgendaItem
from analyzer.subjects import Subject, concepts_of, stem, subjects_of, words_of

Grid = NDArray[np.float64]
"""One row an item, one column a sentence; or one of both."""
Mask = NDArray[np.bool_]
"""Some of the sentences."""

MOMENTS: Mapping[str, str] = {
    "competition": "competitor",
    "next_steps": "next_step",
    "booking": "next_step",
}
"""Moments that show that a part of sales calls is talked about; sums of money are everywhere."""

CLOSING = frozenset({"next_steps", "booking", "signature"})
"""What calls end with, whatever they ran out of time for."""

_SURE = 0.8
"""How sure a rare word of a title is to speak of its item."""
_BESIDE = 0.5
"""What a word counts for in the sentences beside its own."""
_AROUND = np.array([0.3, 0.5, 0.7, 0.9, 1.0, 0.9, 0.7, 0.5, 0.3])
"""What is meant shows in several sentences together."""
_USUAL_SENTENCES = 100
_OPENING_SHARE = 0.25
_OPENING_SENTENCES = 30
_NAMES = 0.45
"""How surely a sentence names an item by its own words, not by those beside it."""
_BEFORE, _AFTER = 4, 2
"""Sentences that go with one that puts something off."""


@dataclass(frozen=True, slots=True)
class Relevance:
    """What ties sentences to items: words, usual phrases, meaning.

    `silent` sentences count for no item: they read out the agenda or leave something for
    another time. `listed` and `put_off` say by item, 0 to 1, how surely it is named there, `late`
    how late it is planned.
    """

    words: Grid
    phrases: Grid
    meaning: Grid
    silent: Mask
    listed: Grid
    put_off: Grid
    late: Grid


def relate(talk: Conversation, items: Sequence[AgendaItem], moments: Sequence[Moment]) -> Relevance:
    """Hold every sentence to every item; both must be there."""
    subjects = subjects_of(talk, items)
    words = _Words(talk, subjects)
    phrases = _Phrases(talk, subjects, moments)
    listed = _opening(talk, subjects, words, phrases)
    everywhere = np.ones(len(talk.sentences), dtype=bool)
    names = [words.named(one, everywhere) >= _NAMES for one in subjects]
    has_own = np.any([*words.said.values(), ~everywhere], axis=0)
    put_off = _put_off(talk, listed, np.any(names, axis=0) & has_own)
    silent = listed | put_off
    return Relevance(
        np.stack([words.named(one, ~silent) for one in subjects]),
        np.stack([phrases.touched(one, ~silent) for one in subjects]),
        _meaning(talk, items, ~silent),
        silent,
        np.array([words.named(one, listed)[listed].max(initial=0.0) for one in subjects]),
        np.array([words.named(one, put_off)[put_off].max(initial=0.0) for one in subjects]),
        _late(subjects),
    )


def _late(subjects: Sequence[Subject]) -> Grid:
    """0 for the first item to 1 for the last; what calls end with anyway is between."""
    late = np.linspace(0.0, 1.0, len(subjects))
    late[[bool(concepts_of(one) & CLOSING) for one in subjects]] = 0.5
    return late


class _Words:
    """Where the words of titles are said."""

    def __init__(self, talk: Conversation, subjects: Sequence[Subject]) -> None:
        shared = Counter(key for one in dict.fromkeys(subjects) for key in words_of(one))
        self.size = len(talk.sentences)
        self.said = {key: np.zeros(self.size) for key in sorted(shared)}
        for sentence in talk.sentences:
            for token in sentence.plain.split():
                row = self.said.get(stem(token, talk.lexicon))
                if row is not None:
                    row[sentence.index] = 1.0
        self.weight = {
            key: _rarity(row) / float(np.sqrt(shared[key])) for key, row in self.said.items()
        }

    def named(self, subject: Subject, heard: Mask) -> Grid:
        """By sentence, how surely the words `heard` there name an item, 0 to 1."""
        rows = [np.zeros(self.size)]
        for group in subject:
            unsaid = np.ones(self.size)
            for part in group:
                if not part.is_concept:
                    strength = _SURE * part.weight * self.weight[part.key]
                    unsaid *= 1.0 - strength * _spread(self.said[part.key] * heard)
            rows.append(1.0 - unsaid)
        most: Grid = np.max(rows, axis=0)
        return most


class _Phrases:
    """Where the usual parts of sales calls are talked about."""

    def __init__(
        self,
        talk: Conversation,
        subjects: Sequence[Subject],
        moments: Sequence[Moment],
    ) -> None:
        wanted = frozenset().union(*map(concepts_of, subjects))
        self.size = len(talk.sentences)
        shown = _shown(talk, moments)
        self.said = {key: self._row(talk, key, shown) for key in sorted(wanted)}

    def _row(self, talk: Conversation, concept: str, shown: Mapping[str, Sequence[int]]) -> Grid:
        """How many of a concept's phrases each sentence has; so does a moment."""
        row = count_phrases(talk, f"agenda.{concept}.said")
        for at in shown.get(MOMENTS.get(concept, ""), ()):
            row[at] += 1
        return row

    def touched(self, subject: Subject, heard: Mask) -> Grid:
        """By sentence, how much of what is usually said of such an item it says, 0 to 1."""
        rows = [np.zeros(self.size)]
        for group in subject:
            for part in group:
                if part.is_concept:
                    row = self.said[part.key].clip(max=2.0) / 2
                    rows.append(_spread(part.weight * row * heard))
        most: Grid = np.max(rows, axis=0)
        return most


def count_phrases(talk: Conversation, key: str) -> Grid:
    """How many phrases under a key of [cues] each sentence has."""
    row = np.zeros(len(talk.sentences))
    text = "".join(sentence.plain for sentence in talk.sentences)
    starts = np.cumsum([0, *(len(sentence.plain) for sentence in talk.sentences)])
    for phrase in talk.lexicon.cue(key):
        places = [match.start() for match in phrase.finditer(text)]
        hit = np.unique(np.searchsorted(starts, places, side="right") - 1)
        row[hit.astype(int)] += 1
    return row


def _shown(talk: Conversation, moments: Sequence[Moment]) -> dict[str, list[int]]:
    """The sentences in which moments are, by their kind."""
    by_utterance: dict[int, list[Sentence]] = {}
    for sentence in talk.sentences:
        by_utterance.setdefault(sentence.utterance, []).append(sentence)
    found: dict[str, list[int]] = {}
    for moment in moments:
        held = by_utterance.get(moment.quote.utterance, [])
        places = (one.index for one in held if one.span.overlap(moment.quote.span) > 0)
        found.setdefault(moment.kind, []).extend(places)
    return found


def _rarity(row: Grid) -> float:
    """1 for a word said once, towards 0 for one that is in every sentence of a usual call."""
    repeats = max(0.0, float(row.sum()) - 1.0)
    return 1.0 - float(np.log1p(repeats) / np.log1p(max(len(row), _USUAL_SENTENCES)))


def _spread(row: Grid) -> Grid:
    """What a sentence says counts for half in the ones beside it."""
    beside = np.zeros(len(row) + 2)
    beside[:-2] = row
    beside[2:] = np.maximum(beside[2:], row)
    result: Grid = np.maximum(row, _BESIDE * beside[1:-1])
    return result


def _meaning(talk: Conversation, items: Sequence[AgendaItem], heard: Mask) -> Grid:
    """By item and sentence, how much nearer than usual: to other sentences and other titles."""
    if talk.meaning is None:
        return np.zeros((len(items), len(talk.sentences)))
    foreign = talk.lexicon.examples.get("agenda.others", ())
    titles = [" ".join((item.title, *item.keywords)) for item in items]
    around = _windows(talk.meaning.rows, talk.sentences, heard)
    embedder = talk.meaning.embedder
    rows = np.vstack([embedder.embed(titles), rows_of(tuple(foreign), embedder)])
    near = rows.astype(np.float64) @ around.T
    near -= near.mean(axis=1, keepdims=True)
    near -= near.mean(axis=0, keepdims=True)
    scale = float(near.std()) or 1.0
    result: Grid = near[: len(items)] / scale
    return result


def _windows(vectors: Vectors, sentences: Sequence[Sentence], heard: Mask) -> Grid:
    """The vectors of sentences with those around them; long sentences weigh more."""
    weights = np.array([min(len(one.words), 25.0) for one in sentences]) * (heard + 1e-3)
    rows = vectors.astype(np.float64) * weights[:, None]
    half = len(_AROUND) // 2
    padded = np.pad(rows, ((half, half), (0, 0)))
    summed = sum(padded[n : n + len(rows)] * weight for n, weight in enumerate(_AROUND))
    lengths = np.linalg.norm(summed, axis=1, keepdims=True)
    result: Grid = summed / np.maximum(lengths, 1e-9)
    return result


def _opening(
    talk: Conversation,
    subjects: Sequence[Subject],
    words: _Words,
    phrases: _Phrases,
) -> Mask:
    """The sentences near the start that read out the agenda."""
    silent = np.zeros(len(talk.sentences), dtype=bool)
    end = talk.transcript.duration_s * _OPENING_SHARE
    early = [
        one for one in talk.sentences[:_OPENING_SENTENCES] if one.span.start <= end or one.index < 8
    ]
    heads = [_keys(subject) for subject in subjects]
    announces = count_phrases(talk, "agenda.opening") > 0
    adds = count_phrases(talk, "agenda.added") > 0
    for _, run in groupby(early, key=lambda one: one.utterance):
        said = list(run)
        for sentence in said:
            named = _named_items(sentence.index, heads, words, phrases)
            is_list = named >= 2 and (announces[sentence.index] or (named >= 3 and len(said) <= 6))
            follows = silent[max(0, sentence.index - 3) : sentence.index].any()
            is_added = follows and adds[sentence.index] and len(sentence.words) <= 12
            silent[sentence.index] = is_list or is_added
    return silent


def _keys(subject: Subject) -> frozenset[tuple[str, bool]]:
    return frozenset((part.key, part.is_concept) for group in subject for part in group)


def _named_items(
    at: int, heads: Sequence[frozenset[tuple[str, bool]]], words: _Words, phrases: _Phrases
) -> int:
    """How many different items a sentence names: none twice, by no word twice."""
    free = {
        (key, is_concept)
        for key, is_concept in frozenset().union(*heads)
        if (phrases.said if is_concept else words.said)[key][at] > 0
    }
    count = 0
    for head in dict.fromkeys(heads):
        if head & free:
            count += 1
            free -= head
    return count


def _put_off(talk: Conversation, listed: Mask, named: Mask) -> Mask:
    """The sentences that leave something for another time, with those they speak of.

    One that names no item speaks of what was named just before, or else of what was said there;
    the answers to it go with it until an item is named.
    """
    said = count_phrases(talk, "agenda.put_off") > 0
    held = np.zeros(len(talk.sentences), dtype=bool)
    for at in np.flatnonzero(said & ~listed).tolist():
        before = _beside(talk, range(at - 1, at - 1 - _BEFORE, -1), at)
        after = _beside(talk, range(at + 1, at + 1 + _AFTER), at)
        if not named[at]:
            names = next((n for n, near in enumerate(before) if named[near]), len(before))
            held[before[: names + 1]] = True
        held[[at, *takewhile(lambda near: not named[near], after)]] = True
    return held & ~listed


def _beside(talk: Conversation, places: Iterable[int], at: int) -> list[int]:
    """Those of the places that are in the same utterance or the ones beside it."""
    turn, size = talk.sentences[at].utterance, len(talk.sentences)
    inside = (near for near in places if 0 <= near < size)
    return [near for near in inside if abs(talk.sentences[near].utterance - turn) <= 1]
