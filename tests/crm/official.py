"""A vendor's own description of its API, held against every request and answer of a fake.

It is read from the folder that CRM_SPECS_DIR names, `shared/crm` beside the project if none, and
is no part of the project: where it is absent, nothing is checked.
"""

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from jsonschema_path import SchemaPath
from openapi_core import V30RequestValidator, V30ResponseValidator
from openapi_core.datatypes import RequestParameters
from openapi_core.security.exceptions import SecurityProviderError
from openapi_core.security.factories import SecurityProviderFactory
from openapi_core.security.providers import BaseProvider
from werkzeug.datastructures import Headers, ImmutableMultiDict

ROOT = Path(__file__).resolve().parents[2]
SPECS = Path(os.environ.get("CRM_SPECS_DIR", ROOT.parent / "shared" / "crm"))  # noqa: TID251
PIPEDRIVE = SPECS / "pipedrive.openapi.json"
ABSENT = f"CRM_SPECS_DIR names no folder with {PIPEDRIVE.name}, so the fake is not checked by it"
GONE_WRONG = "x-gone-wrong"
"""The header of answers that a fake spoils on purpose; they are not checked."""


@dataclass
class Sent:
    """A request, as openapi-core reads it."""

    host_url: str
    path: str
    method: str
    parameters: RequestParameters
    content_type: str
    body: bytes | None


@dataclass
class Answered:
    """An answer, as openapi-core reads it."""

    status_code: int
    headers: Headers
    content_type: str
    data: bytes


class _Bearer(BaseProvider):
    """openapi-core leaves OAuth to others."""

    def __call__(self, parameters: RequestParameters) -> Any:
        if not parameters.header.get("authorization", "").startswith("Bearer "):
            raise SecurityProviderError("there is no bearer token")


class _Providers(SecurityProviderFactory):
    PROVIDERS = {  # noqa: RUF012
        **SecurityProviderFactory.PROVIDERS,
        "oauth2": _Bearer,
    }


class Description:
    """What a description says; stricter than JSON schema, which lets pass what it does not know."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self._paths = told["paths"]
        spec = SchemaPath.from_dict(dict(told))
        self._requests = V30RequestValidator(spec, security_provider_factory=_Providers())
        self._answers = V30ResponseValidator(spec)

    def wrong_with_request(self, sent: Sent) -> list[str]:
        """What is not as described, in words."""
        wrong = _told(self._requests.iter_errors(sent))
        operation = self._operation(sent)
        if operation is None:
            return wrong
        known = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"}
        wrong += [f"unknown parameter {one}" for one in sent.parameters.query if one not in known]
        body = json.loads(sent.body) if sent.body and "json" in sent.content_type else {}
        described = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        fields = _fields(described.get("schema", {}))
        return wrong + [f"unknown field {one}" for one in body if one not in fields]

    def wrong_with_answer(self, sent: Sent, answered: Answered) -> list[str]:
        """The same of an answer; one that refuses is described by what all refusals have."""
        operation = self._operation(sent) or {}
        if str(answered.status_code) in operation.get("responses", {}):
            wrong = _told(self._answers.iter_errors(sent, answered))
            return wrong + _untold(operation, answered)
        return refused(answered)

    def _operation(self, sent: Sent) -> Any:
        for template, methods in self._paths.items():
            shape = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
            is_search = sent.path.endswith("/search") and template.endswith("}")
            if re.fullmatch(shape, sent.path) and not is_search:
                return methods.get(sent.method)
        return None


@lru_cache
def description(path: Path) -> Description:
    """Read once for all tests: it takes a second."""
    return Description(json.loads(path.read_text("utf-8")))


def refused(answered: Answered) -> list[str]:
    """What is wrong with a refusal: an envelope that says so, and why."""
    try:
        body = json.loads(answered.data)
    except ValueError:
        return [f"{answered.status_code} without JSON"]
    if answered.status_code < 400:
        return [f"{answered.status_code} is not described"]
    is_envelope = body.get("success") is False and isinstance(body.get("error"), str)
    return [] if is_envelope else [f"{answered.status_code} without the envelope of errors"]


def _untold(operation: Mapping[str, Any], answered: Answered) -> list[str]:
    """Fields of an answer's items that the description does not know, nor lets one ask for."""
    described = operation["responses"][str(answered.status_code)]
    schema = described.get("content", {}).get("application/json", {}).get("schema", {})
    asked = (one for one in operation.get("parameters", ()) if one["name"] == "include_fields")
    extra = {name for one in asked for name in one["schema"].get("enum", ())}
    data = json.loads(answered.data).get("data") if answered.data else None
    known = _fields(_fields(schema).get("data", {}))
    items = data if isinstance(data, list) else [data]
    inner = _fields(_fields(schema).get("data", {}).get("items", {})) or known
    keys = {key for one in items if isinstance(one, dict) for key in one}
    return sorted(f"unknown field {key} in the answer" for key in keys - inner.keys() - extra)


