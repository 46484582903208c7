"""Databases made empty again: over a connection that stays, for a new one must learn the tables."""

import psycopg
from psycopg import sql

_TABLES = "FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
_EMPTY = """
CREATE FUNCTION pg_temp.empty_all() RETURNS void LANGUAGE plpgsql
SET session_replication_role = replica AS $$
DECLARE one record;
BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    ASSERT (SELECT count(*) {tables}) = {known}, 'other tables than before';
    ASSERT (SELECT max(pg_relation_size(oid)) FROM pg_class WHERE relkind = 'r') < {most},
        'nobody clears up after so many rows';
    {empty_each}
    FOR one IN SELECT sequencename FROM pg_sequences
        WHERE schemaname = 'public' AND last_value IS NOT NULL LOOP
        EXECUTE format('ALTER SEQUENCE %I RESTART', one.sequencename);
    END LOOP;
    PERFORM 1 FROM call;  -- raises when the schema is gone
END $$
"""
_MOST = 4_000_000
"""Of bytes in a table: what is deleted stays where it is, in the way of who looks for rows."""
_EMPTY_ONE = "IF EXISTS (SELECT 1 FROM {table}) THEN DELETE FROM {table}; END IF;"


class Emptying:
    """Empties databases that are used again and again."""

    def __init__(self) -> None:
        self._connections: dict[str, psycopg.Connection] = {}

    def empty(self, url: str) -> bool:
        """Empty every table that holds anything; False when it is better made anew."""
        try:
            return self._empty(url)
        except psycopg.OperationalError:  # the test ended every connection, this one too
            self._forget(url)
        try:
            return self._empty(url)
        except psycopg.OperationalError:
            return False

    def end(self) -> None:
        """Close the connections."""
        for url in [*self._connections]:
            self._forget(url)

    def _empty(self, url: str) -> bool:
        try:
            if url not in self._connections:
                self._connections[url] = _connect(url)
            self._connections[url].execute("SELECT pg_temp.empty_all()")
        except psycopg.OperationalError:
            raise
        except psycopg.Error:
            self._forget(url)
            return False
        return True

    def _forget(self, url: str) -> None:
        if connection := self._connections.pop(url, None):
            connection.close()


def _connect(url: str) -> psycopg.Connection:
    connection = psycopg.connect(url, autocommit=True)
    names = [sql.Identifier(name) for (name,) in connection.execute(f"SELECT tablename {_TABLES}")]
    each = sql.SQL("\n").join(sql.SQL(_EMPTY_ONE).format(table=name) for name in names)
    parts = {
        "tables": sql.SQL(_TABLES),
        "known": sql.Literal(len(names)),
        "most": sql.Literal(_MOST),
        "empty_each": each,
    }
    connection.execute(sql.SQL(_EMPTY).format(**parts))
    return connection
