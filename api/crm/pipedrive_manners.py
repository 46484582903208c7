"""What Pipedrive's server wants, what its refusals mean, and how an account is opened.

Either with an API token of a user, sent as `x-api-token`, or by OAuth, whose refresh tokens are
good for one use: the new one is kept by the Grant before anything is done with it.
"""

import base64
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx

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
from models.tables.columns import now

NAME = "Pipedrive"
HOSTS: tuple[str, ...] = (".pipedrive.com",)
SEARCH = "search"
"""The pace of searches, of which fewer are allowed."""

_OAUTH = "https://oauth.pipedrive.com"
_PACES = {"": Pace(8, 2.0), SEARCH: Pace(4, 2.0)}
_SHORTEST_PAUSE_S = 2.0
"""Pipedrive counts calls in stretches of two seconds."""
_LONGEST_PAUSE_S = 600.0
_SHUT_OUT_S = 120.0
"""Its gateway shuts out who goes on after a 429; trying again at once makes that longer."""
_LEFT_TODAY = "x-daily-ratelimit-token-remaining"
_HOST = re.compile(rb"[A-Za-z0-9.:-]+")
_TRACES = ("x-correlation-id", "x-request-id", "cf-ray")


@dataclass(frozen=True, slots=True)
class PipedriveManners:
    """One account's server at `root`, its logins at `oauth_root`."""

    root: str
    oauth_root: str = _OAUTH

    @property
    def name(self) -> str:
        """As people call it."""
        return NAME

    @property
    def paces(self) -> Mapping[str, Pace]:
        """Well below what the smallest plan allows: 20 calls, 10 searches in two seconds."""
        return _PACES

    def base_url(self, credentials: Credentials) -> str:
        """The account's server as the last login named it, if that is one of Pipedrive's."""
        named = credentials.get("api_domain")
        if named is not None and self._is_trusted(named):
            return named.rstrip("/")
        return self.root

    def headers(self, credentials: Credentials) -> Mapping[str, str]:
        """The header that opens it."""
        token = credentials.get("access_token")
        if token is not None:
            return {"authorization": f"Bearer {token}"}
        token = credentials.get("api_token")
        return {} if token is None else {"x-api-token": token}

    def renew(self, credentials: Credentials, wire: Wire) -> Credentials:
        """Exchange the refresh token. Raises CrmNeedsLogin when it is worth nothing."""
        token = credentials.get("refresh_token")
        if token is None:
            raise CrmNeedsLogin(
                f"{NAME} does not accept the API token; put a new one into the connection"
            )
        form = {"grant_type": "refresh_token", "refresh_token": token}
        return _granted(wire, self.oauth_root, form, credentials)

    def refusal(self, answer: Answer) -> CrmError | None:
        """What is wrong with an answer; None when nothing is."""
        if answer.is_good:
            return _rejected(answer) if _field(answer, "success") is False else None
        return _busy(answer) or _refused(answer)

    def _is_trusted(self, url: str) -> bool:
        try:
            parsed = httpx.URL(url)
        except httpx.InvalidURL:
            return False
        if f"{parsed.scheme}://{parsed.netloc.decode()}" == self.root:
            return True
        return parsed.scheme == "https" and parsed.host.endswith(HOSTS) and not parsed.userinfo


def manners(address: str, options: Mapping[str, Any]) -> PipedriveManners:
    """Of the account at an address such as `company.pipedrive.com`, or only `company`.

    `options["oauth_url"]` names another server for logins. Raises CrmRejected for a bad address.
    """
    oauth_root = options.get("oauth_url")
    return PipedriveManners(_root(address), _root(str(oauth_root)) if oauth_root else _OAUTH)


def authorize_url(
    address: str, options: Mapping[str, Any], client_id: str, state: str, redirect_uri: str
) -> str:
    """Where somebody agrees to the connection in a browser; scopes are those of the app there."""
    asked = {"client_id": client_id, "redirect_uri": redirect_uri, "state": state}
    return f"{manners(address, options).oauth_root}/oauth/authorize?{urlencode(asked)}"


def exchange(wire: Wire, code: str, redirect_uri: str) -> Credentials:
    """Credentials for the code that came back, within five minutes of somebody's agreement.

    The wire's credentials hold `client_id` and `client_secret`. Raises CrmError.
    """
    ours = wire.manners
    oauth_root = ours.oauth_root if isinstance(ours, PipedriveManners) else _OAUTH
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    return _granted(wire, oauth_root, form, wire.grant.current())


def left_today(headers: Mapping[str, str]) -> int | None:
    """How much is left of the day's budget of tokens, when an answer says so."""
    text = headers.get(_LEFT_TODAY, "").strip()
    return int(text) if text.isascii() and text.isdigit() else None


