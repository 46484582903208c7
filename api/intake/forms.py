"""Multipart bodies, read as they come: what python-multipart calls back, as a list of events."""

from collections.abc import Iterator
from dataclasses import dataclass

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.exceptions import HTTPException

_MOST_PARTS = 1000


@dataclass(frozen=True, slots=True)
class PartBegins:
    """A field begins, or a file when it has a `filename`."""

    name: str
    filename: str | None
    media_type: str


@dataclass(frozen=True, slots=True)
class PartEnds:
    """It was all there."""


Event = PartBegins | bytes | PartEnds


class FormReader:
    """A multipart/form-data body in the making. Raises 400 for one that cannot be read."""

    def __init__(self, content_type: str) -> None:
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            raise HTTPException(415, "send the files as multipart/form-data with a boundary")
        self._events: list[Event] = []
        self._field, self._value = b"", b""
        self._headers: dict[bytes, bytes] = {}
        self._parts = 0
        self._is_over = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._name_header,
                    "on_header_value": self._fill_header,
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._open,
                    "on_part_data": self._take,
                    "on_part_end": lambda: self._events.append(PartEnds()),
                    "on_end": self._finish,
                },
            )
        except FormParserError as error:
            raise _unreadable(error) from None

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """Read more; what it holds."""
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise _unreadable(error) from None
        events, self._events = self._events, []
        return iter(events)

    def close(self) -> None:
        """Raise 400 unless the body ended as it should."""
        if not self._is_over:
            raise HTTPException(400, "the form broke off; send it again")

    def _begin(self) -> None:
        self._headers = {}
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise HTTPException(
                422, f"at most {_MOST_PARTS} parts are taken; send several requests"
            )

    def _name_header(self, content: bytes, start: int, end: int) -> None:
        self._field += content[start:end]

    def _fill_header(self, content: bytes, start: int, end: int) -> None:
        self._value += content[start:end]

    def _end_header(self) -> None:
        self._headers[self._field.lower()] = self._value
        self._field, self._value = b"", b""

    def _open(self) -> None:
        disposition = self._headers.get(b"content-disposition", b"")
        _kind, options = parse_options_header(disposition.decode("latin-1"))
        filename = options.get(b"filename")
        self._events.append(
            PartBegins(
                name=options.get(b"name", b"").decode("utf-8", "replace"),
                filename=None if filename is None else filename.decode("utf-8", "replace"),
                media_type=self._headers.get(b"content-type", b"").decode("latin-1"),
            )
        )

    def _take(self, content: bytes, start: int, end: int) -> None:
        self._events.append(content[start:end])

    def _finish(self) -> None:
        self._is_over = True


def _unreadable(error: Exception) -> HTTPException:
    return HTTPException(400, f"the form cannot be read: {' '.join(str(error).split())[:200]}")
