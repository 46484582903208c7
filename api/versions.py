"""Calls by their version: what changed meanwhile is not overwritten."""

from typing import Annotated

from fastapi import Header
from starlette.exceptions import HTTPException

from models.tables import Call, Progress

IfMatch = Annotated[
    str | None, Header(description="The `ETag` of the call as it was read; 412 if it changed.")
]


def tag_of(call: Call, progress: Progress | None = None) -> str:
    """The ETag of a call; how far it is belongs to what is shown, not to its version."""
    told = f".{progress.updated_at.timestamp():.3f}" if progress else ""
    return f'"v{call.version}{told}"'


def expect(call: Call, if_match: str | None) -> None:
    """Raise 412 unless the call is as the client read it."""
    if if_match is None or if_match == "*":
        return
    if if_match.strip('"').partition(".")[0] != f"v{call.version}":
        raise HTTPException(412, "the call changed since you read it; read it again")
