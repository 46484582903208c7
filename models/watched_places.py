"""Places that are watched for files: a folder or a bucket, read and never written to."""

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from models.errors import Missing, StoreDown
from models.stores import CHUNK, Kept, Store, folder_of
from models.watched_names import Found, is_hidden

_STRAIGHT = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""Along no symbolic link, and without waiting for whoever writes to a pipe."""
_GONE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}


class Moved(Exception):
    """A file is no more what it was when it was found."""


class Place(Protocol):
    """Where files are found."""

    @property
    def url(self) -> str:
        """How people know it."""

    def look(self) -> list[Found]:
        """Every file that is there, but for hidden ones. Raises StoreDown."""

    def read(self, found: Found) -> Iterator[bytes]:
        """A file from its first byte to its last.

        Raises Moved when it is not, or at the end no more, what was found; StoreDown when it
        cannot be read now.
        """


class FolderPlace:
    """A folder with all that is below it; links in it lead nowhere."""

    def __init__(self, folder: Path) -> None:
        self._root = folder.absolute()

    @property
    def url(self) -> str:
        """Its path."""
        return str(self._root)

    def look(self) -> list[Found]:
        """Every file below it, but for hidden ones and what may not be read."""
        found: list[Found] = []
        folders = [""]
        while folders:
            inner = folders.pop()
            for entry in self._entries(inner):
                path = f"{inner}/{entry.name}".lstrip("/")
                if entry.is_dir(follow_symlinks=False):
                    folders.append(path)
                elif entry.is_file(follow_symlinks=False):
                    found += _seen(path, entry)
        return found

    def _entries(self, inner: str) -> "list[os.DirEntry[str]]":
        try:
            with os.scandir(self._root / inner) as entries:
                return [one for one in entries if not is_hidden(one.name)]
        except OSError as error:
            if inner:
                return []  # deleted meanwhile, or somebody's own
            if isinstance(error, FileNotFoundError | NotADirectoryError):
                message = f"the folder {self._root} is not there; make it, or watch another"
                raise StoreDown(message) from None
            raise StoreDown(_refused(self.url, error)) from None

    def read(self, found: Found) -> Iterator[bytes]:
        """The file, opened step by step so that no link takes its place meanwhile."""
        with self._opened(found) as descriptor:
            _check(descriptor, found)
            while chunk := os.read(descriptor, CHUNK):
                yield chunk
            _check(descriptor, found)

    @contextmanager
    def _opened(self, found: Found) -> Iterator[int]:
        *folders, name = found.path.split("/")
        descriptor = -1
        try:
            descriptor = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            for part, kind in (*((one, os.O_DIRECTORY) for one in folders), (name, 0)):
                folder, descriptor = descriptor, -1  # closed by the step, whatever it finds
                descriptor = _step(folder, part, _STRAIGHT | kind)
            yield descriptor
        except OSError as error:
            if error.errno in _GONE:
                raise Moved from None
            raise StoreDown(_refused(found.name, error)) from None
        finally:
            if descriptor >= 0:
                os.close(descriptor)


class BucketPlace:
    """A bucket, or what is under a prefix in it."""

    def __init__(self, url: str, options: Mapping[str, str]) -> None:
        self._url = url
        self._store = Store(url, options)

    @property
    def url(self) -> str:
        """Its URL."""
        return self._url

    def look(self) -> list[Found]:
        """Every object, but for hidden ones; one whose key is no path stops all."""
        return [
            Found(one.key, one.size, one.modified_at, _tag(one))
            for one in self._store.listed("")
            if not (_is_folder(one) or any(map(is_hidden, one.key.split("/"))))
        ]

    def read(self, found: Found) -> Iterator[bytes]:
        """The object, a part at a time."""
        try:
            self._check(found)
            yield from self._store.read(found.path, 0, found.size)
            self._check(found)
        except Missing:
            raise Moved from None

    def _check(self, found: Found) -> None:
        if _tag(self._store.look(found.path)) != found.mark:
            raise Moved


def open_place(url: str, options: Mapping[str, str]) -> Place:
    """The place that a path or a URL names; a folder takes no options. Raises BadInput."""
    folder = folder_of(url)
    return BucketPlace(url, options) if folder is None else FolderPlace(folder)


def _seen(path: str, entry: "os.DirEntry[str]") -> Iterator[Found]:
    """What a file is now; nothing if it was deleted meanwhile."""
    try:
        told = entry.stat(follow_symlinks=False)
    except OSError:
        return
    yield Found(path, told.st_size, datetime.fromtimestamp(told.st_mtime, UTC), _mark(told))


def _step(folder: int, name: str, flags: int) -> int:
    """Go from an open folder to what is in it; the folder is closed."""
    try:
        return os.open(name, flags, dir_fd=folder)
    finally:
        os.close(folder)


def _check(descriptor: int, found: Found) -> None:
    told = os.fstat(descriptor)
    if not stat.S_ISREG(told.st_mode) or _mark(told) != found.mark:
        raise Moved


def _mark(told: os.stat_result) -> str:
    return f"{told.st_size}-{told.st_mtime_ns}"


def _is_folder(one: Kept) -> bool:
    """Whether an object only stands for a folder, as some tools make them."""
    return one.size == 0 and "." not in one.key.rpartition("/")[2]


def _tag(one: Kept) -> str:
    return one.tag or f"{one.size}-{one.modified_at.isoformat()}"


def _refused(name: str, error: OSError) -> str:
    return f"{name} cannot be read now ({error.strerror}); check its rights"
