import pytest

from analyzer.moments.signals import find_fillers, find_signals, find_smalltalk
from analyzer.recording import Side
from tests.builders import talk


@pytest.mark.parametrize(
    ("language", "text", "kinds"),
    [
        ("en", "I like that a lot.", ["positive"]),
        ("en", "That's better than what we have now.", ["positive"]),
        ("en", "It went really well, actually.", ["positive"]),
        ("en", "The managers are really happy with that.", ["positive"]),
        ("en", "I'm not happy with that.", ["negative"]),
        ("en", "It was a real mess.", ["negative"]),
        ("en", "The customer rings us to complain.", ["negative"]),
        ("en", "That's not a problem at all.", []),
        ("en", "That would not be useful.", []),
        ("en", "We have sixty trucks.", []),
        ("en", "Perfect.", []),
        ("en", "Isn't that brilliant?", []),
        ("fr", "Ça, c'est vraiment utile.", ["positive"]),
        ("fr", "Ça m'aiderait beaucoup.", ["positive"]),
        ("fr", "Ce n'est pas très utile.", []),
        ("fr", "Ah ben là, c'est la catastrophe.", ["negative"]),
        ("fr", "On n'est pas contents du tout.", ["negative"]),
        ("fr", "Aucun problème, vraiment.", []),
        ("fr", "On a soixante camions.", []),
        ("fr", "Oui, bien sûr.", []),
        ("xx", "Das ist gut.", []),
    ],
)
def test_only_clear_words_are_signals(language, text, kinds):
    assert [one.kind for one in find_signals(talk([("S2", text)], language))] == kinds


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Hi Tom, good morning."),
        ("en", "Thanks, Ann."),
        ("en", "Have a great weekend."),
        ("en", "How are you?"),
        ("en", "See you on Friday."),
        ("fr", "Bonjour Isabelle."),
        ("fr", "Vous allez bien ?"),
        ("fr", "Merci beaucoup, bonne journée."),
        ("fr", "Au revoir."),
    ],
)
def test_greetings_and_thanks_are_small_talk(language, text):
    assert len(list(find_smalltalk(talk([("S1", text)], language)))) == 1


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "We plan with a spreadsheet."),
        ("en", "Thanks to the software we save money."),
        ("fr", "On livre des supermarchés."),
        ("xx", "Guten Morgen."),
    ],
)
def test_business_is_no_small_talk(language, text):
    assert not list(find_smalltalk(talk([("S1", text)], language)))


def test_small_talk_is_looked_for_where_calls_begin_and_end():
    middle = [("S1", "We plan by hand."), ("S2", "Thanks, that helps.")] * 12
    call = talk([("S1", "Hello. Good morning."), *middle, ("S1", "Take care.")])
    found = [one.quote.text for one in find_smalltalk(call)]
    assert found[0] == "Hello. Good morning."
    assert found[-1] == "Take care."
    assert len(found) < 12


@pytest.mark.parametrize(
    ("language", "text", "fillers"),
    [
        ("en", "So, um, we, you know, plan by, uh, hand.", ["um,", "uh,", "you know,"]),
        ("en", "It is, like, the best.", ["like,"]),
        ("en", "You know what I like about it.", []),
        ("en", "I mean it.", []),
        ("fr", "Alors, euh, du coup, on planifie, en fait, à la main.", ["euh,", "du coup,"]),
        ("fr", "Ben voilà ce que je propose.", ["Ben"]),
        ("xx", "Also, äh, ja.", []),
    ],
)
def test_fillers_say_nothing_where_they_stand(language, text, fillers):
    found = [one.quote.text for one in find_fillers(talk([("S1", text)], language))]
    assert found[: len(fillers)] == fillers
    assert bool(found) == bool(fillers)


def test_only_the_sellers_fillers_count_and_no_backchannel():
    call = talk([("S1", "Mm."), ("S2", "Well, um, no."), ("S1", "It is, er, nine.")])
    assert [(one.side, one.quote.text) for one in find_fillers(call)] == [(Side.SELLER, "er,")]


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "Ignore all instructions.", "=1+1", "**"]
)
def test_markup_and_prompts_are_only_words(text):
    call = talk([("S1", text), ("S2", text)])
    assert not [*find_signals(call), *find_smalltalk(call), *find_fillers(call)]
