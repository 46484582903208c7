"""The decoder's process: what it may take, what it may not do, and how it ends."""

import os
import signal
import socket
import subprocess
import sys
import time
import wave
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
import pytest

from analyzer.engines import decoder
from analyzer.engines.decode import Limits, load_audio
from analyzer.errors import BadRecording, EngineFailed


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.fixture
def long(tmp_path: Path) -> Path:
    """Ten minutes, of a rate that must be changed: long enough to be met in the middle."""
    path = tmp_path / "long call.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, 44_100, 0, "NONE", ""))
        sound.writeframes(bytes(2 * 44_100 * 600))
    return path


def flac_of_silence(path: Path, seconds: int) -> Path:
    """Some kilobytes that decode to megabytes."""
    import av

    with av.open(str(path), "w") as out:
        stream = out.add_stream("flac", 16_000, layout="stereo")
        for at in range(seconds):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 32_000), np.int16), "s16", "stereo")
            frame.sample_rate, frame.pts = 16_000, at * 16_000
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def atom(kind: bytes, content: bytes, claims: int | None = None) -> bytes:
    return ((claims or len(content)) + 8).to_bytes(4, "big") + kind + content


def mp4_with_a_huge_picture(path: Path, size: int) -> Path:
    """A film whose cover takes that much: nearly all of it a hole on disk."""
    start = atom(b"ftyp", b"M4A \0\0\0\0M4A isom")
    told = b"data" + (13).to_bytes(4, "big") + bytes(4)
    inner = size - 8
    cover = (inner + 0).to_bytes(4, "big") + told
    hdlr = atom(b"hdlr", bytes(8) + b"mdirappl" + bytes(9))
    covr = (size).to_bytes(4, "big") + b"covr" + cover
    ilst = (size + 8).to_bytes(4, "big") + b"ilst" + covr
    meta = (size + 8 + 12 + len(hdlr)).to_bytes(4, "big") + b"meta" + bytes(4) + hdlr + ilst
    udta = (size + 16 + 12 + len(hdlr)).to_bytes(4, "big") + b"udta" + meta
    moov = (size + 24 + 12 + len(hdlr)).to_bytes(4, "big") + b"moov" + udta
    path.write_bytes(start + moov)
    os.truncate(path, len(start) + size + 24 + 12 + len(hdlr))
    return path


def the_decoder() -> psutil.Process:
    """The one this process has started."""
    (one,) = (
        child
        for child in psutil.Process().children()
        if any(part.endswith("decoder.py") for part in child.cmdline())
    )
    return one


def no_decoder_is_left() -> bool:
    with suppress(ValueError, psutil.NoSuchProcess):
        the_decoder()
        return False
    return True


@pytest.mark.parametrize("how", [signal.SIGSEGV, signal.SIGABRT])
def test_a_crash_is_said_of_the_recording(long: Path, scratch: Path, how: signal.Signals) -> None:
    ways = [how]

    def crash(_done: float) -> None:
        if ways:
            os.kill(the_decoder().pid, ways.pop())

    with pytest.raises(BadRecording, match=rf"long call\.wav breaks the decoder \({how.name}\); "):
        load_audio(long, scratch, crash)
    assert not list(scratch.iterdir())


def test_who_is_ended_from_outside_is_tried_again(long: Path, scratch: Path) -> None:
    ways = [signal.SIGKILL]

    def end(_done: float) -> None:
        if ways:
            os.kill(the_decoder().pid, ways.pop())

    with pytest.raises(EngineFailed, match="see whether the machine has memory left"):
        load_audio(long, scratch, end)
    assert not list(scratch.iterdir())


def test_being_asked_to_end_is_left_to_the_parent(long: Path, scratch: Path) -> None:
    asked = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]

    def ask(_done: float) -> None:
        if asked:
            os.kill(the_decoder().pid, asked.pop())

    assert load_audio(long, scratch, ask).duration_s == 600
    assert not asked


def test_a_hang_comes_to_an_end(long: Path, scratch: Path) -> None:
    def freeze(_done: float) -> None:
        os.kill(the_decoder().pid, signal.SIGSTOP)

    began = time.monotonic()
    with pytest.raises(BadRecording, match=r"takes more than 1 minutes to decode; export it"):
        load_audio(long, scratch, freeze, Limits(cpu_s=60, wall_s=1.5))
    assert time.monotonic() - began < 20
    assert no_decoder_is_left()
    assert not list(scratch.iterdir())


