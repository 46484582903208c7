"""Whether the server of a folder lives, seen from outside, and what to clear away when it died.

PostgreSQL leaves a file with its process's number. After a power cut another program may have that
number, and a process that nobody buried keeps it.
"""

import os
from pathlib import Path

import psutil

_FILE = "postmaster.pid"
_NAME = "postgres"
_SOCKETS = 4
"""The line that says where its socket is."""
_LAST_S = 5.0
"""How long what is left of a dead server may take to see that it is dead."""


def is_alive(folder: Path) -> bool:
    """Whether the server of a folder runs."""
    process = _process(_number(folder))
    return process is not None and _is_of(process, folder)


def clear_away(folder: Path) -> None:
    """Make room for a new server where one died.

    First what is left of it ends: two servers on one folder would destroy it.
    """
    if is_alive(folder) or not (folder / _FILE).exists():
        return
    left = [one for one in psutil.process_iter() if _is_of(one, folder)]
    _gone, late = psutil.wait_procs(left, _LAST_S)
    for process in late:
        process.kill()
    psutil.wait_procs(late, _LAST_S)
    for path in (*_sockets(folder), folder / _FILE):
        path.unlink(missing_ok=True)


def living(numbers: list[int]) -> list[int]:
    """Those processes that live, this one among them."""
    return [number for number in numbers if number == os.getpid() or _process(number) is not None]


def _sockets(folder: Path) -> list[Path]:
    """The dead server's socket, and the file that says whose it is."""
    told = (folder / _FILE).read_text(errors="replace").splitlines()
    if len(told) <= _SOCKETS or not told[_SOCKETS]:
        return []
    return list(Path(told[_SOCKETS]).glob(".s.PGSQL.*"))


def _number(folder: Path) -> int | None:
    try:
        return int((folder / _FILE).read_text().partition("\n")[0])
    except (OSError, ValueError):  # cut off while it was written
        return None


def _process(number: int | None) -> psutil.Process | None:
    try:
        process = psutil.Process(number) if number is not None and number > 0 else None
        return process if process and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.Error:
        return None


def _is_of(process: psutil.Process, folder: Path) -> bool:
    """Whether a process is a server's of that folder, in which such processes work."""
    try:
        return process.name().startswith(_NAME) and Path(process.cwd()) == folder.resolve()
    except psutil.Error:
        return False
