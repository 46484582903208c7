import os
import resource
import subprocess
import sys
import tracemalloc
import wave
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from analyzer.audio import Audio
from analyzer.engines import decode, decoder
from analyzer.engines.decode import load_audio
from analyzer.errors import BadRecording, OutOfRoom

Sound = NDArray[np.int16]
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}
CLICKS_S = (0.5, 1.75)
SECONDS = 2.5


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def clicks(rate: int, channels: int = 1, seconds: float = SECONDS) -> Sound:
    """5 ms tones at known times over a faint noise, shape (channels, frames)."""
    noise = np.random.default_rng(7).normal(0, 100, (channels, int(rate * seconds)))
    tone = 20_000 * np.sin(np.arange(rate // 200) * 2 * np.pi * 1000 / rate)
    for at in (round(s * rate) for s in CLICKS_S if s < seconds):
        noise[:, at : at + len(tone)] = tone
    return noise.astype(np.int16)


def record(
    path: Path,
    codec: str,
    rate: int,
    streams: Sequence[Sound],
    start: Callable[[int], int] = lambda frame: frame,
    *,
    video_s: float = 0.0,
    **options: str,
) -> Path:
    """Write sound streams, and a video; `start` gives the timestamp of the packet at a frame."""
    import av

    with av.open(str(path), "w", options=options) as container:
        film = container.add_stream("mpeg4", 10, width=32, height=32) if video_s else None
        outs = [container.add_stream(codec, rate, layout=LAYOUTS[len(s)]) for s in streams]
        for index in range(round(video_s * 10)):
            picture = av.VideoFrame(32, 32, "yuv420p")
            picture.pts = index
            container.mux(film.encode(picture) if film else ())
        container.mux(film.encode(None) if film else ())
        for out, sound in zip(outs, streams, strict=True):
            assert isinstance(out, av.AudioStream)
            size = out.codec_context.frame_size or 960
            for at in range(0, sound.shape[1], size):
                block = np.ascontiguousarray(sound[:, at : at + size].T).reshape(1, -1)
                frame = av.AudioFrame.from_ndarray(block, "s16", LAYOUTS[len(sound)])
                frame.sample_rate = rate
                (frame,) = av.AudioResampler(out.codec_context.format.name).resample(frame)
                frame.pts, frame.time_base = start(at), Fraction(1, rate)
                container.mux(out.encode(frame))
            container.mux(out.encode(None))
    return path


def heard(audio: Audio, channel: int = 0) -> list[float]:
    """When the clicks are heard, in seconds."""
    loud = np.flatnonzero(np.abs(audio.read(0, audio.duration_s)[channel]) > 0.3)
    starts = loud[np.diff(loud, prepend=-10_000) > 1_600]
    return [float(start) / 16_000 for start in starts]


def at(*times_s: float) -> object:
    return pytest.approx(list(times_s), abs=0.02)


@pytest.mark.parametrize(
    ("name", "codec", "rate", "channels"),
    [
        ("telephone.wav", "pcm_s16le", 8_000, 1),
        ("same rate.wav", "pcm_s16le", 16_000, 2),
        ("mu-law.wav", "pcm_mulaw", 8_000, 1),
        ("studio.flac", "flac", 96_000, 2),
        ("appel.mp3", "libmp3lame", 44_100, 2),
        ("low.mp3", "libmp3lame", 16_000, 1),
        ("appel.m4a", "aac", 44_100, 2),
        ("telephone.m4a", "aac", 8_000, 1),
        ("appel.mov", "aac", 48_000, 2),
        ("voice.ogg", "libopus", 48_000, 1),
        ("voice.opus", "libopus", 48_000, 2),
        ("browser.webm", "libopus", 48_000, 1),
        ("call.mkv", "libmp3lame", 48_000, 2),
        ("room.mka", "aac", 48_000, 6),
    ],
)
def test_formats_decode_on_time(
    tmp_path: Path, scratch: Path, name: str, codec: str, rate: int, channels: int
) -> None:
    path = record(tmp_path / name, codec, rate, [clicks(rate, channels)])
    audio = load_audio(path, scratch)
    assert audio.channels == channels
    assert audio.duration_s == pytest.approx(SECONDS, abs=0.13)  # an AAC packet at 8 kHz
    assert heard(audio) == at(*CLICKS_S)
    assert heard(audio, channels - 1) == at(*CLICKS_S)
    assert audio.path.parent == scratch


def test_channels_stay_apart_and_in_order(tmp_path: Path, scratch: Path) -> None:
    sound = np.repeat(np.array([[1000], [-2000], [3000]], np.int16), 8_000, axis=1)
    path = tmp_path / "three.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((3, 2, 16_000, 8_000, "NONE", ""))
        file.writeframes(sound.T.tobytes())
    audio = load_audio(path, scratch)
    means = audio.read(0, audio.duration_s).mean(axis=1) * 32768
    assert means == pytest.approx([1000, -2000, 3000], abs=1)


@pytest.mark.parametrize(("name", "late_s"), [("a.mp4", 0.0), ("b.mp4", 0.7), ("c.mkv", 0.7)])
def test_sound_that_starts_late_in_a_video_is_preceded_by_silence(
    tmp_path: Path, scratch: Path, name: str, late_s: float
) -> None:
    late = round(late_s * 48_000)
    path = tmp_path / name
    record(path, "aac", 48_000, [clicks(48_000)], lambda frame: frame + late, video_s=3)
    audio = load_audio(path, scratch)
    assert heard(audio) == at(*(late_s + s for s in CLICKS_S))
    assert not audio.read(0, max(0.0, late_s - 0.05)).any()


@pytest.mark.parametrize("live", ["0", "1"])
def test_lost_packets_become_silence(tmp_path: Path, scratch: Path, live: str) -> None:
    path = record(
        tmp_path / "dropped.webm",
        "libopus",
        48_000,
        [clicks(48_000)],
        start=lambda frame: frame + (144_000 if frame >= 48_000 else 0),
        live=live,
    )
    audio = load_audio(path, scratch)
    assert heard(audio) == at(0.5, 4.75)
    assert audio.duration_s == pytest.approx(SECONDS + 3, abs=0.05)
    assert not audio.read(1.1, 3.9).any()


def test_a_jump_of_hours_is_not_believed(tmp_path: Path, scratch: Path) -> None:
    path = record(
        tmp_path / "broken.webm",
        "libopus",
        48_000,
        [clicks(48_000)],
        start=lambda frame: frame + (5 * 3600 * 48_000 if frame >= 48_000 else 0),
        live="1",
    )
    audio = load_audio(path, scratch)
    assert heard(audio) == at(*CLICKS_S)
    assert audio.duration_s == pytest.approx(SECONDS, abs=0.05)


def test_sound_that_comes_twice_lengthens_nothing(tmp_path: Path, scratch: Path) -> None:
    sound = clicks(48_000)
    parts = [
        record(tmp_path / "one.ts", "aac", 48_000, [sound]),
        # Again from 1.28 s on, as a player that reconnects records it.
        record(tmp_path / "two.ts", "aac", 48_000, [sound[:, 61_440:]], lambda f: f + 61_440),
    ]
    path = tmp_path / "reconnected.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    audio = load_audio(path, scratch)
    assert audio.duration_s == pytest.approx(SECONDS, abs=0.06)
    assert [round(s, 1) for s in heard(audio)] == [0.5, 1.8]


def test_appended_recordings_follow_each_other(tmp_path: Path, scratch: Path) -> None:
    path = record(tmp_path / "one.webm", "libopus", 48_000, [clicks(48_000)])
    path.write_bytes(path.read_bytes() * 2)
    assert heard(load_audio(path, scratch)) == at(0.5, 1.75, 3.0, 4.25)


def test_a_change_of_rate_and_channels_keeps_the_first_layout(
    tmp_path: Path, scratch: Path
) -> None:
    parts = [
        record(tmp_path / "one.mp3", "libmp3lame", 44_100, [clicks(44_100, 2)]),
        record(tmp_path / "two.mp3", "libmp3lame", 22_050, [clicks(22_050, 1)]),
    ]
    path = tmp_path / "changed.mp3"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    audio = load_audio(path, scratch)
    assert audio.channels == 2
    assert len(heard(audio, 1)) == 4
    assert audio.duration_s == pytest.approx(2 * SECONDS, abs=0.2)


def test_the_longest_of_several_streams_is_heard(tmp_path: Path, scratch: Path) -> None:
    streams = [clicks(48_000, seconds=1.0), clicks(48_000)]
    audio = load_audio(record(tmp_path / "two.mp4", "aac", 48_000, streams), scratch)
    assert heard(audio) == at(*CLICKS_S)


def test_names_in_an_old_encoding_do_no_harm(tmp_path: Path, scratch: Path) -> None:
    path = record(tmp_path / "appel.wav", "pcm_s16le", 8_000, [clicks(8_000)])
    title = b"INFOINAM" + (8).to_bytes(4, "little") + "Société\0".encode("latin-1")
    path.write_bytes(path.read_bytes() + b"LIST" + len(title).to_bytes(4, "little") + title)
    assert heard(load_audio(path, scratch)) == at(*CLICKS_S)


def test_a_damaged_recording_is_heard_up_to_and_after_the_damage(
    tmp_path: Path, scratch: Path
) -> None:
    path = record(tmp_path / "damaged.mp3", "libmp3lame", 44_100, [clicks(44_100)])
    content = bytearray(path.read_bytes())
    content[len(content) * 2 // 5 : len(content) // 2] = bytes(len(content) // 10 + 1)
    path.write_bytes(content)
    assert heard(load_audio(path, scratch))[0] == pytest.approx(0.5, abs=0.02)
    assert len(heard(load_audio(path, scratch))) == 2


def test_a_truncated_recording_is_heard_to_the_cut(tmp_path: Path, scratch: Path) -> None:
    path = record(tmp_path / "cut.webm", "libopus", 48_000, [clicks(48_000)])
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    audio = load_audio(path, scratch)
    assert heard(audio) == at(0.5)
    assert 1 < audio.duration_s < 1.6


def test_silence_is_not_an_error(tmp_path: Path, scratch: Path) -> None:
    silence = np.zeros((1, 16_000), np.int16)
    path = record(tmp_path / "silence.wav", "pcm_s16le", 16_000, [silence])
    assert load_audio(path, scratch).duration_s == 1.0


def _wav(path: Path, rate: int, channels: int, frames: int) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, rate, frames, "NONE", ""))
        file.writeframes(bytes(2 * channels * frames))
    return path


def _playlist(path: Path) -> Path:
    secret = _wav(path.with_name("another.wav"), 16_000, 1, 32_000)
    path.write_text(f"ffconcat version 1.0\nfile {secret.name}\n")
    return path


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda p: p / "nothing.wav", "No such file"),
        (lambda p: _folder(p / "folder"), "is a folder"),
        (lambda p: _pipe(p / "pipe.wav"), "not a plain file"),
        (lambda p: _write(p / "zero.mp3", b""), "empty"),
        (lambda p: _write(p / "notes.mp3", b"Bonjour, no sound here.\n" * 40), "damaged or not"),
        (lambda p: _write(p / "header.wav", b"RIFF\xff\xff\xff\x7fWAVEfmt "), "damaged or not"),
        (lambda p: _playlist(p / "list.ffconcat"), "damaged or not"),
        (lambda p: record(p / "mute.mp4", "", 0, [], video_s=1), "no audio"),
        (lambda p: _wav(p / "short.wav", 16_000, 1, 4_700), "too short (0.29 s)"),
        (lambda p: _wav(p / "choir.wav", 16_000, 9, 16_000), "9 channels"),
        (lambda p: _wav(p / "lie.wav", 4_000_000, 1, 64_000), "4000000 samples a second"),
        (lambda p: _wav(p / "slow.wav", 3, 1, 64_000), "3 samples a second"),
    ],
)
def test_what_cannot_be_heard_is_refused_in_one_line(
    tmp_path: Path, scratch: Path, make: Callable[[Path], Path], complaint: str
) -> None:
    path = make(tmp_path)
    with pytest.raises(BadRecording) as refusal:
        load_audio(path, scratch)
    message = str(refusal.value)
    assert complaint in message
    assert path.name in message
    assert "; " in message
    assert "\n" not in message
    assert not list(scratch.iterdir())


