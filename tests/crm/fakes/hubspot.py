"""HubSpot on loopback: its date-versioned API, as strict as the real one where that is known."""

import asyncio
import json
import time
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from api.crm.credentials import Credentials
from tests.crm.fakes.faults import Fault, Faults
from tests.crm.fakes.hubspot_account import HubSpotAccount
from tests.crm.fakes.hubspot_state import (
    DEALS,
    KINDS,
    NOTES,
    TASKS,
    Refused,
    Stored,
    iso,
)
from tests.crm.fakes.hubspot_told import (
    CLIENT,
    CLIENT_SECRET,
    PORTAL,
    PROPERTIES,
    SCOPES,
    introspected,
    pipeline,
    told_property,
)
from tests.crm.fakes.serving import DropConnection, serve

_ON_DEAL = {NOTES: 214, TASKS: 216}
_WRITES = {NOTES: "hs_note_body", TASKS: "hs_task_body"}

Said = tuple[int, Any]


class HubSpotFake(HubSpotAccount):
    """An account, its server, and the controls of both; `answers` keeps what was said."""

    def __init__(self, version: str = "2026-03", *, oauth: bool = True) -> None:
        super().__init__()
        self.version, self.oauth = version, oauth
        self.faults = Faults()
        self.calls: list[tuple[str, str, int]] = []
        self.answers: list[tuple[str, str, int, Any]] = []
        self.asked: list[tuple[str, str, dict[str, str], Any]] = []
        self.limits: dict[str, tuple[int, float]] = {"": (100, 10.0), "search": (5, 1.0)}
        self.over_limit = 0
        self.scopes, self.association_page, self.slow_s = list(SCOPES), 500, 0.3
        self.searched_to = 10_000
        self.refreshes, self.is_revoked, self.url = 0, False, ""
        self.forbidden: set[str] = set()
        self._token, self._refresh_token = "pat-first-token", "refresh-token-of-talktrack"
        self._at: dict[str, deque[float]] = defaultdict(deque)

    @property
    def options(self) -> dict[str, Any]:
        return {"version": self.version}

    def credentials(self) -> Credentials:
        if not self.oauth:
            return Credentials({"access_token": self._token})
        secrets = {
            "access_token": self._token,
            "refresh_token": self._refresh_token,
            "client_id": CLIENT,
            "client_secret": CLIENT_SECRET,
        }
        return Credentials(secrets, datetime.now(UTC) + timedelta(minutes=30))

    @contextmanager
    def serve(self) -> Iterator[str]:
        with serve(self) as url:
            self.url = url
            yield url

    def expire_tokens(self) -> None:
        self._token = f"expired-{self.refreshes}"

    def revoke(self) -> None:
        self.is_revoked = True
        self.expire_tokens()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        content, more = b"", True
        while more:
            message = await receive()
            content += message.get("body", b"")
            more = message.get("more_body", False)
        method, path = scope["method"], scope["path"]
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        query = {n: v[0] for n, v in parse_qs(scope["query_string"].decode()).items()}
        fault = self.faults.strike(method, path)
        if fault == "slow":
            await asyncio.sleep(self.slow_s)
        body = _read(content, headers.get("content-type", ""))
        status, said, extra = self._said(method, path, (headers, query, body), fault)
        self.calls.append((method, path, status))
        if fault == "lost_answer":
            raise DropConnection
        sent = b"" if said is None else json.dumps(said).encode()
        kind = b"application/json;charset=utf-8"
        if fault == "html":
            status, sent, kind = 200, b"<html><body>Just a moment...</body></html>", b"text/html"
        if fault == "half_json":
            status, sent = max(status, 200), (sent or b'{"results":[]}')[: max(1, len(sent) // 2)]
        told = [(b"content-type", kind), *extra]
        await send({"type": "http.response.start", "status": status, "headers": told})
        await send({"type": "http.response.body", "body": sent})

    def _said(
        self, method: str, path: str, request: tuple[Any, Any, Any], fault: Fault | None
    ) -> tuple[int, Any, list[tuple[bytes, bytes]]]:
        """What is answered; faults that come before anything was done answer for themselves."""
        headers, query, body = request
        try:
            extra = self._struck(path, fault)
            if extra is not None:
                return extra
            self._count(path)
            self._let_in(path, headers)
            self.asked.append((method, path, query, body))
            status, said = self._routed(method, path, query, body)
            self.answers.append((method, path, status, said))
        except Refused as refused:
            return refused.status, refused.body, []
        left = [(b"x-hubspot-ratelimit-daily", b"250000")] if not self.oauth else []
        left += [(b"x-hubspot-ratelimit-daily-remaining", b"249000")] if not self.oauth else []
        return status, said, left

    def _struck(
        self, path: str, fault: Fault | None
    ) -> tuple[int, Any, list[tuple[bytes, bytes]]] | None:
        if fault == "broken":
            return 502, {"status": "error", "message": "upstream"}, []
        if fault in ("slow_down", "slow_down_until", "daily_limit"):
            policy = "DAILY" if fault == "daily_limit" else "TEN_SECONDLY_ROLLING"
            body = {
                "status": "error",
                "message": f"You have reached your {policy.lower()} limit.",
                "errorType": "RATE_LIMIT",
                "policyName": policy,
            }
            return 429, body, [(b"retry-after", b"1")] if fault == "slow_down_until" else []
        if fault == "expired" and not path.startswith("/oauth"):
            self.expire_tokens()
        if fault == "revoked":
            self.revoke()
        return None

    def _count(self, path: str) -> None:
        """Hold the account to its limits; a search counts as one and as a call."""
        at = time.monotonic()
        for name in ("", "search") if path.endswith("/search") else ("",):
            most, period_s = self.limits[name]
            calls = self._at[name]
            while calls and calls[0] <= at - period_s:
                calls.popleft()
            calls.append(at)
            if len(calls) > most:
                self.over_limit += 1
                raise Refused(429, "RATE_LIMITS", "You have reached your limit.")

    def _let_in(self, path: str, headers: Mapping[str, str]) -> None:
        if path.startswith(f"/oauth/{self.version}/"):
            return
        if headers.get("authorization") != f"Bearer {self._token}":
            raise Refused(401, "EXPIRED_AUTHENTICATION", "The OAuth token used is expired")
        if any(part in path for part in self.forbidden):
            context = {"context": {"requiredGranularScopes": ["crm.objects.secret.read"]}}
            raise Refused(
                403,
                "MISSING_SCOPES",
                "This app hasn't been granted all required scopes to make this call.",
                errors=[{"message": "One or more scopes are required.", **context}],
            )

    def _routed(self, method: str, path: str, query: Mapping[str, str], body: Any) -> Said:
        if path.startswith("/oauth/"):
            return self._token_asked(path, body)
        match path.replace(f"/{self.version}", "/V", 1).strip("/").split("/"):
            case ["account-info", "V", "details"]:
                return 200, PORTAL
            case ["crm", "owners", "V"]:
                return self._owners(query)
            case ["crm", ("pipelines" | "properties") as what, "V", "deals"]:
                several = [told_property(*one) for one in PROPERTIES]
                return 200, {"results": several if what == "properties" else [pipeline()]}
            case ["crm", "associations", "V", kind, other, "batch", "read"]:
                return self._associated(KINDS[kind], KINDS[other], body)
            case ["crm", "objects", "V", kind, *rest] if kind in KINDS:
                return self._object(method, KINDS[kind], rest, (query, body))
        raise Refused(404, "OBJECT_NOT_FOUND", "resource not found")

    def _object(
        self, method: str, kind: str, rest: list[str], request: tuple[Mapping[str, str], Any]
    ) -> Said:
        query, body = request
        names = [one for one in query.get("properties", "").split(",") if one]
        match method, rest:
            case "GET", []:
                found = list(self.state.objects[kind].values())[: int(query.get("limit", "10"))]
                return 200, {"results": [one.told(names) for one in found]}
            case "GET", [one_id]:
                return 200, self.state.get(kind, one_id).told(names)
            case "PATCH", [one_id]:
                self._check(kind, body)
                return 200, self.state.change(kind, one_id, body["properties"]).told([])
            case "DELETE", [one_id]:
                self.state.objects[kind].pop(one_id, None)
                return 204, None
            case "POST", _:
                does = {"": self._create, "batch/read": self._batch, "search": self._search}
                return does["/".join(rest)](kind, body)
        raise Refused(405, "VALIDATION_ERROR", "method not allowed")

    def _create(self, kind: str, body: Any) -> Said:
        self._check(kind, body)
        if kind in _ON_DEAL and "hs_timestamp" not in body["properties"]:
            raise Refused(400, "VALIDATION_ERROR", "hs_timestamp is required")
        deal_ids = []
        for one in body["associations"]:
            if one["types"] != [
                {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": _ON_DEAL[kind]}
            ]:
                raise Refused(400, "VALIDATION_ERROR", "no such association")
            if one["to"]["id"] not in self.state.objects[DEALS]:
                raise Refused(400, "VALIDATION_ERROR", "One or more associations are not valid")
            deal_ids.append(one["to"]["id"])
        made = self.state.add(kind, body["properties"])
        for deal_id in deal_ids:
            self.state.link(kind, made.id, DEALS, deal_id)
        return 201, made.told(body["properties"])

    def _check(self, kind: str, body: Any) -> None:
        values = body["properties"]
        if not all(isinstance(value, str) for value in values.values()):
            raise Refused(400, "VALIDATION_ERROR", "property values are texts")
        if len(values.get(_WRITES.get(kind, ""), "")) > 65_536:
            raise Refused(400, "VALIDATION_ERROR", "the body is longer than 65536 characters")
        known = {one[0] for one in PROPERTIES if not one[3]}
        if kind == DEALS and not set(values) <= known:
            raise Refused(400, "VALIDATION_ERROR", "Property values were not valid")

    def _batch(self, kind: str, body: Any) -> Said:
        ids = [one["id"] for one in body["inputs"]]
        if len(ids) > (50 if body["propertiesWithHistory"] else 100):
            raise Refused(400, "VALIDATION_ERROR", "too many inputs")
        there: list[Stored] = [
            self.state.objects[kind][one] for one in ids if one in self.state.objects[kind]
        ]
        told = [one.told(body["properties"], body["propertiesWithHistory"]) for one in there]
        return _batched(told, sorted(set(ids) - {one.id for one in there}))

    def _search(self, kind: str, body: Any) -> Said:
        if missing := {"filterGroups", "sorts", "properties", "limit", "after"} - set(body):
            raise Refused(400, "VALIDATION_ERROR", f"{missing} are required")
        after, limit = int(body["after"]), body["limit"]
        if not 0 < limit <= 200 or after + limit > self.searched_to:
            raise Refused(400, "VALIDATION_ERROR", "no more results than that")
        found = self.state.search(kind, body)
        page = [one.told(body["properties"]) for one in found[after : after + limit]]
        said: dict[str, Any] = {"total": len(found), "results": page}
        if len(found) > after + limit:
            said["paging"] = {"next": {"after": str(after + limit)}}
        return 200, said

    def _associated(self, kind: str, other: str, body: Any) -> Said:
        results, gone = [], []
        for one in body["inputs"]:
            if one["id"] not in self.state.objects[kind]:
                gone.append(one["id"])
                continue
            hanging = self.state.hanging(kind, one["id"], other)
            start = int(one.get("after", 0))
            end = start + self.association_page
            types = [{"category": "HUBSPOT_DEFINED", "typeId": 213, "label": None}]
            to = [{"toObjectId": i, "associationTypes": types} for i in hanging[start:end]]
            found: dict[str, Any] = {"from": {"id": one["id"]}, "to": to}
            if len(hanging) > end:
                found["paging"] = {"next": {"after": str(end)}}
            results += [found] if to else []
        return _batched(results, gone)

    def _owners(self, query: Mapping[str, str]) -> Said:
        archived = query.get("archived", "false") == "true"
        found = [one for one in self.owners.values() if one["archived"] == archived]
        start, limit = int(query.get("after", 0)), int(query.get("limit", 100))
        said: dict[str, Any] = {"results": found[start : start + limit]}
        if len(found) > start + limit:
            said["paging"] = {"next": {"after": str(start + limit)}}
        return 200, said

    def _token_asked(self, path: str, form: Any) -> Said:
        if path == "/oauth/v2/private-apps/get/access-token-info" and not self.oauth:
            return 200, {"userId": 1, "hubId": 62515, "appId": 2, "scopes": self.scopes}
        if not path.startswith(f"/oauth/{self.version}/token"):
            raise Refused(404, "OBJECT_NOT_FOUND", "resource not found")
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, CLIENT_SECRET):
            raise _bad_grant("BAD_CLIENT_SECRET", "missing or invalid client secret")
        if path.endswith("/introspect"):
            return 200, introspected(form["token"], self.scopes)
        is_code = form.get("grant_type") == "authorization_code" and form.get("code") == "the-code"
        is_refresh = form.get("refresh_token") == self._refresh_token
        if self.is_revoked or not (is_code or is_refresh):
            raise _bad_grant("BAD_REFRESH_TOKEN", "missing or unknown refresh token")
        self.refreshes += 1
        self._token = f"access-token-{self.refreshes}"
        return 200, {
            "access_token": self._token,
            "refresh_token": self._refresh_token,
            "expires_in": 1800,
            "token_type": "bearer",
            "token_use": "access_token",
            "hub_id": 62515,
            "user_id": 123,
            "scopes": self.scopes,
        }


def _read(content: bytes, kind: str) -> Any:
    if "form" in kind:
        return {name: values[0] for name, values in parse_qs(content.decode()).items()}
    return json.loads(content) if content else None


def _batched(results: list[Any], gone: list[str]) -> Said:
    at = iso(datetime.now(UTC))
    said: dict[str, Any] = {
        "status": "COMPLETE",
        "results": results,
        "startedAt": at,
        "completedAt": at,
    }
    if not gone:
        return 200, said
    error = {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "message": "Could not get some objects, they may be deleted or not exist.",
        "context": {"ids": gone},
    }
    return 207, {**said, "numErrors": 1, "errors": [error]}


def _bad_grant(status: str, message: str) -> Refused:
    refused = Refused(400, "", message)
    refused.body = {"status": status, "message": message, "correlationId": "a-b-c"}
    return refused
