from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from analyzer.lexicon import load_lexicon
from analyzer.meaning import LONGEST_WORDS, MOST_WORDS, meaning_of, rows_of
from analyzer.reading import Sentence, Vectors, plain_text
from analyzer.speech import SpeakerId
from tests.builders import BUYER, SELLER, words

EN = load_lexicon("en")


@dataclass(frozen=True)
class Counting:
    """Gives each text a row that says how many words it has and which came first."""

    texts: list[str] = field(default_factory=list, hash=False)
    name: str = "counting"

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.texts.extend(texts)
        return np.array([[len(t.split()), float(t.split()[0])] for t in texts], np.float32)


def call(*lines: tuple[SpeakerId, int]) -> tuple[Sentence, ...]:
    """Sentences of so many words, each beginning with its own number."""
    return tuple(
        Sentence(
            n, n, 0, who, said := words(" ".join([str(n)] * size), 9.0 * n), plain_text(said, EN)
        )
        for n, (who, size) in enumerate(lines)
    )


def test_every_sentence_of_a_short_call_has_its_own_row() -> None:
    told = meaning_of(call((SELLER, 5), (BUYER, 9), (SELLER, 3)), Counting())
    assert told is not None
    assert told.rows.tolist() == [[5, 0], [9, 1], [3, 2]]


def test_a_backchannel_takes_the_row_of_the_same_speaker() -> None:
    said = call((SELLER, 5), (BUYER, 9), (SELLER, 1), (BUYER, 1))
    quiet = (*said[:2], *(replace(one, is_backchannel=True) for one in said[2:]))
    told = meaning_of(quiet, Counting())
    assert told is not None
    assert told.rows[:, 1].tolist() == [0, 1, 0, 1]


def test_of_a_long_call_the_longer_sentences_are_read_evenly() -> None:
    reader = Counting()
    said = call(*((SELLER, 20), (BUYER, 5), (SELLER, 8)) * 300)
    told = meaning_of(said, reader)
    assert told is not None
    assert told.rows.shape == (900, 2)
    assert sum(len(text.split()) for text in reader.texts) == pytest.approx(MOST_WORDS, rel=0.2)
    places = np.asarray([int(text.split()[0]) for text in reader.texts])
    quarters = np.histogram(places, bins=4, range=(0, 900))[0]
    assert min(quarters) > 0.8 * max(quarters)


def test_a_speech_is_read_to_a_bound() -> None:
    reader = Counting()
    meaning_of(call((SELLER, 500)), reader)
    assert len(reader.texts[0].split()) == LONGEST_WORDS


@pytest.mark.parametrize(("lines", "size"), [((), None), (((SELLER, 1), (BUYER, 1)), 2)])
def test_little_or_nothing_said(lines: tuple[tuple[SpeakerId, int], ...], size: int | None) -> None:
    told = meaning_of(call(*lines), Counting())
    assert (None if told is None else len(told.rows)) == size


def test_texts_that_stay_the_same_are_read_once() -> None:
    reader = Counting()
    assert rows_of(("1 a", "2 b"), reader) is rows_of(("1 a", "2 b"), reader)
    assert reader.texts == ["1 a", "2 b"]


def test_sentences_not_read_are_read_when_asked_for_by_themselves() -> None:
    reader = Counting()
    said = call(*((SELLER, 20), (BUYER, 2)) * 100)
    told = meaning_of(said, reader)
    assert told is not None
    short = said[3]
    assert short.index in told.borrowed
    assert told.rows[3].tolist() != [2, 3]
    before = len(reader.texts)
    assert told.of(said[2:4])[1].tolist() == [2, 3]
    assert len(reader.texts) <= before + 2


def test_a_call_read_whole_is_not_read_again() -> None:
    reader = Counting()
    said = call((SELLER, 5), (BUYER, 9))
    told = meaning_of(said, reader)
    assert told is not None
    assert told.of(said).tolist() == told.rows.tolist()
    assert len(reader.texts) == 2
