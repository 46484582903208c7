"""Posting to an incoming webhook of somebody's chat, and what its answer means."""

import json
import re
from collections.abc import Iterable

import httpcore

from models.channel_messages import UNWANTED
from models.deliveries import LIMITS
from models.errors import BadInput, Unreachable
from models.outside import Limits, request
from models.tables.columns import Json
from models.trying import Outcome, asked_pause_s

_HEADERS = {"content-type": "application/json; charset=utf-8", "user-agent": "Talktrack-Channels/1"}
_READ = 4000
"""Bytes of an answer: a code or a sentence."""
_CODE = re.compile(r'([a-z][a-z_]{2,59})|.*?"code"\s*:\s*"(\w{3,60})".*', re.DOTALL)
"""Slack's answers are codes such as `no_service`; those of Azure have theirs in JSON."""
_FAILED = "Webhook message delivery failed"
"""What Office answers with a status of 200 when Teams did not take the message."""
_LATER = frozenset({408, 425, 429})
_BROKEN = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError)


def post(url: str, payload: Json, hosts: Iterable[str], *, limits: Limits = LIMITS) -> Outcome:
    """Post a message once."""
    body = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
    try:
        with request("POST", url, hosts, headers=_HEADERS, content=body, limits=limits) as answer:
            return _outcome(answer.status, _said(answer), asked_pause_s(answer.headers))
    except BadInput as error:
        return Outcome(error=str(error), is_final=True)
    except Unreachable as error:
        return Outcome(error=f"{error}; it is tried again")


def _said(answer: httpcore.Response) -> str:
    """How the answer begins; the status counts, should the rest of it not come."""
    read = b""
    try:
        for part in answer.iter_stream():
            read += part
            if len(read) >= _READ:
                break
    except _BROKEN:
        pass
    return read[:_READ].decode("utf-8", "replace").strip()


def _outcome(status: int, said: str, wait_s: float) -> Outcome:
    told = f"the receiver answered {status}{_code(said)}"
    if 200 <= status < 300:
        return _taken(status, said)
    if status in UNWANTED:
        why = (
            f"{told}: it takes no messages there any more, so this channel was switched off; "
            "make a new webhook there and give its address"
        )
        return Outcome(status, why, is_final=True)
    if status in _LATER or status >= 500:
        return Outcome(status, f"{told}; it is tried again", wait_s=wait_s)
    if status < 400:
        told = f"{told}: redirects are not followed; give the address it leads to"
    return Outcome(status, told, is_final=True)


def _taken(status: int, said: str) -> Outcome:
    """A good status; but a page is no webhook's answer."""
    if said.startswith("<"):
        return Outcome(
            status,
            "the receiver answered with a page, as no webhook does; check the address",
        )
    if said.startswith(_FAILED):
        return Outcome(status, "Teams did not take the message; it is tried again")
    return Outcome(status)


def _code(said: str) -> str:
    found = _CODE.fullmatch(said)
    return f" ({found[1] or found[2]})" if found else ""
