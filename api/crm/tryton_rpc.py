"""Tryton's JSON-RPC: how a session is opened, how values are written, what answers mean.

Errors of Tryton come with HTTP 200. What ended in one was rolled back, so it may be sent again.
"""

import base64
import binascii
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from api.crm.credentials import Credentials
from api.crm.errors import (
    CrmError,
    CrmNeedsLogin,
    CrmRejected,
    CrmSpent,
    CrmUnavailable,
    CrmUncertain,
)
from api.crm.pace import Pace
from api.crm.wire import Answer, Asked, Wire
from models.tables.columns import now

NAME = "Tryton"
DATABASE = "crm"
"""Its name where the connection's options tell none."""
PACE = Pace(100, 1.0)
"""Tryton sets no limit, and is its owner's own machine."""
_LOCKED_FOR = timedelta(minutes=10)
"""Tryton forgets wrong passwords after five minutes, unless there was another try meanwhile."""
_STATUSES: Mapping[int, str] = {
    403: "does not let this user ask that, or is of another version; ask who runs it",
    404: "has no such database at this address; check both",
    405: "does not answer at this address; check it, and that it is version 8 or newer",
    413: "finds it too long; ask who runs it to raise its limit",
}


@dataclass(frozen=True, slots=True)
class TrytonManners:
    """How one database of a Tryton is spoken to; sessions are kept as the secret `session`."""

    address: str
    database: str = DATABASE
    name: str = NAME
    paces: Mapping[str, Pace] = field(default_factory=lambda: {"": PACE})

    @property
    def path(self) -> str:
        """Where the database is asked."""
        return f"/{quote(self.database, safe='')}/rpc/"

    def base_url(self, credentials: Credentials) -> str:
        """Where the server is."""
        return self.address.rstrip("/")

    def headers(self, credentials: Credentials) -> Mapping[str, str]:
        """The session, when there is one; without it the server asks for it."""
        session = credentials.get("session")
        if session is None:
            return {}
        token = base64.b64encode(f"{credentials['login']}:{session}".encode()).decode("ascii")
        return {"authorization": f"Session {token}"}

    def renew(self, credentials: Credentials, wire: Wire) -> Credentials:
        """A new session, asked for once: wrong passwords lock the login out.

        Raises CrmNeedsLogin, and CrmSpent while it is locked out.
        """
        login, password = credentials.get("login"), credentials.get("password")
        if login is None or password is None:
            raise CrmNeedsLogin(f"{NAME} needs a login and a password; connect again")
        params = [login, {"password": password}, "en"]
        body = {"id": 1, "method": "common.db.login", "params": params}
        asked = Asked("POST", self.path, body=body, is_signed=False, may_repeat=False)
        answer = wire.ask(asked, credentials)
        error = self._login_refusal(answer)
        if error is not None:
            raise error
        match answer.body:
            case {"result": [int() as user_id, str() as token, *_]}:
                return credentials.renewed(None, session=f"{user_id}:{token}")
        raise CrmUnavailable(f"{NAME} answered the login with something else; is it a Tryton?")

    def refusal(self, answer: Answer) -> CrmError | None:
        """What is wrong with an answer."""
        if answer.is_good:
            return _said(answer.body)
        if answer.status == 401:
            return CrmNeedsLogin(f"{NAME} ended the session and opens no other; connect again")
        if answer.status == 429:
            return CrmSpent(
                f"{NAME} has locked this login out after wrong passwords; check the password, "
                "and leave it alone for ten minutes",
                now() + _LOCKED_FOR,
            )
        if answer.status >= 500:
            return CrmUnavailable(f"{NAME} cannot answer now ({answer.status}); it is tried again")
        why = _STATUSES.get(answer.status, f"refused ({answer.status}); check its address")
        return CrmRejected(f"{NAME} {why}")

    def _login_refusal(self, answer: Answer) -> CrmError | None:
        if answer.status == 401:
            return CrmNeedsLogin(f"{NAME}: wrong login or password; connect again")
        match answer.body:
            case {"error": ["LoginException", *_]}:
                return CrmNeedsLogin(
                    f"{NAME} wants more than a password from this user; choose another"
                )
        return self.refusal(answer)


