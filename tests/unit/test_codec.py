import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.codec import (
    diarization_from_json,
    diarization_to_json,
    dumps_hearing,
    dumps_report,
    hearing_from_json,
    hearing_to_json,
    report_to_json,
)
from analyzer.errors import BadReport
from analyzer.metrics import Source, measure
from analyzer.recording import Meeting, Side
from analyzer.report import CallReport
from analyzer.sides import Speaker
from analyzer.speech import Diarization, Hearing, Span, SpeakerId, Turn, Word
from analyzer.transcript import assemble, with_owners
from tests.builders import conversation, hearing, turn, words


def report():
    said = [*words("so it has an engine", 0), *words("okay", 2.6), *words("and a board", 3.5)]
    turns = [turn("A", 0, 2.5), turn("B", 2.6, 3.1), turn("A", 3.5, 5.12345)]
    transcript = assemble(hearing(said, turns, duration_s=10.0004))
    speakers = (
        Speaker(SpeakerId("S1"), "Nora", Side.SELLER, 'says "Nora here"'),
        Speaker(SpeakerId("S2"), None, Side.BUYER, "is who is left"),
    )
    meeting = Meeting(title="Démo", started_at=datetime(2026, 9, 3, 10, 0, tzinfo=UTC))
    metrics = measure(transcript, speakers, Source.DIARIZED)
    engines = {"transcriber": "w", "diarizer": "p"}
    return CallReport(meeting, transcript, speakers, metrics, engines=engines)


def test_the_report_has_the_keys_of_the_contract():
    stored = report_to_json(report())
    assert stored["schema"] == "talktrack/report/1"
    assert stored["title"] == "Démo"
    assert stored["started_at"] == "2026-09-03T10:00:00+00:00"
    assert (stored["language"], stored["duration"], stored["channels"]) == ("en", 10.0, 1)
    assert list(stored["engines"]) == ["diarizer", "transcriber"]
    assert stored["speakers"][0] == {
        "id": "S1",
        "name": "Nora",
        "side": "seller",
        "why": 'says "Nora here"',
    }
    assert stored["turns"][2] == {"speaker": "S1", "start": 3.5, "end": 5.123}
    said, nod = stored["utterances"]
    assert (said["speaker"], said["start"], said["end"]) == ("S1", 0.0, 4.9)
    assert said["words"][0] == {"start": 0.0, "end": 0.4, "text": "so", "confidence": 0.9}
    assert (nod["backchannel"], "backchannel" in said) == (True, False)


def test_a_metric_says_how_it_was_made_and_leaves_out_what_is_not_known():
    metrics = report_to_json(report())["metrics"]
    ratio, patience = metrics["talk_ratio"], metrics["patience_s"]
    assert set(ratio) == {"value", "unit", "version", "formula", "source", "band"}
    assert ratio["source"] == "diarized"
    assert (patience["value"], patience["n"]) == (None, 0)
    assert patience["why_hidden"] == "few_replies"
    assert {"start", "end"} < set(metrics["longest_monologue"])


def test_the_same_report_gives_the_same_readable_text():
    text = dumps_report(report())
    assert text == dumps_report(report())
    assert '\n "title": "Démo",\n' in text
    assert json.loads(text) == report_to_json(report())


seconds = st.floats(0, 1e5)
shares = st.floats(0, 1)
labels = st.text(max_size=5).map(SpeakerId)
spans = st.builds(Span, seconds, seconds)
turns = st.lists(st.builds(Turn, spans, labels, st.integers(0, 3)), max_size=3).map(tuple)
voices = st.dictionaries(labels, st.lists(st.floats(-1, 1), max_size=4).map(tuple), max_size=2)
hearings = st.builds(
    Hearing,
    duration_s=seconds,
    language=st.sampled_from(["en", "fr"]),
    words=st.lists(st.builds(Word, spans, st.text(max_size=9), shares, st.integers(0, 3))).map(
        tuple
    ),
    diarization=st.builds(Diarization, turns, turns, voices),
    channels=st.integers(1, 4),
    language_certainty=shares,
    engines=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2),
)


@given(hearings)
def test_a_hearing_comes_back_exactly(call):
    assert hearing_from_json(hearing_to_json(call)) == call
    assert hearing_from_json(json.loads(dumps_hearing(call))) == call
    owned = with_owners(call)
    assert hearing_from_json(json.loads(dumps_hearing(owned))) == owned


@given(hearings)
def test_who_spoke_when_comes_back_exactly(call):
    kept = json.loads(json.dumps(diarization_to_json(call.diarization)))
    assert diarization_from_json(kept) == call.diarization


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        (None, "the stored diarization is None, not 'talktrack/diarization/1': hear it again"),
        ({"schema": "talktrack/hearing/1"}, "is 'talktrack/hearing/1', not"),
        ({"schema": "talktrack/diarization/1"}, "the stored diarization is damaged at voices"),
        (
            {**diarization_to_json(Diarization((), ())), "turns": [[0, "x", "A", 0]]},
            "the stored diarization is damaged at turns.0.1",
        ),
    ],
)
def test_what_cannot_be_a_diarization_must_be_heard_again(stored, message):
    with pytest.raises(BadReport) as caught:
        diarization_from_json(stored)
    assert message in str(caught.value)


def test_a_stored_hearing_has_one_word_a_line():
    call = conversation([("A", "Hello there."), ("B", "Yes ?")])
    call = replace(call, words=words("Bien sûr", 1))
    lines = dumps_hearing(call).splitlines()
    assert '  [1.0, 1.4, "Bien", 0.9, 0],' in lines
    assert '  [1.5, 1.9, "sûr", 0.9, 0]' in lines
    assert len([line for line in lines if '"A", 0]' in line]) == 2  # a turn, and exclusive


def damaged(**changes):
    return {**hearing_to_json(conversation([("A", "Hello.")])), **changes}


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        ([], "the stored hearing is None, not 'talktrack/hearing/1': hear it again"),
        ({}, "is None, not"),
        (damaged(schema="talktrack/hearing/9"), "is 'talktrack/hearing/9', not"),
        (damaged(words=[[0, 1, "Hello", 0.9]]), "damaged at words.0.4"),
        (damaged(words=[[0, "x", "Hello", 0.9, 0]]), "damaged at words.0.1"),
        (damaged(words=[[0, 1, None, 0.9, 0]]), "damaged at words.0.2"),
        (damaged(duration=float("nan")), "damaged at duration"),
        (damaged(turns=None), "damaged at turns"),
        (damaged(channels=0), "damaged at channels"),
        (damaged(owners=["A", "B"]), "damaged at owners (not one a word)"),
        (damaged(owners=[1]), "damaged at owners.0"),
    ],
)
def test_what_cannot_be_a_hearing_must_be_heard_again(stored, message):
    with pytest.raises(BadReport) as caught:
        hearing_from_json(stored)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_hearing_with_a_missing_key_is_damaged():
    stored = damaged()
    del stored["exclusive"]
    with pytest.raises(BadReport, match="damaged at exclusive"):
        hearing_from_json(stored)
