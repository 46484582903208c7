"""The bytes of one file on their way into the store; never more of them in memory than a part."""

import asyncio
import hashlib
import time
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from fastapi.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api.intake.streaming import Stalled
from models.errors import StoreError
from models.files import Files
from models.sniffing import check_head

PART = 8 << 20
FLUSH_S = 3.0
"""What came is in the store so soon, however slowly more comes."""
ALGORITHMS = ("sha1", "sha256")


class TooLarge(Exception):
    """More bytes came than there is room for."""


class Checksum:
    """What the bytes of a request must add up to."""

    def __init__(self, told: str) -> None:
        name, _, digest = told.strip().partition(" ")
        if name not in ALGORITHMS:
            raise HTTPException(400, f"Upload-Checksum: use one of {', '.join(ALGORITHMS)}")
        try:
            self._expected = b64decode(digest.strip(), validate=True)
        except (NotBase64, ValueError):
            raise HTTPException(400, "Upload-Checksum: give the digest in base64") from None
        self._seen = hashlib.new(name, usedforsecurity=False)

    def take(self, chunk: bytes) -> None:
        """Count bytes in."""
        self._seen.update(chunk)

    def holds(self) -> bool:
        """Whether what was counted is what was told."""
        return self._seen.digest() == self._expected


@dataclass(slots=True)
class Incoming:
    """A file that comes into the store from byte `at` on, in parts under `upload_id`.

    `most` is where it ends at the latest; `is_whole` when nothing of it comes later; `watch` is
    asked before each part, and raises when nothing more is to be written. With a checksum the
    first part is kept back until the sum is right: parts after a gap do not count.
    """

    files: Files
    upload_id: str
    name: str
    most: int
    at: int = 0
    is_whole: bool = False
    checksum: Checksum | None = None
    watch: Callable[[], None] = lambda: None
    start: int = field(init=False)
    _gathered: list[bytes] = field(default_factory=list)
    _size: int = 0
    _held: bytes | None = None
    _flushed_at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.start = self.at

    async def take(self, chunk: bytes) -> None:
        """Take bytes. Raises TooLarge, NotRecording, and what the store does."""
        if self.at + self._size + len(chunk) > self.most:
            raise TooLarge
        if self.checksum is not None:
            self.checksum.take(chunk)
        self._gathered.append(chunk)
        self._size += len(chunk)
        if self._size >= PART or time.monotonic() - self._flushed_at > FLUSH_S:
            await self._flush()

    async def end(self) -> int:
        """Keep the rest; returns where the next byte goes. Raises 460 for a wrong checksum."""
        await self._flush(is_last=True)
        if self.checksum is not None and not self.checksum.holds():
            await self.drop()
            raise HTTPException(460, "the bytes are not those of Upload-Checksum; send them again")
        if self._held is not None:
            await run_in_threadpool(self.files.put_part, self.upload_id, self.start, self._held)
        return self.at

    async def break_off(self) -> None:
        """The client is gone: keep what came, unless nobody can say that it is right."""
        if self.checksum is not None:
            await self.drop()
            return
        with suppress(StoreError, HTTPException):
            await self._flush()

    async def drop(self) -> None:
        """Remove what came with this request."""
        self._gathered, self._size, self._held = [], 0, None
        self.at = self.start
        await run_in_threadpool(self.files.drop_parts, self.upload_id, self.start)

    async def _flush(self, *, is_last: bool = False) -> None:
        self._flushed_at = time.monotonic()
        part = b"".join(self._gathered)
        if self.at == 0:
            check_head(part, self.name, is_whole=is_last and self.is_whole)
        if not part:
            return
        self.watch()
        if self.checksum is not None and self.at == self.start:
            self._held = part
        else:
            await run_in_threadpool(self.files.put_part, self.upload_id, self.at, part)
        self.at += len(part)
        self._gathered, self._size = [], 0


async def receive(incoming: Incoming, stream: AsyncIterator[bytes]) -> int:
    """Take a body; returns where the next byte goes. What came before a dropped line is kept."""
    try:
        async for chunk in stream:
            await incoming.take(chunk)
    except (ClientDisconnect, Stalled, asyncio.CancelledError):
        await asyncio.shield(incoming.break_off())
        raise
    return await incoming.end()
