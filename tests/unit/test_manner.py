from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analyzer.lexicon import load_lexicon
from analyzer.linear import as_json, load_reading
from analyzer.manner import LEAST_WORDS, MOST, sides_by_manner
from analyzer.meaning import Meaning
from analyzer.reading import Sentence, Vectors, plain_text
from analyzer.recording import Side
from analyzer.speech import SpeakerId
from tests.builders import BUYER, SELLER, words

EN = load_lexicon("en")


def said(*lines: tuple[SpeakerId, str]) -> tuple[Sentence, ...]:
    return tuple(
        Sentence(n, n, 0, speaker, words(text, 5.0 * n), plain_text(words(text, 0.0), EN))
        for n, (speaker, text) in enumerate(lines)
    )


class Mute:
    """Need not be asked: everything was read."""

    name = "mute"

    def embed(self, texts: Sequence[str]) -> Vectors:
        raise AssertionError(texts)


def sounding(*reads: float) -> Meaning:
    """Vectors that the calibrated reading takes for these numbers."""
    manner = load_reading("sides")
    unit = manner.weights / (manner.weights @ manner.weights)
    rows = [manner.mean + read * unit for read in reads]
    return Meaning(np.asarray(rows, np.float32).reshape(-1, 384), Mute())


CALL = said(
    (SELLER, "We build the shifts for you."),
    (BUYER, "Our supervisors do it all by hand."),
    (SELLER, "Let me show you the board."),
    (BUYER, "I would have to ask my director."),
)


def test_each_speaker_gets_a_clue_with_the_most_telling_words() -> None:
    seller, buyer = sides_by_manner(CALL, sounding(1.0, -1.0, 2.0, -2.0), EN)
    assert (seller.speaker, seller.about) == (SELLER, Side.SELLER)
    assert (buyer.speaker, buyer.about) == (BUYER, Side.BUYER)
    assert "Let me show you the board" in seller.why
    assert "ask my director" in buyer.why


def test_what_counts_is_the_difference_between_the_speakers() -> None:
    low = sides_by_manner(CALL, sounding(-1.0, -1.4, -1.0, -1.4), EN)
    high = sides_by_manner(CALL, sounding(1.4, 1.0, 1.4, 1.0), EN)
    assert [clue.about for clue in low] == [Side.SELLER, Side.BUYER]
    assert [clue.weight for clue in low] == pytest.approx([clue.weight for clue in high], rel=1e-3)


def test_however_far_apart_names_may_know_better() -> None:
    clues = sides_by_manner(CALL, sounding(90.0, -90.0, 90.0, -90.0), EN)
    assert sum(clue.weight for clue in clues) == pytest.approx(MOST)


def test_a_few_sentences_weigh_less_than_many() -> None:
    few = sides_by_manner(CALL, sounding(0.1, -0.1, 0.1, -0.1), EN)
    many = said(*((SELLER, "We build shifts."), (BUYER, "We use paper.")) * 20)
    more = sides_by_manner(many, sounding(*(0.1, -0.1) * 20), EN)
    assert more[0].weight > 2 * few[0].weight


@pytest.mark.parametrize(
    "call",
    [
        said(),
        said((SELLER, "Is anybody there at all?")),
        said((SELLER, "Are you there now?"), (BUYER, " ".join(["Yes."] * (LEAST_WORDS - 1)))),
    ],
)
def test_one_voice_alone_is_compared_with_nobody(call: tuple[Sentence, ...]) -> None:
    assert sides_by_manner(call, sounding(*[1.0] * len(call)), EN) == ()
    assert sides_by_manner(call, None, EN) == ()


def test_the_calibration_survives_being_stored() -> None:
    manner = load_reading("sides")
    kept: Any = as_json(manner)
    assert np.allclose(kept["weights"], manner.weights, atol=1e-3)
    assert manner.mean.shape == manner.weights.shape == (384,)


def test_only_what_was_read_speaks_for_a_side() -> None:
    told = sounding(1.0, -1.0, 90.0, -2.0)
    seller, _ = sides_by_manner(CALL, replace(told, borrowed=frozenset({2})), EN)
    assert "We build the shifts" in seller.why
