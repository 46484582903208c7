"""Temporary files of processes that died, which nobody else takes away."""

import shutil
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import gettempdir

from analyzer.audio import SCRATCH


def sweep_scratch(older_than: timedelta, folder: Path | None = None) -> int:
    """Remove temporary files and folders of ours not written to for so long; returns how many."""
    before = time.time() - older_than.total_seconds()
    left = [
        path
        for path in (folder or Path(gettempdir())).glob(f"{SCRATCH}*")
        if _written_at(path) < before
    ]
    for path in left:
        with suppress(OSError):  # another worker of this machine was faster
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return len(left)


def _written_at(path: Path) -> float:
    latest = 0.0
    with suppress(FileNotFoundError):
        latest = max(one.lstat().st_mtime for one in (path, *path.rglob("*")))
    return latest
