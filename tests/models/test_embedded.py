"""What a crash leaves of an embedded server, and how it starts again nevertheless."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import psycopg
import pytest

from models.embedded import kept_running, start_embedded, stop_embedded
from models.postmaster import clear_away, is_alive, living


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A server's folder, made once; tests kill the server in it."""
    with TemporaryDirectory(prefix="talktrack-tests-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch) / "pg"
        start_embedded(folder)
        yield folder
        stop_embedded(folder)


def _pid_file(folder: Path) -> Path:
    return folder / "postmaster.pid"


def _kill(folder: Path) -> None:
    os.kill(int(_pid_file(folder).read_text().split("\n")[0]), signal.SIGKILL)
    end = time.monotonic() + 10
    while is_alive(folder):
        assert time.monotonic() < end
        time.sleep(0.05)


def _answers(url: str) -> bool:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT 1").fetchone()
    return row == (1,)


def _wait(url: str) -> None:
    end = time.monotonic() + 20
    while True:
        try:
            assert _answers(url)
        except psycopg.OperationalError:
            assert time.monotonic() < end
            time.sleep(0.1)
        else:
            return


def test_a_server_that_dies_is_started_again_at_the_same_address(folder: Path) -> None:
    url = start_embedded(folder)
    with kept_running(folder):
        for _death in range(2):
            _kill(folder)
            _wait(url)
    assert start_embedded(folder) == url


def test_what_a_statement_quotes_is_not_in_the_log_of_the_server(folder: Path) -> None:
    with psycopg.connect(start_embedded(folder), autocommit=True) as connection:
        connection.execute("CREATE TEMP TABLE kept (email text UNIQUE)")
        connection.execute("INSERT INTO kept VALUES ('walrus@quixley.example')")
        with pytest.raises(psycopg.errors.UniqueViolation, match="walrus"):
            connection.execute("INSERT INTO kept VALUES ('walrus@quixley.example')")
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            connection.execute("SELECT CAST('walrus-secret' AS integer)")
    logs = [one for one in folder.rglob("*") if one.is_file() and "log" in one.name]
    assert (folder / "log") in logs
    assert [one for one in logs if b"walrus" in one.read_bytes()] == []


@pytest.mark.parametrize(
    "left",
    [
        pytest.param(lambda told: told, id="as it was"),
        pytest.param(lambda told: told.replace(told.split()[0], "{mine}", 1), id="reused number"),
        pytest.param(lambda told: told[: len(told) // 2], id="cut off"),
        pytest.param(lambda told: "", id="empty"),
        pytest.param(lambda told: "nonsense\n" * 8, id="nonsense"),
    ],
)
def test_a_server_starts_whatever_a_crash_left_of_the_file_that_says_it_lives(
    folder: Path, left: Callable[[str], str]
) -> None:
    url = start_embedded(folder)
    told = _pid_file(folder).read_text()
    _kill(folder)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        _pid_file(folder).write_text(left(told).replace("{mine}", str(other.pid)))
        assert not is_alive(folder)
        with kept_running(folder):
            _wait(url)
        assert other.poll() is None  # it was nobody's business
        other.communicate(b"\n")


def test_the_last_to_go_stops_a_server_that_another_started_again() -> None:
    with TemporaryDirectory(prefix="talktrack-tests-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch) / "pg"
        start_embedded(folder)
        start = "import pathlib, sys; from models.embedded import start_embedded as start; "
        start += "start(pathlib.Path(sys.argv[1]))"
        _kill(folder)
        subprocess.run([sys.executable, "-c", start, str(folder)], check=True)
        assert is_alive(folder)  # this process uses it still
        stop_embedded(folder)
        assert not is_alive(folder)


def test_a_server_that_lives_is_left_alone(folder: Path) -> None:
    url = start_embedded(folder)
    before = _pid_file(folder).read_text()
    clear_away(folder)
    assert _pid_file(folder).read_text() == before
    assert _answers(url)


def test_only_the_living_are_counted() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        end = time.monotonic() + 10
        while psutil.Process(gone.pid).status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < end
            time.sleep(0.05)
        assert living([gone.pid, os.getpid(), 2**22 + 7]) == [os.getpid()]  # nobody buried it yet
