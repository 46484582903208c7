"""The files of one request, on their way into the store."""

from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from api.call_views import CallGiven
from api.dependencies import files_of
from api.intake.forms import Event, FormReader, PartBegins, PartEnds
from api.intake.incoming import Incoming, TooLarge
from api.intake.streaming import chunks, most_bytes, too_large
from api.intake.tus import media_type, read_call
from models.errors import BadInput, StoreError
from models.files import StoredFile
from models.new_calls import clean_name

MOST_FILES = 100
_LONGEST_FIELD = 1 << 20


@dataclass(slots=True)
class Arrival:
    """A file of a request: on its way, in the store, or what is wrong with it."""

    name: str
    media_type: str
    incoming: Incoming | None = None
    stored: StoredFile | None = None
    error: StoreError | HTTPException | None = None
    call_id: UUID | None = None

    async def take(self, request: Request, chunk: bytes) -> None:
        """Take bytes, unless it is known that they are of no use."""
        if self.error is None and self.incoming is not None:
            await self._try(request, chunk)

    async def end(self, request: Request) -> None:
        """Its last byte was there."""
        if self.error is None and self.incoming is not None:
            await self._try(request, None)

    async def drop(self) -> None:
        """Remove its parts."""
        if self.incoming is not None:
            with suppress(StoreError):  # swept later
                await self.incoming.drop()

    async def assemble(self, request: Request) -> None:
        """Make one file of its parts."""
        if self.error is None and self.incoming is not None:
            files = files_of(request)
            self.stored = await run_in_threadpool(files.assemble, self.incoming.upload_id)

    async def _try(self, request: Request, chunk: bytes | None) -> None:
        incoming = self.incoming
        if incoming is None:
            return
        try:
            await (incoming.end() if chunk is None else incoming.take(chunk))
        except TooLarge:
            self.error = too_large(request)
        except BadInput as error:
            self.error = error
        if self.error is not None:
            await self.drop()


def arrive(request: Request, name: str, media_type: str) -> Arrival:
    """Make ready for a file."""
    cleaned = clean_name(name)
    incoming = Incoming(
        files_of(request), str(uuid4()), cleaned, most_bytes(request), is_whole=True
    )
    return Arrival(cleaned, media_type, incoming)


@dataclass(slots=True)
class Form:
    """What a request brings: files, and what is known of their calls."""

    request: Request
    most: int = MOST_FILES
    call: CallGiven = field(default_factory=CallGiven)
    arrivals: list[Arrival] = field(default_factory=list)
    _file: Arrival | None = None
    _field: str = ""
    _value: bytes = b""

    async def read(self, reader: FormReader) -> None:
        """Read a multipart body. Raises 400, 413 and 422; what is wrong with one file waits."""
        async for chunk in chunks(self.request):
            for event in reader.feed(chunk):
                await self._take(event)
        reader.close()
        if not self.arrivals:
            raise HTTPException(422, "files: send at least one recording")

    async def read_raw(self, name: str, kind: str) -> None:
        """Read a body that is the file itself. Raises 413."""
        arrival = arrive(self.request, name, kind)
        self.arrivals.append(arrival)
        async for chunk in chunks(self.request):
            await arrival.take(self.request, chunk)
            if arrival.error is not None:
                return
        await arrival.end(self.request)

    async def drop(self) -> None:
        """Remove the parts of all files."""
        for one in self.arrivals:
            await one.drop()

    async def _take(self, event: Event) -> None:
        if isinstance(event, PartBegins):
            self._begin(event)
        elif isinstance(event, PartEnds):
            await self._end()
        elif self._file is not None:
            await self._file.take(self.request, event)
        else:
            self._value += event
            if len(self._value) > _LONGEST_FIELD:
                raise HTTPException(413, f"{self._field[:80]}: too long for a field")

    def _begin(self, part: PartBegins) -> None:
        self._file, self._field, self._value = None, part.name, b""
        if part.filename is None:
            return
        if len(self.arrivals) >= self.most:
            raise HTTPException(422, f"files: at most {self.most} at once; send several requests")
        self._file = arrive(self.request, part.filename, media_type(part.media_type))
        self.arrivals.append(self._file)

    async def _end(self) -> None:
        if self._file is not None:
            await self._file.end(self.request)
        elif self._field == "call":
            self.call = read_call(self._value)
        else:
            raise HTTPException(422, f"{self._field[:80]!r} is no field of this form; see the API")
        self._file = None
