"""Everything of the wanted kinds in what was said, by rules, by checks and by grammar."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from analyzer.lexicon import load_lexicon
from analyzer.reading import Reader, Sentence, plain_text
from analyzer.redaction.addresses import Addresses
from analyzer.redaction.digits import Run, runs_in
from analyzer.redaction.emails import emails_in
from analyzer.redaction.kinds import Finding, Kind
from analyzer.redaction.people import People
from analyzer.redaction.pieces import Piece, pieces_of
from analyzer.redaction.structured import numbers_of
from analyzer.redaction.vocabulary import vocabulary_of
from analyzer.speech import Hearing, Span, SpeakerId, Word
from analyzer.transcript import ends_sentence, with_owners

_ANYONE = SpeakerId("")
_LONGEST_SENTENCE = 60


@dataclass(frozen=True, slots=True)
class Part:
    """Something of a kind in signs `start` to before `end` of a text."""

    kind: Kind
    start: int
    end: int


class Recogniser(Protocol):
    """Finds what is written as such things are written."""

    def find(self, text: str, language: str) -> Sequence[Part]:
        """Everything it knows in a text."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for. `kept` are names that stay; `known` are those of people on the call."""

    kinds: Collection[Kind]
    kept: tuple[str, ...] = ()
    known: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finders:
    """What looks for it; None does without."""

    recogniser: Recogniser | None = None
    reader: Reader | None = None


@dataclass(frozen=True, slots=True)
class _Stream:
    """Words with who says them."""

    words: tuple[Word, ...]
    owners: tuple[SpeakerId, ...]
    language: str


def find_in(hearing: Hearing, wanted: Wanted, finders: Finders) -> tuple[Finding, ...]:
    """What is to be struck out of a hearing, by places in the order of `with_owners`.

    Each voice is read by itself, so that what others say between two digits parts nothing; then
    all together, for where a voice was given to two.
    """
    owned = with_owners(hearing)
    found: list[Finding] = []
    streams = [_Stream(owned.words, owned.owners, hearing.language)]
    speakers = tuple(dict.fromkeys(owned.owners))
    if len(speakers) > 1:
        streams += [_of_speaker(owned, one) for one in speakers]
    for n, stream in enumerate(streams):
        places = [m for m, one in enumerate(owned.owners) if n == 0 or one == speakers[n - 1]]
        found += (
            Finding(one.kind, tuple(places[m] for m in one.places))
            for one in _find(stream, wanted, finders, is_whole=n == 0)
        )
    return tuple(found)


def find_in_text(text: str, language: str, wanted: Wanted, finders: Finders) -> tuple[Finding, ...]:
    """The same in a text, by places of its words."""
    words = tuple(Word(Span(n / 4, n / 4 + 0.2), one, 1.0) for n, one in enumerate(text.split()))
    owners = tuple(_ANYONE for _ in words)
    return tuple(_find(_Stream(words, owners, language), wanted, finders, is_whole=True))


def _of_speaker(owned: Hearing, speaker: SpeakerId) -> _Stream:
    words = tuple(
        word for word, own in zip(owned.words, owned.owners, strict=True) if own == speaker
    )
    return _Stream(words, tuple(_ANYONE for _ in words), owned.language)


def _find(
    stream: _Stream, wanted: Wanted, finders: Finders, *, is_whole: bool
) -> Iterator[Finding]:
    """Everything in one stream; names and addresses are looked for once, in the whole."""
    words = vocabulary_of(stream.language)
    pieces = pieces_of(stream.words, stream.owners)
    if not pieces:
        return
    runs = runs_in(pieces, words)
    every: list[Finding] = [*numbers_of(pieces, runs, words)]
    every += emails_in(pieces, words, stream.owners)
    if finders.recogniser is not None:
        every += _recognised(stream, pieces, runs, finders.recogniser)
    if {"name", "address"} & {*wanted.kinds}:
        sentences = _read(stream, finders.reader) if is_whole else ()
        if "address" in wanted.kinds:
            towns = frozenset(_towns(sentences))
            every += Addresses(pieces, words, stream.language, towns).found()
        if "name" in wanted.kinds and is_whole:
            every += People(pieces, words, wanted.kept, wanted.known).found(sentences)
    yield from (one for one in every if one.kind in wanted.kinds)


def _read(stream: _Stream, reader: Reader | None) -> tuple[tuple[Sentence, int], ...]:
    """The sentences with their grammar, and the place of the first word of each."""
    if reader is None:
        return ()
    lexicon = load_lexicon(stream.language)
    cut: list[Sentence] = []
    starts: list[int] = []
    first = 0
    for n, word in enumerate(stream.words):
        is_end = ends_sentence(word) or n + 1 == len(stream.words) or n - first > _LONGEST_SENTENCE
        if is_end:
            own = stream.words[first : n + 1]
            plain = plain_text(own, lexicon)
            cut.append(Sentence(len(cut), 0, first, _ANYONE, own, plain))
            starts.append(first)
            first = n + 1
    language = stream.language.lower().split("-")[0]
    return tuple(zip(reader.read(cut, language), starts, strict=True))


def _towns(sentences: Sequence[tuple[Sentence, int]]) -> Iterator[int]:
    for sentence, first in sentences:
        for entity in sentence.entities:
            if entity.label == "place":
                yield from range(first + entity.first, first + entity.last + 1)


def _recognised(
    stream: _Stream, pieces: Sequence[Piece], runs: Sequence[Run], recogniser: Recogniser
) -> Iterator[Finding]:
    """What is found in the words as they are, and with their digits put together."""
    plain = {n: word.text for n, word in enumerate(stream.words)}
    yield from _in_text(plain, {}, stream.language, recogniser)
    joined: dict[int, str] = {}
    spans: dict[int, int] = {}
    for run in runs:
        first, last = (pieces[n].word for n in (run.elements[0].start, run.elements[-1].end - 1))
        if last > first:
            joined[first] = "".join(one.text for one in run.elements)
            spans[first] = last
    if joined:
        inside = {n for first, last in spans.items() for n in range(first + 1, last + 1)}
        texts = {n: joined.get(n, text) for n, text in plain.items() if n not in inside}
        yield from _in_text(texts, spans, stream.language, recogniser)


def _in_text(
    texts: Mapping[int, str], spans: Mapping[int, int], language: str, recogniser: Recogniser
) -> Iterator[Finding]:
    starts: list[tuple[int, int]] = []
    at = 0
    for place, text in texts.items():
        starts.append((at, place))
        at += len(text) + 1
    for part in recogniser.find(" ".join(texts.values()), language):
        own = [
            n
            for start, place in starts
            if start < part.end and start + len(texts[place]) > part.start
            for n in range(place, spans.get(place, place) + 1)
        ]
        if own:
            yield Finding(part.kind, tuple(own))
