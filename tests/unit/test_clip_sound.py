"""A stretch of a playable copy, to the sample."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.engines.clip_sound import cut_sound
from analyzer.errors import BadRecording, OutOfRoom
from analyzer.formats.playable import playable_copy
from tests.api.tones import heard_seconds, held, played, tones

LENGTH_S = 12


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copy")
    source = folder / "call.wav"
    source.write_bytes(tones(LENGTH_S))
    path = folder / "copy.m4a"
    path.write_bytes(playable_copy(source, folder)[0])
    return path


def cut(copy: Path, start_s: float, end_s: float) -> bytes:
    target = copy.with_name("cut.m4a")
    cut_sound(copy, start_s, end_s, target)
    return target.read_bytes()


@pytest.mark.parametrize(("start_s", "end_s"), [(0, 3), (5, 7), (4.97, 7.01), (10.5, 12), (0, 12)])
def test_a_cut_plays_its_stretch_and_nothing_else(copy: Path, start_s: float, end_s: float) -> None:
    sound = cut(copy, start_s, end_s)
    assert len(played(sound)) / 16_000 == pytest.approx(end_s - start_s, abs=0.001)
    expected = [int(start_s + n / 20 + 0.025) for n in range(round((end_s - start_s) * 20))]
    found = heard_seconds(sound)
    # Where the pitch changes a window holds both.
    differing = [n for n, (a, b) in enumerate(zip(found, expected, strict=False)) if a != b]
    assert len(differing) <= end_s - start_s + 1
    assert set(found) <= set(range(int(start_s), int(end_s) + 1))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_900), st.integers(1_000, 4_000))
def test_no_more_than_a_tenth_of_a_second_around_it_is_in_the_file(
    copy: Path, start_ms: int, length_ms: int
) -> None:
    length_s = min(length_ms / 1000, LENGTH_S - start_ms / 1000)
    sound = cut(copy, start_ms / 1000, start_ms / 1000 + length_s)
    assert len(played(sound)) / 16_000 == pytest.approx(length_s, abs=0.001)
    assert length_s - 0.001 <= held(sound) <= length_s + 2 * 0.064


def test_past_the_end_is_nothing(copy: Path) -> None:
    assert len(played(cut(copy, 11, 40))) / 16_000 == pytest.approx(1, abs=0.07)
    with pytest.raises(BadRecording, match="ends before second 13"):
        cut(copy, 13, 15)


def test_a_cut_plays_before_it_is_all_there(copy: Path) -> None:
    sound = cut(copy, 2, 4)
    assert sound.index(b"moov") < sound.index(b"mdat")


def test_what_is_no_copy_is_refused(tmp_path: Path) -> None:
    for name, content in (("a", b"not sound" * 100), ("b", b""), ("c", tones(2))):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(BadRecording, match="anew"):
            cut(path, 0, 1)


def test_a_folder_that_is_gone_is_told(copy: Path, tmp_path: Path) -> None:
    with pytest.raises(OutOfRoom, match="cannot be written"):
        cut_sound(copy, 0, 1, tmp_path / "gone" / "cut.m4a")
