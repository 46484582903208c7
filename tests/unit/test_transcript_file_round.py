"""What we write, we read: the same words by the same speakers."""

import json
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer import Meeting, read_transcript
from analyzer.codec import dumps_report, hearing_from_json
from analyzer.formats import FORMATS, Rendering
from analyzer.meeting_file import load_meeting
from analyzer.playbook_file import standard_playbook
from analyzer.report import CallReport
from analyzer.sides import Side, Speaker
from analyzer.speech import Hearing, Span, Word
from analyzer.transcript import Transcript, Utterance, assemble
from analyzer.transcripts import WrittenCall
from analyzer.understanding import Readers, understand_with
from tests.builders import hearing, turn

CALLS = sorted(path.parent for path in Path("fixtures/calls").glob("*/hearing.json"))
PLAIN = st.text("abcdeéèABC019'.,?!-", min_size=1, max_size=9).filter(lambda text: text != "-")
ANY = st.text(
    st.characters(
        codec="utf-8", exclude_categories=["Cc", "Cs", "Cf", "Zs", "Zl", "Zp", "Cn", "Co"]
    ),
    min_size=1,
    max_size=9,
)
NAMES = st.lists(
    st.from_regex(r"[A-Z][a-zé]{2,8} [A-Z][a-z]{1,8}", fullmatch=True),
    min_size=3,
    max_size=3,
    unique_by=str.casefold,
)
Spoken = dict[str, list[str]]


@st.composite
def hearings(draw: st.DrawFn, texts: st.SearchStrategy[str] = PLAIN) -> Hearing:
    """Two or three people who talk in turns, over each other, or with long pauses."""
    spoken, turns, at = [], [], 0.0
    for who in draw(st.lists(st.sampled_from("ABC"), min_size=1, max_size=8)):
        at = max(0.0, at + draw(st.floats(-2.0, 9.0)))
        start = at
        for text in draw(st.lists(texts, min_size=1, max_size=14)):
            length = draw(st.floats(0.05, 1.2))
            spoken.append(Word(Span(at, at + length), text, 0.9, "ABC".index(who)))
            at += length + draw(st.sampled_from([0.0, 0.1, 3.0]))
        turns.append(turn(who, start, at, "ABC".index(who)))
    return hearing(spoken, turns, channels=3, duration_s=at + 1)


def report_of(heard: Hearing, names: list[str]) -> CallReport:
    transcript = assemble(heard)
    speakers = tuple(
        Speaker(one, name, Side.UNKNOWN, "Told by the test")
        for one, name in zip(transcript.speakers, names, strict=False)
    )
    return CallReport(Meeting(), transcript, speakers, {})


def by_name(transcript: Transcript, names: dict[str, str]) -> Spoken:
    said: Spoken = defaultdict(list)
    for utterance in transcript.utterances:
        said[names[utterance.speaker]] += [word.text for word in in_order(utterance)]
    return dict(said)


def in_order(utterance: Utterance) -> tuple[Word, ...]:
    return utterance.words


def read_back(call: WrittenCall) -> Spoken:
    transcript = assemble(call.hearing)
    return by_name(transcript, dict(transcript.heard_as))


@given(hearings(ANY), NAMES)
def test_our_own_webvtt_reads_back(heard: Hearing, names: list[str]) -> None:
    report = report_of(heard, names)
    written = FORMATS["vtt"](report, Rendering()).encode()
    told = {one.id: one.name for one in report.speakers}
    assert read_back(read_transcript(written, "call.vtt")) == by_name(report.transcript, told)


@given(hearings(), NAMES)
@pytest.mark.parametrize("kind", ["srt", "txt"])
def test_our_own_subrip_and_text_read_back(kind: str, heard: Hearing, names: list[str]) -> None:
    report = report_of(heard, names)
    written = FORMATS[kind](report, Rendering(file_name="call.wav")).encode()
    told = {one.id: one.name for one in report.speakers}
    assert read_back(read_transcript(written, f"call.{kind}")) == by_name(report.transcript, told)


@given(hearings(ANY), NAMES)
def test_our_own_reports_read_back_with_their_times(heard: Hearing, names: list[str]) -> None:
    report = report_of(heard, names)
    call = read_transcript(dumps_report(report).encode(), "call.json")
    told = {one.id: one.name for one in report.speakers}
    assert read_back(call) == by_name(report.transcript, told)
    starts = sorted(word.span.start for word in heard.words)
    assert [word.span.start for word in call.hearing.words] == pytest.approx(starts, abs=0.002)


@pytest.mark.parametrize("folder", CALLS, ids=lambda folder: folder.name)
@pytest.mark.parametrize("kind", ["vtt", "srt", "txt", "json"])
def test_a_real_call_has_the_same_speakers_when_read_back(kind: str, folder: Path) -> None:
    heard = hearing_from_json(json.loads((folder / "hearing.json").read_text("utf-8")))
    meeting, playbook = load_meeting(folder / "meeting.json"), standard_playbook()
    report = understand_with(heard, meeting, playbook, Readers())
    written = dumps_report(report) if kind == "json" else FORMATS[kind](report, Rendering())
    call = read_transcript(written.encode(), f"call.{kind}")
    again = understand_with(call.hearing, call.meeting(meeting), playbook, Readers())
    assert [(one.name, one.side) for one in again.speakers] == [
        (one.name, one.side) for one in report.speakers
    ]
    assert again.transcript.language == report.transcript.language
    assert again.metrics["talk_ratio"].value == pytest.approx(
        report.metrics["talk_ratio"].value, abs=0.04
    )
