"""A stretch of a recording's playable copy as a small file of its own, without encoding anew."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.errors import BadRecording, OutOfRoom

if TYPE_CHECKING:
    from av import AudioStream, Packet
    from av.container import InputContainer


def cut_sound(copy: Path, start_s: float, end_s: float, target: Path) -> None:
    """Cut a stretch out of what `write_playable` wrote, into a file of the same media type.

    The AAC packets are taken as they are, so that half an hour takes a fraction of a second.
    Each is 64 ms of sound: those at the ends may hold so much more than was asked for. The
    file's edit list has players begin at the very sample. Past the end of the copy is nothing.

    Raises:
        BadRecording: It is no such copy, or nothing of the stretch lies in it.
        OutOfRoom: `target` cannot be written.
    """
    import av

    try:
        with av.open(str(copy)) as source:
            _cut(source, start_s, end_s, target)
    except OSError as exc:
        raise OutOfRoom(
            f"a clip cannot be written into {target.parent}: {exc.strerror};"
            " free some space there or choose another folder"
        ) from exc
    except av.FFmpegError as exc:
        raise BadRecording(f"{copy.name} cannot be cut: make the copy to play anew") from exc


def _cut(source: "InputContainer", start_s: float, end_s: float, target: Path) -> None:
    import av

    sound = next((one for one in source.streams.audio if one.codec_context.name == "aac"), None)
    if sound is None:
        raise BadRecording("what is to be cut is no copy to play: make it anew")
    start, end = (round(at * sound.rate) for at in (start_s, end_s))
    source.seek(start, stream=sound)
    wanted = list(_between(source.demux(sound), start, end))
    if not wanted:
        raise BadRecording(f"the sound ends before second {start_s:g}: cut where there is some")
    with av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as clip:
        out = clip.add_stream_from_template(sound)
        for packet in wanted:
            packet.stream = out
            clip.mux(packet)


def _between(
    packets: "Iterator[Packet[AudioStream]]", start: int, end: int
) -> "Iterator[Packet[AudioStream]]":
    """The packets that hold the samples from `start` to before `end`, on a clock of their own."""
    for packet in packets:
        if packet.pts is None or not packet.duration or packet.pts + packet.duration <= start:
            continue
        if packet.pts >= end:
            return
        packet.duration = min(packet.duration, end - packet.pts)
        packet.pts = packet.dts = packet.pts - start
        yield packet
