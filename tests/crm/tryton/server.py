"""A Tryton process on loopback, over a database that is thrown away."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.crm.tryton.client import TrytonClient

DATABASE = "crm"
ADMIN_PASSWORD = "talktrack-admin"  # noqa: S105
_STARTS_WITHIN_S = 60.0
_STOPS_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Server:
    """A Tryton that listens."""

    url: str
    log: Path
    """What it says as it runs."""

    def client(self, login: str, password: str) -> TrytonClient:
        """Somebody's own way in, beside Talktrack's."""
        return TrytonClient(self.url, DATABASE, login, password)


def configuration(folder: Path, databases: Path, port: int) -> Path:
    """Write a configuration to a folder."""
    path = folder / "trytond.conf"
    path.write_text(
        f"[database]\nuri = sqlite://\npath = {databases}\n\n[web]\nlisten = 127.0.0.1:{port}\n"
    )
    return path


@contextmanager
def serving(
    command: list[str], folder: Path, database: Path, port: int | None = None
) -> Iterator[Server]:
    """Tryton at a port of this machine, a free one unless it is said which.

    Raises RuntimeError when it does not start.
    """
    port = _free_port(port or 0)
    config = configuration(folder, database.parent, port)
    log = folder / "trytond.log"
    with (
        log.open("w") as output,
        subprocess.Popen(
            # Without its database's name it would answer every login with an error.
            [*command, "-c", str(config), "-d", DATABASE],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            server = Server(f"http://127.0.0.1:{port}", log)
            _wait_for(server, process)
            yield server
        finally:
            _end(process)


def _wait_for(server: Server, process: subprocess.Popen[bytes]) -> None:
    """Come back when it answers. Raises RuntimeError with what it said."""
    ends_at = time.monotonic() + _STARTS_WITHIN_S
    asked = {"id": 1, "method": "common.server.version", "params": []}
    while process.poll() is None and time.monotonic() < ends_at:
        try:
            httpx.post(f"{server.url}/rpc/", json=asked, timeout=5).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"Tryton did not start:\n{server.log.read_text()[-3000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOPS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()


def _free_port(wanted: int) -> int:
    """The port itself when it is free, any free one for 0. Raises RuntimeError."""
    try:
        with socket.create_server(("127.0.0.1", wanted)) as taken:
            port: int = taken.getsockname()[1]
    except OSError as error:
        raise RuntimeError(f"port {wanted} cannot be had ({error.strerror}); say another") from None
    return port
