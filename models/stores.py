"""A folder or a bucket, through obstore, in our own errors; keys are taken as they come.

Nothing here keeps a large object in memory: parts of 8 MiB are written, a few at once.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import disk_usage
from tempfile import NamedTemporaryFile, gettempdir
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit
from urllib.request import url2pathname

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from analyzer.audio import SCRATCH
from models.errors import BadInput, Missing, StoreDown, StoreError, StoreFull

if TYPE_CHECKING:
    from obstore import ObjectMeta
    from obstore.store import ClientConfig, ObjectStore, RetryConfig, S3Config

CHUNK = 1 << 20
_PART = 8 << 20
_PARTS_AT_ONCE = 3
_SCHEMES = ("s3", "gs", "az")
_LARGEST_COPY = 5 << 30
"""What S3 copies by itself in one request."""

_NO_ROOM = re.compile(
    r"\(os error (27|28|122)\)|status code: 507|EntityTooLarge|QuotaExceeded|StorageFull"
)
_NO_BUCKET = re.compile(r"NoSuchBucket|bucket does not exist|ContainerNotFound")
_NO_RIGHT = re.compile(r"\(os error (1|13|30)\)|status code: 40[13]")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a bucket is waited for: tries again, and seconds for all tries, one, its start."""

    retries: int = 5
    retry_s: float = 30.0
    timeout_s: float = 60.0
    connect_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Kept:
    """An object as a listing tells it; `size` in bytes, `tag` changes with the content."""

    key: str
    size: int
    modified_at: datetime
    tag: str | None = None


