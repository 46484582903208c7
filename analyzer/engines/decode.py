"""Any audio or video file as 16 kHz samples on disk, laid out on the file's own clock.

What strangers send is decoded in a process apart, `analyzer.engines.decoder`, which has limits,
no secrets, and dies alone.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from stat import S_ISREG
from tempfile import NamedTemporaryFile
from threading import Event, Timer
from typing import IO, Any

from analyzer.audio import SAMPLE_RATE, SCRATCH, Audio
from analyzer.engines import decoder
from analyzer.errors import BadRecording, EngineFailed, OutOfRoom
from analyzer.speech import OnFraction

MIN_SECONDS = 0.3
MAX_HOURS = 12
MAX_CHANNELS = 8

_LONGEST_LINE = 4096
_INSTEAD = "export it again as WAV, MP3 or MP4"
_CRASHES = frozenset(
    {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSYS}
)
_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""All the decoder gets of it: what the parent's holds is none of its business."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What decoding one recording may take."""

    memory_bytes: int = 1 << 30
    file_bytes: int = 4 << 30
    """Of samples: 12 hours in stereo, 4 hours and a half of eight channels."""
    cpu_s: int = 1800
    wall_s: float = 7200.0

    @classmethod
    def of(cls, size: int) -> "Limits":
        """What a file of so many bytes may take: many times what the slowest honest one does."""
        cpu_s = min(1800, 120 + size // 100_000)
        return cls(cpu_s=cpu_s, wall_s=4.0 * cpu_s)


def _tell_nobody(_fraction: float) -> None:
    """Ignore progress."""


def load_audio(
    path: Path,
    scratch: Path,
    on_fraction: OnFraction = _tell_nobody,
    limits: Limits | None = None,
) -> Audio:
    """Decode a recording into a new file of `scratch`, a packet at a time, in a process apart.

    Second 0 is what a media player shows as 0; what the file leaves out is silence. Like a
    player, it keeps what can be heard of a damaged file.

    Raises:
        BadRecording: Nothing to hear in it, not within the limits, or it breaks the decoder.
        EngineFailed: The decoder was ended from outside, or cannot be started.
        OutOfRoom: `scratch` cannot be written; what was written is removed.
    """
    with _open_source(path) as source, _open_scratch(scratch, path.name) as out:
        end = _run(source, out, limits or Limits.of(path.stat().st_size), on_fraction)
        channels, frames = _understood(end, path.name, os.fstat(out.fileno()).st_size)
        if frames < MIN_SECONDS * SAMPLE_RATE:
            raise BadRecording(
                f"{path.name} is too short ({frames / SAMPLE_RATE:.2f} s);"
                f" give at least {MIN_SECONDS} s"
            )
        audio = Audio(Path(out.name), channels, frames)
    on_fraction(1.0)
    return audio


@dataclass(frozen=True, slots=True)
class _End:
    """How the decoder ended: the last it said, its exit, and the limits it had."""

    said: Mapping[str, Any]
    exit: int
    was_late: bool
    limits: Limits


def _understood(end: _End, name: str, written: int) -> tuple[int, int]:
    """Channels and frames, when all went well and as much was written.

    The decoder may be in a stranger's hands: what it says is taken for no more than that.
    """
    match end.said:
        case {"channels": int(channels), "frames": int(frames)} if end.exit == 0:
            if 0 < channels <= MAX_CHANNELS and 0 <= frames * channels * 2 <= written:
                return channels, frames
        case {"refused": str(why)}:
            raise BadRecording(f"{name} {' '.join(why.split())}")
        case {"no_room": int(number)}:
            raise OSError(number, os.strerror(number))
    if end.was_late or -end.exit == signal.SIGXCPU:
        minutes = f"{end.limits.cpu_s / 60:.3g}"
        raise BadRecording(f"{name} takes more than {minutes} minutes to decode; {_INSTEAD}")
    if -end.exit in _CRASHES:
        crash = signal.Signals(-end.exit).name
        raise BadRecording(f"{name} breaks the decoder ({crash}); {_INSTEAD}")
    raise EngineFailed(
        f"the decoder of {name} was ended (exit {end.exit}); see whether the machine has memory"
        " left, then try again"
    )


def _run(source: IO[bytes], out: IO[bytes], limits: Limits, on_fraction: OnFraction) -> _End:
    """Start the decoder and pass on how far it is, until it ends."""
    order = decoder.Order(
        rate=SAMPLE_RATE,
        max_frames=round(MAX_HOURS * 3600 * SAMPLE_RATE),
        max_channels=MAX_CHANNELS,
        scratch=out.fileno(),
        memory_bytes=limits.memory_bytes,
        file_bytes=limits.file_bytes,
        cpu_s=limits.cpu_s,
        parent=os.getpid(),
    )
    process = _start([json.dumps(asdict(order))], source, out)
    over = Event()

    def stop() -> None:
        over.set()
        process.kill()

    late = Timer(limits.wall_s, stop)
    late.daemon = True
    late.start()
    try:
        said = _listen(process, on_fraction)
        return _End(said, process.wait(), over.is_set(), limits)
    finally:
        late.cancel()
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def _start(arguments: list[str], source: IO[bytes], out: IO[bytes]) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-I", decoder.__file__, *arguments],
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=[out.fileno()],
            env=_ENVIRONMENT,
            cwd="/",
        )
    except OSError as error:
        raise EngineFailed(f"no decoder can be started ({error.strerror}); try again") from error


def _listen(process: "subprocess.Popen[bytes]", on_fraction: OnFraction) -> Mapping[str, Any]:
    """Pass on how far the decoder is; returns its last word, nothing when it had none."""
    said: Mapping[str, Any] = {}
    told = 0.0
    while process.stdout and (line := process.stdout.readline(_LONGEST_LINE)):
        try:
            said = dict(json.loads(line))
        except (ValueError, TypeError, RecursionError):
            return {}
        if isinstance(done := said.get("done"), float) and told < done <= 1.0:
            told = done
            on_fraction(done)
    return said


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
