"""Files that are no transcripts, or broken ones: one line that says what and where, or a call."""

import json
from collections.abc import Callable, Iterator
from math import isfinite
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer import BadTranscript, load_transcript, read_transcript
from analyzer.transcript import assemble
from analyzer.transcripts import WrittenCall

FOLDER = Path(__file__).parents[2] / "fixtures" / "transcripts"
FILES = sorted(FOLDER.iterdir())
CUE = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n"


def entry(**more: object) -> bytes:
    return json.dumps([{"text": "Hello.", "start": 1, "end": 2, "speaker": "Ann", **more}]).encode()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is empty"),
        (b" \r\n\t\n", "is empty"),
        (b"\x00" * 999, "not text but binary"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "is not text"),
        (b"PK\x03\x04 docx", "is a zip archive, as Word's own files are"),
        (b"%PDF-1.7", "is a PDF"),
        (b"RIFF....WAVE", "is a recording"),
        (b"a" * (50 * 2**20 + 1), "is larger than 50 MB"),
        (b"\n" * 1_000_001 + b"Ann: hello", "has more than 1000000 lines"),
        (b"WEBVTT\n\nNOTE nothing was said\n", "has no words"),
        (b"WEBVTT\n\n00:00:01.000 --> 00:0", "has no words"),
        (b"WEBVTT\n\n00:00:xx.000 --> 00:00:02.000\nHi.", "line 3: '00:00:xx.000' is no time"),
        (b"1\n00:00:01,000 --> never\nHi.", "line 2: 'never' is no time"),
        (b"1\n-00:00:05,000 --> 00:00:02,000\nHi.", "line 2: the time '-00:00:05,000' is before"),
        (b"Dear all,\nplease find it attached.\nBye", "no line says who speaks or when"),
        (b"{" * 100_000, "line 1: is no JSON"),
        (b"[" * 100_000, "too many brackets"),
        (b'{"a":' * 100_000, "too many brackets"),
        (b'{"text": "Hi.",}', "line 1: is no JSON"),
        (b'[{"text":"Hi.","start":NaN}]', "NaN is no number"),
        (b'[{"text":"Hi.","start":1e999}]', "list.0.start: input should be a finite number"),
        (b'[{"text":"Hi.","start":' + b"9" * 5000 + b"}]", "list.0.start"),
        (b"[]", "understood are files of Talktrack, whisper"),
        (b"[[1, 2], [3]]", "JSON of a shape that is not known"),
        (b'{"participants": ["Ann"]}', "JSON of a shape that is not known"),
        (entry(start=-5), "list.0: the time -5 s is before the start"),
        (entry(start=90_000, end=90_001), "list.0: the time 90000 s is more than a day"),
        (entry(start="soon"), "list.0.start: 'soon' is no time"),
        (entry(start=True), "list.0.start: expected a time"),
        (entry(end=[2]), "list.0.end: expected a time"),
        (entry(start={"seconds": "x"}), "list.0.start: 'x' is no time"),
        (entry(speaker=["Ann"]), "list.0.speaker: input should be a valid string"),
        (entry(words="Hello."), "list.0.words: input should be a valid list"),
        (b'{"callTranscripts": [{}, {}]}', "holds 2 calls"),
        (b'{"schema": "talktrack/hearing/9"}', "not 'talktrack/hearing/1'"),
        (b'{"schema": "talktrack/report/1"}', "has no words"),
    ],
)
def test_a_bad_file_is_refused_in_one_line_that_says_why(content: bytes, what: str) -> None:
    with pytest.raises(BadTranscript) as error:
        read_transcript(content, "call.vtt")
    message = str(error.value)
    assert message.startswith("call.vtt: ")
    assert what in message
    assert "\n" not in message
    assert len(message) < 600


def test_a_hostile_name_of_a_file_stays_on_its_line() -> None:
    with pytest.raises(BadTranscript, match=r"^a b <i> x+: is empty"):
        read_transcript(b"", "a\nb\x00 <i> " + "x" * 5000)


def test_too_many_words_or_speakers_are_no_call() -> None:
    many = "".join(
        f"[00:{n:02}] Ann {chr(65 + n % 26)}{n // 26}: Hello.\n" for n in range(31)
    ).encode()
    with pytest.raises(BadTranscript, match="has 31 speakers, more than 30"):
        read_transcript(many, "call.txt")
    with pytest.raises(BadTranscript, match="has 500001 words, more than 500000"):
        read_transcript(b"[00:01] Ann: " + b"a " * 500_001, "call.txt")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadTranscript, match=r"^none.vtt: cannot be read \(No such file"):
        load_transcript(tmp_path / "none.vtt")
    with pytest.raises(BadTranscript, match="cannot be read"):
        load_transcript(tmp_path)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_any_usual_encoding_is_read(encoding: str) -> None:
    call = read_transcript((CUE + "Zoé: C'est déjà réglé.").encode(encoding), "call.vtt")
    assert [word.text for word in call.hearing.words] == ["C'est", "déjà", "réglé."]
    assert [*call.names.values()] == ["Zoé"]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_any_line_ends_are_read(ends: str) -> None:
    text = (FOLDER / "teams.vtt").read_text("utf-8").replace("\n", ends)
    assert read_transcript(text.encode(), "call.vtt") == load_transcript(FOLDER / "teams.vtt")