class Store:
    """Objects at a URL: a folder (a path or file://), or a bucket (s3://, gs://, az://).

    `options` are the bucket's, as obstore names them: endpoint, region, access_key_id, ...
    What they leave out obstore takes from where the cloud's own tools look. May be used by many
    threads at once.

    Raises:
        BadInput: The URL or an option is of no use.
        StoreDown: The folder cannot be made.
        StoreFull: There is no room for it.
    """

    def __init__(
        self,
        url: str,
        options: Mapping[str, str],
        *,
        scratch: Path | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.url = url
        self.folder = folder_of(url)
        self._scratch = scratch or Path(gettempdir())
        if self.folder is None:
            self._store = _open_bucket(url, options, patience or Patience())
        elif options:
            raise BadInput(
                f"files at {url} are in a folder, which takes no options; leave them out"
            )
        else:
            with self._telling(""):
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._store = LocalStore(self.folder, automatic_cleanup=True)

    def check(self) -> None:
        """Raise StoreDown unless the store can be reached."""
        if self.folder is None:
            with self._telling(""):
                next(obstore.list(self._store, "incoming"), None)
        elif not (self.folder.is_dir() and os.access(self.folder, os.W_OK | os.X_OK)):
            raise StoreDown(
                f"files at {self.url} cannot be written; check the folder and its rights"
            )

    def size(self, key: str) -> int:
        """Bytes of an object. Raises Missing."""
        try:
            with self._telling(key):
                return obstore.head(self._store, key)["size"]
        except Missing:
            self.check()  # a bucket that is gone answers in the same way
            raise

    def read(self, key: str, start: int, end: int, chunk: int = CHUNK) -> Iterator[bytes]:
        """Bytes `start` to before `end`, which the object has; each chunk is one request.

        So a slow reader holds no connection, and a chunk that fails is asked for again.
        """
        for first in range(start, end, chunk):
            with self._telling(key):
                last = min(first + chunk, end)
                content = bytes(obstore.get_range(self._store, key, start=first, end=last))
            yield content

    def write(self, key: str, chunks: Iterable[bytes]) -> None:
        """Stream an object; of one that fails nothing stays."""
        with self._telling(key):
            writer = obstore.open_writer(
                self._store, key, buffer_size=_PART, max_concurrency=_PARTS_AT_ONCE
            )
        try:
            for chunk in chunks:
                with self._telling(key):
                    writer.write(chunk)
            with self._telling(key):
                writer.close()
        except StoreDown:
            raise  # what lies in a bucket that is down cannot be taken back
        except BaseException:
            # Only a closed upload can be deleted from a bucket.
            with suppress(OSError, BaseError):
                writer.close()
            with suppress(StoreError):
                self.delete(key)
            raise

    def write_small(self, key: str, draft: str, content: bytes) -> None:
        """Put bytes at a key at once; in a folder they are written to `draft` first."""
        if self.folder is not None:
            self.write(draft, [content])
            self.move(draft, key, len(content))
            return
        with self._telling(key):
            obstore.put(self._store, key, content, use_multipart=False)

    def move(self, old: str, new: str, size: int) -> None:
        """Give an object another key, over what lies there; it is never seen in part."""
        if self.folder is not None:
            with self._telling(new):
                _settle(self.folder / old)
                obstore.rename(self._store, old, new)
                with suppress(FileNotFoundError):  # deleted again, and its folder with it
                    _settle((self.folder / new).parent)
            return
        if size <= _LARGEST_COPY:
            with self._telling(new):
                obstore.copy(self._store, old, new)
        else:
            self.write(new, self.read(old, 0, size, _PART))
        with suppress(StoreError):  # swept later
            self.delete(old)

    def delete(self, *keys: str) -> None:
        """Remove objects, many in one request; those that are not there are fine."""
        with suppress(Missing):
            if keys:
                with self._telling(keys[0]):
                    obstore.delete(self._store, keys)
            return
        for key in keys:  # a folder may have stopped at the first that was not there
            with suppress(Missing), self._telling(key):
                obstore.delete(self._store, key)

    def listed(self, prefix: str) -> list[Kept]:
        """All objects under a prefix of whole segments, by key."""
        with self._telling(prefix):
            found = obstore.list(self._store, prefix).collect()
        return sorted(map(_kept, found), key=lambda one: one.key)

    def look(self, key: str) -> Kept:
        """An object as it is now. Raises Missing."""
        with self._telling(key):
            return _kept(obstore.head(self._store, key))

    def sweep(self, prefix: str, before: datetime) -> int:
        """Remove what lies directly under a prefix and was last written before; says how many."""
        if self.folder is not None:
            with self._telling(prefix):
                return _sweep_folder(self.folder / prefix, before)
        old = [one.key for one in self.listed(prefix) if one.modified_at < before]
        self.delete(*old)
        return len(old)

    @contextmanager
    def fetch(self, key: str) -> Iterator[Path]:
        """A path to an object: a folder's own file, a bucket's copy that goes afterwards.

        Raises Missing, StoreDown, and StoreFull when there is no room for the copy.
        """
        size = self.size(key)
        if self.folder is not None:
            yield self.folder / key
            return
        with self._full_scratch():
            if disk_usage(self._scratch).free < size:
                raise OSError(28, "No space left on device")
            copy = NamedTemporaryFile(dir=self._scratch, prefix=SCRATCH)  # noqa: SIM115
        with copy:
            with self._full_scratch():
                for chunk in self.read(key, 0, size, _PART):
                    copy.write(chunk)
                copy.flush()
            yield Path(copy.name)

    @contextmanager
    def _full_scratch(self) -> Iterator[None]:
        try:
            yield
        except OSError as exc:
            raise StoreFull(
                f"{self._scratch} cannot take a copy of a recording ({exc.strerror});"
                " free some room there or name another folder"
            ) from exc

    @contextmanager
    def _telling(self, key: str) -> Iterator[None]:
        """Turn what obstore and the system raise into our errors."""
        try:
            yield
        except (BaseError, OSError) as exc:
            raise self._told(key, exc) from exc

    def _told(self, key: str, exc: Exception) -> StoreError:
        text = str(exc)
        reason = text.partition("\n")[0].partition("<?xml")[0][:300].rstrip(": ")
        if _NO_ROOM.search(text):
            return StoreFull(f"files at {self.url} have no room left ({reason}); free some")
        if _NO_BUCKET.search(text):
            return StoreDown(f"files at {self.url} have no such bucket; make it or name another")
        if isinstance(exc, FileNotFoundError) and (self.folder is None or self.folder.is_dir()):
            return Missing(f"there is no file {key}; it was deleted, or never came")
        if _NO_RIGHT.search(text) or isinstance(exc, PermissionError):
            return StoreDown(f"files at {self.url} refuse access ({reason}); check keys and rights")
        return StoreDown(f"files at {self.url} cannot be reached now ({reason}); try again")


def folder_of(url: str) -> Path | None:
    """The folder that a path or a file:// URL names; None for a bucket. Raises BadInput."""
    example = "name a folder, or s3://bucket/prefix, gs://..., az://..."
    try:
        parts = urlsplit(url)
    except ValueError as exc:
        raise BadInput(f"{url} is no URL for files ({exc}); {example}") from exc
    if parts.scheme in _SCHEMES and parts.netloc:
        return None
    path = url2pathname(parts.path) if parts.scheme == "file" else url
    if parts.scheme not in {"", "file"} or not path or "\0" in path:
        raise BadInput(f"{url!r} is no place for files; {example}")
    if parts.scheme == "file" and parts.netloc not in {"", "localhost"}:
        raise BadInput(f"{url} names a folder of another machine; write file:///path")
    return Path(path).absolute()


def _kept(one: "ObjectMeta") -> Kept:
    return Kept(one["path"], one["size"], one["last_modified"], one["e_tag"])


def _open_bucket(url: str, options: Mapping[str, str], patience: Patience) -> "ObjectStore":
    client: ClientConfig = {
        "timeout": timedelta(seconds=patience.timeout_s),
        "connect_timeout": timedelta(seconds=patience.connect_s),
        # Only an endpoint that is named with http:// is spoken to in the open.
        "allow_http": any(value.startswith("http://") for value in options.values()),
    }
    retry: RetryConfig = {
        "max_retries": patience.retries,
        "retry_timeout": timedelta(seconds=patience.retry_s),
        "backoff": {
            "init_backoff": timedelta(milliseconds=100),
            "max_backoff": timedelta(seconds=5),
            "base": 2,
        },
    }
    try:
        config = cast("S3Config", dict(options))
        return from_url(url, config=config, client_options=client, retry_config=retry)
    except (BaseError, ValueError) as exc:
        reason = str(exc).partition("\n")[0]
        raise BadInput(f"{url} cannot be used for files ({reason}); check its options") from exc


def _settle(path: Path) -> None:
    """Wait until a file or a folder is on the disk, so that a power cut cannot empty it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sweep_folder(folder: Path, before: datetime) -> int:
    """Half-written files too, which obstore lists nowhere."""
    swept = 0
    for path in folder.iterdir() if folder.is_dir() else ():
        with suppress(FileNotFoundError):
            if datetime.fromtimestamp(path.stat().st_mtime, UTC) < before:
                path.unlink()
                swept += 1
    return swept
