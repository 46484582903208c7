"""Every call of fixtures/ is whole, and its truth fits its sound."""

import json
from pathlib import Path
from typing import Any

import pytest

from fixtures.make_calls import CALLS, SOURCES, TRUTH
from tests.accuracy.reference import load_reference

FOLDERS = sorted(CALLS.iterdir())
MAX_BYTES = 10_000_000


def truth(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "truth.json").read_text("utf-8"))
    return content


def sound(folder: Path) -> tuple[float, int]:
    """Seconds and channels."""
    import av

    with av.open(str(folder / "audio.flac")) as container:
        frames = sum(frame.samples for frame in container.decode(audio=0))
        stream = container.streams.audio[0]
        return frames / stream.rate, stream.channels


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_call_is_complete(folder: Path) -> None:
    names = {path.name for path in folder.iterdir() if path.stat().st_size}
    assert names == {"audio.flac", "hearing.json", "report.json", *TRUTH.values()}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_truth_fits_the_sound(folder: Path) -> None:
    seconds, _ = sound(folder)
    reference = load_reference(CALLS, folder.name)
    assert truth(folder)["duration_s"] == pytest.approx(seconds, abs=0.01)
    assert reference.turns
    assert reference.lines
    assert 0.9 * seconds < max(turn.span.end for turn in reference.turns) <= seconds
    assert {line.speaker for line in reference.lines} == {turn.speaker for turn in reference.turns}
    assert {turn.speaker for turn in reference.turns} == set(reference.sellers)


def test_the_calls_are_those_of_the_script() -> None:
    assert [folder.name for folder in FOLDERS] == sorted(SOURCES)


def test_two_languages_a_stereo_call_and_a_call_of_four_are_there() -> None:
    assert {truth(folder)["language"] for folder in FOLDERS} == {"en", "fr"}
    assert [folder.name for folder in FOLDERS if sound(folder)[1] == 2] == ["en04_coldcall_vantage"]
    assert [len(truth(folder)["speakers"]) for folder in FOLDERS].count(4) == 1


def test_the_fixtures_stay_small() -> None:
    assert sum(path.stat().st_size for path in CALLS.rglob("*") if path.is_file()) < MAX_BYTES
