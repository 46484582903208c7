"""A form of several files as a browser without scripts sends it, read as it comes.

Recordings go to the store part by part, transcripts aside; nothing is all in memory.
"""

from dataclasses import dataclass, field

from fastapi import Request
from starlette.exceptions import HTTPException

from analyzer.transcripts import ENDINGS
from api.intake.arrivals import MOST_FILES, Arrival, arrive
from api.intake.forms import Event, FormReader, PartBegins, PartEnds
from api.intake.streaming import chunks
from api.intake.tus import media_type
from api.pages.upload.facts import NAMES
from models.new_calls import clean_name

MOST_TEXT = 64 << 20
"""Bytes of all transcripts of a form; recordings may be as large as the settings say."""
_LONGEST_FIELD, _LONGEST_CALENDAR = 100_000, 1 << 20
CALENDAR = ".ics"


@dataclass(slots=True)
class Text:
    """A transcript or an invitation that came."""

    name: str
    content: bytearray = field(default_factory=bytearray)

    @property
    def is_calendar(self) -> bool:
        """Whether it is an invitation."""
        return self.name.lower().endswith(CALENDAR)


@dataclass(slots=True)
class FilesForm:
    """What a form brings: what was typed, and files in the order they came."""

    request: Request
    fields: dict[str, str] = field(default_factory=dict)
    recordings: list[Arrival] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    _file: Arrival | Text | None = None
    _is_skipped: bool = False
    _name: str = ""
    _value: bytes = b""
    _text: int = 0

    @property
    def files(self) -> list[Arrival | Text]:
        """What becomes calls: recordings and transcripts."""
        return [*self.recordings, *(one for one in self.texts if not one.is_calendar)]

    @property
    def calendars(self) -> list[str]:
        """The invitations that came along."""
        texts = [one.content for one in self.texts if one.is_calendar]
        return [one.decode("utf-8", "replace") for one in texts]

    async def read(self) -> None:
        """Read the body. Raises 400, 413 and 422; what is wrong with one recording waits."""
        reader = FormReader(self.request.headers.get("content-type", ""))
        async for chunk in chunks(self.request):
            for event in reader.feed(chunk):
                await self._take(event)
        reader.close()

    async def drop(self) -> None:
        """Remove the parts of all recordings."""
        for one in self.recordings:
            await one.drop()

    async def _take(self, event: Event) -> None:
        if isinstance(event, PartBegins):
            self._begin(event)
        elif isinstance(event, PartEnds):
            await self._end()
        elif isinstance(self._file, Arrival):
            await self._file.take(self.request, event)
        elif isinstance(self._file, Text):
            self._keep(self._file, event)
        else:
            self._value += event if not self._is_skipped else b""
            if len(self._value) > _LONGEST_FIELD:
                raise HTTPException(413, f"{self._name[:80]}: too long for a field")

    def _begin(self, part: PartBegins) -> None:
        self._file, self._name, self._value = None, part.name, b""
        self._is_skipped = part.filename == ""  # no file was chosen
        if not part.filename:
            return
        if len(self.recordings) + len(self.texts) >= MOST_FILES:
            raise HTTPException(422, f"at most {MOST_FILES} files at once; send the rest after")
        name = clean_name(part.filename)
        if name.lower().endswith((CALENDAR, *ENDINGS)):
            self.texts.append(Text(name))
            self._file = self.texts[-1]
        else:
            self._file = arrive(self.request, name, media_type(part.media_type))
            self.recordings.append(self._file)

    def _keep(self, text: Text, chunk: bytes) -> None:
        self._text += len(chunk)
        text.content += chunk
        most = _LONGEST_CALENDAR if text.is_calendar else MOST_TEXT
        if len(text.content) > most or self._text > MOST_TEXT:
            raise HTTPException(413, f"{text.name}: too large; send transcripts one at a time")

    async def _end(self) -> None:
        if isinstance(self._file, Arrival):
            await self._file.end(self.request)
        elif self._file is None and not self._is_skipped and self._name in NAMES | {"url"}:
            self.fields[self._name] = self._value.decode("utf-8", "replace")
        self._file = None
