"""What a call was about, in the words that were said."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from math import log2

import numpy as np

from analyzer.agenda import Coverage, ItemCoverage
from analyzer.conversation import Conversation, Quote, quote
from analyzer.phrases import NounGrammar, NounPhrase, noun_phrases
from analyzer.reading import Sentence
from analyzer.recording import Side
from analyzer.speech import Span
from analyzer.timeline import shared_s, union

MOST = 8
"""Topics of a long call; a short one has fewer, one more for every `SENTENCES_EACH`."""
SENTENCES_EACH = 4
MOST_PLANNED = 5
NAMES = 2
"""Phrases that name a topic, besides the title of a planned one."""
NEAR_S = 15.0
"""A subject that comes back within this time was not left."""
QUOTES = 3
CANDIDATES = 60
"""Phrases that may name a topic; those that rank lower are not looked at again."""
COMPARED = 24
"""The first of them, whose meanings are compared."""

# What the weight of a word is multiplied with, by what it is; fitted to labelled calls.
_WORDS = (("general", 0.1), ("common", 0.5), ("key", 1.5))
_PLANNED = 1.6
_BOTH_SIDES = 1.3
# And that of a phrase: of a single word, of names alone, said in one sentence, said again.
_SINGLE, _NAME, _ONCE, _AGAIN = 0.7, 0.6, 0.85, 0.15
_TOLD = 0.6
"""What a phrase keeps of its weight where chosen topics already account for all its mentions."""
_STEM = 5
_ALIKE = 3.0
"""Phrases nearer than others of the call by this many standard deviations mean the same."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A subject with the stretches in which it was talked about.

    `share` is of all the talk; `seller_share` of the talk about the topic, None when the sides
    are not known.
    """

    name: str
    share: float
    spans: tuple[Span, ...]
    quotes: tuple[Quote, ...]
    seller_share: float | None = None


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A phrase that may name a topic, by its lemmas, and the sentences that mention any."""

    lemmas: tuple[str, ...]
    text: str
    weight: float
    sentences: frozenset[int]


