"""A call ready to be understood: who says which sentence, on which side, and when it was."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from analyzer.lexicon import Lexicon
from analyzer.meaning import Meaning
from analyzer.playbook import Playbook
from analyzer.reading import Sentence
from analyzer.recording import Meeting, Side
from analyzer.sides import Speaker
from analyzer.speech import Span, SpeakerId
from analyzer.transcript import Transcript


@dataclass(frozen=True, slots=True)
class Quote:
    """What was said, word for word, and where it plays; `utterance` is its index."""

    utterance: int
    span: Span
    text: str


@dataclass(frozen=True)
class Conversation:
    """All that finders look at; `meaning` is None where there is no engine for it."""

    transcript: Transcript
    sentences: tuple[Sentence, ...]
    speakers: tuple[Speaker, ...]
    meeting: Meeting
    playbook: Playbook
    lexicon: Lexicon
    meaning: Meaning | None = field(default=None, repr=False, compare=False)

    @cached_property
    def sides(self) -> Mapping[SpeakerId, Side]:
        """The side of every speaker."""
        return {one.id: one.side for one in self.speakers}

    @cached_property
    def names(self) -> Mapping[SpeakerId, str | None]:
        """The name of every speaker, None where it is not known."""
        return {one.id: one.name for one in self.speakers}

    @property
    def held_on(self) -> date | None:
        """The day of the call where it was held, against which "tomorrow" is resolved."""
        return self.meeting.started_at.date() if self.meeting.started_at else None

    def side(self, sentence: Sentence) -> Side:
        """Who says a sentence: the seller's side, the buyer's, or not known."""
        return self.sides.get(sentence.speaker, Side.UNKNOWN)


def neighbours(sentences: Iterable[Sentence]) -> Iterator[tuple[Sentence, ...]]:
    """Sentences in time order, those of one utterance that follow one another together."""
    run: list[Sentence] = []
    for one in sentences:
        if run and (run[-1].utterance, run[-1].index + 1) != (one.utterance, one.index):
            yield tuple(run)
            run = []
        run.append(one)
    if run:
        yield tuple(run)


def quote(first: Sentence, *others: Sentence) -> Quote:
    """Sentences of one utterance that follow one another, as one quote."""
    said = (first, *others)
    return Quote(
        first.utterance,
        Span(first.span.start, max(one.span.end for one in said)),
        " ".join(one.text for one in said),
    )


def quote_words(sentence: Sentence, first: int, last: int) -> Quote:
    """Words `first` to `last` of a sentence as a quote."""
    words = sentence.words[first : last + 1]
    return Quote(
        sentence.utterance,
        Span(words[0].span.start, max(word.span.end for word in words)),
        " ".join(word.text for word in words),
    )
