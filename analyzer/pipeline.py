"""The whole flow on one screen: a recording is heard once, then understood as often as need be."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from analyzer.audio import SCRATCH, Audio, Track
from analyzer.corrections import NO_CORRECTIONS, Correction
from analyzer.engines import Engines, load_engines
from analyzer.engines.channels import mono_channels, separate_channels
from analyzer.engines.decode import load_audio
from analyzer.errors import AnalyzerError, EngineFailed, OutOfRoom
from analyzer.playbook import Playbook
from analyzer.playbook_file import standard_playbook
from analyzer.progress import OnProgress, ignore
from analyzer.recording import Meeting, Recording
from analyzer.report import CallReport
from analyzer.speech import Crowd, Diarization, Hearing, Span
from analyzer.timeline import union
from analyzer.understanding import Readers, understand_with

_RAISED_BY_ENGINES = (
    ArithmeticError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


def analyze(
    recording: Recording,
    engines: Engines | None = None,
    *,
    playbook: Playbook | None = None,
    on_progress: OnProgress = ignore,
) -> CallReport:
    """Hear a recording, then understand what was heard."""
    engines = engines or load_engines()
    hearing = hear(recording, engines, playbook=playbook, on_progress=on_progress)
    return understand(hearing, recording.meeting, playbook, engines)


def hear(
    recording: Recording,
    engines: Engines | None = None,
    *,
    playbook: Playbook | None = None,
    on_progress: OnProgress = ignore,
    diarized: Diarization | None = None,
    on_diarized: Callable[[Diarization], None] | None = None,
) -> Hearing:
    """Slow, needs the engines, done once per recording; listens for the playbook's names too.

    `on_diarized` is told what the diarizer found as soon as it has; who keeps that and gives it
    as `diarized`, with the same engines, starts again from there. Raises BadRecording,
    EngineMissing, EngineFailed or OutOfRoom.
    """
    with _scratch() as folder:
        audio = load_audio(recording.path, folder, partial(on_progress, "decoding"))
        engines = engines or load_engines()
        tracks = _tracks(audio)
        if diarized is None:
            with _named(engines.diarizer.name):
                diarized = engines.diarizer.diarize(
                    tracks, crowd=_crowd(recording), on_fraction=partial(on_progress, "diarizing")
                )
            if on_diarized:
                on_diarized(diarized)
        with _named(engines.transcriber.name):
            speech = engines.transcriber.transcribe(
                tracks,
                _speech(tracks, diarized),
                language=recording.meeting.language,
                hotwords=_hotwords(recording.meeting, playbook),
                on_fraction=partial(on_progress, "transcribing"),
            )
    names = {"diarizer": engines.diarizer.name, "transcriber": engines.transcriber.name}
    return Hearing(
        duration_s=audio.duration_s,
        language=speech.language,
        words=speech.words,
        diarization=diarized,
        channels=len(tracks),
        language_certainty=speech.certainty,
        engines=names,
    )


def understand(
    hearing: Hearing,
    meeting: Meeting | None = None,
    playbook: Playbook | None = None,
    engines: Engines | None = None,
    corrections: Sequence[Correction] = NO_CORRECTIONS,
) -> CallReport:
    """Fast and repeatable: the same hearing, under the same rules, gives the same report.

    What a person put right is applied on top of the hearing, which stays as it is. Raises
    EngineMissing when the packages that read text are not installed.
    """
    engines = engines or load_engines()
    readers = Readers(engines.reader, engines.embedder)
    known, rules = meeting or Meeting(), playbook or standard_playbook()
    return understand_with(hearing, known, rules, readers, corrections)


def _tracks(audio: Audio) -> tuple[Track, ...]:
    """A track for each channel that carries someone of its own, else one for all together."""
    apart = separate_channels(audio)
    if apart:
        return tuple(Track(audio, (channel,), index) for index, channel in enumerate(apart))
    return (Track(audio, mono_channels(audio)),)


def _crowd(recording: Recording) -> Crowd:
    if recording.speakers:
        return Crowd(recording.speakers, exact=True)
    return Crowd(len(recording.meeting.participants) or None)


def _hotwords(meeting: Meeting, playbook: Playbook | None) -> tuple[str, ...]:
    """What to listen for: a recogniser takes no more than some, so the meeting's come first."""
    return tuple(dict.fromkeys((*meeting.hotwords, *(playbook.names if playbook else ()))))


def _speech(tracks: Sequence[Track], diarization: Diarization) -> list[tuple[Span, ...]]:
    """Where anyone speaks, for each track."""
    return [
        union(turn.span for turn in diarization.turns if turn.channel == track.index)
        for track in tracks
    ]


@contextmanager
def _scratch() -> Iterator[Path]:
    try:
        folder = TemporaryDirectory(prefix=SCRATCH, ignore_cleanup_errors=True)
    except OSError as error:
        message = f"no folder for temporary files ({error.strerror}); free some room or set TMPDIR"
        raise OutOfRoom(message) from error
    with folder as name:
        yield Path(name)


@contextmanager
def _named(engine: str) -> Iterator[None]:
    """Say which engine failed; what it raises is its own business."""
    try:
        yield
    except AnalyzerError:
        raise
    except _RAISED_BY_ENGINES as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise EngineFailed(f"{engine} failed: {lines[0]}; try again, or another engine") from error
