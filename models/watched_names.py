"""What files are, by their names: recordings, transcripts, what tells of them, and what waits."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import PurePosixPath

from analyzer.transcripts import ENDINGS

_UNFINISHED = (
    ".part", ".partial", ".filepart", ".crdownload", ".download", ".opdownload", ".tmp", ".temp",
    ".swp", "~",
)  # fmt: skip
"""How names end of what is still being written."""
_SYSTEM = {"thumbs.db", "desktop.ini"}
_MOST_NAME, _MOST_MARK = 1000, 200
"""Bytes: an index holds both, and the place."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file as it was when the place was looked at.

    `path` is what the place itself calls it; `name` the same in signs that can be kept and shown.
    `mark` changes with the content.
    """

    path: str
    size: int
    modified_at: datetime
    mark: str

    @property
    def name(self) -> str:
        """The path, with signs that are no text written out."""
        return self.path.encode("utf-8", "backslashreplace").decode()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that is to become a call, and the file beside it that tells what is known of it."""

    file: Found
    sidecar: Found | None = None

    @property
    def name(self) -> str:
        """What the file is called, short enough to be kept."""
        return shortened(self.file.name, _MOST_NAME)

    @property
    def mark(self) -> str:
        """What changes with either file."""
        own = self.file.mark
        return shortened(own if self.sidecar is None else f"{own}+{self.sidecar.mark}", _MOST_MARK)

    @property
    def is_transcript(self) -> bool:
        """Whether it is words, not sound."""
        return _ending(self.file.name) in ENDINGS


def is_hidden(name: str) -> bool:
    """Whether a file or folder of that name is somebody's own, or not there yet."""
    lowered = name.lower()
    return name.startswith((".", "~$")) or lowered.endswith(_UNFINISHED) or lowered in _SYSTEM


def sort_out(found: Iterable[Found]) -> list[Candidate]:
    """The files that are to become calls, the oldest first.

    `call.json` or `call.mp3.json` tells of `call.mp3`. A transcript beside a recording of the same
    name is left where it is: the recording is heard.
    """
    files = {one.name: one for one in found}
    told = {name: _sidecar(name, files) for name in files if _ending(name) != ".json"}
    telling = {one.name for one in told.values() if one is not None}
    heard = {_stem(name) for name in told if _ending(name) not in ENDINGS}
    candidates = [
        Candidate(one, told.get(name))
        for name, one in files.items()
        if name not in telling and not (_ending(name) in ENDINGS and _stem(name) in heard)
    ]
    return sorted(candidates, key=lambda one: (one.file.modified_at, one.name))


def shortened(text: str, most: int) -> str:
    """A text of at most so many bytes; of a longer one its beginning, and its SHA-256."""
    written = text.encode()
    if len(written) <= most:
        return text
    return f"{written[: most - 70].decode(errors='ignore')} {sha256(written).hexdigest()}"


def _sidecar(name: str, files: dict[str, Found]) -> Found | None:
    return files.get(f"{name}.json") or files.get(f"{_stem(name)}.json")


def _stem(name: str) -> str:
    return str(PurePosixPath(name).with_suffix(""))


def _ending(name: str) -> str:
    return PurePosixPath(name).suffix.lower()
