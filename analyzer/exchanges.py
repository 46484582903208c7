"""A call as coaching sees it: who answers whom, and what is taken up."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby

from analyzer.agenda import Coverage
from analyzer.conversation import Conversation, Quote
from analyzer.metrics import Metric
from analyzer.moments import Kind, Moment
from analyzer.reading import Sentence
from analyzer.recording import Side

REPLY = 5
"""Sentences of an answer that show how something was taken up."""
LETTERS = 5
"""Words agree when their first letters do, and shorter words say too little to agree."""
COMMON = 0.08
"""A word in more than this share of a call's stretches is not an echo of anything."""
_CONTENT = frozenset({"NOUN", "PROPN", "NUM", "ADJ", "VERB"})


@dataclass(frozen=True, slots=True)
class Stretch:
    """What one side says until the other takes over, backchannels left out; never empty."""

    side: Side
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """The seller answers the buyer; `before` is what the seller had said last, if anything."""

    before: Stretch | None
    said: Stretch
    answer: Stretch


@dataclass(frozen=True)
class Facts:
    """A call as measures see it; what is worked out of it is worked out once."""

    conversation: Conversation
    moments: Sequence[Moment] = ()
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    coverage: Coverage = field(default_factory=Coverage)
    kept: dict[str, tuple[Quote, ...] | None] = field(default_factory=dict, repr=False)
    """What was already looked for, by name."""

    @cached_property
    def stretches(self) -> tuple[Stretch, ...]:
        """The call by side, in time order."""
        spoken = (one for one in self.conversation.sentences if not one.is_backchannel)
        return tuple(
            Stretch(side, tuple(own)) for side, own in groupby(spoken, self.conversation.side)
        )

    @cached_property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Every answer of the seller to the buyer."""
        found, before = [], None
        for said, answer in zip(self.stretches, self.stretches[1:], strict=False):
            if said.side == Side.SELLER:
                before = said
            elif said.side == Side.BUYER and answer.side == Side.SELLER:
                found.append(Exchange(before, said, answer))
        return tuple(found)

    @cached_property
    def _answers(self) -> Mapping[int, Stretch]:
        """What the seller says next, by the index of a buyer's sentence."""
        return {s.index: one.answer for one in self.exchanges for s in one.said.sentences}

    def sentence(self, moment: Moment) -> Sentence | None:
        """The sentence a moment is said in."""
        own = (
            s
            for s in self._by_utterance.get(moment.quote.utterance, ())
            if s.span.start <= moment.quote.span.start + 1e-6 <= s.span.end + 1e-6
        )
        return next(own, None)

    @cached_property
    def _by_utterance(self) -> Mapping[int, tuple[Sentence, ...]]:
        own: dict[int, list[Sentence]] = {}
        for one in self.conversation.sentences:
            own.setdefault(one.utterance, []).append(one)
        return {utterance: tuple(some) for utterance, some in own.items()}

    def answer(self, moment: Moment) -> Stretch | None:
        """What the seller says right after a moment of the buyer's."""
        sentence = self.sentence(moment)
        return self._answers.get(sentence.index) if sentence else None

    def by(self, side: Side) -> Iterator[Sentence]:
        """The sentences of a side that are more than a sign of listening."""
        for stretch in self.stretches:
            if stretch.side == side:
                yield from stretch.sentences

    def place(self, sentence: Sentence) -> float:
        """How far into the call a sentence comes, 0 to 1."""
        return sentence.index / max(1, len(self.conversation.sentences) - 1)

    def hears(self, cue: str, sentence: Sentence) -> bool:
        """Whether a sentence holds a phrase of [cues.coach]."""
        return bool(self.conversation.lexicon.finds(f"coach.{cue}", sentence.plain))

    def of(self, kind: Kind, side: Side | None = None) -> tuple[Moment, ...]:
        """The moments of a kind, of one side or of all."""
        return tuple(m for m in self.moments if m.kind == kind and side in (None, m.side))

    @cached_property
    def asked(self) -> frozenset[int]:
        """Indexes of the sentences that ask."""
        found = (self.sentence(moment) for moment in self.of("question"))
        return frozenset(sentence.index for sentence in found if sentence)

    @cached_property
    def _offers(self) -> frozenset[int]:
        """Indexes of the sentences in which the seller names a price."""
        priced = (m for m in self.of("pricing", Side.SELLER) if m.amount is not None)
        return frozenset(s.index for moment in priced if (s := self.sentence(moment)))

    def explores(self, sentence: Sentence) -> bool:
        """Whether a sentence asks to understand, instead of to push on or to offer a price."""
        is_push = sentence.index in self._offers or self.hears("pressing", sentence)
        return sentence.index in self.asked and not is_push

    @cached_property
    def raised(self) -> tuple[Moment, ...]:
        """The buyer's objections; those said in one go are one."""
        found: dict[int, Moment] = {}
        for moment in self.of("objection", Side.BUYER):
            answer, sentence = self.answer(moment), self.sentence(moment)
            start = answer.sentences[0].index if answer else sentence.index if sentence else -1
            found.setdefault(start, moment)
        return tuple(found.values())

    @cached_property
    def _common(self) -> frozenset[str]:
        seen = Counter(word for one in self.stretches for word in _words(one.sentences))
        most = max(3.0, COMMON * len(self.stretches))
        return frozenset(word for word, times in seen.items() if times > most)

    def echo(self, exchange: Exchange) -> Sentence | None:
        """The sentence of an answer that takes up a word the buyer brought in."""
        before = _words(exchange.before.sentences[-REPLY:]) if exchange.before else frozenset()
        heard = _words(exchange.said.sentences) - before - self._common
        return next((s for s in exchange.answer.sentences[:2] if heard & _words((s,))), None)


def _words(sentences: Iterable[Sentence]) -> frozenset[str]:
    """Beginnings of the words that carry meaning, by grammar where it is known."""
    found: set[str] = set()
    for one in sentences:
        if one.tokens:
            told = (token.lemma for token in one.tokens if token.pos in _CONTENT)
            found.update(word.lower()[:LETTERS] for word in told if len(word) > 3)
        else:
            found.update(word[:LETTERS] for word in one.plain.split() if len(word) >= LETTERS)
    return frozenset(found)