def _root(address: str) -> str:
    """Scheme and host of an address, whatever page of the account it was copied from."""
    text = address.strip()
    if "://" not in text:
        is_word = bool(text) and not set(text) & set("./:")
        text = f"https://{text}.pipedrive.com" if is_word else f"https://{text}"
    try:
        parsed = httpx.URL(text)
    except httpx.InvalidURL:
        parsed = httpx.URL("")
    if not _HOST.fullmatch(parsed.raw_host) or parsed.userinfo:
        raise CrmRejected(f"{NAME}: give an address such as company.pipedrive.com")
    return f"{parsed.scheme}://{parsed.netloc.decode()}"


def _granted(
    wire: Wire, oauth_root: str, form: Mapping[str, str], credentials: Credentials
) -> Credentials:
    """Ask for tokens once: a token that was sent may be spent, answered or not."""
    pair = f"{credentials.get('client_id') or ''}:{credentials.get('client_secret') or ''}"
    basic = base64.b64encode(pair.encode()).decode()
    asked = Asked(
        "POST",
        f"{oauth_root}/oauth/token",
        form=form,
        headers={"authorization": f"Basic {basic}"},
        is_signed=False,
    )
    answer = wire.ask(asked, credentials)
    busy = _busy(answer)
    if busy is not None:
        raise busy
    if not answer.is_json:
        raise CrmUnavailable(f"{NAME}'s login answered {answer.status}; it is tried again")
    if not answer.is_good:
        why = credentials.redacted(_words(answer))
        raise CrmNeedsLogin(f"{NAME} gives no new login{why}; connect it again")
    return _renewed(credentials, answer)


def _renewed(credentials: Credentials, answer: Answer) -> Credentials:
    names = ("access_token", "refresh_token", "api_domain", "scope")
    fresh = {name: str(_field(answer, name)) for name in names if _field(answer, name)}
    if "access_token" not in fresh:
        raise CrmUnavailable(f"{NAME}'s login answered without a token; it is tried again")
    lasts = _field(answer, "expires_in")
    return credentials.renewed(float(lasts) if isinstance(lasts, (int, float)) else None, **fresh)


def _busy(answer: Answer) -> CrmUnavailable | None:
    """Why it cannot answer now; None when it did."""
    if answer.status == 429:
        return _too_much(answer)
    if answer.status == 403 and not answer.is_json:
        return CrmUnavailable(f"{NAME}'s gateway shuts us out for a while", _SHUT_OUT_S)
    if answer.status == 408 or answer.status >= 500:
        return CrmUnavailable(f"{NAME} answered {answer.status}; it is tried again")
    return None


def _refused(answer: Answer) -> CrmError:
    if answer.status == 401:
        return CrmNeedsLogin(f"{NAME} does not accept the login any more; connect it again")
    if answer.status in (404, 410):
        return CrmGone(f"{NAME} has nothing there{_words(answer)}; it may have been deleted")
    return _rejected(answer)


def _too_much(answer: Answer) -> CrmUnavailable:
    """A burst, which is over in seconds, or the day's budget, which is not."""
    if left_today(answer.headers) == 0 or "daily" in _words(answer).lower():
        return CrmSpent(f"{NAME}'s budget of calls for today is used up", _midnight())
    asked = answer.headers.get("retry-after") or answer.headers.get("x-ratelimit-reset") or ""
    try:
        pause_s = float(asked)
    except ValueError:
        pause_s = _SHORTEST_PAUSE_S
    if not math.isfinite(pause_s):
        pause_s = _SHORTEST_PAUSE_S
    pause_s = min(max(pause_s, _SHORTEST_PAUSE_S), _LONGEST_PAUSE_S)
    return CrmUnavailable(f"{NAME} asks us to slow down", pause_s)


def _midnight() -> datetime:
    """When the budget is filled again."""
    return (now().astimezone(UTC) + timedelta(days=1)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )


def _rejected(answer: Answer) -> CrmRejected:
    hints = {
        402: "see to the account there: it is closed or unpaid",
        403: "give the connection's user the right to do it",
    }
    hint = hints.get(answer.status, "change what it objects to")
    if 300 <= answer.status < 400:
        return CrmRejected(f"{NAME} sends us elsewhere; check the connection's address")
    trace = next((answer.headers[one] for one in _TRACES if answer.headers.get(one)), None)
    tail = f" (reference {trace})" if trace else ""
    return CrmRejected(f"{NAME} says no ({answer.status}){_words(answer)}; {hint}{tail}")


def _words(answer: Answer) -> str:
    """What the answer says is wrong, led by a colon; empty when it says nothing."""
    told = [_field(answer, name) for name in ("error", "error_info", "message")]
    words = [one.strip() for one in told if isinstance(one, str) and one.strip()]
    return f": {' '.join(dict.fromkeys(words))}" if words else ""


def _field(answer: Answer, name: str) -> Any:
    return answer.body.get(name) if isinstance(answer.body, dict) else None
