"""The program that decodes one recording, in a process of its own that may do nothing else.

What strangers send is read by a lot of C. So this runs apart, started by `analyzer.engines.decode`
with the recording as its input, an open file to write samples to, and an environment without
secrets. It imports nothing of Talktrack, limits its own memory, time and file size, and where the
kernel can (Landlock) gives up every file and connection it was not given. It tells on its output,
a JSON object a line, how far it is and how it ended.
"""

import ctypes
import errno
import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from av import AudioFrame, AudioResampler, AudioStream
    from av.container import InputContainer

_BYTES = 2  # int16
# Outside these a header lies, or resampling one packet would fill the memory; DSD is 705.6 kHz.
_RATES = range(4_000, 768_001)
_STEP = 0.01
# What recorders, phones, telephone systems and meeting tools write. What is missing reads other
# files (HLS, DASH, concat, image sequences), or is nothing anybody sends a sales call in.
_FORMATS = (
    "aa,aac,ac3,act,aea,aiff,amr,amrnb,amrwb,ape,asf,asf_o,au,avi,caf,codec2,dsf,dss,dts,dtshd,dv,"
    "eac3,flac,flv,g722,g723_1,g726,g729,gsm,iff,ilbc,ircam,live_flv,loas,matroska,mov,mlp,mp3,mpc,"
    "mpc8,mpeg,mpegts,mpegvideo,mxf,nistsphere,nut,ogg,oma,qcp,rm,shn,sln,sox,swf,tak,truehd,tta,"
    "voc,w64,wav,webm,wtv,wv,xwma"
)


class Refused(Exception):
    """The recording cannot be heard; `parts` is what is wrong with it, and what to do."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done within which limits; samples a second, samples, bytes, seconds."""

    rate: int
    max_frames: int
    max_channels: int
    scratch: int
    memory_bytes: int
    file_bytes: int
    cpu_s: int
    parent: int


OnFraction = Callable[[float], None]


def main(arguments: list[str]) -> None:
    """Decode standard input as ordered, and say how it ended."""
    order = Order(**json.loads(arguments[0]))
    _stay_with(order.parent)
    tell = _teller()
    try:
        # PyAV brings this when it meets the first stream of such: by then no file can be opened.
        import av.subtitles.stream  # noqa: F401

        _limit(order)
        _close_doors()
        with os.fdopen(0, "rb") as source, os.fdopen(order.scratch, "wb") as out:
            channels, frames = decode(source, out, order, lambda done: tell({"done": done}))
        tell({"channels": channels, "frames": frames})
    except Refused as refusal:
        tell({"refused": str(refusal)})
    except MemoryError:
        tell({"refused": _TOO_MUCH})
    except OSError as error:
        tell({"no_room": error.errno})


_TOO_MUCH = "needs too much memory to be decoded; export it again as WAV, MP3 or MP4"


def decode(
    source: IO[bytes], out: IO[bytes], order: Order, on_fraction: OnFraction
) -> tuple[int, int]:
    """Write the sound of `source`, laid out on its own clock; returns channels and frames.

    Raises Refused when there is nothing to hear or a limit is passed, and OSError when `out`
    cannot be written.
    """
    size = os.fstat(source.fileno()).st_size
    with _open_container(source) as container:
        tape, clock, told = Tape(out, order), _Clock.of(container, order), 0.0
        for frame in _frames(container, _choose_stream(container)):
            tape.place(frame, clock.due(frame, tape.position))
            done = min(1.0, clock.fraction(tape.position) or source.tell() / size)
            if done - told >= _STEP:
                told = done
                on_fraction(done)
        return tape.finish()


@dataclass(slots=True)
class _Clock:
    """Turns a frame's timestamp into the sample it is due at."""

    rate: int
    latest: int
    origin_s: float
    announced: int | None
    shift: int = 0

    @classmethod
    def of(cls, container: "InputContainer", order: Order) -> "_Clock":
        announced = round((container.duration or 0) * order.rate / 1_000_000)
        origin_s = (container.start_time or 0) / 1_000_000
        return cls(order.rate, order.max_frames, origin_s, announced if announced > 0 else None)

    def due(self, frame: "AudioFrame", position: int) -> int | None:
        """When the frame should start; None when its timestamp is missing or absurd."""
        if frame.pts is None or frame.time_base is None:
            return None
        due = round((float(frame.pts * frame.time_base) - self.origin_s) * self.rate)
        if due < 2 * _jitter(self.rate) and position > self.rate:
            # Recordings appended to one another (two MediaRecorder files, chained Ogg) count
            # from zero again: the second one follows the first.
            self.shift = position
        due = max(0, due + self.shift)
        # A longer jump, or one past the announced duration, is a broken timestamp, not a gap.
        latest = min(self.announced or self.latest, position + 3600 * self.rate)
        return due if due <= latest else None

    def fraction(self, position: int) -> float | None:
        """How much of the announced duration has passed."""
        return position / self.announced if self.announced else None


def _jitter(rate: int) -> int:
    """Encoder priming, millisecond clocks and drift stay below; a lost packet of speech may not."""
    return rate // 20


