"""What OpenAPI says of tus: its headers, which the routes read by themselves."""

from typing import Any

from api.intake.tus import OFFSET_TYPE, VERSION

_ABOUT: dict[str, tuple[str, str]] = {
    "Tus-Resumable": ("The version of the protocol.", VERSION),
    "Upload-Length": ("Bytes of the whole file.", "1048576"),
    "Upload-Defer-Length": ("`1`: its length is told later.", "1"),
    "Upload-Offset": ("Where these bytes begin.", "0"),
    "Upload-Metadata": ("Keys, each with base64, with commas between.", "filename Y2FsbC5tcDM="),
    "Upload-Checksum": (
        "An algorithm and a digest in base64.",
        "sha1 2jmj7l5rSw0yVb/vlWAYkK/YBwk=",
    ),
    "Idempotency-Key": ("What is done once under this key.", "6f1c"),
}
_ANSWERED: dict[str, str] = {
    "Location": "Where the upload goes on.",
    "Upload-Offset": "How many bytes are there.",
    "Upload-Length": "Bytes of the whole file, when that is known.",
    "Upload-Expires": "Until when it can be resumed.",
    "X-Call-Id": "The call it became.",
    "X-Same-As": "The call, when it had this very file before.",
}
_BODY = {"content": {OFFSET_TYPE: {"schema": {"type": "string", "format": "binary"}}}}


def asked(*optional: str, required: tuple[str, ...] = (), body: bool = False) -> dict[str, Any]:
    """The headers that a route reads, and the bytes of an upload when it takes them."""
    names = dict.fromkeys(("Tus-Resumable", *required), True) | dict.fromkeys(optional, False)
    parameters = [
        {
            "name": name,
            "in": "header",
            "required": is_required,
            "description": _ABOUT[name][0],
            "schema": {"type": "string"},
            "example": _ABOUT[name][1],
        }
        for name, is_required in names.items()
    ]
    return {"parameters": parameters, **({"requestBody": _BODY} if body else {})}


def answered(status: int, about: str, *names: str) -> dict[int | str, dict[str, Any]]:
    """An answer whose headers say everything."""
    headers = {
        name: {"description": _ANSWERED[name], "schema": {"type": "string"}} for name in names
    }
    return {status: {"description": about, "headers": headers}}
