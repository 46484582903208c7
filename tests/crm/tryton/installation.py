"""Tryton, installed beside Talktrack once, with a database that is copied for each run.

Both lie in `.cache/tryton`, in a folder whose name changes with whatever they are made of. A folder
is there whole or not at all, and of several processes that want it one makes it.
"""

import fcntl
import hashlib
import platform
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.crm.tryton import company
from tests.crm.tryton.server import ADMIN_PASSWORD, DATABASE, Server, configuration, serving

ROOT = Path(__file__).parents[3]
CACHE = ROOT / ".cache" / "tryton"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
_LAYOUT = "2"
"""Raise it when the template is made in another way."""
_UNREACHED = (
    "Could not fetch URL",
    "ConnectTimeoutError",
    "Failed to establish a new connection",
    "NameResolutionError",
    "NewConnectionError",
    "ProxyError",
    "ReadTimeoutError",
)


class NoTryton(Exception):
    """The package index cannot be reached, and Tryton was not installed before."""


@dataclass(frozen=True, slots=True)
class Installation:
    """Where Tryton is, and the database that a run begins with."""

    folder: Path

    @property
    def python(self) -> Path:
        """Of its own environment; its scripts are run by it, for their first lines lie."""
        return self.folder / "venv" / "bin" / "python"

    @property
    def template(self) -> Path:
        """The database, with a company, its sellers and a user for Talktrack."""
        return self.folder / f"{DATABASE}.sqlite"

    def script(self, name: str) -> list[str]:
        """How one of its commands is run."""
        return [str(self.python), str(self.folder / "venv" / "bin" / name)]


def installed(cache: Path = CACHE) -> Installation:
    """Tryton as it is pinned, made in about a minute when it is not there. Raises NoTryton."""
    folder = cache / _key()
    cache.mkdir(parents=True, exist_ok=True)
    with _alone(cache / "lock"):
        if not folder.is_dir():
            for left in cache.glob("making-*"):
                # By a process that was killed: whoever is alive holds the lock.
                shutil.rmtree(left)
            with tempfile.TemporaryDirectory(dir=cache, prefix="making-") as scratch:
                made = Installation(Path(scratch) / "whole")
                _make(made)
                made.folder.rename(folder)
    return Installation(folder)


def _key() -> str:
    made_of = (REQUIREMENTS, Path(company.__file__))
    digest = hashlib.sha256(f"{_LAYOUT} {platform.python_version()}".encode())
    for path in made_of:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time; the system lets go when that process dies."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(made: Installation) -> None:
    made.folder.mkdir()
    _run([sys.executable, "-m", "venv", str(made.folder / "venv")])
    pip = [str(made.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    pip += ["--retries", "2", "--timeout", "15", "--no-deps", "--requirement", str(REQUIREMENTS)]
    _run(pip)
    # Tryton takes a file that is not there for a database that is not there.
    made.template.touch()
    config = configuration(made.folder, made.folder, port=0)
    secret = made.folder / "password"
    secret.write_text(ADMIN_PASSWORD)
    # Tryton takes the new administrator's password from a file that a variable names.
    admin = ["env", f"TRYTONPASSFILE={secret}", *made.script("trytond-admin")]
    admin += ["-c", str(config), "-d", DATABASE, "--email", "admin@seller.example"]
    admin += ["-u", "ir", "res", "sale_opportunity", "--activate-dependencies", "--no-indexes"]
    _run(admin)
    with serving(made.script("trytond"), made.folder, made.template) as server:
        _settle(server)
    # What was written last lies beside the file until it is drawn in; only the file is copied.
    with closing(sqlite3.connect(made.template)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _settle(server: Server) -> None:
    with server.client("admin", ADMIN_PASSWORD) as client:
        company.found(client)


def _run(command: list[str]) -> None:
    """Raises NoTryton when the package index did not answer, RuntimeError with what it said."""
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return
    if any(word in done.stdout for word in _UNREACHED):
        raise NoTryton("no Tryton here: PyPI cannot be reached, and none was installed before")
    raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout[-3000:]}")
