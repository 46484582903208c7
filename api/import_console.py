"""What the command line says of an import: a table, then what is wrong on which line."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn
from rich.table import Table

from analyzer.formats.rendering import harmless
from api.console import err, out, plain
from models.errors import BadImport
from models.importing import ImportOptions, ImportReport, Notice, Problem, SalesFile

_SHOWN = 20
"""How many problems, and how many notices, of a file are printed."""
_COUNTS = ("lines", "new", "changed", "same", "refused")


@contextmanager
def opened(paths: Sequence[Path]) -> Iterator[list[SalesFile]]:
    """The files while they are imported, with bars that tell how far they are read.

    Raises BadImport when one cannot be opened.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with ExitStack() as stack:
        shown = Progress(*columns, console=err, transient=True, disable=not err.is_terminal)
        progress = stack.enter_context(shown)
        files = []
        for path in paths:
            try:
                name = escape(plain(path.name))
                source = stack.enter_context(progress.open(path, "rb", description=name))
            except OSError as error:
                raise BadImport(f"{path} cannot be opened: {error.strerror or error}") from None
            files.append(SalesFile(path.name, source))
        yield files


def print_reports(reports: Sequence[ImportReport], options: ImportOptions) -> None:
    """Print what became of each file."""
    table = Table(box=None, pad_edge=False)
    table.add_column("file", overflow="fold")
    table.add_column("kind")
    for name in _COUNTS:
        table.add_column(name, justify="right")
    for report in reports:
        counts = (f"{getattr(report, name):,}" for name in _COUNTS)
        table.add_row(escape(plain(report.name)), report.kind, *counts)
    out.print(table)
    for report in reports:
        _print_found(report)
    if options.is_dry_run:
        out.print("nothing was kept: this was a dry run")
    elif not options.keeps(reports):
        out.print("nothing was kept: a line was refused, and --strict was given")


def write_problems(path: Path, reports: Iterable[ImportReport]) -> None:
    """Write every problem to a CSV file; what a spreadsheet would run is quoted."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("file", "line", "column", "value", "message"))
        for report in reports:
            for one in report.problems:
                cells = (report.name, one.line, one.column, one.value, one.message)
                writer.writerow([harmless(cell) for cell in cells])


def _print_found(report: ImportReport) -> None:
    name = escape(plain(report.name))
    for notice in report.notices[:_SHOWN]:
        out.print(f"{name}: {escape(_told(notice))}{_often(notice)}")
    if len(report.notices) > _SHOWN:
        out.print(f"{name}: and {len(report.notices) - _SHOWN:,} more notices")
    for problem in report.problems[:_SHOWN]:
        out.print(f"[bold red]refused[/] {name}: {escape(_told(problem))}")
    untold = len(report.problems) + report.problems_untold - _SHOWN
    if untold > 0:
        out.print(f"{name}: and {untold:,} more: --problems FILE writes them all as CSV")


def _told(found: Problem | Notice) -> str:
    """One line: where, what was there, and what is the matter."""
    where = f"line {found.line}, " if found.line is not None else ""
    column = found.column or ""
    value = f' "{plain(found.value)}"' if found.value is not None else ""
    subject = f"{where}{column}{value}".rstrip(", ")
    return f"{subject}: {plain(found.message)}" if subject else plain(found.message)


def _often(notice: Notice) -> str:
    return f" ({notice.count:,} times)" if notice.count > 1 else ""
