"""Imports: tables opened, put in order, and taken in with all they point to, or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

from sqlalchemy import Connection, func, select
from sqlmodel import Session

from models.importing.cells import Rep, Surroundings, rep
from models.importing.csv_file import read_table
from models.importing.effects import AFTER, BEFORE
from models.importing.findings import ImportOptions, ImportReport
from models.importing.json_rows import table_of_rows
from models.importing.rows import RowReader
from models.importing.shape import table_of
from models.importing.shapes import SHAPES
from models.importing.staging import Staging
from models.importing.table import SalesTable
from models.importing.upsert import save
from models.importing.zones import find_zone
from models.tables import Team, User

_LOCK = 7_411_701
"""Held to the end of the transaction: imports that meet would wait for each other's rows anyway."""
_ORDER = tuple(SHAPES)


@dataclass(frozen=True, slots=True)
class SalesFile:
    """A CSV file to import; its kind is told by its columns when it is None."""

    name: str
    source: BinaryIO | bytes
    kind: str | None = None


def import_files(
    session: Session, files: Sequence[SalesFile], options: ImportOptions | None = None
) -> tuple[ImportReport, ...]:
    """Import files in the order in which they need each other; a report for each, as given.

    Rows are known again by where they came from and their id: what is new is added, what differs
    changed, nothing deleted. Lines with problems are refused and told. A dry run does all of it
    and then takes it back. Raises BadImport, with nothing kept, when a file cannot be read.
    """
    options = options or ImportOptions()
    tables = [read_table(file.source, file.name, kind=file.kind, options=options) for file in files]
    return _import(session, tables, options)


def import_rows(
    session: Session,
    kind: str,
    rows: Sequence[Mapping[str, object]],
    options: ImportOptions | None = None,
) -> ImportReport:
    """Import rows of one kind, each a mapping of column names to values, as a file of them.

    What a row leaves out stays as it is; null is an empty cell. Raises BadImport as `import_files`.
    """
    options = options or ImportOptions()
    (report,) = _import(session, [table_of_rows(kind, rows, options)], options)
    return report


def _import(
    session: Session, tables: Sequence[SalesTable], options: ImportOptions
) -> tuple[ImportReport, ...]:
    session.flush()
    order = sorted(range(len(tables)), key=lambda at: _ORDER.index(tables[at].kind))
    reports: dict[int, ImportReport] = {}
    with session.begin_nested() as savepoint:
        connection = session.connection()
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        for at in order:
            reports[at] = _import_table(connection, tables[at], options)
        is_refused = options.is_strict and any(one.refused for one in reports.values())
        if options.is_dry_run or is_refused:
            savepoint.rollback()
    session.expire_all()
    told = (reports[at] for at in range(len(tables)))
    return tuple(_all_refused(one) if is_refused else one for one in told)


def _import_table(
    connection: Connection, table: SalesTable, options: ImportOptions
) -> ImportReport:
    reader = RowReader(table, _surroundings(connection, table, options), options)
    staging = Staging(connection, table.shape, reader.columns)
    findings = table.findings
    staging.fill(reader.read_all())
    staging.refuse_repeated(findings)
    if before := BEFORE.get(table.kind):
        before(staging, options, findings)
    staging.refuse_unknown(options.origin, findings)
    if not table.shape.is_unique:
        staging.number_alike()
    save(staging, options.origin)
    if after := AFTER.get(table.kind):
        after(staging, options, findings)
    kept = staging.count()
    new, changed = staging.touched_rows()
    staging.close()
    return ImportReport(
        name=table.name,
        kind=table.kind,
        lines=reader.lines,
        new=new,
        changed=changed,
        same=kept - new - changed,
        refused=reader.lines - kept,
        problems=findings.problems,
        notices=findings.notices,
        problems_untold=findings.untold,
    )


def _all_refused(report: ImportReport) -> ImportReport:
    return replace(report, new=0, changed=0, same=0, refused=report.lines)


def _surroundings(
    connection: Connection, table: SalesTable, options: ImportOptions
) -> Surroundings:
    needs_reps = any(column.read is rep for column in table.shape.columns)
    return Surroundings(
        findings=table.findings,
        reps=_reps(connection, options) if needs_reps else {},
        default_zone=options.zone,
        default_currency=options.currency,
        mark=table.mark,
        is_mark_sure=table.is_mark_sure,
        date_order=options.date_order,
        zone=options.zone,
    )


def _reps(connection: Connection, options: ImportOptions) -> Mapping[str, Rep]:
    """Every user by e-mail, and by the id they have where the rows come from."""
    users, teams = table_of(User), table_of(Team)
    found = select(
        users.c.id,
        users.c.email,
        users.c.origin,
        users.c.ref,
        users.c.time_zone,
        teams.c.time_zone.label("team_zone"),
    ).outerjoin(teams, teams.c.id == users.c.team_id)
    by_email: dict[str, Rep] = {}
    by_ref: dict[str, Rep] = {}
    for row in connection.execute(found):
        zones = (find_zone(name) for name in (row.time_zone, row.team_zone) if name)
        zone = next((one for one in zones if one), options.zone)
        ref = row.ref if row.origin == options.origin else None
        by_email[row.email.lower()] = Rep(row.id, ref or row.email.lower(), zone)
        if ref:
            by_ref[ref] = by_email[row.email.lower()]
    return by_email | by_ref
