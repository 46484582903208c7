"""Calls and goals by their version: what changed meanwhile is not overwritten."""

from typing import Annotated

from fastapi import Header
from starlette.exceptions import HTTPException

from models.tables import Call, Progress

IfMatch = Annotated[
    str | None, Header(description="The `ETag` of it as it was read; 412 if it changed.")
]


def tag_of(call: Call, progress: Progress | None = None) -> str:
    """The ETag of a call; how far it is belongs to what is shown, not to its version."""
    told = f".{progress.updated_at.timestamp():.3f}" if progress else ""
    return f'"v{call.version}{told}"'


def expect(call: Call, if_match: str | None) -> None:
    """Raise 412 unless the call is as the client read it."""
    expect_version(call.version, if_match, "call")


def version_tag(version: int) -> str:
    """The ETag of what is known by its version alone."""
    return f'"v{version}"'


def expect_version(version: int, if_match: str | None, noun: str) -> None:
    """Raise 412 unless it has the version that the client read."""
    if if_match is None or if_match == "*":
        return
    if if_match.strip('"').partition(".")[0] != f"v{version}":
        raise HTTPException(412, f"the {noun} changed since you read it; read it again")