def spans(*cues: str) -> tuple[WrittenCall, list[tuple[float, float]]]:
    call = read_transcript(("WEBVTT\n\n" + "\n\n".join(cues)).encode(), "call.vtt")
    return call, [(one.span.start, one.span.end) for one in call.hearing.diarization.turns]


def test_cues_out_of_order_are_put_in_order_and_told() -> None:
    late, early = "00:09.000 --> 00:10.000\n<v Ann>Late.", "00:01.000 --> 00:02.000\n<v Tom>Early."
    call, turns = spans(late, early)
    assert [word.text for word in call.hearing.words] == ["Early.", "Late."]
    assert turns == [(1.0, 2.0), (9.0, 10.0)]
    assert call.notices == ("mended_times",)


def test_an_end_before_its_start_is_reckoned_and_told() -> None:
    call, turns = spans("00:05.000 --> 00:01.000\n<v Ann>One two three four five.")
    assert turns == [(5.0, 7.0)]
    assert call.notices == ("mended_times", "rough_times")


def test_people_who_talk_at_once_keep_their_words() -> None:
    call, turns = spans(
        "00:00.000 --> 00:08.000\n<v Ann>We have planned all of the routes by hand.",
        "00:03.000 --> 00:04.000\n<v Tom>Right.",
    )
    assert turns == [(0.0, 8.0), (3.0, 4.0)]
    texts = [one.text for one in assemble(call.hearing).utterances]
    assert texts == ["We have planned all of the routes by hand.", "Right."]


def test_one_speakers_overlapping_cues_are_not_mixed() -> None:
    call, _ = spans(
        "00:00.000 --> 00:06.000\n<v Ann>One two three.",
        "00:03.000 --> 00:08.000\n<v Ann>Four five six.",
        "00:03.000 --> 00:08.000\n<v Ann>Seven eight.",
    )
    texts = " ".join(word.text for word in call.hearing.words)
    assert texts == "One two three. Four five six. Seven eight."


def test_the_time_of_day_becomes_the_time_of_the_call() -> None:
    call = read_transcript(b"[14:03:10] Ann: Hello there.\n[14:03:20] Tom: Hi.", "call.txt")
    assert [one.span.start for one in call.hearing.diarization.turns] == [0.0, 10.0]


def test_text_without_spaces_is_cut() -> None:
    call = read_transcript((CUE + "Ann: " + "字" * 250).encode(), "call.vtt")
    assert [len(word.text) for word in call.hearing.words] == [100, 100, 50]


def check(call: WrittenCall) -> None:
    """Everything that later stages rely on."""
    hearing = call.hearing
    assert 0 <= hearing.duration_s <= 24 * 3600 + 3600
    for word in hearing.words:
        assert isfinite(word.span.end)
        assert 0 <= word.span.start <= word.span.end <= hearing.duration_s + 1e-6
        assert 0 <= word.confidence <= 1
        assert word.text.split() == [word.text]
    assert len(hearing.owners) == len(hearing.words) > 0
    assert {*hearing.owners} <= {one.speaker for one in hearing.diarization.turns}
    assert sum(len(one.words) for one in assemble(hearing).utterances) == len(hearing.words)


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield place
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, part in pairs:
            yield from places(part, (*place, key))


def changed(value: Any, place: tuple[Any, ...], new: object) -> Any:
    if not place:
        return new
    copy = value.copy()
    copy[place[0]] = changed(value[place[0]], place[1:], new)
    return copy


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([-1, 0, 10**400, 1e300, 86_401, 1_777_885_200_000]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=9),
    st.sampled_from(["1:02", "2.5s", "PT5S", "2026-05-04T09:00:00Z", "\ud800", "Ann: Hi.", "\0"]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.sampled_from(["seconds", "relative", "name", "text"]), st.integers()),
)
JSON_FILES = [path for path in FILES if path.suffix == ".json"]
SLOW = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@SLOW
@given(st.sampled_from(JSON_FILES), st.lists(st.tuples(st.floats(0, 0.999), ODD), max_size=3))
def test_whatever_stands_in_json_it_is_a_call_or_refused(
    path: Path, changes: list[tuple[float, object]]
) -> None:
    file = json.loads(path.read_text("utf-8"))
    for at, new in changes:
        every = [*places(file)]
        file = changed(file, every[int(at * len(every))], new)
    read_or_refused(json.dumps(file).encode(), check)


@SLOW
@given(
    st.sampled_from([path for path in FILES if path.suffix != ".json"]),
    st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 9), st.binary(max_size=9)), max_size=5),
)
def test_whatever_stands_in_text_it_is_a_call_or_refused(
    path: Path, changes: list[tuple[float, int, bytes]]
) -> None:
    content = path.read_bytes()
    for at, length, new in changes:
        place = int(at * len(content))
        content = content[:place] + new + content[place + length :]
    read_or_refused(content, check)


def read_or_refused(content: bytes, then: Callable[[WrittenCall], None]) -> None:
    refused = None
    try:
        then(read_transcript(content, "call"))
    except BadTranscript as error:
        refused = str(error)
    assert refused is None or refused.startswith("call: ")
