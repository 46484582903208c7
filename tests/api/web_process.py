"""A web process of its own: `python -m tests.api.web_process '<settings as JSON>'`, for faults.

Prints its port. `lease_s`, `stall_s` and `largest_file` (bytes; more is as if the disk were full)
stand in the JSON beside the settings.
"""

import json
import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import uvicorn

ROOT = Path(__file__).parents[2]


@dataclass(slots=True)
class Web:
    """A process that serves."""

    process: subprocess.Popen[str]
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v1"

    def kill(self) -> None:
        """As a power cut does."""
        self.process.kill()
        self.process.wait()


@contextmanager
def web(told: dict[str, object]) -> Iterator[Web]:
    """A web process; it ends with the context."""
    command = [sys.executable, "-m", "tests.api.web_process", json.dumps(told)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Web(process, int(process.stdout.readline()))
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def main(told: dict[str, object]) -> None:
    from api.intake import streaming
    from models import uploads

    uploads.LEASE = timedelta(seconds=float(str(told.pop("lease_s", 10))))
    streaming.STALL_S = float(str(told.pop("stall_s", 20)))
    largest = told.pop("largest_file", None)

    from api.app import create_app
    from api.serving import files_of
    from api.settings import Settings
    from models.database import make_engine

    settings = Settings.model_validate(told)
    url = settings.database_url
    assert url is not None
    app = create_app(settings, make_engine(url.get_secret_value()), files_of(settings))
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    print(listening.getsockname()[1], flush=True)  # noqa: T201
    if largest is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(str(largest)),) * 2)
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=5)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
