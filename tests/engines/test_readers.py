"""The bundled grammar and meaning, with their real weights."""

import numpy as np
import pytest

from analyzer.engines.e5 import E5Embedder
from analyzer.engines.spacy import SpacyReader
from analyzer.lexicon import load_lexicon
from analyzer.reading import Sentence, plain_text
from tests.builders import SELLER, words

pytestmark = pytest.mark.engine


def sentence(text: str, language: str) -> Sentence:
    said = words(text, 0.0)
    return Sentence(0, 0, 0, SELLER, said, plain_text(said, load_lexicon(language)))


@pytest.fixture(scope="module")
def reader() -> SpacyReader:
    return SpacyReader()


@pytest.fixture(scope="module")
def embedder() -> E5Embedder:
    return E5Embedder()


@pytest.mark.parametrize(
    ("language", "text", "lemma"),
    [("en", "We shipped forty trucks.", "ship"), ("fr", "Nous avons livré Lyon.", "livrer")],
)
def test_words_get_their_lemma(reader: SpacyReader, language: str, text: str, lemma: str) -> None:
    (read,) = reader.read([sentence(text, language)], language)
    assert (lemma, "VERB") in {(token.lemma, token.pos) for token in read.tokens}


def test_tokens_know_the_spoken_word_they_are_part_of(reader: SpacyReader) -> None:
    (read,) = reader.read([sentence("I can't pay £48,000, Tom.", "en")], "en")
    assert [(token.text, token.word) for token in read.tokens] == [
        ("I", 0),
        ("ca", 1),
        ("n't", 1),
        ("pay", 2),
        ("£", 3),
        ("48,000", 3),
        (",", 3),
        ("Tom", 4),
        (".", 4),
    ]


def test_names_carry_their_kind_and_their_words(reader: SpacyReader) -> None:
    (read,) = reader.read([sentence("The board meets in New York tomorrow.", "en")], "en")
    (place,) = [one for one in read.entities if one.label == "place"]
    assert (place.text, place.first, place.last) == ("New York", 4, 5)


def test_a_language_without_weights_is_left_as_it_is(reader: SpacyReader) -> None:
    said = [sentence("Das ist zu teuer.", "de")]
    assert reader.read(said, "de") == tuple(said)


def test_what_means_the_same_is_nearer_across_languages(embedder: E5Embedder) -> None:
    rows = embedder.embed(
        ["This is too expensive for us.", "C'est trop cher pour nous.", "The app works offline."]
    )
    assert rows.shape == (3, 384)
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1.0, abs=1e-3)
    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.03


def test_the_same_text_has_the_same_vector_in_any_company(embedder: E5Embedder) -> None:
    alone = embedder.embed(["We need it by June."])
    among = embedder.embed(["Hello.", "We need it by June.", "\0", "x" * 9000])
    assert np.array_equal(alone[0], among[1])


def test_no_text_has_no_vector(embedder: E5Embedder) -> None:
    assert embedder.embed([]).shape[0] == 0
