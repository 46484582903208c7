"""Hearing a call: its playable copy, the recording itself and the waveform, by Range."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Header, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from sqlmodel import Session
from starlette.exceptions import HTTPException

from analyzer.formats.playable import MIME
from api.dependencies import FilesDep, SessionDep, SettingsDep, UserDep
from api.edge import READ
from api.ranges import stream_file
from api.routing import open_router, signed_router
from api.signing import read_link, sign_link
from models.errors import Missing
from models.lifecycle import recording_of
from models.redaction_rules import check_sound
from models.rights import find_call

router = signed_router("playback")
door = open_router("playback")
What = Literal["playable", "recording", "peaks"]
_BYTES: dict[str, Any] = {
    MIME: {},
    "application/json": {},  # the waveform
    "application/octet-stream": {},
}
_SOUND: dict[int | str, dict[str, Any]] = {
    200: {"description": "The whole file", "content": _BYTES},
    206: {"description": "Part of it", "content": _BYTES},
    416: {"description": "No such part"},
}


class Link(BaseModel):
    """Where a file of a call plays, for a while, for whoever holds the link."""

    url: str = Field(examples=["/api/v1/files/ImNhbGw6..."])
    minutes: int = Field(examples=[60])


@router.get(
    "/calls/{call_id}/files/{what}", tags=[READ], response_class=StreamingResponse, responses=_SOUND
)
def play(
    call_id: UUID,
    what: What,
    session: SessionDep,
    user: UserDep,
    files: FilesDep,
    range_: Annotated[str | None, Header(alias="Range")] = None,
) -> Response:
    """Stream the playable copy, the recording as it was uploaded, or the waveform's peaks."""
    find_call(session, user, call_id)
    return stream_file(files, *_file(session, call_id, what), range_)


@router.post("/calls/{call_id}/files/{what}/link", tags=[READ])
def make_link(
    call_id: UUID, what: What, session: SessionDep, user: UserDep, settings: SettingsDep
) -> Link:
    """Make a signed link that plays without signing in, and soon ends."""
    find_call(session, user, call_id)
    _file(session, call_id, what)
    signed = sign_link(settings.signing_key(), f"{call_id}/{what}")
    base = (settings.public_url or "").rstrip("/")
    return Link(url=f"{base}/api/v1/files/{signed}", minutes=settings.link_minutes)


@door.get("/files/{signed}", response_class=StreamingResponse, responses=_SOUND)
def play_link(
    signed: str,
    session: SessionDep,
    settings: SettingsDep,
    files: FilesDep,
    range_: Annotated[str | None, Header(alias="Range")] = None,
) -> Response:
    """Stream what a signed link opens."""
    opened = read_link(settings.signing_key(), signed, settings.link_minutes)
    if opened is None:
        raise HTTPException(403, "this link is over; ask for a new one")
    call_id, _, what = opened.partition("/")
    return stream_file(files, *_file(session, UUID(call_id), what), range_)


def _file(session: Session, call_id: UUID, what: str) -> tuple[str, str, str]:
    """Key, media type and name of a file of a call. Raises Missing."""
    recording = recording_of(session, call_id)
    check_sound(session, call_id)
    if recording is None:
        raise Missing("this call has no recording")
    if what == "recording":
        # What people upload is never shown as a page of ours, whatever it says it is.
        return recording.key, "application/octet-stream", recording.origin_name
    key = recording.playable_key if what == "playable" else recording.peaks_key
    if key is None:
        why = recording.unplayable or "it is being made; try again in some seconds"
        raise Missing(f"there is no playable copy: {why}")
    if what == "peaks":
        return key, "application/json", "peaks.json"
    return key, recording.playable_type or "application/octet-stream", "call"
