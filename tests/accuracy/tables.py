"""Tables of results, for a terminal and for docs/."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from tests.accuracy.limits import Check, Unit, Whole
from tests.accuracy.score import RATES, Score

DASH = "-"
SHOWN = tuple(rate for rate in RATES if rate != "count")  # the speakers' column says as much


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under a title; the first `names` columns are words, the others figures."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    names: int = 1

    def text(self) -> str:
        """For a terminal."""
        lines = (self.columns, *self.rows)
        widths = [max(len(line[n]) for line in lines) for n in range(len(self.columns))]
        aligned = (
            "  ".join(
                cell.ljust(width) if n < self.names else cell.rjust(width)
                for n, (cell, width) in enumerate(zip(line, widths, strict=True))
            )
            for line in lines
        )
        return "\n".join((f"\n{self.title}", *(line.rstrip() for line in aligned)))

    def markdown(self) -> str:
        """For a page."""
        rule = tuple("---" if n < self.names else "---:" for n in range(len(self.columns)))
        lines = (f"| {' | '.join(line)} |" for line in (self.columns, rule, *self.rows))
        return "\n".join((f"### {self.title}", "", *lines))


def score_table(title: str, rows: Sequence[tuple[str, Score]]) -> Table:
    """Rates in percent; speakers as found/true."""
    cells = (
        (name, one.language or DASH, *(percent(one.rates[rate]) for rate in SHOWN), _speakers(one))
        for name, one in rows
    )
    return Table(title, ("", "lang", *SHOWN, "speakers"), tuple(cells))


def check_table(title: str, checks: Sequence[Check]) -> Table:
    """Each requirement, what was measured, and whether it is met."""
    rows = (
        (check.what, amount(check.value, check.unit), _limit(check), verdict(check))
        for check in checks
    )
    return Table(title, ("required", "measured", "limit", ""), tuple(rows))


def percent(share: float | None) -> str:
    """One share, as a percentage with two decimals."""
    return DASH if share is None else f"{100 * share:.2f}"


def amount(value: float | None, unit: Unit) -> str:
    """A measured value with its unit."""
    if value is None:
        return DASH
    if unit == "share":
        return f"{percent(value)} %"
    return f"{value:.0f} {unit}" if unit in get_args(Whole) else f"{value:.2f} {unit}"


def verdict(check: Check) -> str:
    """PASS, FAIL, or a dash where a side of the comparison is missing."""
    return {True: "PASS", False: "FAIL", None: DASH}[check.passed]


def write_between(path: Path, name: str, text: str) -> None:
    """Replace what stands between `<!-- NAME -->` and `<!-- /NAME -->`, or add both at the end."""
    first, last = f"<!-- {name} -->", f"<!-- /{name} -->"
    page = path.read_text("utf-8") if path.is_file() else ""
    if first not in page:
        page = f"{page.rstrip()}\n\n{first}\n{last}\n".lstrip()
    before, _, rest = page.partition(first)
    after = rest.partition(last)[2]
    path.write_text(f"{before}{first}\n\n{text.strip()}\n\n{last}{after}", "utf-8")


def _limit(check: Check) -> str:
    if check.limit is None:
        return "not run"
    return f"{'>=' if check.is_floor else '<='} {amount(check.limit, check.unit)}"


def _speakers(one: Score) -> str:
    if one.speakers:
        return f"{one.speakers[0]}/{one.speakers[1]}"
    if one.counted:
        right = one.counted.total - one.counted.errors
        return f"{right:.0f} of {one.counted.total:.0f} right"
    return DASH


def show(text: str, path: Path, name: str, *, write: bool) -> None:
    """Print what is made for a page, or put it there."""
    if write:
        write_between(path, name, text)
    else:
        sys.stdout.write(f"{text}\n")
