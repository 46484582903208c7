"""What browsers get of a recording, made once: a copy that plays everywhere, and its waveform."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir

from analyzer.engines.decode import load_audio
from analyzer.engines.waveform import waveform
from analyzer.errors import BadRecording
from analyzer.formats.playable import ENDING, MIME, write_playable
from models.files import Files, derived_key, recording_key
from models.stores import CHUNK


@dataclass(frozen=True, slots=True)
class Playback:
    """Where the copy and its waveform lie, as `Recording` has them; the length in seconds."""

    playable_key: str
    playable_type: str
    peaks_key: str
    duration_s: float


def make_playable(
    files: Files, sha256: str, *, origin_name: str = "", scratch: Path | None = None
) -> Playback:
    """Make what a stored recording lacks for being played, and say where it is.

    Decoding takes up to 115 MB of `scratch` an hour and channel, which are given back.
    Errors call the recording by `origin_name`.

    Raises:
        BadRecording: There is nothing to hear in it.
        OutOfRoom: `scratch` is full.
        Missing: The recording is not stored.
    """
    copy = derived_key("playable", sha256, ENDING)
    peaks = derived_key("peaks", sha256, ".json")
    if not (files.exists(copy) and files.exists(peaks)):
        with files.fetch(recording_key(sha256)) as path:
            try:
                audio = load_audio(path, scratch or Path(gettempdir()))
            except BadRecording as exc:
                raise BadRecording(str(exc).replace(path.name, origin_name or path.name)) from exc
            with _dropped(audio.path), _dropped(audio.path.with_suffix(ENDING)) as draft:
                write_playable(audio, draft)
                files.put_at(copy, _chunks(draft))
                files.put_at(peaks, [waveform(audio).to_json().encode()])
    outline = json.loads(b"".join(files.read(peaks)))
    return Playback(copy, MIME, peaks, float(outline["duration_s"]))


@contextmanager
def _dropped(path: Path) -> Iterator[Path]:
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