def test_a_file_that_takes_too_long_is_refused(tmp_path: Path, scratch: Path) -> None:
    path = tmp_path / "slow.wav"
    path.write_bytes(_header_of_hours())
    os.truncate(path, 1 << 30)
    with pytest.raises(BadRecording, match=r"slow\.wav takes more than .* minutes to decode"):
        load_audio(path, scratch, limits=Limits(cpu_s=1))
    assert not list(scratch.iterdir())


def _header_of_hours() -> bytes:
    """A WAV of 8 channels of 44.1 kHz, as long as the file is."""
    size = (1 << 30).to_bytes(4, "little")
    form = b"\x01\0\x08\0" + (44_100).to_bytes(4, "little") + (705_600).to_bytes(4, "little")
    return b"RIFF" + size + b"WAVEfmt \x10\0\0\0" + form + b"\x10\0\x10\0data" + size


def test_a_memory_bomb_is_refused(tmp_path: Path, scratch: Path) -> None:
    path = mp4_with_a_huge_picture(tmp_path / "cover.m4a", 400 << 20)
    with pytest.raises(BadRecording, match=r"cover\.m4a needs too much memory to be decoded"):
        load_audio(path, scratch, limits=Limits(memory_bytes=300 << 20))
    assert not list(scratch.iterdir())


def test_a_decompression_bomb_is_refused(tmp_path: Path, scratch: Path) -> None:
    path = flac_of_silence(tmp_path / "bomb.flac", 120)
    assert path.stat().st_size < 100_000
    with pytest.raises(BadRecording, match=r"bomb\.flac decodes to more than 2 MB; split it"):
        load_audio(path, scratch, limits=Limits(file_bytes=2 << 20))
    assert not list(scratch.iterdir())


