"""Loads rows as a bulk load should: copied, indexes made afterwards."""

import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np
import psycopg
from psycopg import sql

_HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_END = struct.pack(">h", -1)
_HNSW = re.compile("USING hnsw")
_BATCH = 512
_T = TypeVar("_T")


def connect(url: str) -> psycopg.Connection[Any]:
    """A connection for loading: keys are right by construction, and a crash starts anew."""
    connection = psycopg.connect(url, autocommit=True)
    connection.execute("SET session_replication_role = replica")
    connection.execute("SET synchronous_commit = off")
    return connection


def copy_rows(
    connection: psycopg.Connection[Any],
    table: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
) -> None:
    """Copy rows; each value is written as PostgreSQL reads it."""
    copy_lines(connection, table, columns, ("\t".join(map(cell, row)) for row in rows))


def copy_lines(
    connection: psycopg.Connection[Any], table: str, columns: Sequence[str], lines: Iterable[str]
) -> None:
    """Copy rows whose cells are written already."""
    with _copy(connection, table, columns, "") as copy:
        for some in batched(lines, _BATCH):
            copy.write("\n".join(some) + "\n")


def batched(lines: Iterable[_T], count: int) -> Iterator[list[_T]]:
    """The same, so many at a time."""
    some: list[_T] = []
    for line in lines:
        some.append(line)
        if len(some) == count:
            yield some
            some = []
    if some:
        yield some


def copy_records(
    connection: psycopg.Connection[Any], table: str, columns: Sequence[str], records: np.ndarray
) -> None:
    """Copy rows of one length that are in PostgreSQL's own binary format already."""
    with _copy(connection, table, columns, "WITH (FORMAT binary)") as copy:
        copy.write(_HEADER)
        copy.write(records.tobytes())
        copy.write(_END)


@contextmanager
def _copy(
    connection: psycopg.Connection[Any], table: str, columns: Sequence[str], options: str
) -> Iterator[psycopg.Copy]:
    statement = sql.SQL("COPY {} ({}) FROM STDIN {}").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(options),  # type: ignore[arg-type]
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        yield copy


def cell(value: object) -> str:
    """A value as COPY reads it."""
    if value is None:
        return "\\N"
    if not isinstance(value, str):
        return str(value)
    if "\\" in value or "\n" in value or "\t" in value:
        return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
    return value


def drop_indexes(connection: psycopg.Connection[Any], tables: Sequence[str]) -> list[str]:
    """Drop every index that no constraint needs; returns how to make them again."""
    found = connection.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i "
        "JOIN pg_class c ON c.oid = i.indrelid WHERE c.relname = ANY(%s) AND NOT EXISTS "
        "(SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid)",
        (list(tables),),
    ).fetchall()
    for name, _ in found:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.SQL(name)))
    return [definition for _, definition in found]


def make_index(connection: psycopg.Connection[Any], definition: str, memory: str) -> None:
    """Make an index with enough memory to do it in one go."""
    connection.execute(sql.SQL("SET maintenance_work_mem = {}").format(sql.Literal(memory)))
    connection.execute("SET max_parallel_maintenance_workers = 2")
    connection.execute(definition.encode())


def is_vectors(definition: str) -> bool:
    """Whether an index is one of vectors, which take by far the longest."""
    return bool(_HNSW.search(definition))
