"""Places in the program at which it stands still when a test says so, to be killed there.

A file in `FAULTS_FOLDER/stops` arms a place. The first to come by renames it to `NAME.here`, and
stands until that is gone; nobody else stops there.
"""

import asyncio
import importlib
import os
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOOK_S = 0.02
BEFORE = {
    "job taken": "api.jobs._begin",
    "decoding": "analyzer.pipeline.load_audio",
    "files of a deletion": "models.new_calls.drop_doomed",
}
"""Where it stops before a function is called."""
AFTER = {
    "last byte": "api.routes.uploads.check_stored",
    "report": "api.jobs.keep_report",
    "note": "api.pushing.upsert_note",
    "correction": "api.routes.corrections.correct",
    "rows of retention": "models.retaining.delete_some",
    "files of retention": "models.retaining._batch",
    "erasure: calls": "models.privacy.erasing.Eraser._one_call",
    "erasure: rows": "models.privacy.erasing.Eraser._rows",
    "erasure: texts": "models.privacy.erasing.Eraser._texts",
    "erasure: files": "models.privacy.erasing.Eraser._drop_files",
    "erasure: proof": "models.privacy.erasing.Eraser._prove",
}
"""Where it stops when a function has done its work, of which nothing is certain yet."""
_OF_WEB = {"last byte", "correction", "files of a deletion"}
ANSWER = "answer"
"""Where an upload has become a call, and nobody was told."""


class Stops:
    """The places of one Talktrack, as tests see them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "stops"
        self._folder.mkdir(exist_ok=True)

    def arm(self, *names: str) -> None:
        """Have whoever comes by stand still, once."""
        for name in names:
            (self._folder / name).touch()

    def is_reached(self, *names: str) -> bool:
        """Whether somebody stands at each."""
        return all((self._folder / f"{name}.here").exists() for name in names)

    def pid_at(self, name: str) -> int:
        """Who stands there."""
        return int((self._folder / f"{name}.here").read_text())

    def forget(self, name: str) -> None:
        """Nobody stands there any more."""
        (self._folder / f"{name}.here").unlink(missing_ok=True)

    def release(self) -> None:
        """Let everybody go on, and nobody stop any more."""
        for path in self._folder.iterdir():
            path.unlink(missing_ok=True)


def stand(name: str) -> None:
    """Stand still here if a test wants it."""
    here = _claimed(name)
    while here is not None and here.exists():
        time.sleep(_LOOK_S)


def _claimed(name: str) -> Path | None:
    folder = Path(os.environ["FAULTS_FOLDER"]) / "stops"  # noqa: TID251
    here = folder / f"{name}.here"
    try:
        (folder / name).rename(here)
    except FileNotFoundError:
        return None
    here.write_text(str(os.getpid()))
    return here


def install(is_web: bool) -> None:
    """Put the places into this process, where anybody asks for them."""
    if not (Path(os.environ["FAULTS_FOLDER"]) / "stops").exists():  # noqa: TID251
        return
    for places, first in ((BEFORE, True), (AFTER, False)):
        for name, where in places.items():
            if (name in _OF_WEB) == is_web:
                _wrap(where, name, first=first)


def _wrap(where: str, name: str, *, first: bool) -> None:
    owner, attribute = _owner(where)
    real: Callable[..., Any] = getattr(owner, attribute)

    @wraps(real)
    def stopping(*args: Any, **options: Any) -> Any:
        if first:
            stand(name)
            return real(*args, **options)
        made = real(*args, **options)
        stand(name)
        return made

    setattr(owner, attribute, stopping)


def _owner(where: str) -> tuple[Any, str]:
    path, _, attribute = where.rpartition(".")
    try:
        return importlib.import_module(path), attribute
    except ModuleNotFoundError:
        module, _, kind = path.rpartition(".")
        return getattr(importlib.import_module(module), kind), attribute


def answering(app: ASGIApp) -> ASGIApp:
    """Stands still where an upload has become a call, before that is told."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        async def late(message: Message) -> None:
            headers = dict(message.get("headers", ()))
            if scope.get("method") == "PATCH" and b"x-call-id" in headers:
                here = _claimed(ANSWER)
                while here is not None and here.exists():
                    await asyncio.sleep(_LOOK_S)
            await send(message)

        await app(scope, receive, late)

    return run