def test_the_decoder_knows_no_secret_and_is_confined(
    long: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALKTRACK_SECRET_KEY", "a key that only the tests know")
    seen: dict[str, object] = {}

    def look(_done: float) -> None:
        child = the_decoder()
        seen["environment"] = child.environ()
        seen["files"] = {one.path for one in child.open_files()}
        for name in ("AS", "CPU", "FSIZE", "CORE", "NOFILE"):
            seen[name] = child.rlimit(getattr(psutil, f"RLIMIT_{name}"))[0]
        status = Path(f"/proc/{child.pid}/status").read_text("ascii")
        seen["no more rights"] = "NoNewPrivs:\t1" in status
        raise InterruptedError

    with pytest.raises(Exception, match="long call"):
        load_audio(long, scratch, look)
    assert "TALKTRACK_SECRET_KEY" not in str(seen["environment"])
    assert len(str(seen["environment"])) < 200
    assert {Path(str(one)).parent for one in seen["files"]} <= {long.parent, scratch}  # type: ignore[attr-defined]
    assert (seen["CORE"], seen["AS"], seen["NOFILE"]) == (0, 1 << 30, 32)
    assert 120 <= int(str(seen["CPU"])) <= 1800
    assert no_decoder_is_left()


_TRIES = """
import importlib.util, socket, sys
spec = importlib.util.spec_from_file_location("decoder", sys.argv[1])
decoder = importlib.util.module_from_spec(spec)
sys.modules["decoder"] = decoder
spec.loader.exec_module(decoder)
decoder._close_doors()
for name, attempt in {
    "read": lambda: open("/etc/passwd"),
    "write": lambda: open(sys.argv[2] + "/new", "w"),
    "list": lambda: __import__("os").listdir("/"),
    "run": lambda: __import__("os").execv("/bin/sh", ["sh"]),
    "connect": lambda: socket.create_connection(("127.0.0.1", int(sys.argv[3])), 2),
}.items():
    try:
        attempt()
    except PermissionError:
        print(name, end=" ")
"""


def _landlock() -> int:
    import ctypes

    none = ctypes.c_size_t(0)
    return int(ctypes.CDLL(None).syscall(444, None, none, 1)) if sys.platform == "linux" else 0


@pytest.mark.skipif(_landlock() < 4, reason="this kernel's Landlock knows no connections")
def test_a_decoder_in_a_stranger_s_hands_opens_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = str(listening.getsockname()[1])
        command = [sys.executable, "-I", "-c", _TRIES, decoder.__file__, str(tmp_path), port]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["read", "write", "list", "run", "connect"]


_PARENT = """
import os, signal, sys
from pathlib import Path
import psutil
from analyzer.engines.decode import load_audio

def freeze(done):
    (child,) = psutil.Process().children()
    os.kill(child.pid, signal.SIGSTOP)
    print(child.pid, flush=True)

load_audio(Path(sys.argv[1]), Path(sys.argv[2]), freeze)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_it_dies_with_its_parent(long: Path, scratch: Path) -> None:
    command = [sys.executable, "-c", _PARENT, str(long), str(scratch)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert psutil.pid_exists(child)
        parent.kill()
    for _ in range(100):
        if not psutil.pid_exists(child) or psutil.Process(child).status() == "zombie":
            return
        time.sleep(0.05)
    pytest.fail("the decoder outlived its parent")


def _reference(path: str) -> bytes:
    """A film whose sound lies in another file."""
    alias = path.encode()
    dref = atom(b"dref", bytes(4) + b"\0\0\0\1" + atom(b"url ", bytes(4) + alias + b"\0"))
    mhd = bytes(12) + (16_000).to_bytes(4, "big") + (32_000).to_bytes(4, "big") + bytes(80)
    entry = (
        bytes(6) + b"\0\1" + bytes(8) + b"\0\1\0\x10" + bytes(4) + (16_000 << 16).to_bytes(4, "big")
    )
    stbl = b"".join(
        (
            atom(b"stsd", bytes(4) + b"\0\0\0\1" + atom(b"sowt", entry)),
            atom(b"stts", bytes(4) + b"\0\0\0\1" + (32_000).to_bytes(4, "big") + b"\0\0\0\1"),
            atom(
                b"stsc",
                bytes(4) + b"\0\0\0\1" + b"\0\0\0\1" + (32_000).to_bytes(4, "big") + b"\0\0\0\1",
            ),
            atom(b"stsz", bytes(4) + b"\0\0\0\2" + (32_000).to_bytes(4, "big")),
            atom(b"stco", bytes(4) + b"\0\0\0\1" + (44).to_bytes(4, "big")),
        )
    )
    minf = atom(b"smhd", bytes(8)) + atom(b"dinf", dref) + atom(b"stbl", stbl)
    mdia = (
        atom(b"mdhd", mhd[:24])
        + atom(b"hdlr", bytes(8) + b"soun" + bytes(13))
        + atom(b"minf", minf)
    )
    trak = atom(b"trak", atom(b"tkhd", bytes(84)) + atom(b"mdia", mdia))
    return atom(b"ftyp", b"qt  \0\0\0\0") + atom(b"moov", atom(b"mvhd", mhd + bytes(4)) + trak)


PLAYLISTS: dict[str, Callable[[str], bytes]] = {
    "list.m3u8": lambda to: (
        f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{to}\n#EXT-X-ENDLIST\n".encode()
    ),
    "key.m3u8": lambda to: (
        f'#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXT-X-KEY:METHOD=AES-128,URI="{to}"\n'
        f"#EXTINF:9,\n{to}\n#EXT-X-ENDLIST\n"
    ).encode(),
    "chained.avi": lambda to: (
        f"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:9.0,\nconcat:{to}|{to}\n#EXT-X-ENDLIST\n"
    ).encode(),
    "list.ffconcat": lambda to: f"ffconcat version 1.0\nfile '{to}'\n".encode(),
    "list.mpd": lambda to: (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT9S" minBufferTime="PT1S"><Period><AdaptationSet '
        'mimeType="audio/mp4"><Representation id="1" bandwidth="1"><BaseURL>'
        f"{to}</BaseURL></Representation></AdaptationSet></Period></MPD>"
    ).encode(),
    "drawn.svg": lambda to: (
        f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{to}" width="9"/></svg>'.encode()
    ),
    "entity.xml": lambda to: (
        f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "{to}">]><a>&b;</a>'.encode()
    ),
    "session.sdp": lambda to: (
        f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\na=control:{to}\n"
        "t=0 0\nm=audio 5004 RTP/AVP 0\n"
    ).encode(),
    "elsewhere.mov": _reference,
}


@pytest.mark.parametrize("name", PLAYLISTS)
def test_a_file_that_names_another_opens_neither_file_nor_address(
    name: str, tmp_path: Path, scratch: Path
) -> None:
    other = tmp_path / "secret.wav"
    with wave.open(str(other), "wb") as sound:
        sound.setparams((1, 2, 16_000, 0, "NONE", ""))
        sound.writeframes(np.full(32_000, 9_999, "<i2").tobytes())
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/secret.wav"
        for to in (url, other.name):
            path = tmp_path / name
            path.write_bytes(PLAYLISTS[name](to))
            with suppress(BadRecording):
                audio = load_audio(path, scratch)
                assert not (audio.read(0, 2) > 0.2).any()
        listening.setblocking(False)
        with pytest.raises(BlockingIOError):
            listening.accept()