def _write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(tmp_path: Path, scratch: Path) -> None:
    path = _wav(tmp_path / "locked.wav", 16_000, 1, 16_000)
    path.chmod(0)
    with pytest.raises(BadRecording, match=r"locked\.wav .*Permission denied"):
        load_audio(path, scratch)


def test_a_recording_past_the_limit_is_refused(
    tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decode, "MAX_HOURS", 0.5)
    path = _wav(tmp_path / "endless.wav", 4_000, 1, 4_000 * 1801)
    with pytest.raises(BadRecording, match=r"endless\.wav is longer than 0\.5 hours; split it"):
        load_audio(path, scratch)
    assert not list(scratch.iterdir())


def test_a_missing_scratch_folder_is_out_of_room(tmp_path: Path) -> None:
    path = _wav(tmp_path / "call.wav", 16_000, 1, 16_000)
    with pytest.raises(OutOfRoom, match=r"call\.wav .*elsewhere"):
        load_audio(path, tmp_path / "elsewhere")


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, scratch: Path) -> None:
    path = _wav(tmp_path / "call.wav", 8_000, 1, 8_000 * 60)
    program = (
        "import sys; from pathlib import Path\n"
        "from analyzer.engines.decode import load_audio\n"
        "from analyzer.errors import OutOfRoom\n"
        "try: load_audio(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "except OutOfRoom as exc: print(exc)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path), str(scratch)],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
    )
    assert "call.wav" in done.stdout
    assert "File too large" in done.stdout
    assert done.stderr == ""
    assert not list(scratch.iterdir())


