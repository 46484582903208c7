"""Every kind of transcript is read; each fixture is the same little call."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from analyzer import Meeting, Participant, Side, read_transcript, understand
from analyzer.codec import dumps_hearing, hearing_from_json, hearing_to_json
from analyzer.engines.scripted import ScriptedEngines
from analyzer.report import CallReport
from analyzer.transcript import assemble
from analyzer.transcripts import WrittenCall, is_transcript, load_transcript
from tests.builders import conversation

FOLDER = Path(__file__).parents[2] / "fixtures" / "transcripts"
FILES = sorted(path.name for path in FOLDER.iterdir())
HANNAH, TOM = "Hannah Whitcombe", "Tom Bell"
SAID = [
    (HANNAH, 0.5, 3.2, "Hi Tom, thanks for making the time today."),
    (TOM, 3.6, 6.8, "Sure. We plan our routes in a spreadsheet."),
    (HANNAH, 7.2, 8.9, "How many vans do you run?"),
    (TOM, 9.3, 12.6, "About forty, and it takes two hours every morning."),
    (HANNAH, 13.0, 17.4, "Our plan is forty pounds a van. Shall we say Tuesday at ten?"),
    (TOM, 17.9, 19.8, "Yes, send me the invitation."),
]
WITHOUT_SPEAKERS = {"faster_whisper.json", "whisper.json", "whisper_cpp.json"}
WITHOUT_ENDS = {"names.txt", "otter.txt", "stamps.txt", "untimed.txt"}
NAMED = {
    *("brackets.srt", "unnumbered.srt", "teams.vtt", "zoom.vtt", *WITHOUT_ENDS),
    *("fireflies.json", "fireflies_export.json", "otter.json", "recall.json", "list.json"),
}


def read(name: str) -> WrittenCall:
    return load_transcript(FOLDER / name)


def understood(call: WrittenCall, known: Meeting | None = None) -> CallReport:
    """The report of a written call, without models."""
    engines = ScriptedEngines(call.hearing)
    return understand(call.hearing, call.meeting(known or Meeting()), engines=engines)


@pytest.mark.parametrize("name", FILES)
def test_every_word_is_read_in_order(name: str) -> None:
    call = read(name)
    texts = [word.text for word in call.hearing.words]
    assert texts == [text for *_, said in SAID for text in said.split()]
    assert call.source == Path(name).suffix[1:]
    assert call.hearing.language == "en"
    assert call.hearing.channels == 1


@pytest.mark.parametrize("name", sorted({*FILES} - WITHOUT_SPEAKERS))
def test_every_change_of_speaker_is_read(name: str) -> None:
    call = read(name)
    utterances = assemble(call.hearing).utterances
    assert [one.text for one in utterances] == [said for *_, said in SAID]
    assert [one.speaker for one in utterances] == ["S1", "S2"] * 3
    assert not {"no_speakers", "some_speakers", "mended_times"} & {*call.notices}


@pytest.mark.parametrize("name", sorted({*FILES} - WITHOUT_SPEAKERS - WITHOUT_ENDS))
def test_times_are_those_of_the_file(name: str) -> None:
    shift = 0.5 if name == "meet.json" else 0.0  # its clock starts with the first word
    coarse = 1.0 if name == "fireflies_export.json" else 0.21
    spans = [one.span for one in assemble(read(name).hearing).utterances]
    for span, (_, start, end, _) in zip(spans, SAID, strict=True):
        assert span.start == pytest.approx(start - shift, abs=coarse)
        assert span.end == pytest.approx(end - shift, abs=coarse)


@pytest.mark.parametrize("name", sorted(WITHOUT_ENDS))
def test_times_that_are_missing_are_reckoned_and_told(name: str) -> None:
    call = read(name)
    assert call.notices == ("rough_times",)
    assert "times_reckoned" in understood(call).notices
    starts = [one.span.start for one in assemble(call.hearing).utterances]
    told = [int(start) for _, start, _, _ in SAID]
    assert starts == (sorted(starts) if name == "untimed.txt" else told)


@pytest.mark.parametrize("name", FILES)
def test_names_are_those_of_the_file_and_numbers_are_no_names(name: str) -> None:
    names = [*read(name).names.values()]
    roles = ["AGENT", "CUSTOMER"] if name == "amazon_calls.json" else []
    assert names == ([HANNAH, TOM] if name in NAMED else roles)


@pytest.mark.parametrize("name", sorted(WITHOUT_SPEAKERS))
def test_without_speakers_all_is_one_unknown_voice_and_the_report_says_so(name: str) -> None:
    call = read(name)
    assert call.notices == ("no_speakers",)
    report = understood(call)
    assert report.notices == ("one_voice_written",)
    assert [(one.name, one.side) for one in report.speakers] == [(None, Side.UNKNOWN)]


def test_the_certainty_of_words_is_kept() -> None:
    assert {word.confidence for word in read("whisperx.json").hearing.words} == {0.9, 1.0}
    assert {word.confidence for word in read("amazon.json").hearing.words} == {0.99}


def test_title_start_and_length_are_read() -> None:
    call = read("fireflies.json")
    assert call.title == "Route planning - first call"
    assert call.started_at == datetime(2026, 5, 4, 9, tzinfo=UTC)
    assert read("otter.json").started_at == call.started_at
    assert read("stamps.txt").title == call.title
    assert read("deepgram.json").hearing.duration_s == 20.25


def test_names_of_the_file_join_the_meeting_and_take_their_seats() -> None:
    known = Meeting(
        "Ours",
        participants=(
            Participant("Bell, Tom", Side.BUYER, company="Fernside"),
            Participant("Hannah", Side.SELLER),
        ),
    )
    call = read("teams.vtt")
    assert call.meeting(known) == known
    report = understood(call, known)
    assert [(one.name, one.side) for one in report.speakers] == [
        ("Hannah", Side.SELLER),
        ("Bell, Tom", Side.BUYER),
    ]
    assert "Goes by the name of Hannah Whitcombe in the transcript" in report.speakers[0].why


def test_names_that_nobody_expected_are_told_all_the_same() -> None:
    report = understood(read("teams.vtt"))
    assert [one.name for one in report.speakers] == [HANNAH, TOM]
    assert [person.side for person in report.meeting.participants] == [Side.UNKNOWN] * 2


def test_a_role_tells_the_side() -> None:
    report = understood(read("amazon_calls.json"))
    assert [one.side for one in report.speakers] == [Side.SELLER, Side.BUYER]


def test_what_is_known_of_the_meeting_goes_before_what_the_file_says() -> None:
    call = read("fireflies.json")
    start = datetime(2026, 5, 4, 10, tzinfo=UTC)
    meeting = call.meeting(Meeting(title="Ours", started_at=start))
    assert (meeting.title, meeting.started_at) == ("Ours", start)
    assert call.meeting(Meeting()).title == "Route planning - first call"


def test_a_told_language_goes_before_the_one_found() -> None:
    call = read("teams.vtt")
    assert call.hearing_in(None) is call.hearing
    assert call.hearing_in("fr").language == "fr"


def test_a_stored_hearing_is_read_as_it_was() -> None:
    hearing = conversation([("A", "Hello there."), ("B", "Hello.")])
    call = read_transcript(dumps_hearing(hearing).encode(), "call.hearing.json")
    assert call == WrittenCall(hearing, {}, "json")


def test_the_hearing_of_a_transcript_is_stored_with_who_said_each_word() -> None:
    hearing = read("zoom.vtt").hearing
    stored = json.loads(json.dumps(hearing_to_json(hearing)))
    assert hearing_from_json(stored) == hearing


def test_a_transcript_goes_by_its_ending() -> None:
    assert is_transcript(Path("call.VTT"))
    assert not is_transcript(Path("call.mp3"))
