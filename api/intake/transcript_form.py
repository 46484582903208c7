"""The transcripts of one request, put aside as they come: none of them is all in memory twice."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import Any

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from analyzer.transcripts.decoding import LARGEST
from api.call_views import CallGiven
from api.dependencies import settings_of
from api.intake.forms import Event, FormReader, PartBegins, PartEnds
from api.intake.import_form import bounded
from api.intake.tus import read_call
from models.errors import StoreFull
from models.new_calls import clean_name

MOST_FILES = 100
_IN_MEMORY = 4 << 20
_LONGEST_FIELD = 1 << 20


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file that came: its name, and its bytes in memory or, when large, on disk."""

    name: str
    source: "SpooledTemporaryFile[bytes]"

    def content(self) -> bytes:
        """What is in it, and one byte too many of one that is too large to be read."""
        self.source.seek(0)
        return self.source.read(LARGEST + 1)


@dataclass(slots=True)
class TranscriptForm:
    """What a request brings: transcripts, and what is known of their calls; to be closed."""

    most: int = MOST_FILES
    call: CallGiven = field(default_factory=CallGiven)
    sheets: list[Sheet] = field(default_factory=list)
    digest: Any = field(default_factory=hashlib.sha256)
    _field: str = ""
    _value: bytes = b""
    _is_file: bool = False

    async def read(self, request: Request, name: str) -> None:
        """Read a form, or a body that is the file called `name` itself.

        Raises 400, 413 and 422, and StoreFull.
        """
        kind = request.headers.get("content-type", "")
        reader = FormReader(kind) if kind.lower().startswith("multipart/") else None
        if reader is None:
            self._open(name)
        async for chunk in bounded(request, settings_of(request).max_import_mb):
            self.digest.update(chunk)
            for event in [chunk] if reader is None else reader.feed(chunk):
                await self._take(event)
        if reader is not None:
            reader.close()
        if not self.sheets:
            raise HTTPException(422, "files: send at least one transcript")

    def close(self) -> None:
        """Remove what came."""
        for one in self.sheets:
            with suppress(OSError):
                one.source.close()

    async def _take(self, event: Event) -> None:
        if isinstance(event, PartBegins):
            self._begin(event)
        elif isinstance(event, PartEnds):
            self._end()
        elif self._is_file:
            try:
                await run_in_threadpool(self.sheets[-1].source.write, event)
            except OSError as error:
                raise StoreFull(f"the file cannot be put aside ({error}); free some room") from None
        else:
            self._value += event
            if len(self._value) > _LONGEST_FIELD:
                raise HTTPException(413, f"{self._field[:80]}: too long for a field")

    def _begin(self, part: PartBegins) -> None:
        self._field, self._value, self._is_file = part.name, b"", False
        if part.filename is None:
            return
        if len(self.sheets) >= self.most:
            raise HTTPException(422, f"files: at most {self.most} at once; send several requests")
        self._open(part.filename)

    def _open(self, name: str) -> None:
        source = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 (closed with the form)
        self.sheets.append(Sheet(clean_name(name) if name else "transcript", source))
        self._is_file = True

    def _end(self) -> None:
        if not self._is_file:
            if self._field != "call":
                raise HTTPException(422, f"{self._field[:80]!r} is no field of this form")
            self.call = read_call(self._value)
        self._is_file = False
