"""Reports of recordings: Talktrack's, made by its command, and the stock pipeline's, kept."""

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from tests.accuracy.cases import Case
from tests.accuracy.reference import Heard, load_heard
from tests.benchmarks.measured import ROOT, Run, run
from tests.benchmarks.stock import THRESHOLD
from tests.benchmarks.weights import CACHE, fingerprint

HEARINGS = ROOT / ".cache" / "hearings"


@dataclass(frozen=True, slots=True)
class Reports:
    """What a program made of a group, by case; a refused recording has no report."""

    heard: Mapping[str, Heard]
    runs: tuple[Run, ...] = ()

    @property
    def seconds(self) -> float:
        """Time spent, model loading included."""
        return sum(run.seconds for run in self.runs)

    @property
    def crashes(self) -> int:
        """Runs that were killed or ended in a traceback."""
        return sum(run.exit_code < 0 or "Traceback" in run.output for run in self.runs)

    @property
    def complaints(self) -> str:
        """What was printed by the runs that did not end well."""
        return "\n".join(run.output.strip() for run in self.runs if run.exit_code)


def talktrack_reports(
    cases: Sequence[Case], threads: int, *, with_meeting: bool, timeout_s: float = 7200
) -> Reports:
    """Run `talktrack analyze` once for all cases, or once a case when each has its meeting."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "out"
        command = [sys.executable, "-m", "api.cli", "analyze", "--format", "json,hearing"]
        command += ["--out", str(out), "--threads", str(threads)]
        runs = [
            run([*command, *extra, *_links(batch, Path(scratch))], timeout_s)
            for batch, extra in _batches(cases, with_meeting)
        ]
        _keep_hearings(cases, out)
        paths = [path for case in cases if (path := out / f"{case.id}.json").is_file()]
        return Reports({path.stem: load_heard(path) for path in paths}, tuple(runs))


def _keep_hearings(cases: Sequence[Case], out: Path) -> None:
    """Put the hearings by, for what is understood of them: under the folder of the recording."""
    for case in cases:
        path = out / f"{case.id}.hearing.json"
        folder = HEARINGS / case.audio.parent.name
        if path.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, folder / path.name)


def stock_reports(cases: Sequence[Case], threads: int, *, is_run: bool) -> Reports:
    """The stock pipeline's reports, those missing from the cache made first when `is_run`."""
    kept = CACHE / "reports"
    keys = {case.id: _key(case.audio) for case in cases}
    missing = [case for case in cases if not (kept / f"{keys[case.id]}.json").is_file()]
    runs = [_run_stock(missing, keys, kept, threads)] if is_run and missing else []
    heard = {
        case: load_heard(path)
        for case, key in keys.items()
        if (path := kept / f"{key}.json").is_file()
    }
    return Reports(heard, tuple(runs))


def _run_stock(cases: Sequence[Case], keys: Mapping[str, str], kept: Path, threads: int) -> Run:
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept) as scratch:
        out = Path(scratch) / "out"
        command = [sys.executable, "-m", "tests.benchmarks.stock", "--threads", str(threads)]
        done = run([*command, out, *_links(cases, Path(scratch))])
        for case in cases:
            if (made := out / f"{case.id}.json").is_file():
                made.rename(kept / f"{keys[case.id]}.json")
    if done.exit_code:
        raise RuntimeError(f"the stock pipeline failed: {done.output}")
    return done


def _batches(
    cases: Sequence[Case], with_meeting: bool
) -> Iterator[tuple[Sequence[Case], Sequence[str]]]:
    """One run for all, but for calls with a meeting of their own one run each."""
    alone = [case for case in cases if with_meeting and case.meeting]
    if together := [case for case in cases if case not in alone]:
        yield together, ()
    for case in alone:
        yield (case,), ("--meeting", str(case.meeting and case.meeting.resolve()))


def _links(cases: Sequence[Case], folder: Path) -> list[Path]:
    """Name each recording after its case: reports are named after recordings, which clash."""
    links = [folder / f"{case.id}{case.audio.suffix}" for case in cases]
    for link, case in zip(links, cases, strict=True):
        link.symlink_to(case.audio.resolve())
    return links


def _key(audio: Path) -> str:
    """Changes with the recording, the weights and the engines."""
    digest = hashlib.sha256(audio.read_bytes())
    engines = (version("faster-whisper"), version("pyannote.audio"), str(THRESHOLD))
    digest.update("/".join((fingerprint(), *engines)).encode())
    return digest.hexdigest()
