"""A small copy of a recording that every browser plays, on the recording's own clock."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.audio import SAMPLE_RATE, Audio, Track
from analyzer.engines.channels import mono_channels
from analyzer.engines.decode import load_audio
from analyzer.errors import OutOfRoom

if TYPE_CHECKING:
    from av import AudioFrame

MIME = "audio/mp4"
ENDING = ".m4a"
_BIT_RATE = 32_000
_STRETCH_S = 10


def playable_copy(path: Path, scratch: Path) -> tuple[bytes, str]:
    """Encode a mono AAC copy and name its media type; an hour takes about 14 MB.

    `scratch` is left as it was.

    Raises:
        BadRecording: There is nothing to hear.
        OutOfRoom: `scratch` cannot be written.
    """
    audio = load_audio(path, scratch)
    copy = audio.path.with_suffix(ENDING)
    try:
        write_playable(audio, copy)
        return copy.read_bytes(), MIME
    finally:
        audio.path.unlink()
        copy.unlink(missing_ok=True)


def write_playable(audio: Audio, target: Path) -> None:
    """Write a mono AAC copy of a decoded recording, of media type `MIME`, a stretch at a time.

    It is made of the very samples the engines heard, so every word is where the report says;
    of channels that repeat each other one is kept, as an inverted one would silence it.
    AAC in MP4 is what Chrome, Firefox and Safari all play; its edit list hides the encoder's
    priming, so players start at the true zero. Its index comes first, so they start before
    they have it all.

    Raises:
        OutOfRoom: `target` cannot be written.
    """
    import av

    track = Track(audio, mono_channels(audio))
    try:
        with av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as copy:
            stream = copy.add_stream("aac", rate=SAMPLE_RATE, layout="mono")
            stream.bit_rate = _BIT_RATE
            for frame in _frames(track):
                copy.mux(stream.encode(frame))
            copy.mux(stream.encode(None))
    except OSError as exc:
        raise OutOfRoom(
            f"a copy to play cannot be written into {target.parent}: {exc.strerror};"
            " free some space there or choose another folder"
        ) from exc


def _frames(track: Track) -> Iterator["AudioFrame"]:
    """The mix, a stretch at a time."""
    from av import AudioFrame

    for first in range(0, track.audio.frames, _STRETCH_S * SAMPLE_RATE):
        start_s = first / SAMPLE_RATE
        samples = track.read(start_s, start_s + _STRETCH_S)
        frame = AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
        frame.sample_rate, frame.pts = SAMPLE_RATE, first
        yield frame
