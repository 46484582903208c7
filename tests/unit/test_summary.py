from collections.abc import Sequence
from datetime import date

import pytest

from analyzer.agenda import Coverage
from analyzer.conversation import Conversation
from analyzer.moments import Moment
from analyzer.speech import SpeakerId
from analyzer.summary import MOST, Summary, summarise
from tests.builders import BUYER, SELLER, moment, talk

LINES = (
    (SELLER, "How was the drive today?"),
    (BUYER, "At the moment we plan everything in a spreadsheet for our three depots."),
    (SELLER, "What does that do to you?"),
    (BUYER, "Um, it takes us two hours a day and we miss eight percent of our slots, er."),
    (BUYER, "I worry that nobody would use it."),
    (SELLER, "The price is forty thousand pounds for the year."),
    (BUYER, "My finance director signs anything over twenty thousand."),
    (SELLER, "I'll send you the proposal by Friday."),
    (BUYER, "Right, thanks."),
)


def note(moments: Sequence[Moment] = (), call: Conversation | None = None) -> dict[str, list[str]]:
    call = call or talk(LINES)
    found = summarise(call, moments, Coverage(), ())
    return {section.key: [one.text for one in section.statements] for section in found.sections}


def test_a_note_has_what_was_said_under_its_headings() -> None:
    call = talk(LINES)
    moments = (
        moment(call, "question", "How"),
        moment(call, "objection", "I worry"),
        moment(call, "pricing", "The price", amount=40000.0),
        moment(call, "decision", "My finance"),
        moment(call, "next_step", "I'll send", owner=SELLER, due=date(2026, 9, 4)),
    )
    assert note(moments, call) == {
        "context": [LINES[1][1]],
        "needs": ["it takes us two hours a day and we miss eight percent of our slots"],
        "objections": [LINES[4][1]],
        "decisions": [LINES[6][1]],
        "next_steps": ["S1: I'll send you the proposal by Friday. (2026-09-04)"],
    }


def test_statements_are_quotes_in_time_order_and_none_is_told_twice() -> None:
    call = talk(4 * LINES)
    moments = [
        Moment("objection", one.speaker, call.side(one), quote)
        for one in call.sentences
        if "worry" in one.text or "takes us" in one.text
        for quote in [moment(call, "objection", one.text[:9]).quote]
    ]
    found = summarise(call, moments, Coverage(), ())
    said = [one.quote for section in found.sections for one in section.statements]
    assert len({(one.utterance, one.span) for one in said}) == len(said)
    for section in found.sections:
        starts = [one.quote.span.start for one in section.statements]
        assert starts == sorted(starts)
        assert len(starts) <= MOST
        for one in section.statements:
            assert one.quote.text in call.transcript.utterances[one.quote.utterance].text
            assert one.text in one.quote.text


def test_a_step_names_its_owner_where_the_name_is_known() -> None:
    call = talk(LINES)
    step = moment(call, "next_step", "I'll send", owner="Priya Shah")
    assert note([step], call)["next_steps"] == ["Priya Shah: I'll send you the proposal by Friday."]


def test_what_the_seller_asks_and_chats_is_not_told() -> None:
    told = [text for statements in note().values() for text in statements]
    assert not any(text.endswith("?") for text in told)
    call = talk(LINES)
    chat = moment(call, "smalltalk", "At the moment")
    assert LINES[1][1] not in note([chat], call).get("context", [])


@pytest.mark.parametrize(
    ("language", "aside"),
    [
        ("en", "We have only twenty minutes left."),
        ("fr", "On a besoin d'y aller, je n'ai pas le temps."),
    ],
)
def test_what_is_said_of_the_call_itself_is_not_told(language: str, aside: str) -> None:
    assert summarise(talk([(BUYER, aside)], language), (), Coverage(), ()) == Summary()


def test_a_short_sentence_without_a_fact_is_not_told() -> None:
    for text in ("It does what we need.", "Then I think we can do that."):
        assert summarise(talk([(BUYER, text)]), (), Coverage(), ()) == Summary()


def test_a_short_call_gives_a_short_note() -> None:
    assert all(len(statements) == 1 for statements in note().values())
    long = note(call=talk(12 * LINES))
    assert max(len(statements) for statements in long.values()) > 1


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_nothing_to_tell_is_an_empty_note(language: str) -> None:
    assert summarise(talk((), language), (), Coverage(), ()) == Summary()
    few = talk(((SpeakerId("A"), "Mm."), (SpeakerId("A"), "Um.")), language)
    assert summarise(few, (), Coverage(), ()) == Summary()


def test_a_language_without_a_lexicon_still_tells_moments() -> None:
    call = talk(
        ((SELLER, "Le mando la propuesta."), (BUYER, "Es demasiado caro para nosotros.")), "es"
    )
    found = note([moment(call, "objection", "Es demasiado")], call)
    assert found == {"objections": ["Es demasiado caro para nosotros."]}
