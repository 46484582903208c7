"""What files of a watched place are, by their names."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.watched_names import Found, is_hidden, shortened, sort_out

AT = datetime(2026, 3, 2, tzinfo=UTC)


def sorted_out(*names: str) -> dict[str, str | None]:
    """What becomes a call, and what tells of it."""
    found = [Found(name, 10, AT, "1") for name in names]
    return {one.name: one.sidecar.name if one.sidecar else None for one in sort_out(found)}


@pytest.mark.parametrize(
    "name",
    [
        *(".DS_Store", "._call.mp3", "call.mp3.part", "call.mp3.crdownload", "~$notes.docx"),
        *("a.TMP", "call.wav~", "Thumbs.db", "desktop.ini", "call.m4a.filepart"),
    ],
)
def test_what_is_hidden_or_half_written_waits(name: str) -> None:
    assert is_hidden(name)


@pytest.mark.parametrize("name", ["call.mp3", "a part.wav", "call", "tmp.ogg", "a~b.mp3"])
def test_other_names_do_not_wait(name: str) -> None:
    assert not is_hidden(name)


def test_json_beside_a_file_tells_of_it() -> None:
    assert sorted_out("a/call.mp3", "a/call.json") == {"a/call.mp3": "a/call.json"}
    assert sorted_out("call.mp3", "call.mp3.json") == {"call.mp3": "call.mp3.json"}
    assert sorted_out("call.vtt", "call.json") == {"call.vtt": "call.json"}
    assert sorted_out("call.mp3", "call.mp3.json", "call.json") == {"call.mp3": "call.mp3.json"}
    assert sorted_out("call.mp3", "b/call.json") == {"call.mp3": None, "b/call.json": None}
    assert sorted_out("call.json") == {"call.json": None}


def test_a_transcript_beside_a_recording_is_left() -> None:
    assert sorted_out("call.m4a", "call.vtt", "call.txt", "other.vtt") == {
        "call.m4a": None,
        "other.vtt": None,
    }


def test_a_name_tells_sound_from_words() -> None:
    kinds = {
        name: sort_out([Found(name, 1, AT, "1")])[0].is_transcript
        for name in ("a.VTT", "a.srt", "a.txt", "a.json", "a.mp3", "a", "a.vtt.wav")
    }
    assert [name for name, is_it in kinds.items() if is_it] == ["a.VTT", "a.srt", "a.txt", "a.json"]


@given(text=st.text(max_size=400), most=st.integers(80, 500))
def test_what_is_shortened_fits_and_stays_apart(text: str, most: int) -> None:
    short = shortened(text, most)
    assert len(short.encode()) <= most
    assert (short == text) == (len(text.encode()) <= most)
    longer = text + "x" * most
    assert shortened(longer, most) != shortened(longer + "y", most)


def test_signs_that_are_no_text_are_written_out() -> None:
    assert Found("b\udcff.wav", 1, AT, "1").name == "b\\udcff.wav"
