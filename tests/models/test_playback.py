"""What browsers get of a recording: made once, and only of what can be heard."""

import json
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from analyzer.errors import BadRecording, OutOfRoom
from models.errors import Missing
from models.files import Files, StoredFile
from models.playback import make_playable
from tests.models.buckets import new_bucket, s3_server

_RATE = 44_100


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with s3_server() as address:
        yield address


@pytest.fixture(params=["folder", "bucket"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    if request.param == "bucket":
        return new_bucket(request.getfixturevalue("endpoint")).files()
    return Files(str(tmp_path / "files"))


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def recording(files: Files, folder: Path, seconds: float = 6.0) -> StoredFile:
    """A call of two channels: a tone on the left from second 1 to 2, on the right from 4 to 5."""
    moments = np.arange(int(seconds * _RATE)) / _RATE
    tone = np.sin(moments * 2 * np.pi * 440) * 16_384
    sides = [tone * ((moments >= a) & (moments < a + 1)) for a in (1, 4)]
    path = folder / "call.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setparams((2, 2, _RATE, 0, "NONE", ""))
        sound.writeframes(np.stack(sides, axis=1).astype("<i2").tobytes())
    return files.put([path.read_bytes()])


def test_a_recording_gets_a_copy_and_its_waveform(
    files: Files, tmp_path: Path, scratch: Path
) -> None:
    stored = recording(files, tmp_path)
    playback = make_playable(files, stored.sha256, scratch=scratch)
    sha = stored.sha256
    assert playback.playable_key == f"playable/{sha[:2]}/{sha}.m4a"
    assert playback.peaks_key == f"peaks/{sha[:2]}/{sha}.json"
    assert playback.playable_type == "audio/mp4"
    assert playback.duration_s == pytest.approx(6.0, abs=0.01)
    assert list(scratch.iterdir()) == []
    outline = json.loads(b"".join(files.read(playback.peaks_key)))
    loud = [np.flatnonzero(np.abs(channel) > 0.4) / 20 for channel in outline["peaks"]]
    assert [(one[0], one[-1]) for one in loud] == [(1.0, 1.95), (4.0, 4.95)]


def test_the_copy_plays_before_it_is_all_there(files: Files, tmp_path: Path) -> None:
    import av

    playback = make_playable(files, recording(files, tmp_path).sha256)
    with files.fetch(playback.playable_key) as path:
        content = path.read_bytes()
        with av.open(str(path)) as copy:
            sound = copy.streams.audio[0]
            assert (sound.codec_context.name, sound.channels, sound.rate) == ("aac", 1, 16_000)
            heard = np.concatenate([f.to_ndarray()[0] for f in copy.decode(audio=0)])
    assert content.index(b"moov") < content.index(b"mdat")
    assert len(heard) / 16_000 == pytest.approx(6.0, abs=0.1)
    loud = np.abs(heard) > 0.1
    assert loud[17_000:31_000].mean() > 0.5
    assert loud[34_000:62_000].mean() < 0.01


def test_what_is_made_already_is_not_made_again(files: Files, tmp_path: Path) -> None:
    stored = recording(files, tmp_path)
    playback = make_playable(files, stored.sha256)
    files.delete(stored.key)
    assert make_playable(files, stored.sha256) == playback


def test_what_was_made_by_half_is_made_up_for(files: Files, tmp_path: Path) -> None:
    stored = recording(files, tmp_path)
    playback = make_playable(files, stored.sha256)
    files.delete(playback.peaks_key)
    assert make_playable(files, stored.sha256) == playback
    assert files.exists(playback.peaks_key)


def test_a_file_without_sound_is_refused_by_the_name_it_came_with(
    files: Files, scratch: Path
) -> None:
    stored = files.put([b"not sound at all " * 100])
    with pytest.raises(BadRecording, match=r"^my call\.mp3 is damaged"):
        make_playable(files, stored.sha256, origin_name="my call.mp3", scratch=scratch)
    with pytest.raises(BadRecording, match="is damaged"):
        make_playable(files, stored.sha256, scratch=scratch)
    assert list(scratch.iterdir()) == []
    assert not files.exists(f"playable/{stored.sha256[:2]}/{stored.sha256}.m4a")


def test_an_empty_file_and_half_a_file_are_told(files: Files, tmp_path: Path) -> None:
    with pytest.raises(BadRecording, match="empty"):
        make_playable(files, files.put([]).sha256)
    whole = b"".join(files.read(recording(files, tmp_path).key))
    half = make_playable(files, files.put([whole[: len(whole) // 2]]).sha256)
    assert half.duration_s == pytest.approx(3.0, abs=0.1)


def test_a_recording_that_is_not_stored_is_missing(files: Files) -> None:
    with pytest.raises(Missing):
        make_playable(files, "ab" * 32)


def test_a_scratch_folder_that_is_gone_is_told(files: Files, tmp_path: Path, scratch: Path) -> None:
    stored = recording(files, tmp_path)
    scratch.rmdir()
    with pytest.raises(OutOfRoom, match="scratch"):
        make_playable(files, stored.sha256, scratch=scratch)
