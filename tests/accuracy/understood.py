"""How well calls are understood, as tables and as requirements: part of `make accuracy`.

`python -m tests.accuracy.understood` prints this part alone, of hearings that were put by.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from tests.accuracy.findings import Findings
from tests.accuracy.limits import Check
from tests.accuracy.reports import HEARINGS
from tests.accuracy.tables import DASH, Table, check_table, write_between
from tests.accuracy.understanding import score
from tests.accuracy.written import (
    WrittenCall,
    corpus_calls,
    fixture_calls,
    heard_calls,
    script_calls,
    unseen_calls,
)

LIMITS: Mapping[str, tuple[float, float]] = {
    "agenda_covered_f1": (0.95, 0.92),
    "agenda_missed_f1": (0.75, 0.70),
    "question_f1": (0.92, 0.85),
    "next_step_f1": (0.80, 0.70),
    "pricing_f1": (0.95, 0.85),
    "competitor_f1": (0.95, 0.85),
    "objection_f1": (0.75, 0.65),
    "topics_recall": (2 / 3, 2 / 3),
    "tips_right": (0.6, 0.6),
    "sides_right": (1.0, 1.0),
}
"""The least of each figure, from true words and from what was heard, in each language."""


@dataclass(frozen=True, slots=True)
class Understood:
    """Figures of one set of calls, by language; only the corpus is held to limits."""

    title: str
    rates: Mapping[str, Mapping[str, float]]
    is_heard: bool = False
    is_held: bool = False

    @property
    def checks(self) -> Iterator[Check]:
        """Every required figure, language by language."""
        for key, limits in LIMITS.items() if self.is_held else ():
            for language, rates in self.rates.items():
                what = f"{self.title}: {key}, {language}"
                yield Check(what, rates.get(key), limits[self.is_heard], is_floor=True)


def understood(corpora: Sequence[Path]) -> Iterator[Understood]:
    """Understand every call whose labels are known; the corpus' as heard when it was heard."""
    yield _set("fixtures, true words", fixture_calls())
    yield _set("fixtures, as heard", fixture_calls(is_heard=True), is_heard=True)
    yield _set("scripts, true words", script_calls())
    yield _set("scripts written after the rules", unseen_calls())
    for folder in corpora:
        calls = folder / "calls"
        if calls.is_dir():
            yield _set("calls, true words", corpus_calls(calls), is_held=True)
            heard = heard_calls(calls, HEARINGS)
            yield _set("calls, as heard", heard, is_heard=True, is_held=True)


def _set(
    title: str, calls: Sequence[WrittenCall], *, is_heard: bool = False, is_held: bool = False
) -> Understood:
    languages = sorted({call.language for call in calls})
    found: dict[str, Findings] = {
        code: score(call for call in calls if call.language == code) for code in languages
    }
    rates = {code: findings.rates() for code, findings in found.items()}
    return Understood(title, rates, is_heard=is_heard, is_held=is_held)


def understood_table(sets: Sequence[Understood]) -> Table:
    """One row a set and language, in percent."""
    keys = ("open_question_f1", *LIMITS)
    rows = tuple(
        (one.title, language, *(_percent(rates.get(key)) for key in keys))
        for one in sets
        for language, rates in one.rates.items()
    )
    short = tuple(key.removesuffix("_f1").replace("_", " ") for key in keys)
    return Table("What is understood (F1, or share found)", ("", "lang", *short), rows, names=2)


def _percent(rate: float | None) -> str:
    return DASH if rate is None else f"{100 * rate:.1f}"


def report_understood(corpus: str, markdown: Path | None) -> list[Check]:
    """Print the figures and what is required of them, and put them on the page."""
    sets = list(understood([Path(folder) for folder in corpus.split(os.pathsep) if folder]))
    found = [check for one in sets for check in one.checks]
    tables = [check_table("Required of what is understood", found), understood_table(sets)]
    typer.echo("\n".join(table.text() for table in tables))
    if markdown:
        write_between(markdown, "understood", "\n\n".join(table.markdown() for table in tables))
    return found


def main(
    corpus: Annotated[str, typer.Option(envvar="TALKTRACK_CORPUS")] = "",
    markdown: Annotated[Path | None, typer.Option()] = None,
) -> None:
    """Score what is understood; fails when a requirement is not met."""
    found = report_understood(corpus, markdown)
    raise typer.Exit(any(check.passed is False for check in found))


if __name__ == "__main__":
    typer.run(main)
