"""JSON-RPC to Tryton as one of its users, for what the tests do there; none of Talktrack's code."""

import base64
from datetime import date, datetime
from decimal import Decimal
from types import TracebackType
from typing import Any

import httpx


class TrytonSaid(Exception):
    """Tryton's own error, as it came: ["UserError", ["what", "", null]]."""


class TrytonClient:
    """A session of one user; `context` goes with each call."""

    def __init__(self, url: str, database: str, login: str, password: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=60, trust_env=False)
        self._path = f"/{database}/rpc/"
        user_id, token, *_ = self.call("common.db.login", login, {"password": password}, "en")
        session = base64.b64encode(f"{login}:{user_id}:{token}".encode()).decode()
        self._http.headers["authorization"] = f"Session {session}"
        self.context: dict[str, Any] = {}
        self.user_id = int(user_id)

    def __enter__(self) -> "TrytonClient":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def call(self, method: str, *params: Any) -> Any:
        """The result of a call. Raises TrytonSaid, httpx.HTTPError."""
        asked = {"id": 1, "method": method, "params": [_sent(one) for one in params]}
        answer = self._http.post(self._path, json=asked).raise_for_status().json()
        if "error" in answer:
            raise TrytonSaid(answer["error"])
        return answer["result"]

    def model(self, name: str, method: str, *params: Any, **context: Any) -> Any:
        """The result of a model's method."""
        return self.call(f"model.{name}.{method}", *params, {**self.context, **context})

    def create(self, model: str, /, **values: Any) -> int:
        """A new record's id."""
        (made,) = self.model(model, "create", [values])
        return int(made)

    def rows(self, name: str, domain: list[Any], *fields: str) -> list[dict[str, Any]]:
        """Records in order of their ids."""
        found: list[dict[str, Any]] = self.model(
            name, "search_read", domain, 0, None, [["id", "ASC"]], list(fields)
        )
        return found


def _sent(value: Any) -> Any:
    """A value as Tryton's JSON writes it."""
    match value:
        case dict():
            return {key: _sent(one) for key, one in value.items()}
        case list() | tuple():
            return [_sent(one) for one in value]
        case Decimal():
            return {"__class__": "Decimal", "decimal": str(value)}
        case datetime():
            raise TypeError("no instants are sent by the tests")
        case date():
            named = {"year": value.year, "month": value.month, "day": value.day}
            return {"__class__": "date", **named}
    return value
