"""Files meant to hurt, from the folders that TALKTRACK_CORPUS names."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from analyzer.engines.channels import mono_channels, separate_channels
from analyzer.engines.decode import MIN_SECONDS, load_audio
from analyzer.errors import BadRecording

_FOLDERS = os.environ.get("TALKTRACK_CORPUS", "")  # noqa: TID251 - tests have no settings
_AT_ONCE_S = 5.0


def _cases() -> Iterator[tuple[Path, str]]:
    """Each file and what happens: "decodes: flac 44100 Hz 2 ch 3.685 s" or "fails: EOFError"."""
    for folder in filter(None, _FOLDERS.split(os.pathsep)):
        table = Path(folder, "nasty", "expectations.tsv")
        for line in table.read_text(encoding="utf-8").splitlines() if table.is_file() else ():
            name, _what, happens = line.split("\t")
            if happens:
                yield table.parent / name, happens


def _seconds(happens: str) -> float:
    return float(happens.split()[-2]) if happens.startswith("decodes") else 0.0


@pytest.fixture(autouse=True)
def _at_once() -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < _AT_ONCE_S


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, id=path.name) for path, h in _cases() if _seconds(h) < MIN_SECONDS],
)
def test_what_cannot_be_heard_is_refused_by_name(path: Path, tmp_path: Path) -> None:
    with pytest.raises(BadRecording) as refusal:
        load_audio(path, tmp_path)
    assert path.name in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("path", "happens"),
    [pytest.param(path, h, id=path.name) for path, h in _cases() if _seconds(h) >= MIN_SECONDS],
)
def test_what_can_be_heard_is_decoded_whole(path: Path, happens: str, tmp_path: Path) -> None:
    audio = load_audio(path, tmp_path)
    assert audio.duration_s == pytest.approx(_seconds(happens), abs=0.1)
    assert f" {audio.channels} ch " in happens
    assert separate_channels(audio) == ()
    assert mono_channels(audio)
