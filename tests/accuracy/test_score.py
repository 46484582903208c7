"""Scores of tiny calls, each worked out by hand."""

import pytest

from analyzer.speech import Span, SpeakerId, Turn
from tests.accuracy.reference import Heard, Line, Reference
from tests.accuracy.score import Score, Tally, normal, pool, score

A, B, X, Y, Z = (SpeakerId(name) for name in "ABXYZ")


def turns(*rows: tuple[SpeakerId, float, float]) -> tuple[Turn, ...]:
    return tuple(Turn(Span(start, end), who) for who, start, end in rows)


def lines(*rows: tuple[str, str]) -> tuple[Line, ...]:
    """One line a second."""
    return tuple(Line(who, float(at), text) for at, (who, text) in enumerate(rows))


def heard(
    *rows: tuple[str, str], language: str = "en", spoke: tuple[Turn, ...] = (), **rest: object
) -> Heard:
    return Heard("call", language, spoke, lines(*rows), **rest)  # type: ignore[arg-type]


def rates_of_turns(truth: tuple[Turn, ...], found: tuple[Turn, ...]) -> Score:
    return score(Reference("call", turns=truth), heard(spoke=found))


def test_wer_counts_wrong_missing_and_invented_words() -> None:
    truth = lines(("A", "the cat sat on"), ("B", "the mat today"))
    # "cat" heard as "hat", "today" missing, "yes" invented: 3 of 7 words
    report = heard(("X", "yes the hat sat"), ("Y", "on the mat"))
    got = score(Reference("call", lines=truth), report)
    assert got.words == Tally(3, 7)
    assert got.rates["WER"] == pytest.approx(3 / 7)


def test_case_punctuation_and_english_spelling_are_no_errors() -> None:
    truth = lines(("A", "Colour, it's GREAT!"))
    got = score(Reference("c", lines=truth), heard(("X", "color it is great")))
    assert got.words == Tally(0, 4)


def test_a_french_call_is_not_normalised_as_english() -> None:
    assert normal("L'été, c'est fini.", "fr") == "l été c est fini"


def test_cpwer_charges_a_right_word_in_the_wrong_mouth_twice() -> None:
    truth = lines(("A", "red green blue"), ("B", "apple pear"))
    # Y says A's "blue": missing from A, invented in B: 2 of 5, while every word is right
    report = heard(("X", "red green"), ("Y", "blue"), ("Y", "apple pear"))
    got = score(Reference("call", lines=truth), report)
    assert got.words == Tally(0, 5)
    assert got.speaker_words == Tally(2, 5)
    assert got.rates["swap"] == pytest.approx(0.4)


def test_cpwer_takes_the_best_pairing_of_speakers() -> None:
    truth = lines(("A", "red green"), ("B", "apple pear"))
    got = score(Reference("call", lines=truth), heard(("Y", "red green"), ("X", "apple pear")))
    assert got.speaker_words == Tally(0, 4)


def test_der_is_missed_plus_invented_plus_confused_speech() -> None:
    # 0-1 missed, 10-12 given to A instead of B, 20-22 invented; 20 s were spoken
    got = rates_of_turns(turns((A, 0, 10), (B, 10, 20)), turns((X, 1, 12), (Y, 12, 22)))
    assert (got.missed, got.confused, got.false_alarm) == (Tally(1, 20), Tally(2, 20), Tally(2, 20))
    assert got.rates["DER"] == pytest.approx(0.25)


def test_overlapped_speech_is_scored_for_both_speakers() -> None:
    got = rates_of_turns(turns((A, 0, 10), (B, 5, 10)), turns((X, 0, 10)))
    assert (got.missed, got.confused) == (Tally(5, 15), Tally(0, 15))


def test_talk_error_is_the_largest_error_of_any_share() -> None:
    # A speaks half of the truth and three quarters of what was heard
    got = rates_of_turns(turns((A, 0, 10), (B, 10, 20)), turns((X, 0, 15), (Y, 15, 20)))
    assert got.rates["talk"] == pytest.approx(0.25)


def test_turns_of_one_speaker_that_overlap_count_once_in_the_shares() -> None:
    got = rates_of_turns(turns((A, 0, 10), (A, 5, 10), (B, 10, 20)), turns((X, 0, 10), (Y, 10, 20)))
    assert got.rates["talk"] == pytest.approx(0.0)


def test_the_number_of_speakers_is_right_or_wrong() -> None:
    truth = turns((A, 0, 10), (B, 10, 20))
    three = rates_of_turns(truth, turns((X, 0, 10), (Y, 10, 19), (Z, 19, 20)))
    two = rates_of_turns(truth, turns((X, 0, 10), (Y, 10, 20)))
    assert (three.speakers, two.speakers) == ((3, 2), (2, 2))
    assert pool([three, two], "all").counted == Tally(1, 2)


@pytest.mark.parametrize(
    ("sides", "wrong"),
    [
        ({"X": "seller", "Y": "buyer"}, 0),
        ({"X": "buyer", "Y": "seller"}, 2),
        ({"X": "seller", "Y": "unknown"}, 1),
    ],
)
def test_a_side_is_judged_on_who_was_really_heard(sides: dict[str, str], wrong: int) -> None:
    truth = Reference("c", turns((A, 0, 10), (B, 10, 20)), sellers={"A": True, "B": False})
    got = score(truth, heard(spoke=turns((X, 0, 10), (Y, 10, 20)), sides=sides))
    assert got.sides == Tally(wrong, 2)


def test_the_talk_ratio_is_scored_when_the_report_tells_it() -> None:
    truth = Reference("c", turns((A, 0, 30), (B, 30, 40)), sellers={"A": True, "B": False})
    spoke = turns((X, 0, 30), (Y, 30, 40))
    assert score(truth, heard(spoke=spoke, talk_ratio=0.7)).ratio_error == pytest.approx(0.05)
    assert score(truth, heard(spoke=spoke)).ratio_error is None


def test_a_report_without_speech_misses_everything() -> None:
    truth = Reference("c", turns((A, 0, 10)), lines(("A", "hello there")))
    got = score(truth, heard())
    assert (got.rates["WER"], got.rates["cpWER"], got.rates["DER"]) == (1.0, 1.0, 1.0)


def test_what_nobody_wrote_down_is_not_scored() -> None:
    got = score(Reference("c", lines=lines(("A", "hello"))), heard(("X", "hello")))
    assert got.rates["WER"] == 0.0
    assert got.rates["DER"] is None
    assert got.rates["talk"] is None


def test_pooling_divides_all_errors_by_all_words() -> None:
    short = Score("a", "en", words=Tally(1, 2), talk_error=0.3)
    long = Score("b", "en", words=Tally(1, 98), talk_error=0.1)
    unknown = Score("c", "en")
    got = pool([short, long, unknown], "all")
    assert got.rates["WER"] == pytest.approx(0.02)
    assert got.rates["talk"] == 0.3
    assert got.rates["DER"] is None


def test_a_rate_over_nothing_is_not_known() -> None:
    assert Tally(0, 0).rate is None
