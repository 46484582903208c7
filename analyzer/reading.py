"""Sentences with their grammar, and the promises of what reads them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from analyzer.lexicon import Lexicon
from analyzer.speech import Span, SpeakerId, Word
from analyzer.transcript import Transcript

Vectors = NDArray[np.float32]
"""One unit-length row a text, so that a product of two is their cosine."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word or mark as grammar sees it: `pos` is universal ("NOUN", or "X" when not known).

    `word` is the place, in the sentence, of the spoken word it is part of.
    """

    text: str
    lemma: str
    pos: str
    word: int


@dataclass(frozen=True, slots=True)
class Entity:
    """A name in words `first` to `last` of a sentence; `label` is person, company or place."""

    label: str
    text: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of one speaker; `first` is the place of its first word in the utterance.

    `plain` is what phrases are searched in: words without case, accents, contractions or
    hesitations, each followed by a space, after " ^ ".
    """

    index: int
    utterance: int
    first: int
    speaker: SpeakerId
    words: tuple[Word, ...]
    plain: str
    tokens: tuple[Token, ...] = ()
    entities: tuple[Entity, ...] = ()
    is_backchannel: bool = False

    @property
    def span(self) -> Span:
        """From the first word's start to the last word's end."""
        return Span(self.words[0].span.start, max(word.span.end for word in self.words))

    @property
    def text(self) -> str:
        """The words as one line."""
        return " ".join(word.text for word in self.words)


class Reader(Protocol):
    """Finds the grammar of what was said."""

    @property
    def name(self) -> str:
        """The engine and its weights, as reports print them."""

    def read(self, sentences: Sequence[Sentence], language: str) -> tuple[Sentence, ...]:
        """The same sentences with tokens and entities; unchanged in a language it cannot read."""


class Embedder(Protocol):
    """Places texts so that those that mean the same are near, whatever their language."""

    def __hash__(self) -> int:
        """Rows are kept by embedder."""

    @property
    def name(self) -> str:
        """The engine and its weights, as reports print them."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """A row for each text."""


def cut_sentences(transcript: Transcript, lexicon: Lexicon) -> tuple[Sentence, ...]:
    """Every sentence of the call in time order, as the recogniser closed them, without grammar."""
    return tuple(
        Sentence(
            index,
            utterance,
            first,
            speaker,
            words,
            plain_text(words, lexicon),
            is_backchannel=is_backchannel,
        )
        for index, (utterance, first, speaker, words, is_backchannel) in enumerate(
            _sentences(transcript)
        )
    )


def plain_text(words: Sequence[Word], lexicon: Lexicon) -> str:
    """The words as phrases see them; never empty."""
    tokens = lexicon.tokens(" ".join(word.text for word in words))
    return f" ^ {''.join(f'{token} ' for token in tokens)}"


def _sentences(
    transcript: Transcript,
) -> Iterator[tuple[int, int, SpeakerId, tuple[Word, ...], bool]]:
    for said in transcript.utterances:
        first = 0
        for words in said.sentences:
            yield said.index, first, said.speaker, words, said.is_backchannel
            first += len(words)
