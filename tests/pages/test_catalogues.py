"""What the pages say is there in French, once, and with the same places for values."""

import re

import pytest

from api.pages.reasons import LOCALES
from api.pages.words import translations
from tests.catalogues import MessageId, catalogues, said, translated

_VALUES = re.compile(r"%\(\w+\)s")


def _all(words: MessageId | list[str] | None) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words or ())


def test_all_the_pages_say_is_there_in_french_and_nothing_else() -> None:
    known, spoken = translated(), said()
    assert [one for one in spoken if one not in known] == []
    assert [one for one in known if one not in spoken] == []
    assert [one for one, kept in known.items() if not all(_all(kept[0][1].string))] == []


def test_words_that_several_files_have_are_the_same() -> None:
    several = {words: kept for words, kept in translated().items() if len(kept) > 1}
    assert {
        words: [message.string for _, message in kept]
        for words, kept in several.items()
        if len({str(message.string) for _, message in kept}) > 1
    } == {}


def test_a_translation_has_the_values_of_the_words() -> None:
    counts = {"%(num)s", "%(count)s"}  # a form for one need not say "1"
    wrong = [
        words
        for words, kept in translated().items()
        for one in _all(kept[0][1].string)
        if ({*_VALUES.findall(one)} ^ {*_VALUES.findall(" ".join(_all(words)))}) - counts
    ]
    assert wrong == []


@pytest.mark.parametrize("name", sorted(catalogues()))
def test_french_has_its_signs(name: str) -> None:
    """A blank that does not break before : ; ? !, and a curved apostrophe."""
    text = " ".join(one for message in catalogues()[name] for one in _all(message.string) if one)
    text = re.sub(r"https?:\S+", "", text)
    assert re.findall(r"\w+ [:;?!](?:\s|$)", text) == []
    assert re.findall(r"\w'\w+", text) == []


def test_of_nothing_french_speaks_as_of_one() -> None:
    said = translations("fr").ngettext
    forms = {count: said("%(num)s call", "%(num)s calls", count) for count in (0, 1, 2)}
    assert forms[0] == forms[1] != forms[2]


def test_catalogues_lie_where_they_are_looked_for() -> None:
    assert LOCALES.is_dir()
    assert translations("fr").gettext("Sign in") == "Se connecter"
    assert translations("en").gettext("Sign in") == "Sign in"
