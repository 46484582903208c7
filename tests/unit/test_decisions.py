"""Who decides, how, and what was decided in the call."""

import pytest

from analyzer.moments.decisions import find_decisions
from tests.builders import talk


def found(lines: list[tuple[str, str]], language: str = "en") -> list[tuple[str | None, str]]:
    opening = ("S1", "Right." if language == "en" else "Bon.")
    moments = find_decisions(talk([opening, *lines], language))
    return [(one.about, one.quote.text) for one in moments]


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("She signs anything over twenty thousand.", "maker"),
        ("It's Moira that says yes or no.", "maker"),
        ("I can't go over that without going back to the board.", "maker"),
        ("I need to check with finance first.", "maker"),
        ("Our CFO has the final say.", "maker"),
        ("I'd have to run it past my boss.", "maker"),
        ("The board meets on the twelfth.", "process"),
        ("Anything that size goes out to tender.", "process"),
        ("We always get three quotes.", "process"),
        ("Legal review takes about a month.", "process"),
        ("We need a payback inside a year.", "process"),
        ("Go on, then.", "made"),
        ("Okay, we'll go with the annual plan.", "made"),
        ("You've got a deal.", "made"),
        ("Let's do it.", "made"),
    ],
)
def test_english_statements_about_deciding(text: str, about: str) -> None:
    assert found([("S2", text)]) == [(about, text)]


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("C'est Nathalie Perrin, la directrice financière, qui signe.", "maker"),
        ("Il faut passer devant le conseil.", "maker"),
        ("Je dois en parler à mon associé.", "maker"),
        ("C'est le gérant qui décide.", "maker"),
        ("On passe par un appel d'offres.", "process"),
        ("Il nous faut trois devis.", "process"),
        ("Va pour vingt.", "made"),
        ("Marché conclu.", "made"),
        ("Bon, on part là-dessus.", "made"),
    ],
)
def test_french_statements_about_deciding(text: str, about: str) -> None:
    assert found([("S2", text)], "fr") == [(about, text)]


@pytest.mark.parametrize(
    "text",
    [
        "Who signs the contract?",
        "If she signs off, I'll call you.",
        "We sign people in at the gate.",
        "One minute, go on then.",
        "The app was slow.",
        "I decided to leave early.",
    ],
)
def test_questions_suppositions_and_other_talk_are_none(text: str) -> None:
    assert found([("S2", text)]) == []


def test_an_answer_to_who_decides_must_name_someone() -> None:
    ask = ("S1", "Apart from you, who needs to be comfortable with this?")

    assert found([ask, ("S2", "So, me, and Priya, our finance director.")]) == [
        ("maker", "So, me, and Priya, our finance director.")
    ]
    assert found([ask, ("S2", "That is a very good question.")]) == []


def test_an_answer_to_how_they_decide_is_the_process() -> None:
    lines = [
        ("S1", "And what would Priya need to see?"),
        ("S2", "Savings that anyone can check."),
    ]

    assert found(lines) == [("process", "Savings that anyone can check.")]


def test_what_sellers_say_of_their_own_deciding_is_left_out() -> None:
    assert found([("S1", "My manager has to approve any discount.")]) == []


@pytest.mark.parametrize("language", ["en", "fr", "xx"])
def test_an_empty_call_and_an_unknown_language_give_nothing(language: str) -> None:
    assert list(find_decisions(talk([], language))) == []
    assert list(find_decisions(talk([("S2", "Der Vorstand entscheidet.")], "xx"))) == []
