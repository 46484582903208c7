"""How accurate Talktrack is: `make accuracy` runs this.

Analyses the calls of fixtures/, the folders that TALKTRACK_CORPUS names, and sounds without a
voice; scores the reports against what was truly said; holds them to what is required.
"""

import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from tests.accuracy.cases import Case, Group, corpus_groups, fixture_group
from tests.accuracy.limits import Check
from tests.accuracy.results import Result, measure, pooled_rows, result_checks
from tests.accuracy.score import __doc__ as score_definitions
from tests.accuracy.synthetic import quiet_group
from tests.accuracy.tables import DASH, Table, check_table, score_table, write_between
from tests.accuracy.understood import report_understood
from tests.benchmarks.measured import ROOT

PER_CALL_ON_PAGE = {"calls", "fixtures", "stereo", "noisy10db", "tel8k"}
COLUMNS = (score_definitions or "").partition("\n\n")[2]
"""What the columns mean, as the scorer says it."""


def group_table(result: Result) -> Table:
    """Every recording of a group, then all of them, then the stock pipeline's."""
    if not result.group.scored:
        return quiet_table(result)
    return score_table(result.group.title, [*result.scores.items(), *pooled_rows(result)])


def quiet_table(result: Result) -> Table:
    """What was made of recordings without a truth: words, and those that nobody said."""

    def row(case: Case) -> tuple[str, str, str, str]:
        heard = result.reports.heard.get(case.id)
        words = f"{len(heard.words)}" if heard else "refused"
        return case.id, case.note, words, f"{result.invented.get(case.id, DASH)}"

    rows = tuple(row(case) for case in result.group.cases)
    return Table(result.group.title, ("", "what it is", "words", "invented"), rows, names=2)


def pooled_table(results: Sequence[Result]) -> Table:
    """One row a group and language, beside the stock pipeline's where it was run."""
    rows = [
        (f"{result.group.title}: {name}", one)
        for result in results
        for name, one in pooled_rows(result)
    ]
    return score_table("All groups, pooled", rows)


def write_page(path: Path, results: Sequence[Result], found: Sequence[Check]) -> None:
    """Put the tables into docs/accuracy.md."""
    per_call = [group_table(one) for one in results if one.group.slug in PER_CALL_ON_PAGE]
    quiet = [quiet_table(one) for one in results if one.invented]
    first = [check_table("Required", found), pooled_table(results)]
    tables = [*first, *per_call, *quiet]
    text = [table.markdown() for table in tables]
    write_between(
        path, "accuracy", "\n\n".join([*text, "### Columns, in percent", f"```text\n{COLUMNS}```"])
    )


def write_json(path: Path, results: Sequence[Result], found: Sequence[Check]) -> None:
    """Everything measured, for other programs."""
    content = {
        "checks": [asdict(check) | {"passed": check.passed} for check in found],
        "groups": {
            result.group.slug: {
                "scores": {name: dict(one.rates) for name, one in result.scores.items()},
                "stock": {name: dict(one.rates) for name, one in result.stock.items()},
                "pooled": {name: dict(one.rates) for name, one in pooled_rows(result)},
                "invented": result.invented,
                "seconds": result.reports.seconds,
            }
            for result in results
        },
    }
    path.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


def _groups(corpus: str, scratch: Path) -> Iterator[Group]:
    yield fixture_group(ROOT / "fixtures" / "calls")
    for folder in filter(None, corpus.split(os.pathsep)):
        yield from corpus_groups(Path(folder))
    yield quiet_group(scratch)


def main(  # noqa: PLR0913 - one argument an option
    *,
    corpus: Annotated[str, typer.Option(envvar="TALKTRACK_CORPUS")] = "",
    only: Annotated[str, typer.Option(help="Shell pattern of GROUP/CALL.")] = "",
    with_meeting: Annotated[
        bool, typer.Option("--with-meeting/--without-meeting", help="Say who was invited.")
    ] = False,
    stock: Annotated[bool, typer.Option(help="Run the stock pipeline where not cached.")] = False,
    threads: Annotated[int, typer.Option()] = os.cpu_count() or 1,
    json_file: Annotated[Path | None, typer.Option("--json")] = None,
    markdown: Annotated[Path | None, typer.Option()] = None,
) -> None:
    """Score Talktrack on recordings whose truth is known; fails when a requirement is not met."""
    results: list[Result] = []
    with tempfile.TemporaryDirectory() as scratch:
        for group in (one.only(only) for one in _groups(corpus, Path(scratch))):
            if not group.cases:
                continue
            result = measure(group, threads, with_meeting=with_meeting, is_stock_run=stock)
            results.append(result)
            print(group_table(result).text())
            print(f"heard in {result.reports.seconds:.0f} s", flush=True)
            if result.reports.complaints:
                print(result.reports.complaints, file=sys.stderr)
    found = [check for result in results for check in result_checks(result)]
    print(pooled_table(results).text())
    print(check_table("Required", found).text())
    if json_file:
        write_json(json_file, results, found)
    if markdown:
        write_page(markdown, results, found)
    if not only:
        found += report_understood(corpus, markdown)
    raise typer.Exit(any(check.passed is False for check in found))


if __name__ == "__main__":
    typer.run(main)
