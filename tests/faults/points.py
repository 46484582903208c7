"""kill -9 of web process, workers and database at named points of a call's life.

    python -m tests.faults.points [--runs 5] [--markdown docs/faults.md]

In a run all points are reached at once, each by a thing of its own; then one victim is killed, and
everything is looked at from outside until it is as if nothing had happened.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.at_once import Rush, rush
from tests.faults.cases import Case, Hearing, Note, Uploading
from tests.faults.changes import Correcting, Deleting, Erasing, Retaining
from tests.faults.home import Home
from tests.faults.running import jobs_left, until
from tests.faults.stops import ANSWER

VICTIMS = ("web", "worker", "database")
_PATIENCE_S = 90.0


@dataclass(frozen=True)
class Point:
    """A point of a call's life; of several stops each victim and each run has the next one."""

    name: str
    kind: type[Case]
    stops: tuple[str, ...]


POINTS = (
    Point("note made at the CRM, not kept here yet", Note, ("note",)),
    Point("job taken by a worker", Hearing, ("job taken",)),
    Point("decoding", Hearing, ("decoding",)),
    Point("diarizing", Hearing, ("diarizing",)),
    Point("transcribing", Hearing, ("transcribing",)),
    Point("correction written, not kept yet", Correcting, ("correction",)),
    Point("deletion: rows gone, files not", Deleting, ("files of a deletion",)),
    Point("upload begun", Uploading, ("begun",)),
    Point("half of the bytes in", Uploading, ("half",)),
    Point("last byte in, no call yet", Uploading, ("last byte",)),
    Point("call made, not answered", Uploading, (ANSWER,)),
    Point("report written, not kept yet", Hearing, ("report",)),
    Point(
        "erasure of a person, at each step in turn",
        Erasing,
        ("erasure: calls", "erasure: files", "erasure: proof", "erasure: texts", "erasure: rows"),
    ),
    Point(
        "retention run, before and after its rows are gone",
        Retaining,
        ("rows of retention", "files of retention"),
    ),
)
"""In the order in which they are reached; those that hold a transaction come last."""
SHOWN = (7, 8, 9, 10, 1, 2, 3, 4, 11, 0, 5, 6, 12, 13)
"""In the order of a call's life."""


_HEAD = """# What a power cut does

Made by `python -m tests.faults.points --runs 5 --markdown docs/faults.md`. The web process, both
workers or the database are ended with `kill -9` while a thing of its own stands at each of these
points. Then what was killed is started again, clients ask again as clients do, and all is looked at
from outside: every byte that was answered for, by its SHA-256; one call, one report, one note; no
file that no row names, and none of what was deleted; an empty queue; the chain of the trail;
sessions that hold, and one that was ended and does not.

"lost" is what somebody was answered for and that is not there; "doubled" what is there more than
once, or still, though it was deleted. Seconds are until all was as if nothing had happened; nobody
waits for them, and they hang on the machine: here a worker counts as dead after 4 seconds, else
after 30.
"""


@dataclass
class Figures:
    """What came of a point and a victim."""

    runs: int = 0
    lost: int = 0
    doubled: int = 0
    states: list[str] = field(default_factory=list)
    took_s: list[float] = field(default_factory=list)

    def take(self, case: Case, lost: int, doubled: int, took_s: float) -> None:
        """Count a run in."""
        self.runs += 1
        self.lost += lost
        self.doubled += doubled
        self.states += [one for one in case.states if one not in self.states]
        self.took_s.append(took_s)


Table = dict[tuple[str, str], Figures]


def play(home: Home, victim: str, run: int, table: Table) -> None:
    """Bring everything to its point, kill, and count what came of it."""
    turn = run + VICTIMS.index(victim)
    cases = [
        (point, point.kind(home, point.stops[turn % len(point.stops)], _number(victim, run)))
        for point in POINTS
    ]
    _reach([case for _point, case in cases])
    killed = time.monotonic()
    home.kill(victim)
    for _point, case in cases:
        case.resume()
    took = _wait_whole([case for _point, case in cases], killed)
    home.nobody_is_in()
    home.trail_holds()
    until(lambda: not jobs_left(home.engine), why="a job is left")
    until(lambda: not home.left_over(), 5.0, why=f"{home.left_over()} are left over")
    for point, case in cases:
        figures = table.setdefault((point.name, victim), Figures())
        figures.take(case, case.lost(), case.doubled(), took[id(case)])


def _number(victim: str, run: int) -> int:
    return 10 * run + VICTIMS.index(victim)


def _reach(cases: Sequence[Case]) -> None:
    """Have each stand at its point: what may stand there for long first."""
    for case in cases:
        case.prepare()
    for case in cases:
        until(case.is_prepared, why=f"{case.stop} is not prepared")
    for case in cases:
        if not case.is_late:
            case.begin()
            until(case.is_there, 30.0, f"nobody comes to: {case.stop}")
    late = [case for case in cases if case.is_late]
    for case in late:
        case.begin()
    until(lambda: all(case.is_there() for case in late), 30.0, "those who come late do not come")


def _wait_whole(cases: Sequence[Case], since: float) -> dict[int, float]:
    """Seconds until each was whole."""
    took: dict[int, float] = {}
    while len(took) < len(cases):
        for case in cases:
            if id(case) in took:
                continue
            case.tell()
            if case.is_whole():
                took[id(case)] = time.monotonic() - since
        left = [case.stop for case in cases if id(case) not in took]
        assert time.monotonic() - since < _PATIENCE_S, f"not whole: {left}"
        time.sleep(0.1)
    return took


def measure(runs: int, victims: Sequence[str] = VICTIMS) -> tuple[Table, Rush]:
    """Play so many runs for each victim, and have many come at once."""
    table: Table = {}
    scratch = TemporaryDirectory(prefix="talktrack-faults-", ignore_cleanup_errors=True)
    with scratch as folder, Home(Path(folder)) as home:
        for run in range(runs):
            for victim in victims:
                play(home, victim, run, table)
                print(f"run {run + 1}: {victim} was killed", flush=True)  # noqa: T201
        home.place.end_workers()  # what comes now is noise, which nobody is to hear
        crowd = rush(home.place, home.web.url, home.engine)
    return table, crowd


def lines_of(table: Table) -> list[str]:
    """The table as Markdown."""
    lines = [
        "| point | killed | runs | lost | doubled | what the state said meanwhile | whole again |",
        "|---|---|---|---|---|---|---|",
    ]
    for at in SHOWN:
        for victim in VICTIMS:
            found = table.get((POINTS[at].name, victim))
            if found is None:
                continue
            middle, most = statistics.median(found.took_s), max(found.took_s)
            said = "; ".join(found.states) or "-"
            lines.append(
                f"| {POINTS[at].name} | {victim} | {found.runs} | {found.lost} | {found.doubled} "
                f"| {said} | {middle:.1f} s, at most {most:.1f} s |"
            )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--markdown", type=Path)
    asked = parser.parse_args()
    table, crowd = measure(asked.runs)
    told = "\n".join([_HEAD, *lines_of(table), "", crowd.line(), ""])
    print(told)  # noqa: T201
    if asked.markdown:
        asked.markdown.write_text(told)
    if any(one.lost or one.doubled for one in table.values()) or crowd.lost + crowd.doubled:
        sys.exit(1)


if __name__ == "__main__":
    main()
