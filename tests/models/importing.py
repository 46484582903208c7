"""Rows to import, and what became of them."""

from sqlmodel import Session

from models.importing import ImportOptions, ImportReport, import_rows

Row = dict[str, object]
REP: Row = {"id": "rep_a", "name": "Ann", "email": "ann@x.example", "team": "North"}
HASH = "$argon2id$"
DEAL: Row = {"id": "d1", "name": "One", "rep_id": "rep_a", "outcome": "open"}


def take(session: Session, kind: str, *rows: Row, **options: object) -> ImportReport:
    return import_rows(session, kind, rows, ImportOptions(**options))  # type: ignore[arg-type]


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    assert report.lines == report.new + report.changed + report.same + report.refused
    return report.new, report.changed, report.same, report.refused


def problems(report: ImportReport) -> list[tuple[int, str | None, str | None]]:
    return [(one.line, one.column, one.value) for one in report.problems]