Shape = TypeVar("Shape")
ROWS = TypeAdapter(list[dict[str, Any]])
IDS = TypeAdapter(list[int])
NAMED = TypeAdapter(dict[str, Any])
COUNT = TypeAdapter(int)
TEXT = TypeAdapter(str)
ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)


@dataclass(frozen=True, slots=True)
class Rpc:
    """Calls of a database's methods."""

    wire: Wire
    path: str

    def call(
        self,
        shape: TypeAdapter[Shape],
        method: str,
        *params: Any,
        may_repeat: bool = True,
        path: str = "",
    ) -> Shape:
        """A method's result, of the shape it is to have. Raises CrmError."""
        body = {"id": 1, "method": method, "params": [encoded(one) for one in params]}
        asked = Asked("POST", path or self.path, body=body, may_repeat=may_repeat)
        answer = self.wire.call(asked).body
        if isinstance(answer, dict) and "result" in answer:
            with suppress(ValidationError):
                return shape.validate_python(decoded(answer["result"]))
        why = f"{NAME} answered with something else; check the connection's address"
        raise CrmUnavailable(why) if may_repeat else CrmUncertain(why)


def encoded(value: Any) -> Any:
    """A value as Tryton's JSON writes it; instants in UTC."""
    match value:
        case Mapping():
            return {name: encoded(one) for name, one in value.items()}
        case list() | tuple():
            return [encoded(one) for one in value]
    named = _named(value)
    return value if named is None else named


def decoded(value: Any) -> Any:
    """What Tryton's JSON says; what cannot be read stays as it is."""
    match value:
        case list():
            return [decoded(one) for one in value]
        case {"__class__": str() as kind}:
            try:
                return _typed(kind, value)
            except (KeyError, TypeError, ValueError, InvalidOperation, binascii.Error):
                return value
        case dict():
            return {name: decoded(one) for name, one in value.items()}
    return value


def _named(value: Any) -> dict[str, Any] | None:
    """A value that JSON has no word for."""
    match value:
        case bytes():
            return {"__class__": "bytes", "base64": base64.b64encode(value).decode("ascii")}
        case Decimal():
            return {"__class__": "Decimal", "decimal": str(value)}
        case timedelta():
            return {"__class__": "timedelta", "seconds": value.total_seconds()}
        case datetime():
            return _instant(value.astimezone(UTC))
        case date():
            return {"__class__": "date", **_day(value)}
    return None


def _day(value: date) -> dict[str, int]:
    return {"year": value.year, "month": value.month, "day": value.day}


def _instant(value: datetime) -> dict[str, Any]:
    return {
        "__class__": "datetime",
        **_day(value),
        "hour": value.hour,
        "minute": value.minute,
        "second": value.second,
        "microsecond": value.microsecond,
    }


def _typed(kind: str, value: Mapping[str, Any]) -> Any:
    match kind:
        case "Decimal":
            return Decimal(value["decimal"])
        case "date":
            return date(value["year"], value["month"], value["day"])
        case "datetime":
            clock = (value["hour"], value["minute"], value["second"], value["microsecond"])
            return datetime(value["year"], value["month"], value["day"], *clock, tzinfo=UTC)
        case "timedelta":
            return timedelta(seconds=value["seconds"])
        case "bytes":
            return base64.b64decode(value["base64"])
    return value


def _said(body: Any) -> CrmError | None:
    """The error within a good answer."""
    if not isinstance(body, dict) or "error" not in body:
        return None
    match body["error"]:
        case ["ConcurrencyException", *_]:
            return CrmUnavailable(f"{NAME}: somebody else is changing the same; it is tried again")
        case ["UserWarning", [_, str() as words, *rest]]:
            return _rejected(words, *rest)
        case ["UserError", [str() as words, *rest]]:
            return _rejected(words, *rest)
        case [str() as words, *_]:
            return _rejected(words)
    return CrmRejected(f"{NAME} failed without a word; look into its log")


def _rejected(words: str, *rest: Any) -> CrmRejected:
    """Tryton's own words, the particulars after the point."""
    told = [words, *(one for one in rest if isinstance(one, str))]
    return CrmRejected(f"{NAME}: {' '.join(one.strip() for one in told if one.strip())}")
