"""A line of the log says what, where and which error, and no word of anybody."""

import json
import logging
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.logs import Form, JsonLines, TextLines, begin_log

WORDS = "zebra-crossing-77"


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """What is written from `begin_log` on; the log is as before in the end."""
    root = logging.getLogger()
    names = ("", "api", "models", "analyzer", "uvicorn", "uvicorn.error", "uvicorn.access")
    before, levels = root.handlers[:], {name: logging.getLogger(name).level for name in names}
    yield lambda: capsys.readouterr().err
    root.handlers[:] = before
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def fail() -> None:
    try:
        run_out()
    except OSError as error:
        raise ValueError(f"because {WORDS}") from error


def run_out() -> None:
    raise OSError(28, WORDS, f"/{WORDS}")


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_error_is_told_without_its_words(form: Form, written: Callable[[], str]) -> None:
    begin_log(form, "debug")
    try:
        fail()
    except ValueError:
        logging.getLogger("api.x").exception("it failed")
    line = written()
    assert WORDS not in line
    assert line.count("\n") == 1
    for told in ("it failed", "builtins.ValueError", "builtins.OSError", "28", "unit/test_logs.py"):
        assert told in line, told


def test_packages_tell_no_arguments_and_nothing_below_a_warning(written: Callable[[], str]) -> None:
    begin_log("json", "debug")
    for name in ("httpcore.http11", "multipart", "sqlalchemy.engine", "procrastinate.jobs"):
        logging.getLogger(name).info("sent %s", WORDS)
        logging.getLogger(name).debug("sent %s", WORDS)
        logging.getLogger(name).warning("refused: %s", WORDS)
    logging.getLogger("asyncio").error("a task failed\nfuture: <Task '%s'>" % WORDS)  # noqa: UP031
    told = written()
    lines = [json.loads(line) for line in told.splitlines()]
    assert [one["message"] for one in lines] == [*["refused: %s"] * 4, "a task failed"]
    assert WORDS not in told


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_the_level_is_kept(level: str, written: Callable[[], str]) -> None:
    begin_log("json", level)  # type: ignore[arg-type]
    levels = ("debug", "info", "warning", "error")
    for one in levels:
        logging.getLogger("models.x").log(getattr(logging, one.upper()), "said")
    told = [json.loads(line)["level"] for line in written().splitlines()]
    assert told == [*levels[levels.index(level) :]]


@given(st.text())
def test_nobody_writes_a_line_of_their_own(said: str) -> None:
    record = logging.LogRecord("api.x", 30, "x.py", 1, "host %s", (said,), None)
    record.facts = {"route": said}
    for form in (JsonLines(), TextLines()):
        assert len(form.format(record).splitlines()) == 1


def test_a_message_that_does_not_fit_its_arguments_is_told_nevertheless() -> None:
    record = logging.LogRecord("api.x", 30, "x.py", 1, "%d of %d", ("a",), None)
    assert json.loads(JsonLines().format(record))["message"] == "%d of %d"