def _fields(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of a schema and of all that it is made of."""
    found = dict(schema.get("properties", {}))
    for part in schema.get("allOf", ()):
        found.update(_fields(part))
    return found


def _told(errors: Iterable[Exception]) -> list[str]:
    told = []
    for error in errors:
        cause = error.__cause__
        inner = getattr(cause, "schema_errors", ()) or ([cause] if cause else [])
        told.append(f"{error} {' | '.join(str(one).splitlines()[0] for one in inner)}".strip())
    return told


@dataclass
class Checked:
    """An ASGI app whose requests and answers are checked on their way; it records what is wrong.

    `beyond` are paths that the description leaves out though they exist: these are let pass.
    """

    app: Any
    description: Description
    beyond: tuple[str, ...] = ()
    violations: list[str] = field(default_factory=list)
    checks: int = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        sent = _sent(scope, body)
        is_beyond = any(re.fullmatch(one, sent.path) for one in self.beyond)
        if not is_beyond:
            self._record(sent, "request", self.description.wrong_with_request(sent))
        answer = _Kept()
        await self.app(scope, _Replay(body, receive), answer.keep)
        if GONE_WRONG not in answer.headers:
            answered = answer.answered()
            wrong = self.description.wrong_with_answer(sent, answered)
            is_good = answered.status_code < 300
            self._record(sent, "answer", [] if is_beyond and is_good else wrong)
        for message in answer.messages:
            await send(message)

    def _record(self, sent: Sent, what: str, wrong: Iterable[str]) -> None:
        self.checks += 1
        self.violations += [f"{sent.method.upper()} {sent.path} {what}: {one}" for one in wrong]


class _Replay:
    """A request's body once more, for the app that is checked."""

    def __init__(self, body: bytes, receive: Any) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Any:
        if self._body is None:
            return await self._receive()
        message = {"type": "http.request", "body": self._body, "more_body": False}
        self._body = None
        return message


class _Kept:
    """An answer that is held back until it is checked."""

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.headers = Headers()

    async def keep(self, message: Any) -> None:
        self.messages.append(message)
        if message["type"] == "http.response.start":
            self.headers = Headers([(k.decode(), v.decode()) for k, v in message["headers"]])

    def answered(self) -> Answered:
        body = b"".join(one.get("body", b"") for one in self.messages)
        kind = self.headers.get("content-type", "").lower()
        return Answered(self.messages[0]["status"], self.headers, kind, body)


def _sent(scope: Any, body: bytes) -> Sent:
    """A request at the address that the description knows it by."""
    headers = Headers([(k.decode(), v.decode()) for k, v in scope["headers"]])
    path, host = scope["path"], "https://api.pipedrive.com"
    if path.startswith("/api/v1/"):
        path = path.removeprefix("/api")
    elif path.startswith("/oauth/"):
        is_refresh = b"grant_type=refresh_token" in body
        path, host = f"/v1{path}{'/' if is_refresh else ''}", "https://oauth.pipedrive.com"
    query = ImmutableMultiDict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
    return Sent(
        host,
        path,
        scope["method"].lower(),
        RequestParameters(query=query, header=headers),
        headers.get("content-type", "").lower(),
        body or None,
    )
