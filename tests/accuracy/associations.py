"""How often associations are told where there are none, and how well those that are there.

`python -m tests.accuracy.associations` invents companies whose truth is known and prints, for the
scheme Talktrack uses and for others: in what part of the intervals the truth lies, in what part
of companies anything false is told, the part of false among told (the false discovery rate), the
part of planted effects that is told, and the width of intervals in deviations.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from types import MappingProxyType

import numpy as np
import typer
from scipy.stats import false_discovery_control

from analyzer.associations import RATE, Associations, _averaged, associate
from analyzer.contrast import Flags
from tests.accuracy.companies import BEHAVIOURS, EVEN, LONG, SOME, WIDTH, Company, Floats, invent
from tests.accuracy.schemes import SCHEMES, Told
from tests.accuracy.tables import Table

SEED = 20_260_301
OURS = "as Talktrack does"
COMPANIES: Mapping[str, Company] = MappingProxyType(
    {
        "nothing planted, 8 reps, 150 deals": Company(),
        "nothing, 6 reps, 110 deals": Company(reps=6, deals=110),
        "nothing, 10 reps, 300 deals": Company(reps=10, deals=300),
        "nothing, 2 reps, 150 deals": Company(reps=2),
        "nothing, few won": Company(deals=300, odds=-1.8),
        "nothing, good reps have other habits": Company(luck=2.0),
        "nothing, won deals see other kinds of calls": Company(stages=0.8),
        "nothing, calls of a deal much alike": Company(together=0.8),
        "nothing on average, each rep otherwise": Company(slopes=0.25),
        "four planted, 8 reps, 150 deals": Company(effects=SOME),
        "four planted, 10 reps, 300 deals": Company(reps=10, deals=300, effects=SOME),
        "four planted, each rep otherwise": Company(effects=SOME, slopes=0.25),
    }
)


@dataclass
class Tally:
    """What came of a scheme over many companies."""

    covered: int = 0
    intervals: int = 0
    companies: int = 0
    with_false: int = 0
    false_parts: list[float] = field(default_factory=list)
    found: int = 0
    planted: int = 0
    widths: list[float] = field(default_factory=list)

    def add(self, told: Told, is_told: Flags, effects: Floats) -> None:
        """One company; `is_told` says of which behaviours there are enough deals."""
        low, high, p = told
        differs = np.zeros(WIDTH, dtype=bool)
        differs[is_told] = false_discovery_control(np.clip(p[is_told], 0.0, 1.0)) <= RATE
        self.covered += int(((low <= effects) & (effects <= high))[is_told].sum())
        self.intervals += int(is_told.sum())
        false = int((differs & (effects == 0)).sum())
        self.companies += 1
        self.with_false += false > 0
        self.false_parts.append(false / differs.sum() if differs.any() else 0.0)
        self.found += int((differs & (effects != 0)).sum())
        self.planted += int((is_told & (effects != 0)).sum())
        self.widths += (high - low)[: EVEN + LONG][is_told[: EVEN + LONG]].tolist()

    @property
    def coverage(self) -> float:
        """The part of intervals in which the truth lies."""
        return self.covered / self.intervals

    @property
    def false_rate(self) -> float:
        """The mean part of false among told."""
        return float(np.mean(self.false_parts))

    @property
    def any_false(self) -> float:
        """The part of companies in which anything false is told."""
        return self.with_false / self.companies

    @property
    def power(self) -> float | None:
        """The part of planted effects that is told; None where none is planted."""
        return self.found / self.planted if self.planted else None


def simulate(
    company: Company, many: int, *, seed: int = SEED, compared: bool = True
) -> dict[str, Tally]:
    """Many companies of a kind, told by our scheme and, when asked, by the others."""
    randomly = np.random.default_rng(seed)
    tallies = {name: Tally() for name in (OURS, *(SCHEMES if compared else ()))}
    for _ in range(many):
        calls = invent(company, randomly)
        ours = associate(calls, BEHAVIOURS)
        if ours.lacks:
            continue
        is_told = np.array([one.difference is not None for one in ours.found])
        effects = np.array(company.effects)
        tallies[OURS].add(_as_arrays(ours), is_told, effects)
        if compared:
            rows = _averaged(calls, WIDTH)
            for name, scheme in SCHEMES.items():
                tallies[name].add(scheme(rows, randomly), is_told, effects)
    return tallies


def _as_arrays(found: Associations) -> Told:
    ends = [
        (one.difference.low, one.difference.high, one.difference.p)
        if one.difference
        else (np.nan, np.nan, 1.0)
        for one in found.found
    ]
    low, high, p = np.array(ends).T
    return low, high, p


def table(title: str, tallies: Mapping[str, Tally]) -> Table:
    """A line for each scheme."""
    columns = ("scheme", "covered %", "any false %", "false rate %", "found %", "width")
    rows = tuple((name, *_cells(one)) for name, one in tallies.items())
    return Table(title, columns, rows)


def _cells(tally: Tally) -> Iterator[str]:
    yield f"{100 * tally.coverage:.1f}"
    yield f"{100 * tally.any_false:.1f}"
    yield f"{100 * tally.false_rate:.1f}"
    yield "-" if tally.power is None else f"{100 * tally.power:.0f}"
    yield f"{np.mean(tally.widths):.2f}"


def timed(company: Company) -> str:
    """How long it takes to tell all behaviours of a company."""
    calls = invent(company, np.random.default_rng(SEED))
    start = perf_counter()
    associate(calls, BEHAVIOURS)
    return f"{company.deals} deals, {len(calls)} calls: {perf_counter() - start:.2f} s"


def main(many: int = typer.Option(400, "--companies"), markdown: bool = False) -> None:
    """Invent companies of every kind, and print a table for each; then how long telling takes."""
    for title, company in COMPANIES.items():
        made = table(title, simulate(company, many))
        print(made.markdown() + "\n" if markdown else made.text(), flush=True)
    for company in (Company(reps=10, deals=300), Company(reps=100, deals=20_000)):
        print(timed(company))


if __name__ == "__main__":
    typer.run(main)
