"""The queue's own tables, made and dropped with ours."""

from procrastinate.schema import SchemaManager
from sqlalchemy import Connection


def make_queue(connection: Connection) -> None:
    """Make the tables and functions of the installed version of the queue."""
    # It holds percent signs, which the driver would take for parameters were there any.
    connection.connection.cursor().execute(SchemaManager.get_schema().encode())


def drop_queue(connection: Connection) -> None:
    """Drop everything whose name says that it is the queue's."""
    connection.connection.cursor().execute(_DROP.encode())


_DROP = """
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT tablename FROM pg_tables
        WHERE schemaname = current_schema AND tablename LIKE 'procrastinate%' LOOP
        EXECUTE format('DROP TABLE IF EXISTS %I CASCADE', one.tablename);
    END LOOP;
    FOR one IN SELECT p.oid::regprocedure AS signature FROM pg_proc p
        JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = current_schema AND p.proname LIKE 'procrastinate%' LOOP
        EXECUTE format('DROP FUNCTION IF EXISTS %s CASCADE', one.signature);
    END LOOP;
    FOR one IN SELECT t.typname FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE n.nspname = current_schema AND t.typname LIKE 'procrastinate%'
        AND t.typtype IN ('e', 'c') LOOP
        EXECUTE format('DROP TYPE IF EXISTS %I CASCADE', one.typname);
    END LOOP;
END $$;
"""
