"""Any audio or video file as 16 kHz samples on disk, laid out on the file's own clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from tempfile import NamedTemporaryFile
from typing import IO, TYPE_CHECKING

from analyzer.audio import SAMPLE_RATE, SCRATCH, Audio
from analyzer.errors import BadRecording, OutOfRoom
from analyzer.speech import OnFraction

if TYPE_CHECKING:
    from av import AudioFrame, AudioResampler, AudioStream
    from av.container import InputContainer

MIN_SECONDS = 0.3
MAX_HOURS = 12
MAX_CHANNELS = 8

_MAX_FRAMES = MAX_HOURS * 3600 * SAMPLE_RATE
_BYTES = 2  # int16
# Outside these a header lies, or resampling one packet would fill the memory; DSD is 705.6 kHz.
_RATES = range(4_000, 768_001)
# Encoder priming, millisecond clocks and drift stay below this; a lost packet of speech may not.
_JITTER = SAMPLE_RATE // 20
# A longer jump, or one past the announced duration, is a broken timestamp rather than a gap.
_LONGEST_GAP = 3600 * SAMPLE_RATE


def _tell_nobody(_fraction: float) -> None:
    """Ignore progress."""


def load_audio(path: Path, scratch: Path, on_fraction: OnFraction = _tell_nobody) -> Audio:
    """Decode a recording into a new file of `scratch`, a packet at a time.

    Second 0 is what a media player shows as 0; what the file leaves out is silence. Like a
    player, it keeps what can be heard of a damaged file.

    Raises:
        BadRecording: Nothing to hear in it, or not within the limits of this module.
        OutOfRoom: `scratch` cannot be written; what was written is removed.
    """
    with (
        _open_source(path) as source,
        _open_container(source, path.name) as container,
        _open_scratch(scratch, path.name) as out,
    ):
        tape = _Tape(out, path.name)
        clock = _Clock.of(container)
        size = path.stat().st_size
        told = 0.0
        for frame in _decode(container, _choose_stream(container, path.name)):
            tape.place(frame, clock.due(frame, tape.position))
            done = min(1.0, clock.fraction(tape.position) or source.tell() / size)
            if done - told >= 0.01:
                told = done
                on_fraction(done)
        audio = tape.finish()
    on_fraction(1.0)
    return audio


@dataclass(slots=True)
class _Clock:
    """Turns a frame's timestamp into the sample it is due at."""

    origin_s: float
    announced: int | None
    shift: int = 0

    @classmethod
    def of(cls, container: "InputContainer") -> "_Clock":
        announced = round((container.duration or 0) * SAMPLE_RATE / 1_000_000)
        return cls((container.start_time or 0) / 1_000_000, announced if announced > 0 else None)

    def due(self, frame: "AudioFrame", position: int) -> int | None:
        """When the frame should start; None when its timestamp is missing or absurd."""
        if frame.pts is None or frame.time_base is None:
            return None
        due = round((float(frame.pts * frame.time_base) - self.origin_s) * SAMPLE_RATE)
        if due < 2 * _JITTER and position > SAMPLE_RATE:
            # Recordings appended to one another (two MediaRecorder files, chained Ogg) count
            # from zero again: the second one follows the first.
            self.shift = position
        due = max(0, due + self.shift)
        latest = min(self.announced or _MAX_FRAMES, position + _LONGEST_GAP)
        return due if due <= latest else None

    def fraction(self, position: int) -> float | None:
        """How much of the announced duration has passed."""
        return position / self.announced if self.announced else None