def test_memory_does_not_grow_with_the_recording(tmp_path: Path, scratch: Path) -> None:
    path = _wav(tmp_path / "long.wav", 16_000, 2, 16_000 * 300)
    order = decoder.Order(16_000, 16_000 * 301, 2, 0, 0, 1 << 30, 0, 0)
    tracemalloc.start()
    with path.open("rb") as source, (scratch / "out").open("wb") as out:
        channels, frames = decoder.decode(source, out, order, lambda _done: None)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (channels, frames) == (2, 16_000 * 300)
    assert peak < 2_000_000  # the sound itself is 19 MB


@pytest.mark.parametrize("live", ["0", "1"])
def test_progress_rises_to_the_end(tmp_path: Path, scratch: Path, live: str) -> None:
    sound = clicks(48_000, seconds=20)
    path = record(tmp_path / "call.webm", "libopus", 48_000, [sound], live=live)
    told: list[float] = []
    load_audio(path, scratch, told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len([fraction for fraction in told if 0 < fraction < 1]) >= 2


def test_whoever_stops_it_finds_no_leftovers(tmp_path: Path, scratch: Path) -> None:
    def stop(_fraction: float) -> None:
        raise KeyboardInterrupt

    path = _wav(tmp_path / "call.wav", 16_000, 1, 16_000 * 5)
    with pytest.raises(KeyboardInterrupt):
        load_audio(path, scratch, stop)
    assert not list(scratch.iterdir())
