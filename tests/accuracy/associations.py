"""How often associations are told where there are none, and how well those that are there.

`python -m tests.accuracy.associations` invents companies whose truth is known and prints, for the
scheme Talktrack uses and for others: in what part of the intervals the truth lies, in what part
of companies anything false is told, the part of false among told (the false discovery rate), and
the part of planted effects that is told. `--markdown docs/associations.md` puts it on that page.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from types import MappingProxyType
from typing import Annotated

import numpy as np
import typer
from scipy.stats import false_discovery_control

from analyzer.associations import RATE, Associations, _averaged, associate
from analyzer.contrast import Flags
from tests.accuracy.companies import BEHAVIOURS, SOME, WIDTH, Company, Floats, invent
from tests.accuracy.schemes import SCHEMES, Told
from tests.accuracy.tables import DASH, Table, write_between

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
COMPARED = (
    "nothing planted, 8 reps, 150 deals",
    "nothing on average, each rep otherwise",
    "four planted, 8 reps, 150 deals",
)
"""The companies that other schemes are tried on."""
TIMED = (Company(reps=10, deals=300), Company(reps=100, deals=20_000))
Tallies = Mapping[str, "Tally"]
"""By scheme."""


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


def by_company(made: Mapping[str, Tallies], many: int) -> Table:
    """A line for each kind of company, told as Talktrack does."""
    columns = ("company", "covered %", "any false %", "false rate %", "found %")
    rows = []
    for company, tallies in made.items():
        ours = tallies[OURS]
        shares = (_percent(one) for one in (ours.coverage, ours.any_false, ours.false_rate))
        rows.append((company, *shares, _percent(ours.power, 0)))
    return Table(f"As Talktrack does, {many} companies of each kind", columns, tuple(rows))


def by_scheme(made: Mapping[str, Tallies], many: int) -> Table:
    """A line for each scheme, over the companies that schemes are compared on."""
    compared = {company: made[company] for company in COMPARED}
    columns = ("scheme", *(f"{company}: {_pair_of(COMPANIES[company])}" for company in compared))
    rows = ((name, *(_pair(one[name]) for one in compared.values())) for name in (OURS, *SCHEMES))
    return Table(f"Other schemes, {many} companies of each kind", columns, tuple(rows))


def _pair_of(company: Company) -> str:
    return "found, false rate %" if any(company.effects) else "covered, any false %"


def _pair(tally: Tally) -> str:
    if tally.power is None:
        return f"{_percent(tally.coverage)}, {_percent(tally.any_false)}"
    return f"{_percent(tally.power, 0)}, {_percent(tally.false_rate)}"


def _percent(share: float | None, digits: int = 1) -> str:
    return DASH if share is None else f"{100 * share:.{digits}f}"


def times() -> Table:
    """How long it takes to tell all behaviours of a company."""
    rows = []
    for company in TIMED:
        calls = invent(company, np.random.default_rng(SEED))
        start = perf_counter()
        associate(calls, BEHAVIOURS)
        seconds = f"{perf_counter() - start:.2f}"
        rows.append((f"{company.deals:,}", f"{len(calls):,}", seconds))
    title = f"How long it takes to tell all {WIDTH}"
    return Table(title, ("deals", "calls", "seconds"), tuple(rows), names=0)


def main(
    many: Annotated[int, typer.Option("--companies", min=1, help="Of each kind.")] = 400,
    markdown: Annotated[Path | None, typer.Option()] = None,
) -> None:
    """Invent companies of every kind, and tell what came of it; then how long telling takes."""
    made = {}
    for title, company in COMPANIES.items():
        print(title, flush=True)
        made[title] = simulate(company, many, compared=title in COMPARED)
    found = (by_company(made, many), by_scheme(made, many), times())
    print(*(table.text() for table in found), sep="\n")
    if markdown:
        write_between(markdown, "associations", "\n\n".join(one.markdown() for one in found))


if __name__ == "__main__":
    typer.run(main)