class Tape:
    """The scratch file: stretches of samples, each written where its timestamps say.

    A gap between two stretches stays a hole, which reads as silence; what comes twice is
    written twice at one place and lengthens nothing.
    """

    def __init__(self, out: IO[bytes], order: Order) -> None:
        self._out = out
        self._order = order
        self._layout: str | None = None
        self._channels = 0
        self._source: tuple[str, str, int] | None = None
        self._resampler: AudioResampler | None = None
        self._start = 0
        self._taken = 0
        self._rate = order.rate

    @property
    def position(self) -> int:
        """Where the next frame starts if nothing is missing, in samples."""
        return self._start + self._taken * self._order.rate // self._rate

    def place(self, frame: "AudioFrame", due: int | None) -> None:
        """Write a frame; one that is due elsewhere or sampled otherwise begins a stretch."""
        moved = due is not None and abs(due - self.position) > _jitter(self._order.rate)
        source = (frame.format.name, frame.layout.name, frame.sample_rate)
        if moved or source != self._source:
            self._begin(frame, due if due is not None and moved else self.position)
            self._source = source
        self._write(frame)
        self._taken += frame.samples
        self._check_length()

    def finish(self) -> tuple[int, int]:
        """Flush what the resampler holds back and measure the result."""
        self._write(None)
        if not self._channels:
            raise Refused("has no sound that can be decoded; export it again")
        return self._channels, self._out.seek(0, os.SEEK_END) // (self._channels * _BYTES)

    def _begin(self, frame: "AudioFrame", start: int) -> None:
        from av import AudioResampler

        self._write(None)
        self._admit(frame)
        self._resampler = AudioResampler("s16", self._layout, self._order.rate)
        self._start, self._taken, self._rate = start, 0, frame.sample_rate
        self._check_length()
        self._out.seek(start * self._channels * _BYTES)

    def _admit(self, frame: "AudioFrame") -> None:
        if frame.sample_rate not in _RATES:
            raise Refused(f"claims {frame.sample_rate} samples a second; export it at 16 kHz")
        if self._layout is None:
            self._layout, self._channels = frame.layout.name, frame.layout.nb_channels
        if self._channels > self._order.max_channels:
            most = self._order.max_channels
            raise Refused(f"has {self._channels} channels, more than {most}; mix it down")

    def _check_length(self) -> None:
        if self.position > self._order.max_frames:
            hours = self._order.max_frames / self._order.rate / 3600
            raise Refused(f"is longer than {hours:.3g} hours; split it")
        if self.position * self._channels * _BYTES > self._order.file_bytes:
            raise Refused(f"decodes to more than {self._order.file_bytes >> 20} MB; split it")

    def _write(self, frame: "AudioFrame | None") -> None:
        if self._resampler is not None:
            for piece in self._resampler.resample(frame):
                length = piece.samples * self._channels * _BYTES
                self._out.write(memoryview(piece.planes[0])[:length])


@contextmanager
def _open_container(source: IO[bytes]) -> "Iterator[InputContainer]":
    import av

    # A playlist (HLS, ffconcat) names other files and addresses; it must not open them.
    options = {"protocol_whitelist": "pipe", "format_whitelist": _FORMATS}
    try:
        with av.open(source, "r", metadata_errors="replace", options=options) as container:
            yield container
    except av.FFmpegError as exc:
        if exc.errno == errno.ENOMEM:
            raise MemoryError from exc
        raise Refused(
            "is damaged or not an audio or video file; export it again as WAV, MP3 or MP4"
        ) from exc


def _choose_stream(container: "InputContainer") -> "AudioStream":
    """The longest audio stream there is a decoder for; the default one among equals."""
    streams = [stream for stream in container.streams.audio if stream.codec_context]
    if not streams:
        raise Refused("has no audio that can be decoded; export it with sound")

    def rank(stream: "AudioStream") -> tuple[int, int]:
        seconds = float((stream.duration or 0) * (stream.time_base or 0))
        return round(seconds), stream.disposition & stream.disposition.default

    return max(streams, key=rank)


def _frames(container: "InputContainer", stream: "AudioStream") -> "Iterator[AudioFrame]":
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
        except av.FFmpegError as exc:
            if exc.errno == errno.ENOMEM:
                raise MemoryError from exc
            continue
        yield from frames


def _teller() -> Callable[[dict[str, Any]], None]:
    """Tell the parent; the descriptor is kept from whatever else writes to standard output."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def tell(what: dict[str, Any]) -> None:
        out.write(json.dumps(what) + "\n")
        out.flush()

    return tell


def _stay_with(parent: int) -> None:
    """End when the parent does, and only then: being asked to stop is the parent's business."""
    for asked in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(asked, signal.SIG_IGN)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG
        libc.prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE: nobody looks into it, no core is left
    if os.getppid() != parent:
        sys.exit(1)


def _limit(order: Order) -> None:
    """Take no more memory, time and disk than this; a limit that is lower already stays."""
    wanted = {
        resource.RLIMIT_AS: order.memory_bytes,
        resource.RLIMIT_CPU: order.cpu_s,
        resource.RLIMIT_FSIZE: order.file_bytes + (1 << 20),
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 32,
    }
    for kind, most in wanted.items():
        hard = resource.getrlimit(kind)[1]
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (least, hard))


_LANDLOCK_CREATE, _LANDLOCK_RESTRICT, _NO_NEW_PRIVILEGES = 444, 446, 38
_FILES_BY_ABI = {1: 13, 2: 14, 3: 15, 5: 16}
"""How many rights over files each version of Landlock knows."""


def _close_doors() -> None:
    """Give up opening files, connecting and signalling, where this kernel can make that sure."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return
    files = (1 << max(count for abi, count in _FILES_BY_ABI.items() if abi <= version)) - 1
    words = [files]
    if version >= 4:
        words.append(0b11)  # bind and connect
    if version >= 6:
        words.append(0b11)  # abstract sockets and signals to others
    rules = (ctypes.c_uint64 * len(words))(*words)
    ruleset = libc.syscall(_LANDLOCK_CREATE, rules, ctypes.c_size_t(ctypes.sizeof(rules)), 0)
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    if ruleset < 0 or libc.syscall(_LANDLOCK_RESTRICT, ruleset, 0) != 0:
        raise RuntimeError("the decoder cannot be confined")
    os.close(ruleset)


if __name__ == "__main__":
    main(sys.argv[1:])
