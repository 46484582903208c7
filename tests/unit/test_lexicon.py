import re
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from analyzer.lexicon import Lexicon, load_lexicon

LANGUAGES = [path.name.removesuffix(".toml") for path in (files("analyzer") / "lexicons").iterdir()]
SOURCE = "".join(
    path.read_text("utf-8") for path in Path(str(files("analyzer"))).rglob("*.py") if path.is_file()
)


def keys(language):
    """What a language file has under [cues], [examples] and [words], as code asks for it."""
    path = files("analyzer") / "lexicons" / f"{language}.toml"
    table = tomllib.loads(path.read_text("utf-8"))
    lexicon = load_lexicon(language)
    return {*lexicon.cues, *lexicon.examples, *table["words"]}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_lexicon_is_complete(language):
    lexicon = load_lexicon(language)
    empty = [name for name in Lexicon.__slots__ if not getattr(lexicon, name)]
    assert set(empty) <= {"contractions"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_lexicon_has_the_same_keys(language):
    assert keys(language) == keys("en")


@pytest.mark.parametrize("key", sorted(keys("en")))
def test_every_key_is_looked_for(key):
    _, _, name = key.rpartition(".")
    made = {"not_positive", "not_negative", "asks_maker", "asks_process"}  # by code, of two parts
    looked_for = name.partition("_")[2] if name in made else name
    assert re.search(rf'[".]{looked_for}"', SOURCE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_phrases_find_a_name_where_they_expect_one(language):
    lexicon = load_lexicon(language)
    for phrase in (*lexicon.introductions, *lexicon.presentations):
        assert "name" in phrase.groupindex, phrase.pattern
    for phrase in (*lexicon.belonging,):
        assert "company" in phrase.groupindex, phrase.pattern


@pytest.mark.parametrize("language", LANGUAGES)
def test_reasons_have_the_same_blanks_in_every_language(language):
    assert blanks(load_lexicon(language)) == blanks(load_lexicon("en"))


def blanks(lexicon):
    return {key: set(re.findall(r"\{\w*\}", reason)) for key, reason in lexicon.reasons.items()}


@pytest.mark.parametrize(
    ("language", "expected"),
    [("fr", "dit «\u202foui\u202f», Tom et Ann"), ("xx", "says “oui”, Tom and Ann")],
)
def test_reasons_are_english_where_there_is_no_lexicon(language, expected):
    lexicon = load_lexicon(language)
    assert lexicon.listed([lexicon.why("says", "oui"), "Tom", "Ann"]) == expected


@pytest.mark.parametrize("language", ["xx", "", "../en", "e n"])
def test_a_language_without_a_lexicon_has_an_empty_one(language):
    assert load_lexicon(language) == Lexicon()


def test_a_region_uses_the_lexicon_of_its_language():
    assert load_lexicon("fr-CA") == load_lexicon("fr")


@pytest.mark.parametrize(
    ("language", "text", "plain"),
    [
        ("en", "We've, um, got £9,000; can't wait!", "we have got 9 000 can not wait"),
        ("fr", "Qu\u2019est-ce que, euh, vous DÉCIDEZ ?", "qu est ce que vous decidez"),
        ("xx", "Straße & cœur", "strasse coeur"),
    ],
)
def test_words_are_compared_plain(language, text, plain):
    assert " ".join(load_lexicon(language).tokens(text)) == plain


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Uh-huh.", True),
        ("en", "Yeah, okay.", True),
        ("en", "Okay then", False),
        ("fr", "C'est ça, oui.", True),
        ("fr", "Oui mais", False),
        ("xx", "Yes", False),
    ],
)
def test_backchannels(language, text, expected):
    assert load_lexicon(language).is_backchannel(text) is expected


@pytest.mark.parametrize(
    ("language", "sentence", "expected"),
    [
        ("xx", "Wie bitte?", True),
        ("xx", "Wie bitte.", False),
        ("en", "How many, um, trucks do you have.", True),
        ("en", "What we need is time.", False),
        ("fr", "Est-ce que vous avez un budget.", True),
        ("fr", "Combien ça coûte.", True),
        ("fr", "On a un budget.", False),
    ],
)
def test_questions_are_known_without_their_mark(language, sentence, expected):
    assert load_lexicon(language).is_question(sentence) is expected
