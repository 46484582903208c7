import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from analyzer import understand
from analyzer.codec import hearing_from_json
from analyzer.corrections import MergeSpeakers, NameSpeaker, SwapSides, apply_corrections
from analyzer.engines.scripted import ScriptedEngines
from analyzer.errors import BadReport
from analyzer.recording import KnownVoice, Meeting, Side
from analyzer.report_codec import report_from_kept, report_to_kept
from analyzer.speech import Span, SpeakerId
from analyzer.transcript import assemble
from fixtures.make_calls import CALLS
from tests.builders import conversation
from tests.timing import seconds_of

HOUR_S = 3600
SAID = [
    ("A", "Hi, this is Nora from Halden. How do you plan today?"),
    ("B", "By hand, and our budget is tight. It costs 400 dollars a month. Is it expensive?"),
    ("A", "I'll send you the proposal by Friday. It is about 300 euros."),
]


def heard(call):
    return hearing_from_json(json.loads((CALLS / call / "hearing.json").read_text("utf-8")))


def plain(hearing, meeting=None, corrections=()):
    """What is understood without models."""
    return understand(hearing, meeting, None, ScriptedEngines(hearing), corrections)


def kept(report):
    """As the store gives it back."""
    return json.loads(json.dumps(report_to_kept(report)))


def test_a_corrected_report_comes_back_with_the_transcript_of_its_corrections():
    call = conversation([*SAID, ("C", "Fine.")])
    corrections = (
        MergeSpeakers(SpeakerId("C"), SpeakerId("A")),
        NameSpeaker(SpeakerId("B"), "Olga"),
        SwapSides(),
    )
    report = plain(call, None, corrections)
    transcript = assemble(apply_corrections(call, corrections).hearing)
    assert report_from_kept(kept(report), transcript) == report
    with pytest.raises(BadReport, match="of another transcript: understand the call again"):
        report_from_kept(kept(report), assemble(call))


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=-4))])
def test_the_start_keeps_its_zone(zone):
    meeting = Meeting(started_at=datetime(2026, 9, 10, 11, 20, tzinfo=zone))
    report = plain(conversation(SAID), meeting)
    back = report_from_kept(kept(report), report.transcript).meeting.started_at
    assert (back, back.isoformat(), type(back.tzinfo)) == (
        meeting.started_at,
        meeting.started_at.isoformat(),
        timezone,
    )


def test_voices_of_other_calls_are_not_kept_again():
    meeting = Meeting(title="Call", voices=(KnownVoice("Nora", Side.SELLER, (0.6, 0.8)),))
    report = plain(conversation(SAID), meeting)
    assert "0.8" not in json.dumps(report_to_kept(report)["report"]["meeting"])
    back = report_from_kept(kept(report), report.transcript)
    assert back == replace(report, meeting=Meeting(title="Call", agenda=report.meeting.agenda))


def test_keeping_and_reading_change_nothing_of_what_they_are_given():
    report = plain(conversation(SAID))
    stored = kept(report)
    before = json.dumps(stored)
    assert report_from_kept(stored, report.transcript) == report
    assert json.dumps(stored) == before


def test_a_call_of_an_hour_is_read_in_a_moment():
    one = heard("fr01_decouverte_valmont")
    hour = repeated(one, int(HOUR_S / one.duration_s) + 1)
    report = plain(hour)
    text = json.dumps(report_to_kept(report))
    transcript = assemble(hour)
    seconds, back = seconds_of(lambda: report_from_kept(json.loads(text), transcript))
    assert back == report
    assert seconds < 0.1
    assert len(text) < 400_000


def repeated(hearing, times):
    """The same call again and again."""

    def again(things):
        return tuple(
            replace(one, span=Span(one.span.start + late, one.span.end + late))
            for late in (n * hearing.duration_s for n in range(times))
            for one in things
        )

    old = hearing.diarization
    return replace(
        hearing,
        duration_s=hearing.duration_s * times,
        words=again(hearing.words),
        diarization=replace(old, turns=again(old.turns), exclusive=again(old.exclusive)),
    )


REPORT = plain(conversation(SAID))


def damaged(**changes):
    stored = kept(REPORT)
    return {**stored, "report": {**stored["report"], **changes}}


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        (None, "the stored report is None, not 'talktrack/kept-report/1': understand"),
        ([], "is None, not"),
        ({"schema": ["x"]}, "is ['x'], not"),
        ({**kept(REPORT), "schema": "talktrack/report/1"}, "is 'talktrack/report/1', not"),
        ({**kept(REPORT), "transcript": [1, 2, 3]}, "of another transcript"),
        ({**kept(REPORT), "report": None}, "is damaged: understand the call again"),
        ({**kept(REPORT), "report": {}}, "is damaged at meeting"),
        (damaged(speakers=[{"id": "S1"}]), "is damaged at speakers.0"),
        (damaged(metrics={"x": {}}), "is damaged at metrics.x"),
        (damaged(moments=[{"kind": "joke"}]), "is damaged at moments.0"),
        (damaged(scorecards=[{"answers": []}]), "is damaged: understand"),
        (damaged(scorecards=7), "is damaged: understand"),
        (damaged(notices=["x"]), "is damaged at notices.0"),
    ],
)
def test_what_cannot_be_a_report_must_be_understood_again(stored, message):
    with pytest.raises(BadReport) as caught:
        report_from_kept(stored, REPORT.transcript)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("place", [9999, -1, 0.5, None])
def test_an_answer_to_no_criterion_is_damage(place):
    stored = kept(REPORT)
    cards = stored["report"]["scorecards"]
    cards[0]["answers"][0]["criterion"] = place
    with pytest.raises(BadReport, match="is damaged"):
        report_from_kept(stored, REPORT.transcript)
