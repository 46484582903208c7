"""Files over HTTP, whole or by Range, streamed."""

import re
from itertools import chain
from urllib.parse import quote

from fastapi import Response
from fastapi.responses import StreamingResponse

from models.files import Files

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


def stream_file(files: Files, key: str, media_type: str, name: str, asked: str | None) -> Response:
    """A file, or the one range asked for: 206, or 416 when there is no such part.

    Several ranges at once are answered with the whole file, as RFC 9110 allows.
    """
    size = files.size(key)
    # What somebody uploaded is for their players, whatever a browser would make of it.
    shown = "attachment" if media_type == "application/octet-stream" else "inline"
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, max-age=3600",
        "Content-Disposition": f"{shown}; filename*=UTF-8''{quote(name)}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "ETag": f'"{key.rsplit("/", 1)[-1]}"',
    }
    part = _part(asked, size)
    start, end = part or (0, size)
    if part is not None and start >= end:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
    headers["Content-Length"] = str(end - start)
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    status = 200 if part is None else 206
    pieces = files.read(key, start, end)
    first = next(pieces, b"")  # a file that was deleted meanwhile is missing, not broken off
    return StreamingResponse(chain((first,), pieces), status, headers, media_type)


def _part(asked: str | None, size: int) -> tuple[int, int] | None:
    """The half-open range that is asked for, empty when it lies outside; None for the whole."""
    found = _RANGE.fullmatch(asked.strip()) if asked else None
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(int(last) + 1, size) if last else size
