"""What tus 1.0 says in headers (https://tus.io/protocols/resumable-upload), read strictly."""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from datetime import UTC
from email.utils import format_datetime
from uuid import UUID

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from api.call_views import CallGiven, new_call
from api.intake.incoming import ALGORITHMS
from models.placing import Wanted
from models.tables import Upload
from models.uploads import NewUpload

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,creation-defer-length,expiration,checksum,termination"
OFFSET_TYPE = "application/offset+octet-stream"
ALWAYS = {"Tus-Resumable": VERSION, "Cache-Control": "no-store"}
_LONGEST_METADATA = 48_000
_KEY = re.compile(r"[\x21-\x2b\x2d-\x7e]+")
_TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,39}", re.ASCII)
_ANY_TYPE = "application/octet-stream"
_LARGEST = 10**15


def check_version(request: Request) -> None:
    """Raise 412 unless the client speaks our version."""
    if request.headers.get("tus-resumable") != VERSION:
        said = f"this server speaks tus {VERSION}; send Tus-Resumable: {VERSION}"
        raise HTTPException(412, said, {"Tus-Version": VERSION})


def is_bytes(request: Request) -> bool:
    """Whether the body is part of an upload."""
    return request.headers.get("content-type", "").strip().lower() == OFFSET_TYPE


def options(most: int) -> dict[str, str]:
    """What the server can do."""
    return {
        **ALWAYS,
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(most),
        "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
    }


def whole_number(request: Request, name: str) -> int | None:
    """A header that counts bytes; None when it is not there. Raises 400."""
    told = request.headers.get(name)
    if told is None:
        return None
    if not (told.isascii() and told.isdigit()) or len(told) > 20 or int(told) > _LARGEST:
        raise HTTPException(400, f"{name}: give a number of bytes")
    return int(told)


def new_upload(request: Request) -> NewUpload:
    """What a client wants to upload. Raises 400 and 422."""
    if "upload-concat" in request.headers:
        raise HTTPException(400, "Upload-Concat: parts are not joined here; send one upload")
    size = whole_number(request, "Upload-Length")
    deferred = request.headers.get("upload-defer-length")
    if (size is None) == (deferred is None) or deferred not in {None, "1"}:
        raise HTTPException(400, "send either Upload-Length or Upload-Defer-Length: 1")
    if size == 0:
        raise HTTPException(422, "the file is empty; send the recording itself")
    raw = request.headers.get("upload-metadata", "").strip()
    told = read_metadata(raw)
    return NewUpload(
        name=told.get("filename") or told.get("name") or "",
        media_type=media_type(told.get("filetype") or told.get("type")),
        size=size,
        wanted=_wanted(told),
        metadata=raw,
    )


def read_metadata(raw: str) -> dict[str, str]:
    """Upload-Metadata: pairs of a key and base64, with commas. Raises 400."""
    if len(raw) > _LONGEST_METADATA:
        raise HTTPException(400, "Upload-Metadata: too long; tell the rest of the call later")
    told: dict[str, str] = {}
    for pair in raw.split(",") if raw else ():
        key, _, value = pair.strip().partition(" ")
        if not _KEY.fullmatch(key) or key in told:
            raise HTTPException(400, "Upload-Metadata: give each key once, as `key base64,...`")
        try:
            told[key] = b64decode(value.strip(), validate=True).decode()
        except (NotBase64, ValueError):  # UnicodeDecodeError is one
            raise HTTPException(400, f"Upload-Metadata: {key} is not UTF-8 in base64") from None
    return told


def read_call(said: str | bytes) -> CallGiven:
    """What is said of a call, as JSON. Raises 422 with the fields that are wrong."""
    try:
        return CallGiven.model_validate_json(said)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False, include_context=False)
        raise RequestValidationError(
            [{**one, "loc": ("call", *one["loc"])} for one in wrong]
        ) from None


def media_type(told: str | None) -> str:
    """The type a client gives a file, if it is one at all."""
    plain = (told or "").partition(";")[0].strip().lower()
    return plain if _TYPE.fullmatch(plain) else _ANY_TYPE


def state_headers(upload: Upload, offset: int) -> dict[str, str]:
    """Where an upload stands, and the call it became."""
    headers = {"Upload-Offset": str(offset)}
    if upload.state != "done":
        expires_at = upload.expires_at.astimezone(UTC)
        headers["Upload-Expires"] = format_datetime(expires_at, usegmt=True)
    elif upload.call_id is not None:
        headers["X-Call-Id"] = str(upload.call_id)
        if upload.known.get("is_same"):
            headers["X-Same-As"] = str(upload.call_id)
    return headers


def _wanted(told: dict[str, str]) -> Wanted:
    given = read_call(told["call"]) if told.get("call") else CallGiven()
    try:
        call_id = UUID(told["call_id"]) if told.get("call_id") else None
    except ValueError:
        raise HTTPException(422, "call_id: give the id of a call") from None
    again = told.get("again", "").strip().lower() in {"1", "true", "yes"}
    return Wanted(new_call(given), call_id, again)
