"""How HubSpot is signed in to, asked, and what it means when it says no."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from api.crm.credentials import Credentials
from api.crm.errors import (
    CrmError,
    CrmGone,
    CrmNeedsLogin,
    CrmRejected,
    CrmSpent,
    CrmUnavailable,
)
from api.crm.pace import Pace
from api.crm.wire import Answer, Asked, Wire
from models.errors import BadInput
from models.tables.columns import now

NAME = "HubSpot"
HUBSPOT_API_VERSION = "2026-03"
HOSTS: tuple[str, ...] = ("api.hubapi.com", "api-eu1.hubapi.com")
NEEDED_SCOPES: Mapping[str, str] = {
    "crm.objects.deals.read": "read deals and pipelines",
    "crm.objects.contacts.read": "read contacts and notes",
    "crm.objects.contacts.write": "write notes and tasks",
    "crm.objects.companies.read": "read companies",
    "crm.objects.owners.read": "read who owns a deal",
}
OPTIONAL_SCOPES = ("crm.objects.deals.write", "crm.schemas.deals.read")
"""To write to fields of deals, which not everybody wants."""
SEARCH = "search"

_CLOUD = "https://api.hubapi.com"
_SIGN_IN = "https://app.hubspot.com"
_VERSION = re.compile(r"\d{4}-\d{2}(-beta)?")
_TOKEN = re.compile(r"[\x21-\x7e]+")
# The smallest plan allows 100 calls in 10 s and 5 searches a second, which may count as both.
_PACES = {"": Pace(60, 10.0), SEARCH: Pace(4, 1.0)}
_LOCKED, _MOVING, _SLOW_DOWN = 423, 477, 429
_REFUSED_GRANT = (400, 401, 403)
_LOCKED_S = 2.0
_LONGEST_MESSAGE = 200


def version_of(options: Mapping[str, Any]) -> str:
    """The version of HubSpot's API that a connection speaks. Raises BadInput for no version."""
    version = str(options.get("version") or HUBSPOT_API_VERSION)
    if not _VERSION.fullmatch(version):
        raise BadInput(f"options.version: give one such as {HUBSPOT_API_VERSION}")
    return version


def known_zone(name: object) -> ZoneInfo | None:
    """A time zone by its name, None for a name that nobody knows."""
    try:
        return ZoneInfo(str(name)) if name else None
    except (OSError, ValueError):
        return None


def manners(address: str, options: Mapping[str, Any]) -> "HubSpotManners":
    """How a connection's server is spoken to. Raises BadInput for wrong options."""
    return HubSpotManners(
        (address or _CLOUD).rstrip("/"), version_of(options), known_zone(options.get("time_zone"))
    )


def authorize_url(
    address: str, options: Mapping[str, Any], client_id: str, state: str, redirect_uri: str
) -> str:
    """Where an administrator lets Talktrack in."""
    host = (address or _CLOUD).rstrip("/")
    asked = {
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(["oauth", *NEEDED_SCOPES]),
        "optional_scope": " ".join(OPTIONAL_SCOPES),
        "state": state,
    }
    is_cloud = host.removeprefix("https://") in HOSTS
    return f"{_SIGN_IN if is_cloud else host}/oauth/authorize?{urlencode(asked)}"


def exchange(wire: Wire, code: str, redirect_uri: str) -> Credentials:
    """Credentials for the code that HubSpot sent back; raises CrmNeedsLogin for a dead one."""
    return _granted(
        wire,
        wire.grant.current(),
        {"grant_type": "authorization_code", "redirect_uri": redirect_uri, "code": code},
    )


