from dataclasses import replace

import pytest

from analyzer.corrections import (
    DismissTip,
    FixWords,
    GiveWords,
    MergeSpeakers,
    NameSpeaker,
    SetSide,
    SwapSides,
)
from analyzer.metrics import Source
from analyzer.playbook import Condition, Playbook, TipRule
from analyzer.recording import Meeting, Participant, Side
from analyzer.speech import Span, SpeakerId, Word
from analyzer.understanding import Readers, understand_with
from tests.builders import conversation, hearing, turn, words

SELLER, BUYER, UNKNOWN = Side.SELLER, Side.BUYER, Side.UNKNOWN
NORA = Participant("Nora Whitfield", SELLER, company="Halden")
IVAN = Participant("Ivan Petrossian", BUYER, company="Quayside Stores")
PAIR = Meeting(participants=(NORA, IVAN))
NEUTRAL = "Well, it was raining the whole of the week end and the garden looks very green."
SELLS = "Thanks for taking the time. Walk me through how you plan today. I'll send you a proposal."
BUYS = "What does it cost? Our budget is tight, and I need to check with finance."
CALL = conversation([("A", SELLS), ("B", BUYS), ("A", "Fine. " + NEUTRAL), ("B", "Good, bye.")])
A, B, C = map(SpeakerId, "ABC")


def understood(call, *corrections, meeting=PAIR, playbook=None):
    return understand_with(call, meeting, playbook or Playbook(), Readers(), corrections)


def told(call, *corrections, meeting=PAIR):
    """(name, side) of each speaker, by the diarizer's label."""
    report = understood(call, *corrections, meeting=meeting)
    heard_as = report.transcript.heard_as
    return {heard_as[one.id]: (one.name, one.side) for one in report.speakers}


def test_a_name_that_a_person_gave_wins_and_says_so():
    report = understood(CALL, NameSpeaker(B, "Olga Marsh"))
    assert [one.name for one in report.speakers] == ["Nora Whitfield", "Olga Marsh"]
    assert report.speakers[1].why.startswith(
        "Was given this name by someone who corrected the report and talks like a buyer ("
    )


def test_who_is_named_as_one_invited_is_on_that_ones_side_and_the_other_is_the_other():
    call = conversation([("A", NEUTRAL), ("B", NEUTRAL)])
    assert told(call) == {"A": (None, UNKNOWN), "B": (None, UNKNOWN)}
    assert told(call, NameSpeaker(A, "ivan")) == {
        "A": ("ivan", BUYER),
        "B": ("Nora Whitfield", SELLER),
    }


def test_the_later_of_two_names_counts():
    call = conversation([("A", NEUTRAL), ("B", NEUTRAL)])
    names = told(call, NameSpeaker(A, "Olga"), NameSpeaker(A, "Petra"), meeting=Meeting())
    assert names["A"] == ("Petra", UNKNOWN)


@pytest.mark.parametrize(
    ("language", "why"),
    [
        ("en", "Was given this side by someone who corrected the report"),
        ("fr", "Est de ce côté d\u2019après une personne qui a corrigé le compte rendu"),
        ("de", "Was given this side by someone who corrected the report"),
    ],
)
def test_a_side_that_a_person_set_tells_of_the_other_and_says_so(language, why):
    call = conversation([("A", NEUTRAL), ("B", NEUTRAL)], language)
    report = understood(call, SetSide(A, BUYER), meeting=Meeting())
    assert [one.side for one in report.speakers] == [BUYER, SELLER]
    assert report.speakers[0].why == why
    assert understood(call, meeting=Meeting()).notices == ("sides_unknown",)
    assert report.notices == ()
    assert report.metrics["talk_ratio"].value is not None


def test_a_side_that_a_person_set_outweighs_all_that_is_said():
    assert told(CALL, SetSide(A, BUYER))["A"][1] == BUYER
    assert told(CALL, SetSide(A, UNKNOWN))["A"][1] == UNKNOWN


def test_a_side_that_a_person_set_lifts_the_doubt_about_two_mixed_voices():
    both = f"{SELLS} {BUYS} " * 4
    call = conversation([("A", both), ("B", both)])
    assert {side for _, side in told(call).values()} == {UNKNOWN}
    assert [side for _, side in told(call, SetSide(A, SELLER)).values()] == [SELLER, BUYER]