class _Tape:
    """The scratch file: stretches of samples, each written where its timestamps say.

    A gap between two stretches stays a hole, which reads as silence; what comes twice is
    written twice at one place and lengthens nothing.
    """

    def __init__(self, out: IO[bytes], name: str) -> None:
        self._out = out
        self._name = name
        self._layout: str | None = None
        self._channels = 0
        self._source: tuple[str, str, int] | None = None
        self._resampler: AudioResampler | None = None
        self._start = 0
        self._taken = 0
        self._rate = SAMPLE_RATE

    @property
    def position(self) -> int:
        """Where the next frame starts if nothing is missing, in samples."""
        return self._start + self._taken * SAMPLE_RATE // self._rate

    def place(self, frame: "AudioFrame", due: int | None) -> None:
        """Write a frame; one that is due elsewhere or sampled otherwise begins a stretch."""
        moved = due is not None and abs(due - self.position) > _JITTER
        source = (frame.format.name, frame.layout.name, frame.sample_rate)
        if moved or source != self._source:
            self._begin(frame, due if due is not None and moved else self.position)
            self._source = source
        self._write(frame)
        self._taken += frame.samples
        if self.position > _MAX_FRAMES:
            raise BadRecording(f"{self._name} is longer than {MAX_HOURS} hours; split it")

    def finish(self) -> Audio:
        """Flush what the resampler holds back and measure the result."""
        self._write(None)
        if not self._channels:
            raise BadRecording(f"{self._name} has no sound that can be decoded; export it again")
        frames = self._out.seek(0, 2) // (self._channels * _BYTES)
        if frames < MIN_SECONDS * SAMPLE_RATE:
            raise BadRecording(
                f"{self._name} is too short ({frames / SAMPLE_RATE:.2f} s);"
                f" give at least {MIN_SECONDS} s"
            )
        return Audio(Path(self._out.name), self._channels, frames)

    def _begin(self, frame: "AudioFrame", start: int) -> None:
        from av import AudioResampler

        self._write(None)
        self._admit(frame)
        self._resampler = AudioResampler("s16", self._layout, SAMPLE_RATE)
        self._start, self._taken, self._rate = start, 0, frame.sample_rate
        self._out.seek(start * self._channels * _BYTES)

    def _admit(self, frame: "AudioFrame") -> None:
        if frame.sample_rate not in _RATES:
            raise BadRecording(
                f"{self._name} claims {frame.sample_rate} samples a second; export it at 16 kHz"
            )
        if self._layout is None:
            self._layout, self._channels = frame.layout.name, frame.layout.nb_channels
        if self._channels > MAX_CHANNELS:
            raise BadRecording(
                f"{self._name} has {self._channels} channels, more than {MAX_CHANNELS}; mix it down"
            )

    def _write(self, frame: "AudioFrame | None") -> None:
        if self._resampler is not None:
            for piece in self._resampler.resample(frame):
                self._out.write(piece.to_ndarray().tobytes())


def _open_source(path: Path) -> IO[bytes]:
    try:
        status = path.stat()
        if path.is_dir():
            raise BadRecording(f"{path.name} is a folder; choose one recording")
        # Opening a pipe would wait for a writer for ever.
        if not S_ISREG(status.st_mode):
            raise BadRecording(f"{path.name} is not a plain file; choose a recording")
        if status.st_size == 0:
            raise BadRecording(f"{path.name} is empty (0 bytes); export or upload it again")
        return path.open("rb")
    except OSError as exc:
        reason = exc.strerror or "it cannot be read"
        raise BadRecording(
            f"{path.name} cannot be opened: {reason}; check the path and permissions"
        ) from exc


@contextmanager
def _open_container(source: IO[bytes], name: str) -> "Iterator[InputContainer]":
    import av

    try:
        # A playlist (HLS, ffconcat) names other files and addresses; it must not open them.
        options = {"protocol_whitelist": "pipe"}
        with av.open(source, "r", metadata_errors="replace", options=options) as container:
            yield container
    except av.FFmpegError as exc:
        raise BadRecording(
            f"{name} is damaged or not an audio or video file; export it again as WAV, MP3 or MP4"
        ) from exc


def _choose_stream(container: "InputContainer", name: str) -> "AudioStream":
    """The longest audio stream there is a decoder for; the default one among equals."""
    streams = [stream for stream in container.streams.audio if stream.codec_context]
    if not streams:
        raise BadRecording(f"{name} has no audio that can be decoded; export it with sound")

    def rank(stream: "AudioStream") -> tuple[int, int]:
        seconds = float((stream.duration or 0) * (stream.time_base or 0))
        return round(seconds), stream.disposition & stream.disposition.default

    return max(streams, key=rank)


def _decode(container: "InputContainer", stream: "AudioStream") -> "Iterator[AudioFrame]":
    """Whatever decodes, to the end of the file or of what can be read of it."""
    import av

    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except IndexError:
            # A damaged MPEG-TS announced one more stream, unknown to PyAV: go on with ours.
            packets = container.demux(stream)
            continue
        except (StopIteration, av.FFmpegError, OSError):
            return
        try:
            frames = packet.decode()
        except av.FFmpegError:
            continue
        yield from frames


@contextmanager
def _open_scratch(scratch: Path, name: str) -> Iterator[IO[bytes]]:
    """A new file that stays only if all goes well."""
    written: Path | None = None
    try:
        with NamedTemporaryFile(dir=scratch, prefix=SCRATCH, suffix=".s16", delete=False) as out:
            written = Path(out.name)
            yield out.file
    except BaseException as exc:
        if written is not None:
            written.unlink(missing_ok=True)
        if isinstance(exc, OSError):
            raise OutOfRoom(
                f"{name} cannot be decoded into {scratch}: {exc.strerror};"
                " free some space there or choose another folder"
            ) from exc
        raise