@dataclass(slots=True)
class HubSpotManners:
    """What HubSpot's server wants; `zone` is the account's, once that is known."""

    address: str
    version: str
    zone: ZoneInfo | None = None

    @property
    def name(self) -> str:
        """As people call it."""
        return NAME

    @property
    def paces(self) -> Mapping[str, Pace]:
        """How fast it may be asked."""
        return _PACES

    def base_url(self, credentials: Credentials) -> str:
        """One address for all accounts."""
        del credentials
        return self.address

    def headers(self, credentials: Credentials) -> Mapping[str, str]:
        """The token, of whichever sort. Raises CrmNeedsLogin when there is none to send."""
        token = (credentials.get("access_token") or "").strip()
        if not _TOKEN.fullmatch(token):
            raise CrmNeedsLogin(
                f"{NAME}: there is no access token, or one with signs that none has; enter it again"
            )
        return {"authorization": f"Bearer {token}"}

    def renew(self, credentials: Credentials, wire: Wire) -> Credentials:
        """A new access token, where the connection has a grant to ask for one."""
        token = credentials.get("refresh_token")
        if token is None:
            raise CrmNeedsLogin(
                f"{NAME} does not accept the access token any more; enter a new one"
            )
        return _granted(wire, credentials, {"grant_type": "refresh_token", "refresh_token": token})

    def refusal(self, answer: Answer) -> CrmError | None:
        """What is wrong with an answer."""
        if answer.is_good:
            return None
        said = _said(answer)
        if answer.status == _SLOW_DOWN:
            return self._slowed(answer, said)
        is_wall = answer.status == 403 and not answer.is_json
        if answer.status in (_LOCKED, _MOVING) or answer.status >= 500 or is_wall:
            return _unavailable(answer, said)
        return _rejected(answer.status, said)

    def _slowed(self, answer: Answer, said: str) -> CrmUnavailable:
        told = f"{_word(answer, 'policyName')} {_word(answer, 'message')}".lower()
        if "daily" in told:
            until = self._next_day()
            return CrmSpent(f"{NAME}: today's calls are used up; it is asked again later", until)
        return CrmUnavailable(f"{NAME} asks to slow down{said}", retry_after_s(answer))

    def _next_day(self) -> datetime:
        """The account's next midnight; the next hour when nobody knows where the account is."""
        if self.zone is None:
            return (now() + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
        there = (now().astimezone(self.zone) + timedelta(days=1)).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        return there.astimezone(now().tzinfo)


def retry_after_s(answer: Answer) -> float | None:
    """How long the answer asks to wait, None when it does not say or says nonsense."""
    value = answer.headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", value, re.ASCII):
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, IndexError):
        return None
    return max(0.0, (at - now()).total_seconds()) if at.tzinfo is not None else None


def _granted(wire: Wire, credentials: Credentials, grant: Mapping[str, str]) -> Credentials:
    """What HubSpot gives for a grant."""
    form = {
        **grant,
        "client_id": credentials.get("client_id") or "",
        "client_secret": credentials.get("client_secret") or "",
    }
    manners = wire.manners
    version = manners.version if isinstance(manners, HubSpotManners) else HUBSPOT_API_VERSION
    answer = wire.ask(
        Asked("POST", f"/oauth/{version}/token", form=form, is_signed=False), credentials
    )
    body = answer.body if isinstance(answer.body, dict) else {}
    token = body.get("access_token")
    if answer.is_good and isinstance(token, str) and token:
        refresh = body.get("refresh_token")
        kept = {"refresh_token": refresh} if isinstance(refresh, str) and refresh else {}
        return credentials.renewed(_lifetime_s(body), access_token=token, **kept)
    if answer.status in _REFUSED_GRANT and answer.is_json:
        said = credentials.redacted(f"{_word(answer, 'status')} {_word(answer, 'message')}")
        raise CrmNeedsLogin(f"{NAME} does not renew the connection; connect it again: {said}")
    raise manners.refusal(answer) or CrmUnavailable(f"{NAME} gave no token; it is tried again")


def _lifetime_s(body: Mapping[str, Any]) -> float:
    """How long a token lives, half an hour when HubSpot does not say."""
    seconds = body.get("expires_in")
    return float(seconds) if isinstance(seconds, (int, float)) and seconds > 0 else 1800.0


def _rejected(status: int, said: str) -> CrmError:
    if status == 401:
        return CrmNeedsLogin(f"{NAME} does not let us in any more; connect it again{said}")
    if status in (404, 410):
        return CrmGone(f"{NAME}: what was asked for is not there{said}")
    if status < 400:
        return CrmRejected(f"{NAME} sends on to another place; check the address")
    return CrmRejected(f"{NAME} says no ({status}){said}")


def _unavailable(answer: Answer, said: str) -> CrmUnavailable:
    wait_s = retry_after_s(answer)
    if wait_s is None and answer.status == _LOCKED:
        wait_s = _LOCKED_S
    return CrmUnavailable(f"{NAME} cannot answer now ({answer.status}){said}", wait_s)


def _said(answer: Answer) -> str:
    """HubSpot's own words, with what its support asks for."""
    words = _word(answer, "message")[:_LONGEST_MESSAGE]
    scopes = ", ".join(sorted(set(_missing_scopes(answer))))
    number = _word(answer, "correlationId")
    parts = [
        words,
        f"grant {scopes}" if scopes else "",
        f"correlation id {number}" if number else "",
    ]
    told = "; ".join(part for part in parts if part)
    return f": {told}" if told else ""


def _missing_scopes(answer: Answer) -> Iterator[str]:
    errors = answer.body.get("errors") if isinstance(answer.body, dict) else None
    for error in errors if isinstance(errors, list) else []:
        context = error.get("context") if isinstance(error, dict) else None
        for name in ("requiredGranularScopes", "requiredScopes"):
            scopes = context.get(name) if isinstance(context, dict) else None
            yield from (str(one) for one in scopes if one) if isinstance(scopes, list) else ()


def _word(answer: Answer, name: str) -> str:
    """A text of an error's body: every part of it may be missing."""
    value = answer.body.get(name) if isinstance(answer.body, dict) else None
    return value if isinstance(value, str) else ""
