"""How fast Talktrack is, and how much memory it takes: `make bench` runs this.

One hour made of short calls goes through the stock pipeline and through Talktrack, with the
same weights and threads; then three hours go through Talktrack. Whole commands are timed:
starting Python, loading the models, reading the file, writing the report.
"""

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated

import typer

from tests.accuracy.cases import corpus_groups, fixture_group
from tests.accuracy.limits import Check
from tests.accuracy.tables import Table, check_table, write_between
from tests.benchmarks.long_calls import write_long_call
from tests.benchmarks.measured import GIB, MIB, ROOT, Run, machine, run
from tests.benchmarks.understanding import understanding_checks

FASTER_THAN_STOCK = 2.5
LONG = 3
"""The long recording is so many times the first one,"""
LONG_TAKES_AT_MOST = 3.3
"""and may take so many times its seconds."""
PEAK_GIB = 1.5
LONG_PEAK_GIB = 2.0


@dataclass(frozen=True, slots=True)
class Bench:
    """Repeated runs of one program over one recording."""

    program: str
    minutes: float
    runs: tuple[Run, ...]

    @property
    def seconds(self) -> float:
        """The median of the runs."""
        return median(run.seconds for run in self.runs)

    @property
    def real_time_factor(self) -> float:
        """Seconds of work per second of audio."""
        return self.seconds / (60 * self.minutes)

    @property
    def peak_bytes(self) -> int:
        """The largest of the runs."""
        return max(run.peak_bytes for run in self.runs)


def time_talktrack(audio: Path, minutes: float, threads: int, repeat: int = 1) -> Bench:
    """Run Talktrack's command."""
    command = ["api.cli", "analyze", str(audio), "--format", "json", "--threads", str(threads)]
    return Bench("Talktrack", minutes, _runs([*command, "--out", str(audio.parent)], repeat))


def time_stock(audio: Path, minutes: float, threads: int, repeat: int = 1) -> Bench:
    """Run the stock pipeline's command."""
    command = ["tests.benchmarks.stock", "--threads", str(threads), str(audio.parent), str(audio)]
    return Bench("stock pipeline", minutes, _runs(command, repeat))


def bench_table(benches: Sequence[Bench]) -> Table:
    """One row a program and length."""
    rows = (
        (
            f"{one.program}, {one.minutes:g} min",
            f"{one.seconds:.1f}",
            f"{one.real_time_factor:.3f}",
            f"{one.peak_bytes / MIB:.0f}",
            f"{len(one.runs)}",
        )
        for one in benches
    )
    columns = ("", "seconds", "real-time factor", "peak MiB", "runs")
    return Table(f"Time and memory, {machine()}", columns, tuple(rows))


def bench_checks(first: Bench, long: Bench | None, peer: Bench | None) -> Iterator[Check]:
    """What is required of an hour and of three; None is what was skipped."""
    faster = peer.seconds / first.seconds if peer else None
    yield Check("times the stock pipeline's speed", faster, FASTER_THAN_STOCK, "times", True)
    grows = long.seconds / first.seconds if long else None
    yield Check(f"{LONG} times the length takes", grows, LONG_TAKES_AT_MOST, "times")
    yield Check(f"peak, {first.minutes:g} min", first.peak_bytes / GIB, PEAK_GIB, "GiB")
    peak = long.peak_bytes / GIB if long else None
    minutes = LONG * first.minutes
    yield Check(f"peak, {minutes:g} min", peak, LONG_PEAK_GIB, "GiB")


def _calls(corpus: str) -> tuple[Path, ...]:
    """The mono calls of the corpus, or else those of fixtures/."""
    folders = [Path(folder) for folder in corpus.split(os.pathsep) if folder]
    groups = [group for folder in folders for group in corpus_groups(folder)]
    found = tuple(case.audio for one in groups if one.slug == "calls" for case in one.cases)
    fixtures = fixture_group(ROOT / "fixtures" / "calls")
    return found or tuple(case.audio for case in fixtures.cases)


def _lay_out_weights() -> None:
    """In a process of its own: the runs must not be charged for it, nor this process grow."""
    _good(run([sys.executable, "-c", "from tests.benchmarks.weights import lay_out; lay_out()"]))


def _runs(module: Sequence[str], repeat: int) -> tuple[Run, ...]:
    return tuple(_good(run([sys.executable, "-m", *module])) for _ in range(repeat))


def _good(done: Run) -> Run:
    if done.exit_code:
        print(done.output, file=sys.stderr)
        raise typer.Exit(1)
    return done


def main(  # noqa: PLR0913 - one argument an option
    *,
    corpus: Annotated[str, typer.Option(envvar="TALKTRACK_CORPUS")] = "",
    minutes: Annotated[float, typer.Option(help="Length of the first recording.")] = 60,
    repeat: Annotated[int, typer.Option(min=1, help="Runs of each; the median counts.")] = 1,
    skip_stock: Annotated[bool, typer.Option()] = False,
    skip_long: Annotated[bool, typer.Option()] = False,
    threads: Annotated[int, typer.Option()] = os.cpu_count() or 1,
    markdown: Annotated[Path | None, typer.Option()] = None,
) -> None:
    """Time Talktrack beside the stock pipeline; fails when a requirement is not met."""
    calls = _calls(corpus)
    peer = long = None
    with tempfile.TemporaryDirectory() as scratch:
        short_wav, long_wav = Path(scratch) / "short.wav", Path(scratch) / "long.wav"
        write_long_call(short_wav, calls, minutes)
        first = time_talktrack(short_wav, minutes, threads, repeat)
        print(bench_table([first]).text(), flush=True)
        if not skip_stock:
            _lay_out_weights()
            peer = time_stock(short_wav, minutes, threads, repeat)
            print(bench_table([peer]).text(), flush=True)
        if not skip_long:
            write_long_call(long_wav, calls, LONG * minutes)
            long = time_talktrack(long_wav, LONG * minutes, threads)
    found = (*bench_checks(first, long, peer), *understanding_checks())
    benches = [bench for bench in (peer, first, long) if bench]
    tables = (bench_table(benches), check_table("Required", found))
    print(*(table.text() for table in tables), sep="\n")
    if markdown:
        write_between(markdown, "bench", "\n\n".join(table.markdown() for table in tables))
    raise typer.Exit(any(check.passed is False for check in found))


if __name__ == "__main__":
    typer.run(main)
