"""Truth is read from both layouts, reports from the JSON contract."""

from pathlib import Path

import pytest

from analyzer.speech import Span, SpeakerId, Turn
from tests.accuracy.reference import Line, Reference, heard, load_reference

RTTM = "SPEAKER x 1 3.0 1.5 <NA> <NA> Ann <NA> <NA>\nSPKR-INFO x 1 <NA>\n"
STM = ";; a comment\nx 1 Bob 5.0 6.0 <o,en> Later words.\nx 1 Ann 3.0 4.5 Hello  there\n"
TRUTH = '{"language": "en", "speakers": [{"label": "Ann", "internal": true}, {"label": "Bob"}]}'


@pytest.mark.parametrize("layout", ["x.{}", "x/truth.{}"])
def test_truth_is_found_beside_the_call_or_in_its_folder(tmp_path: Path, layout: str) -> None:
    for suffix, text in (("rttm", RTTM), ("stm", STM), ("json", TRUTH)):
        path = tmp_path / layout.format(suffix)
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    assert load_reference(tmp_path, "x") == Reference(
        "x",
        turns=(Turn(Span(3.0, 4.5), SpeakerId("Ann")),),
        lines=(Line("Ann", 3.0, "Hello  there"), Line("Bob", 5.0, "Later words.")),
        sellers={"Ann": True},
    )


def test_a_recording_without_truth_has_an_empty_reference(tmp_path: Path) -> None:
    assert load_reference(tmp_path, "x") == Reference("x")


def test_the_talk_ratio_needs_every_speakers_side() -> None:
    spoke = tuple(Turn(Span(*span), SpeakerId(who)) for who, span in (("A", (0, 3)), ("B", (3, 4))))
    assert Reference("x", spoke, sellers={"A": True, "B": False}).talk_ratio == 0.75
    assert Reference("x", spoke, sellers={"A": True}).talk_ratio is None


def test_words_of_a_report_are_put_in_time_order() -> None:
    late = {"start": 2.0, "end": 2.5, "text": " late"}
    early = {"start": 1.0, "end": 1.5, "text": "early "}
    utterances = [
        {"speaker": "S1", "start": 2.0, "end": 2.5, "words": [late]},
        {"speaker": "S2", "start": 1.0, "end": 1.5, "words": [early]},
    ]
    got = heard("x", {"language": "fr", "utterances": utterances})
    assert got.words == (Line("S2", 1.0, "early"), Line("S1", 2.0, "late"))
    assert [turn.speaker for turn in got.turns] == ["S1", "S2"]
    assert got.sides is None


def test_sides_and_talk_ratio_come_from_the_report() -> None:
    report = {
        "utterances": [],
        "turns": [{"speaker": "S1", "start": 0, "end": 1}, {"speaker": "S1", "start": 2, "end": 2}],
        "speakers": [{"id": "S1", "side": "seller"}],
        "metrics": {"talk_ratio": {"value": 0.4}},
    }
    got = heard("x", report)
    assert (got.sides, got.talk_ratio, len(got.turns)) == ({"S1": "seller"}, 0.4, 1)
