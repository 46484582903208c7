"""The log of a process: lines on standard error, with ids and names of errors, and no content.

What an error says may quote what somebody said, typed or kept secret: a line has the error's class,
its code and where it happened, never its message. What packages write is cut to its first line, and
only their warnings are written, since their finer logs show headers, addresses and arguments.
"""

import json
import logging
import traceback
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

Form = Literal["text", "json"]
Level = Literal["debug", "info", "warning", "error"]
_OURS = ("api", "models", "analyzer")
_ROOT = Path(__file__).parents[1]
_MOST, _LAST = 12, 3
_LONGEST = 2000
_UNSEEN = dict.fromkeys((*range(32), 127, *range(0x80, 0xA0), 0x2028, 0x2029), " ")


def begin_log(form: Form, level: Level) -> None:
    """Write this process's log to standard error from now on, in one form, from a level on."""
    there = logging.StreamHandler()
    there.setFormatter(JsonLines() if form == "json" else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [there]
    root.setLevel(logging.WARNING)
    for name in _OURS:
        logging.getLogger(name).setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).setLevel(logging.WARNING)


class _Lines(logging.Formatter):
    """What both forms say of a record."""

    def told(self, record: logging.LogRecord) -> dict[str, object]:
        """The parts of a line, the most important first."""
        at = datetime.fromtimestamp(record.created, UTC)
        parts: dict[str, object] = {
            "at": at.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": _message(record),
        }
        facts = getattr(record, "facts", None)
        if isinstance(facts, Mapping):
            parts.update(facts)
        if record.exc_info and record.exc_info[1] is not None:
            parts["errors"] = [*_errors(record.exc_info[1])]
        return parts


class JsonLines(_Lines):
    """A JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        return json.dumps(self.told(record), ensure_ascii=True, default=str)


class TextLines(_Lines):
    """A line for people; facts follow as name=value, an error's frames in brackets."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        parts = self.told(record)
        head = [str(parts.pop(name)) for name in ("at", "level", "logger", "process", "message")]
        errors = parts.pop("errors", None)
        line = " ".join([*head, *(f"{name}={value}" for name, value in parts.items())])
        if errors:
            line = f"{line} {json.dumps(errors)}"
        return line.translate(_UNSEEN)


def _message(record: logging.LogRecord) -> str:
    is_ours = record.name.partition(".")[0] in _OURS
    try:
        # What a package puts in is left out: it may be an error's words, or an argument.
        message = record.getMessage() if is_ours else str(record.msg).partition("\n")[0]
    except (TypeError, ValueError):
        message = str(record.msg)
    return message.translate(_UNSEEN)[:_LONGEST]


def _errors(error: BaseException | None) -> Iterator[dict[str, object]]:
    """An error and what it came from, the first cause last."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        frames = traceback.extract_tb(error.__traceback__)
        # Where it passed us, and where it came from.
        kept = [one for one in frames[:-_LAST] if _is_ours(one.filename)][-_MOST:]
        told: dict[str, object] = {"type": f"{type(error).__module__}.{type(error).__qualname__}"}
        if (code := code_of(error)) is not None:
            told["code"] = code
        told["where"] = [
            f"{_place(one.filename)}:{one.lineno} {one.name}" for one in kept + frames[-_LAST:]
        ]
        yield told
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def code_of(error: BaseException) -> str | int | None:
    """What a system or PostgreSQL calls an error, such as 28 or 40P01; None without such a code."""
    number = getattr(error, "errno", None)
    state = getattr(error, "sqlstate", None)
    return state if isinstance(state, str) else number if isinstance(number, int) else None


def _is_ours(file: str) -> bool:
    return any(Path(file).is_relative_to(_ROOT / one) for one in _OURS)


def _place(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else "/".join(path.parts[-2:])