def test_swapped_sides_take_the_names_of_those_invited_along():
    assert told(CALL) == {"A": ("Nora Whitfield", SELLER), "B": ("Ivan Petrossian", BUYER)}
    swapped = told(CALL, SwapSides())
    assert swapped == {"A": ("Ivan Petrossian", BUYER), "B": ("Nora Whitfield", SELLER)}
    assert told(CALL, SwapSides(), SwapSides()) == told(CALL)


@pytest.mark.parametrize(
    ("corrections", "sides"),
    [
        ((SetSide(A, BUYER), SwapSides()), [SELLER, BUYER]),
        ((SwapSides(), SetSide(A, SELLER)), [SELLER, SELLER]),
        ((SwapSides(), NameSpeaker(B, "Olga")), [BUYER, SELLER]),
        ((SwapSides(), NameSpeaker(B, "Nora Whitfield"), SwapSides()), [SELLER, BUYER]),
        ((SetSide(A, UNKNOWN), SwapSides()), [UNKNOWN, SELLER]),
    ],
)
def test_sides_are_swapped_as_they_are_told_by_then(corrections, sides):
    assert [side for _, side in told(CALL, *corrections).values()] == sides


def test_a_channel_stays_that_of_who_is_mostly_heard_on_it():
    people = (replace(NORA, channel=0), replace(IVAN, channel=1))
    first = Word(Span(0.1, 0.4), "Hello.", 0.9, 0)
    heard = [first, *words("no thanks", 1), *(replace(w, channel=1) for w in words("so we do", 3))]
    spoken = [turn("A", 0, 2, 0), turn("B", 3, 5, 1)]
    call = hearing(heard, spoken, exclusive=spoken, channels=2)
    meeting = Meeting(participants=people)
    assert told(call, GiveWords(Span(0, 0.5), B), meeting=meeting) == told(call, meeting=meeting)


def rule(name, weight):
    return TipRule(
        name,
        name,
        False,
        (Condition("questions", above=0),),
        ("questions",),
        {"en": name},
        weight=weight,
    )


def test_the_next_best_takes_the_place_of_a_dismissed_tip():
    playbook = Playbook(tips=tuple(rule(name, n) for n, name in enumerate("cba", start=1)))
    call = conversation([("A", SELLS + " How do you plan?"), ("B", BUYS)])

    def tips(*corrections):
        report = understood(call, *corrections, playbook=playbook)
        return [tip.rule for tip in report.coaching.improve]

    assert tips() == ["a", "b"]
    assert tips(DismissTip("a")) == ["b", "c"]
    assert tips(DismissTip("a"), DismissTip("nothing")) == ["b", "c"]


@pytest.mark.parametrize(
    ("correction", "source"),
    [
        (NameSpeaker(A, "Olga"), Source.DIARIZED),
        (SetSide(A, BUYER), Source.DIARIZED),
        (SwapSides(), Source.DIARIZED),
        (FixWords(Span(0, 1), A, "Hi."), Source.DIARIZED),
        (GiveWords(Span(0, 1), B), Source.CORRECTED),
        (MergeSpeakers(B, A), Source.CORRECTED),
        (MergeSpeakers(B, C), Source.DIARIZED),  # did not apply
    ],
)
def test_numbers_come_from_a_person_where_that_moved_words(correction, source):
    report = understood(CALL, correction)
    assert {metric.source for metric in report.metrics.values()} == {source}


def test_merging_both_voices_is_told():
    assert understood(CALL, MergeSpeakers(B, A)).notices == ("one_voice",)


def test_the_hearing_itself_stays_as_it_is():
    before = replace(CALL)
    understood(CALL, MergeSpeakers(B, A), FixWords(Span(0, 9), A, "Nothing."))
    assert before == CALL


def test_a_call_whose_words_were_all_taken_away_says_so():
    call = hearing(words("um um", 0), [turn("A", 0, 2)])
    assert understood(call, FixWords(Span(0, 2), A, "")).notices == ("no_words",)


def test_a_name_and_a_side_that_do_not_go_together_both_stand():
    report = understood(CALL, NameSpeaker(A, "Ivan Petrossian"), SetSide(A, SELLER))
    first = report.speakers[0]
    assert (first.name, first.side) == ("Ivan Petrossian", SELLER)
    assert first.why.startswith("Was given this name and side by someone who corrected the report")


def test_a_name_that_two_invited_share_tells_no_side():
    people = (NORA, replace(IVAN, name="Nora Marsh"))
    call = conversation([("A", NEUTRAL), ("B", NEUTRAL)])
    assert told(call, NameSpeaker(A, "Nora"), meeting=Meeting(participants=people)) == {
        "A": ("Nora", UNKNOWN),
        "B": (None, UNKNOWN),
    }
