"""Recordings and what is made of them, kept by content: the same file twice is stored once."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from models.errors import BadInput, Conflict, Missing
from models.stores import CHUNK, Patience, Store
from models.upload_parts import Part, Stretch, length, part_name, walk

_NAME = r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}"
_KEY = re.compile(rf"{_NAME}(/{_NAME})*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LONGEST_KEY = 300
_INCOMING = "incoming"
_UPLOADS = "uploads"
_PROOFS = "erasures"
_KINDS = ("recordings", "playable", "peaks", "clips")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is there whole: its content's SHA-256 in hex, bytes, and where it lies."""

    sha256: str
    size: int
    key: str


class Files:
    """A folder or a bucket of files, named by URL; safe to use from many threads and processes.

    A key shows either a whole file or none. What a crash leaves lies under `incoming/`, out of
    reach, until `sweep`. Every call may raise StoreDown, every call that writes StoreFull, and
    a key that could lead elsewhere BadInput.

    A bucket should have a rule that ends unfinished multipart uploads after some days.
    `scratch` is where copies of a bucket's files go while engines read them.
    """

    def __init__(
        self,
        url: str,
        *,
        options: Mapping[str, str] | None = None,
        scratch: Path | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._store = Store(url, options or {}, scratch=scratch, patience=patience)

    def check(self) -> None:
        """Raise StoreDown unless the files can be reached."""
        self._store.check()

    def put(self, chunks: Iterable[bytes]) -> StoredFile:
        """Keep a file under its content; what `chunks` raises is raised, and nothing is kept."""
        draft, seen, digest = _draft(), 0, sha256()

        def hashed() -> Iterator[bytes]:
            nonlocal seen
            for chunk in chunks:
                digest.update(chunk)
                seen += len(chunk)
                yield chunk

        self._store.write(draft, hashed())
        stored = StoredFile(digest.hexdigest(), seen, recording_key(digest.hexdigest()))
        if self._size(stored.key) == seen:
            self._store.delete(draft)
        else:
            self._store.move(draft, stored.key, seen)
        return stored

    def put_at(self, key: str, chunks: Iterable[bytes]) -> int:
        """Keep a file at a key, over what lies there; returns its bytes."""
        checked, draft, seen = _checked(key), _draft(), 0

        def counted() -> Iterator[bytes]:
            nonlocal seen
            for chunk in chunks:
                seen += len(chunk)
                yield chunk

        self._store.write(draft, counted())
        self._store.move(draft, checked, seen)
        return seen

    def read(
        self, key: str, start: int = 0, end: int | None = None, chunk: int = CHUNK
    ) -> Iterator[bytes]:
        """Stream bytes `start` to before `end` (None: to the last); beyond the end is nothing.

        Raises Missing at once, and while reading if the file is deleted meanwhile.
        """
        if start < 0 or chunk < 1 or (end is not None and end < start):
            raise BadInput(f"bytes {start} to {end} of {key} cannot be read; start <= end, from 0")
        size = self.size(key)
        return self._store.read(key, start, size if end is None else min(end, size), chunk)

    def size(self, key: str) -> int:
        """Bytes of a file. Raises Missing."""
        return self._store.size(_checked(key))

    def exists(self, key: str) -> bool:
        """Whether there is a file."""
        return self._size(_checked(key)) is not None

    def delete(self, key: str) -> None:
        """Remove a file; one that is not there is fine.

        Calls may share a recording: see that no other row names the key. A bucket with
        versioning keeps what was deleted for as long as its own rules say.
        """
        self._store.delete(_checked(key))

    def fetch(self, key: str) -> AbstractContextManager[Path]:
        """A path that engines can open while the context lasts; not to be written to.

        A folder gives the file itself, a bucket a copy. Raises Missing, StoreFull.
        """
        return self._store.fetch(_checked(key))

    def sweep(self, older_than: timedelta) -> int:
        """Remove what crashes left longer ago than that; returns how many files.

        The age is counted from the last byte written, so give more than a stalled upload lasts.
        """
        return self._store.sweep(_INCOMING, datetime.now(UTC) - older_than)

    def older(self, than: timedelta) -> list[str]:
        """The keys of finished files written longer ago than that."""
        before = datetime.now(UTC) - than
        return [
            one.key
            for kind in _KINDS
            for one in self._store.listed(kind)
            if one.modified_at < before
        ]

    def keep_proof(self, name: str, content: bytes) -> None:
        """Keep the line that proves an erasure, apart from the database, which may be put back."""
        self._store.write_small(_checked(f"{_PROOFS}/{name}.json"), _draft(), content)

    def proofs(self) -> Iterator[bytes]:
        """Every such line."""
        for kept in self._store.listed(_PROOFS):
            yield b"".join(self.read(kept.key))

    def put_part(self, upload_id: str, offset: int, content: bytes) -> int:
        """Keep bytes of an upload from `offset` on; returns the offset after them.

        Of two that write the same offset the later one stays, whole.
        """
        key = f"{_folder(upload_id)}/{part_name(offset)}"
        if content:
            self._store.write_small(key, _draft(), content)
        return offset + len(content)

    def received(self, upload_id: str) -> int:
        """How many bytes of an upload are there from byte 0 on without a gap."""
        return length(walk(self._parts(upload_id)))

    def assemble(self, upload_id: str, size: int | None = None) -> StoredFile:
        """Keep an upload's parts as one file; the parts stay, so it can be done again.

        Raises:
            Missing: No part has come.
            Conflict: There is a gap, or not `size` bytes, or a part changed meanwhile.
        """
        parts = self._parts(upload_id)
        if not parts:
            raise Missing(f"nothing of upload {upload_id} is here; send it again")
        stretches = walk(parts)
        here = length(stretches)
        expected = max(part.end for part in parts) if size is None else size
        if here != expected:
            raise Conflict(
                f"upload {upload_id} has {here} bytes of {expected}; send it on from byte {here}"
            )
        return self.put(self._joined(upload_id, stretches))

    def drop_parts(self, upload_id: str, start: int = 0) -> None:
        """Remove the parts of an upload that begin at `start` or after it; none are fine."""
        self._store.delete(*(part.key for part in self._parts(upload_id) if part.offset >= start))

    def stale_uploads(self, older_than: timedelta) -> list[str]:
        """Uploads whose last part came longer ago than that, by id."""
        latest: dict[str, datetime] = {}
        for kept in self._store.listed(_UPLOADS):
            upload_id = kept.key.split("/")[1]
            latest[upload_id] = max(kept.modified_at, latest.get(upload_id, kept.modified_at))
        before = datetime.now(UTC) - older_than
        return [upload_id for upload_id, at in latest.items() if at < before]

    def _size(self, key: str) -> int | None:
        try:
            return self._store.size(key)
        except Missing:
            return None

    def _parts(self, upload_id: str) -> list[Part]:
        return [Part.of(kept) for kept in self._store.listed(_folder(upload_id))]

    def _joined(self, upload_id: str, stretches: Iterable[Stretch]) -> Iterator[bytes]:
        for stretch in stretches:
            left = stretch.end - stretch.start
            for chunk in self.read(stretch.key, stretch.start, stretch.end):
                left -= len(chunk)
                yield chunk
            if left:
                raise Conflict(f"upload {upload_id} was written to meanwhile; finish it again")


def recording_key(sha256: str) -> str:
    """Where a recording lies. Raises BadInput."""
    return derived_key("recordings", sha256, "")


def derived_key(kind: str, sha256: str, ending: str) -> str:
    """Where what is made of a recording lies, such as playable/ab/abcd....m4a. Raises BadInput."""
    if not _SHA256.fullmatch(sha256):
        raise BadInput(f"{sha256[:80]!r} is no SHA-256; give its 64 hex digits in small letters")
    return _checked(f"{kind}/{sha256[:2]}/{sha256}{ending}")


def _checked(key: str) -> str:
    if len(key) > _LONGEST_KEY or not _KEY.fullmatch(key):
        raise BadInput(f"{key[:80]!r} is no file's key; give one that the store gave")
    return key


def _folder(upload_id: str) -> str:
    if "/" in upload_id:
        raise BadInput(f"{upload_id[:80]!r} is no upload's id; give one that the store gave")
    return _checked(f"{_UPLOADS}/{upload_id}")


def _draft() -> str:
    return f"{_INCOMING}/{uuid4().hex}"
