"""The call as a sales note: an extract of what was said, each statement with its quote."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from analyzer.agenda import Coverage
from analyzer.conversation import Conversation, Quote, quote
from analyzer.lexicon import Lexicon
from analyzer.moments import Kind, Moment
from analyzer.reading import Sentence
from analyzer.recording import Side
from analyzer.topics import Topic

SectionKey = Literal["context", "needs", "objections", "decisions", "next_steps"]

ORDER: tuple[SectionKey, ...] = ("context", "needs", "objections", "decisions", "next_steps")
"""As the note is read."""
MOST = 4
"""Statements of a section; a short call has fewer, one more for every `SENTENCES_EACH`."""
SENTENCES_EACH = 20
MOST_STEPS = 6
"""Of agreed steps none should be forgotten."""
LEAST_WORDS, LONG_WORDS = 5, 40
_IDLE: frozenset[Kind] = frozenset({"smalltalk", "filler", "question"})
_LEAST_SCORE = 1.6
"""One phrase in a short sentence without facts ("it does what we need") tells nothing."""
_OF_SELLER = 0.5
_DECIDING = 1.0
_LETTER = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Statement:
    """One line of the note, and the words it rests on."""

    text: str
    quote: Quote


@dataclass(frozen=True, slots=True)
class Section:
    """One heading of the note; each key is worded in every language of the formats."""

    key: SectionKey
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """The note in the order it is read; sections without a statement are left out.

    `source` is "extract", or the name of the model that rewrote it.
    """

    sections: tuple[Section, ...] = ()
    source: str = "extract"


@dataclass(frozen=True, slots=True)
class _Line:
    """Something said that a section may quote, and how much it tells."""

    quote: Quote
    score: float
    owner: str | None = None
    due: str | None = None


def summarise(
    conversation: Conversation,
    moments: Sequence[Moment],
    coverage: Coverage,
    topics: Sequence[Topic],
) -> Summary:
    """Extract the note: in each section what tells most, in time order, nothing said twice.

    Statements are word for word what was said, without hesitations at their ends; a step also
    says whose it is and when it is due.
    """
    worth = _Worth(conversation, moments, coverage, topics)
    most = min(MOST, 1 + len(conversation.sentences) // SENTENCES_EACH)
    used: list[Quote] = []
    found: dict[SectionKey, Section] = {}
    # What can be nothing else chooses first.
    sources: tuple[tuple[SectionKey, Iterable[_Line]], ...] = (
        ("next_steps", _of_kinds(moments, worth, "next_step")),
        ("objections", _of_kinds(moments, worth, "objection")),
        ("decisions", _decisions(moments, worth)),
        ("needs", worth.lines("needs")),
        ("context", worth.lines("context")),
    )
    for key, lines in sources:
        chosen = _best(lines, used, MOST_STEPS if key == "next_steps" else most)
        used += [line.quote for line in chosen]
        if chosen:
            found[key] = Section(key, tuple(_statement(line, conversation) for line in chosen))
    return Summary(tuple(found[key] for key in ORDER if key in found))


def _best(lines: Iterable[_Line], used: Sequence[Quote], most: int) -> list[_Line]:
    """The lines that tell most and do not overlap, in time order."""
    chosen: list[_Line] = []
    for line in sorted(lines, key=lambda one: (-one.score, one.quote.span.start)):
        taken = (*used, *(one.quote for one in chosen))
        if len(chosen) < most and not any(_overlap(line.quote, one) for one in taken):
            chosen.append(line)
    return sorted(chosen, key=lambda one: one.quote.span)


def _overlap(one: Quote, other: Quote) -> bool:
    return one.utterance == other.utterance and one.span.overlap(other.span) > 0


def _of_kinds(moments: Iterable[Moment], worth: "_Worth", *kinds: Kind) -> Iterator[_Line]:
    for moment in moments:
        if moment.kind in kinds:
            due = moment.due.isoformat() if moment.due else None
            yield _Line(moment.quote, worth.of(moment.quote), moment.owner, due)


def _decisions(moments: Sequence[Moment], worth: "_Worth") -> Iterator[_Line]:
    """Who decides and how, what it may cost, what was agreed."""
    for line in _of_kinds(moments, worth, "decision"):
        yield replace(line, score=line.score + _DECIDING)
    asked = {(one.quote.utterance, one.quote.span) for one in moments if one.kind == "question"}
    told = [one for one in moments if one.amount is not None]
    for line in _of_kinds(told, worth, "pricing"):
        if (line.quote.utterance, line.quote.span) not in asked:
            yield line
    yield from worth.lines("agreed")


class _Worth:
    """How much of the call each sentence tells."""

    def __init__(
        self,
        conversation: Conversation,
        moments: Sequence[Moment],
        coverage: Coverage,
        topics: Sequence[Topic],
    ) -> None:
        self._talk = conversation
        named = [one for topic in topics for one in topic.quotes]
        named += [one for item in coverage.items for one in item.quotes]
        self._named = {(one.utterance, one.span.start) for one in named}
        idle = (one.quote for one in moments if one.kind in _IDLE)
        self._idle = {(one.utterance, one.span.start) for one in idle}
        self._by_start = {(one.utterance, one.span.start): one for one in conversation.sentences}

    def of(self, said: Quote) -> float:
        """The score of a quote by the sentence it starts with."""
        sentence = self._by_start.get((said.utterance, said.span.start))
        return self._facts(sentence) if sentence else 0.0

    def lines(self, key: str) -> Iterator[_Line]:
        """The sentences with phrases of [cues.summary], foremost those of the buyer."""
        for sentence in self._talk.sentences:
            hits = sum(
                phrase.search(sentence.plain) is not None
                for phrase in self._talk.lexicon.cue(f"summary.{key}")
            )
            if hits and self._may_be_told(sentence):
                is_sold = self._talk.side(sentence) is Side.SELLER and key != "agreed"
                own = _OF_SELLER if is_sold else 1.0
                score = own * (min(hits, 3) + self._facts(sentence))
                if score >= _LEAST_SCORE:
                    yield _Line(quote(sentence), score)

    def _may_be_told(self, sentence: Sentence) -> bool:
        at = (sentence.utterance, sentence.span.start)
        return (
            not sentence.is_backchannel
            and len(sentence.words) >= LEAST_WORDS
            and at not in self._idle
            and not sentence.text.endswith("?")
            and not self._talk.lexicon.finds("summary.aside", sentence.plain)
        )

    def _facts(self, sentence: Sentence) -> float:
        """Numbers, names, subjects of the call; and not a speech."""
        numbers = sum(token.pos == "NUM" for token in sentence.tokens)
        numbers += sum(any(c.isdigit() for c in word.text) for word in sentence.words)
        told = 0.5 * min(numbers, 2) + 0.4 * min(len(sentence.entities), 2)
        told += (sentence.utterance, sentence.span.start) in self._named
        told += min(1.0, len(sentence.words) / 15)
        return told * (0.6 if len(sentence.words) > LONG_WORDS else 1.0)


def _statement(line: _Line, conversation: Conversation) -> Statement:
    text = _trimmed(line.quote.text, conversation.lexicon)
    names = {str(speaker): name for speaker, name in conversation.names.items()}
    who = names.get(line.owner or "") or line.owner
    text = f"{who}: {text}" if who else text
    return Statement(f"{text} ({line.due})" if line.due else text, line.quote)


def _trimmed(text: str, lexicon: Lexicon) -> str:
    """What was said without hesitations before or after it."""
    words = text.split()
    told = [n for n, word in enumerate(words) if lexicon.tokens(word) or not _LETTER.search(word)]
    return " ".join(words[told[0] : told[-1] + 1]).rstrip(",;") if told else text