def find_topics(conversation: Conversation, coverage: Coverage) -> tuple[Topic, ...]:
    """The key topics, longest first: what was planned and discussed, and what else was said most.

    A phrase weighs as much as its words tell this call from any other: said often, by both
    sides, planned, or what deals turn on. Each topic is the heaviest phrase left in what the
    topics before it do not account for, with the phrase that is mostly said along with it.
    """
    said = [one for one in conversation.sentences if not one.is_backchannel]
    grammar = NounGrammar.of(conversation.lexicon)
    phrases = [phrase for one in said for phrase in noun_phrases(one, grammar)]
    candidates = _candidates(phrases, _weights(phrases, conversation))
    choice = _Choice(_merged(candidates, conversation), conversation.sentences)
    limit = min(MOST, 1 + len(said) // SENTENCES_EACH)
    planned = [_planned_topic(item, choice, conversation) for item in _discussed(coverage)]
    others = islice(choice.topics(), max(0, limit - len(planned)))
    found = (*planned, *(_topic(names, conversation) for names in others))
    return tuple(sorted(found, key=lambda topic: -topic.share))


def _weights(phrases: Sequence[NounPhrase], conversation: Conversation) -> dict[str, float]:
    """What every lemma says of the call's subjects."""
    mentions = _mentions(phrases)
    lexicon = conversation.lexicon
    factors = {
        lemma: factor
        for name, factor in _WORDS
        for lemma in lexicon.words.get("topics", {}).get(name, "").split()
    }
    planned, own = _planned(conversation), _own_names(conversation)
    weights = {}
    for lemma, places in mentions.items():
        weight = log2(1 + len(places))
        speakers = {conversation.sentences[place].speaker for place in places}
        weight *= _BOTH_SIDES if len(speakers) > 1 else 1.0
        weight *= _PLANNED if lemma[:_STEM] in planned else 1.0
        weight *= factors.get(lemma, 1.0)
        weights[lemma] = 0.0 if lemma in own else weight
    return weights


def _mentions(phrases: Iterable[NounPhrase]) -> dict[str, set[int]]:
    """The sentences of every lemma."""
    mentions: dict[str, set[int]] = defaultdict(set)
    for phrase in phrases:
        for lemma in phrase.lemmas:
            mentions[lemma].add(phrase.sentence)
    return mentions


def _planned(conversation: Conversation) -> frozenset[str]:
    """How the words of the agenda begin, which is more than how they end."""
    texts = (text for item in conversation.meeting.agenda for text in (item.title, *item.keywords))
    tokens = (token for text in texts for token in conversation.lexicon.tokens(text))
    return frozenset(token[:_STEM] for token in tokens if len(token) >= _STEM)


def _own_names(conversation: Conversation) -> frozenset[str]:
    """Words that name who was invited and whom they work for: no topics."""
    people = conversation.meeting.participants
    names = [text for one in people for text in (one.name, one.company or "")]
    names += [name for name in conversation.names.values() if name]
    return frozenset(token for name in names for token in conversation.lexicon.tokens(name))


def _candidates(
    phrases: Sequence[NounPhrase], weights: Mapping[str, float]
) -> tuple[_Candidate, ...]:
    """The heaviest phrases, each by its lemmas in whatever order and the words said most."""
    mentions = _mentions(phrases)
    texts: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for phrase in phrases:
        texts[tuple(sorted(set(phrase.lemmas)))][phrase.text] += 1
    found = []
    for lemmas, said in texts.items():
        text, _ = said.most_common(1)[0]
        weight = _weight(lemmas, weights) * (1 + _AGAIN * log2(said.total()))
        sentences = frozenset[int]().union(*(mentions[one] for one in lemmas if weights[one] >= 1))
        if sentences:
            is_name = all(word[0].isupper() for word in text.split())
            weight *= _NAME if is_name else 1.0
            weight *= _SINGLE if len(lemmas) == 1 else 1.0
            weight *= _ONCE if len(sentences) == 1 else 1.0
            found.append(_Candidate(lemmas, text, weight, sentences))
    return tuple(sorted(found, key=lambda one: (-one.weight, one.text))[:CANDIDATES])


def _weight(lemmas: Iterable[str], weights: Mapping[str, float]) -> float:
    """Of a phrase: more words say more, but each less than the one before."""
    own = sorted((weights[lemma] for lemma in lemmas), reverse=True)
    return sum(weight / (1 + n) for n, weight in enumerate(own))


class _Choice:
    """Takes phrases one after the other; what was told is not told again."""

    def __init__(self, candidates: Sequence[_Candidate], sentences: Sequence[Sentence]) -> None:
        self._candidates = candidates
        self._sentences = sentences
        self._told: set[int] = set()
        self._used: set[str] = set()

    def topics(self) -> Iterator[tuple[_Candidate, ...]]:
        """Topic after topic: a phrase and the phrases mostly said along with it."""
        while best := self._best(self._candidates):
            self._used.update(best.lemmas)
            yield (best, *self.take(best.sentences, NAMES - 1))
            self._told |= _stretch(best.sentences, self._sentences)

    def take(self, mentions: Iterable[int], most: int) -> tuple[_Candidate, ...]:
        """The best phrases, of words not used, that are mostly said where others are."""
        stretch = _stretch(mentions, self._sentences)
        near = [
            one for one in self._candidates if 2 * len(one.sentences & stretch) > len(one.sentences)
        ]
        taken: list[_Candidate] = []
        while len(taken) < most:
            fresh = [one for one in near if self._used.isdisjoint(one.lemmas)]
            best = self._best(fresh)
            if best is None:
                break
            self._used.update(best.lemmas)
            taken.append(best)
        return tuple(taken)

    def use(self, lemmas: Iterable[str]) -> None:
        """Leave words to what they name."""
        self._used.update(lemmas)

    def _best(self, candidates: Sequence[_Candidate]) -> _Candidate | None:
        best = max(candidates, key=self._left, default=None)
        return best if best and self._left(best) else None

    def _left(self, one: _Candidate) -> float:
        fresh = sum(lemma not in self._used for lemma in one.lemmas) / len(one.lemmas)
        untold = len(one.sentences - self._told) / len(one.sentences)
        return one.weight * fresh * (_TOLD + (1 - _TOLD) * untold)


def _discussed(coverage: Coverage) -> list[ItemCoverage]:
    """The planned items that took most of the call, each once."""
    found = {one.spans: one for one in coverage.items if one.status == "covered" and one.spans}
    return sorted(found.values(), key=lambda one: -(one.share or 0.0))[:MOST_PLANNED]


def _stretch(mentions: Iterable[int], sentences: Sequence[Sentence]) -> set[int]:
    """The sentences from one mention to the next, where those are near."""
    stretch: set[int] = set()
    before: int | None = None
    for at in sorted(mentions):
        is_near = (
            before is not None and sentences[at].span.start - sentences[before].span.end < NEAR_S
        )
        stretch.update(range(before if is_near and before is not None else at, at + 1))
        before = at
    return stretch


def _planned_topic(one: ItemCoverage, choice: _Choice, conversation: Conversation) -> Topic:
    """An item of the agenda by its title and what was said most about it."""
    mentions = frozenset(
        sentence.index
        for sentence in conversation.sentences
        if shared_s(one.spans, sentence.span) * 2 > sentence.span.seconds
    )
    choice.use(conversation.lexicon.tokens(one.item.title))
    names = choice.take(mentions, NAMES)
    said = ", ".join(name.text for name in names)
    name = f"{one.item.title}: {said}" if names else one.item.title
    return replace(_told(name, mentions, names, conversation), quotes=one.quotes)


def _topic(names: Sequence[_Candidate], conversation: Conversation) -> Topic:
    mentions = frozenset[int]().union(*(one.sentences for one in names))
    name = ", ".join(one.text for one in names)
    return _told(name, mentions, names, conversation)


def _told(
    name: str,
    mentions: frozenset[int],
    names: Sequence[_Candidate],
    conversation: Conversation,
) -> Topic:
    """A topic by its name, wherever its sentences are."""
    sentences = conversation.sentences
    stretch = sorted(_stretch(mentions, sentences))
    seconds = _talk_s(sentences[n] for n in stretch)
    sides = {conversation.side(sentences[n]) for n in stretch}
    sold = _talk_s(sentences[n] for n in stretch if conversation.side(sentences[n]) is Side.SELLER)
    return Topic(
        name,
        seconds / (_talk_s(sentences) or 1.0),
        union((sentences[n].span for n in stretch), bridge_s=NEAR_S),
        tuple(_quotes(names, mentions, sentences)),
        sold / seconds if Side.UNKNOWN not in sides and seconds else None,
    )


def _talk_s(sentences: Iterable[Sentence]) -> float:
    return sum(one.span.seconds for one in sentences)


def _quotes(
    names: Sequence[_Candidate], mentions: Iterable[int], sentences: Sequence[Sentence]
) -> Iterator[Quote]:
    """The sentences that name the topic most fully, in time order."""

    def fullness(at: int) -> tuple[int, int]:
        own = sum(at in one.sentences for one in names)
        return own, min(len(sentences[at].words), 30)

    best = sorted(mentions, key=fullness, reverse=True)[:QUOTES]
    return (quote(sentences[at]) for at in sorted(best))


def _merged(
    candidates: tuple[_Candidate, ...], conversation: Conversation
) -> tuple[_Candidate, ...]:
    """Phrases without lighter ones that mean the same, whose mentions they take over."""
    if conversation.meaning is None or len(candidates) < 8:
        return candidates
    rows = conversation.meaning.embedder.embed([one.text for one in candidates[:COMPARED]])
    near = rows @ rows.T
    apart = near[np.triu_indices(len(rows), 1)]
    bound = float(apart.mean() + _ALIKE * apart.std())
    kept: dict[int, _Candidate] = {}
    for n, one in enumerate(candidates):
        twin = next((m for m in kept if n < COMPARED and near[m, n] > bound), None)
        if twin is None:
            kept[n] = one
        else:
            kept[twin] = replace(kept[twin], sentences=kept[twin].sentences | one.sentences)
    return tuple(kept.values())
