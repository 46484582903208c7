"""The files of one import, and the rows of one, read as they come and never beyond a bound."""

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from tempfile import SpooledTemporaryFile
from typing import Any

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from api.dependencies import settings_of
from api.intake.forms import Event, FormReader, PartBegins, PartEnds
from api.intake.streaming import MEGABYTE, chunks, declared_length
from models.errors import BadInput, StoreFull
from models.importing import SHAPES, SalesFile
from models.new_calls import clean_name

MOST_FILES = 100
MOST_JSON_MB = 20
"""Rows as JSON are all in memory at once, files are not."""
_IN_MEMORY = 4 << 20


@dataclass(slots=True)
class ImportForm:
    """The files of a request, each in memory or, when large, on disk; `close` removes them."""

    files: list[SalesFile] = field(default_factory=list)
    digest: Any = field(default_factory=hashlib.sha256)
    _open: Any = None

    async def read(self, request: Request) -> None:
        """Read a multipart body. Raises 400, 413, 415 and 422, and StoreFull."""
        reader = FormReader(request.headers.get("content-type", ""))
        async for chunk in bounded(request, settings_of(request).max_import_mb):
            self.digest.update(chunk)
            for event in reader.feed(chunk):
                await self._take(event)
        reader.close()
        if not self.files:
            raise HTTPException(422, "files: send at least one CSV file")
        for one in self.files:
            one.source.seek(0)  # type: ignore[union-attr]

    def close(self) -> None:
        """Remove what came."""
        for one in self.files:
            one.source.close()  # type: ignore[union-attr]

    async def _take(self, event: Event) -> None:
        if isinstance(event, PartBegins):
            self._begin(event)
        elif isinstance(event, PartEnds):
            self._open = None
        elif self._open is not None:
            try:
                await run_in_threadpool(self._open.write, event)
            except OSError as error:
                raise StoreFull(f"the file cannot be put aside ({error}); free some room") from None

    def _begin(self, part: PartBegins) -> None:
        if part.filename is None or part.name not in {"files", *SHAPES}:
            raise HTTPException(
                422,
                f"{part.name[:80]!r} is no file of this form; call it files, or its kind: "
                + ", ".join(SHAPES),
            )
        if len(self.files) >= MOST_FILES:
            raise HTTPException(422, f"files: at most {MOST_FILES} at once; send several requests")
        self._open = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 (closed with the form)
        kind = None if part.name == "files" else part.name
        name = clean_name(part.filename) if part.filename else part.name
        self.files.append(SalesFile(name, self._open, kind))


async def read_rows(request: Request) -> tuple[bytes, list[Any]]:
    """The rows of a JSON body, and the body itself. Raises 413, and BadInput for no list."""
    most = min(settings_of(request).max_import_mb, MOST_JSON_MB)
    body = b"".join([chunk async for chunk in bounded(request, most)])
    return body, await run_in_threadpool(_rows, body)


def _rows(body: bytes) -> list[Any]:
    try:
        found = json.loads(body, parse_float=_number, parse_constant=_number)
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise BadInput(f"the rows cannot be read as JSON: {reason}") from None
    if not isinstance(found, list):
        raise BadInput("send the rows as a JSON list of objects")
    return found


def _number(written: str) -> Decimal:
    """The number exactly as it is written, as money needs it."""
    try:
        found = Decimal(written)
    except InvalidOperation:
        raise ValueError(f"{written[:40]} is no number") from None
    if not found.is_finite():
        raise ValueError(f"{written} is no number")
    return found


async def bounded(request: Request, most_mb: int) -> AsyncIterator[bytes]:
    """A body as it comes. Raises 413 for one that is, or says it is, larger."""
    most, seen = most_mb * MEGABYTE, declared_length(request) or 0
    if seen <= most:
        seen = 0
        async for chunk in chunks(request):
            seen += len(chunk)
            if seen > most:
                break
            yield chunk
    if seen > most:
        raise HTTPException(413, f"this is too large; at most {most_mb} MB are taken at once")
