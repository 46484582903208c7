from dataclasses import replace

import pytest

from analyzer.lexicon import Lexicon, load_lexicon
from analyzer.phrases import NounGrammar, NounPhrase, noun_phrases
from analyzer.reading import Entity, Sentence, Token
from tests.builders import SELLER, talk

POS = {"n": "NOUN", "a": "ADJ", "p": "PROPN", "x": "VERB", "d": "DET"}


def read(text: str) -> Sentence:
    """A sentence of "word/pos" or "word/pos/lemma"; "_" joins the tokens of one spoken word."""
    said = [[part.split("/") for part in word.split("_")] for word in text.split()]
    spoken = " ".join("".join(part[0] for part in word) for word in said)
    (sentence,) = talk([(SELLER, spoken)]).sentences
    tokens = tuple(
        Token(part[0], part[-1].lower() if len(part) == 3 else part[0].lower(), POS[part[1]], n)
        for n, word in enumerate(said)
        for part in word
    )
    return replace(sentence, tokens=tokens)


def phrases(sentence: Sentence, language: str) -> list[NounPhrase]:
    return list(noun_phrases(sentence, NounGrammar.of(load_lexicon(language))))


def texts(sentence: Sentence, language: str = "en") -> list[str]:
    return [phrase.text for phrase in phrases(sentence, language)]


def test_nouns_with_what_stands_before_them() -> None:
    said = read("We/x missed/x Delivery/n/delivery slots/n/slot and/x late/a parts/n/part")
    assert texts(said) == ["delivery slots", "parts"]
    assert phrases(said, "en")[0].lemmas == ("delivery", "slot")
    assert (phrases(said, "en")[0].first, phrases(said, "en")[0].last) == (2, 3)


def test_a_link_makes_one_phrase_of_two() -> None:
    assert texts(read("price/n per/x the/d seat/n")) == ["price", "seat", "price per the seat"]


def test_french_adjectives_follow_and_elided_words_are_joined() -> None:
    said = read("la/d directrice/n financière/a parle/x d'/x_outil/n de/x paie/n")
    assert texts(said, "fr") == ["directrice financière", "outil", "paie", "outil de paie"]
    assert phrases(said, "fr")[0].lemmas == ("directrice", "financiere")


def test_words_with_a_hyphen_are_one() -> None:
    said = read("a/d roll/n_-/x_out/x plan/n")
    assert texts(said) == ["roll-out plan"]


def test_people_and_small_words_are_no_phrases() -> None:
    said = replace(
        read("Priya/p Shah/p said/x tomorrow/n morning/n"),
        entities=(Entity("person", "Priya Shah", 0, 1),),
    )
    assert texts(said) == []


def test_names_keep_their_capitals() -> None:
    assert texts(read("The/d Warehouse/n in/x Council/p Bluffs/p")) == [
        "warehouse",
        "Council Bluffs",
    ]


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        (
            "en",
            "We are moving the warehouse system, drivers complain.",
            ["warehouse system", "drivers"],
        ),
        ("fr", "On change de logiciel, les chauffeurs râlent.", ["logiciel", "chauffeurs"]),
        ("es", "El precio del programa es alto.", ["precio", "programa"]),
    ],
)
def test_without_grammar_all_but_small_words_count(
    language: str, text: str, found: list[str]
) -> None:
    (sentence,) = talk([(SELLER, text)], language).sentences
    said = texts(sentence, language)
    assert all(word in said for word in found)
    assert "system drivers" not in said


def test_a_language_without_a_lexicon_joins_what_follows_too() -> None:
    grammar = NounGrammar.of(Lexicon())
    said = read("planning/n annuel/a")
    assert [one.text for one in noun_phrases(said, grammar)] == ["planning annuel"]
