"""`talktrack analyze`: files in, reports out, each whole or not at all."""

import os
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from analyzer import (
    AnalyzerError,
    CallReport,
    EngineChoice,
    Engines,
    Hearing,
    Meeting,
    OutOfRoom,
    Playbook,
    Recording,
    hear,
    load_agenda,
    load_engines,
    load_meeting,
    load_playbook,
    load_transcript,
    understand,
)
from analyzer.codec import dumps_hearing, dumps_report
from analyzer.formats import FORMATS, Rendering
from analyzer.progress import OnProgress, Stage
from analyzer.rewriting import Endpoint, rewrite
from analyzer.transcripts import is_transcript
from api.console import err, fail, out

# About how the time is shared, measured on a call of an hour with the default engines.
_SHARES: dict[Stage, tuple[float, float]] = {
    "decoding": (0.0, 0.03),
    "diarizing": (0.03, 0.25),
    "transcribing": (0.25, 0.97),
    "understanding": (0.97, 1.0),
}
_DOING: dict[Stage, str] = {
    "decoding": "reading the file",
    "diarizing": "who speaks when",
    "transcribing": "what is said",
    "understanding": "writing the report",
}


@dataclass(frozen=True, slots=True)
class Order:
    """What to analyse, what is known of it, and under which playbook; None is the standard one."""

    recordings: tuple[Recording, ...]
    playbook: Playbook | None = None
    endpoint: Endpoint | None = None
    """Where summaries are reworded; None leaves them extracts."""

    @classmethod
    def read(
        cls,
        files: Sequence[Path],
        meeting: Path | None,
        agenda: Path | None,
        language: str | None,
        speakers: int | None,
    ) -> "Order":
        """Put the options together; the same meeting holds for every file. Raises BadMeeting."""
        known = load_meeting(meeting) if meeting else Meeting()
        if agenda:
            known = replace(known, agenda=load_agenda(agenda))
        if language:
            known = replace(known, language=language.strip().lower().split("-")[0])
        return cls(tuple(Recording(file, known, speakers) for file in dict.fromkeys(files)))

    def under(self, playbook: Path) -> "Order":
        """The same under a team's own playbook. Raises BadPlaybook."""
        return replace(self, playbook=load_playbook(playbook))


def analyze_files(order: Order, choice: EngineChoice, formats: Sequence[str], folder: Path) -> int:
    """Analyse each file, whatever became of the others; returns the exit code."""
    failures: list[int] = []
    engines = load_engines(choice)
    stems = _stems([recording.path for recording in order.recordings], formats)
    for recording, stem in zip(order.recordings, stems, strict=True):
        started = time.monotonic()
        try:
            _check(folder)
            with _bar(recording.path.name) as on_progress:
                hearing, meeting = _heard(recording, order.playbook, engines, on_progress)
                on_progress("understanding", 0.0)
                report = understand(hearing, meeting, order.playbook, engines)
                report = _reworded(report, order.endpoint)
                written = _write(hearing, report, recording.path, formats, folder / stem)
        except AnalyzerError as error:
            failures.append(fail(error))
            continue
        _summarise(recording.path, report, written, time.monotonic() - started)
    return failures[0] if failures else 0


def _heard(
    recording: Recording, playbook: Playbook | None, engines: Engines, on_progress: OnProgress
) -> tuple[Hearing, Meeting]:
    """What is heard in a recording, or read in a transcript, and what is known of the meeting."""
    known = recording.meeting
    if is_transcript(recording.path):
        call = load_transcript(recording.path)
        return call.hearing_in(known.language), call.meeting(known)
    return hear(recording, engines, playbook=playbook, on_progress=on_progress), known


def _reworded(report: CallReport, endpoint: Endpoint | None) -> CallReport:
    """The report with its summary in the words of the endpoint's model, where there is one."""
    if endpoint is None:
        return report
    transcript = report.transcript
    summary = rewrite(report.summary, transcript, endpoint, transcript.language)
    return replace(report, summary=summary)


def _stems(paths: Sequence[Path], formats: Sequence[str]) -> list[str]:
    """A name for each report: the file's, with its ending where two would be the same.

    A transcript keeps its ending too where its report has the same: it is not written over.
    """
    stems = [path.stem for path in paths]
    return [
        path.name if stems.count(path.stem) > 1 or path.suffix.lower()[1:] in formats else stem
        for path, stem in zip(paths, stems, strict=True)
    ]


@contextmanager
def _bar(name: str) -> Iterator[OnProgress]:
    """A bar with stage, percent and time left; nothing where nobody watches."""
    columns = (
        TextColumn("{task.fields[call]}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("[dim]{task.description}"),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task("", total=1.0, call=escape(name))

        def on_progress(stage: Stage, fraction: float) -> None:
            start, end = _SHARES[stage]
            done = start + (end - start) * fraction
            progress.update(task, completed=done, description=_DOING[stage])

        yield on_progress


def _write(
    hearing: Hearing, report: CallReport, source: Path, formats: Iterable[str], target: Path
) -> list[Path]:
    """Render every format, then put each file in place. Raises OutOfRoom."""
    written = []
    for name in formats:
        match name:
            case "json":
                text, suffix = dumps_report(report), ".json"
            case "hearing":
                text, suffix = dumps_hearing(hearing), ".hearing.json"
            case _:
                sound = None if is_transcript(source) else source
                rendering = Rendering(file_name=source.name, source=sound)
                text, suffix = FORMATS[name](report, rendering), f".{name}"
        written.append(_put(target.with_name(target.name + suffix), text))
    return written


def _put(path: Path, text: str) -> Path:
    """Write a file so that it is whole or absent."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=".talktrack-", delete=False
        ) as draft:
            try:
                draft.write(text)
                draft.flush()
                Path(draft.name).chmod(0o644)
                Path(draft.name).replace(path)
            finally:
                Path(draft.name).unlink(missing_ok=True)
    except OSError as error:
        raise _not_written(path, error.strerror) from error
    return path


def _check(folder: Path) -> None:
    """Raise OutOfRoom where reports cannot come, before a call is heard for nothing."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    if not there.is_dir():
        raise _not_written(folder, f"{there} is a file")
    if not os.access(there, os.W_OK | os.X_OK):
        raise _not_written(folder, f"{there} is closed to you")


def _not_written(path: Path, why: str | None) -> OutOfRoom:
    message = f"{path}: cannot be written ({why}); free some room or name another"
    return OutOfRoom(f"{message} folder with --out")


def _summarise(source: Path, report: CallReport, written: Sequence[Path], seconds: float) -> None:
    """One line on the call, one on where its report is."""
    transcript = report.transcript
    people = ", ".join(
        f"{speaker.name or speaker.id} ({speaker.side.value})" for speaker in report.speakers
    )
    ratio = report.metrics["talk_ratio"].value
    facts = [
        f"{_clock(transcript.duration_s)} of {transcript.language}"
        if transcript.utterances
        else f"{_clock(transcript.duration_s)}, no speech found",
        people,
        f"seller talks {ratio:.0%}" if ratio is not None else "",
        f"heard in {_clock(seconds)}",
    ]
    out.print(f"[bold]{escape(source.name)}[/]  " + escape(" · ".join(filter(None, facts))))
    out.print("  " + escape(", ".join(str(path) for path in written)))


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
