"""Salesforce on loopback: its REST API and logins, as strict as the real one where known."""

import asyncio
import base64
import binascii
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal
from urllib.parse import parse_qs, unquote

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from api.crm.credentials import Credentials
from tests.crm.fakes.faults import Fault, Faults
from tests.crm.fakes.salesforce_org import Refused, SalesforceOrg
from tests.crm.fakes.salesforce_schema import SCHEMA, WRITABLE, described
from tests.crm.fakes.salesforce_soql import Row, SoqlError
from tests.crm.fakes.serving import DropConnection, serve

CLIENT, CLIENT_SECRET = "3MVG9-consumer-key-of-talktrack", "consumer-secret-of-talktrack"
_FIRST_REFRESH, _NONE_YET, _EXPIRED = "5Aep861-refresh-token", "00D-none-yet", "00D-expired"
USERNAME = "talktrack@example.com"
AUDIENCE = "https://login.salesforce.com"
VERSIONS = ("64.0", "65.0", "66.0")
_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_REFERENCE = re.compile(r"@\{(\w+)\.(\w+)\}")
_HALTED = "The transaction was rolled back since another operation in the same transaction failed."
_HTML = b"<html><body>We are down for maintenance.</body></html>"

Answered = tuple[int, Any]
SignIn = Literal["client_credentials", "jwt", "web"]


class SalesforceFake(SalesforceOrg):
    """An organisation, its server, and the controls of both.

    `half_write` has the next composite call stop after its first part, as no real one should: and
    say so ("told"), or hang up ("lost").
    """

    def __init__(self, sign_in: SignIn = "client_credentials", version: str = "65.0") -> None:
        super().__init__()
        self.sign_in, self.version = sign_in, version
        self.root = f"/services/data/v{version}"
        self.faults = Faults()
        self.calls: list[tuple[str, str, int]] = []
        self.queries: list[str] = []
        self.limits = {"day": 15_000}
        self.used, self.over_limit, self.batch, self.slow_s = 0, 0, 2000, 0.3
        self.half_write: Literal["told", "lost"] | None = None
        self.instance_url: str | None = None
        self.currency: str | None = "EUR"
        self.grants: list[dict[str, str]] = []
        self.is_revoked, self.rotates, self.url = False, False, ""
        self._refresh_token, self._tokens, self._cursors = _FIRST_REFRESH, 0, dict[str, list[Row]]()
        self._token = _NONE_YET
        self._key: RSAKey | None = None

    @property
    def options(self) -> dict[str, Any]:
        return {"username": USERNAME}

    @property
    def private_key(self) -> str:
        if self._key is None:
            self._key = RSAKey.generate_key(2048)
        return self._key.as_pem(private=True).decode()

    def credentials(self) -> Credentials:
        secrets = {"client_id": CLIENT, "client_secret": CLIENT_SECRET}
        if self.sign_in == "jwt":
            secrets = {"client_id": CLIENT, "private_key": self.private_key}
        if self.sign_in == "web":
            secrets["refresh_token"] = self._refresh_token
        return Credentials(secrets)

    @contextmanager
    def serve(self) -> Iterator[str]:
        with serve(self) as url:
            self.url = url
            yield url

    def session(self) -> str:
        """A token as if somebody had signed in."""
        self._tokens += 1
        self._token = f"00Dxx!session-token-number-{self._tokens}"
        return self._token

    def expire_tokens(self) -> None:
        self._token = _EXPIRED

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
        query = parse_qs(scope["query_string"].decode("ascii"), strict_parsing=False)
        fault = self.faults.strike(method, path)
        if fault == "slow":
            await asyncio.sleep(self.slow_s)
        asked = {name: values[0] for name, values in query.items()}
        status, said, extra = self._said(method, path, (headers, asked, content), fault)
        self.calls.append((method, path, status))
        if fault == "lost_answer" or status == 0:
            raise DropConnection
        await self._send(send, fault, (status, said, extra))

    async def _send(self, send: Any, fault: Fault | None, answer: tuple[int, Any, Row]) -> None:
        status, said, extra = answer
        sent, kind = b"" if said is None else json.dumps(said).encode(), "application/json"
        if fault == "html":
            status, sent, kind = 200, _HTML, "text/html"
        if fault == "half_json":
            status, sent = max(status, 200), (sent or b'{"id":"0"}')[: max(1, len(sent) // 2)]
            status = 200 if status == 204 else status
        usage = f"api-usage={self.used}/{self.limits['day']}"
        told = {"content-type": f"{kind};charset=UTF-8", "sforce-limit-info": usage, **extra}
        lines = [(name.encode(), str(value).encode()) for name, value in told.items()]
        await send({"type": "http.response.start", "status": status, "headers": lines})
        await send({"type": "http.response.body", "body": sent})

    def _said(
        self, method: str, path: str, request: tuple[Row, Row, bytes], fault: Fault | None
    ) -> tuple[int, Any, Row]:
        headers, query, content = request
        if fault == "expired":
            self.expire_tokens()
        if fault == "revoked":
            self.revoke()
        try:
            self._stop(fault)
            if path == "/services/oauth2/token":
                form = {name: values[0] for name, values in parse_qs(content.decode()).items()}
                return (*self._granted(method, form), {})
            self._admit(path, headers)
            body = json.loads(content) if content else None
            return (*self._done(method, path, query, body), {})
        except SoqlError as error:
            return 400, [{"message": str(error), "errorCode": error.code}], {}
        except Refused as error:
            extra = {"retry-after": 1} if fault == "slow_down_until" else {}
            return error.status, error.body, extra

    def _stop(self, fault: Fault | None) -> None:
        """Faults that come before anything was done."""
        if fault == "slow_down":
            words = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
            raise Refused(403, "REQUEST_LIMIT_EXCEEDED", words)
        if fault == "slow_down_until":
            raise Refused(503, "SERVER_UNAVAILABLE", "We are down for maintenance.")
        if fault == "daily_limit":
            raise Refused(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        if fault == "broken":
            raise Refused(500, "UNKNOWN_EXCEPTION", "An unexpected error occurred. ErrorId 4711")

    def _admit(self, path: str, headers: Row) -> None:
        if path == "/services/data":
            return
        if headers.get("authorization") != f"Bearer {self._token}":
            raise Refused(401, "INVALID_SESSION_ID", "Session expired or invalid")
        if self.used >= self.limits["day"]:
            self.over_limit += 1
            raise Refused(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        self.used += 1

    def _granted(self, method: str, form: dict[str, str]) -> Answered:
        """A token, or why there is none."""
        self.grants.append(form)
        wrong = "invalid_request" if method != "POST" else self._wrong(form)
        if self.is_revoked:
            wrong = "invalid_grant"
        if wrong is not None:
            return 400, {"error": wrong, "error_description": "expired access/refresh token"}
        told = {
            "access_token": self.session(),
            "instance_url": self.instance_url or self.url,
            "id": f"https://login.salesforce.com/id/{self.organisation_id}/{self.user_id}",
            "token_type": "Bearer",
            "scope": "api refresh_token",
            "issued_at": str(int(time.time() * 1000)),
            "signature": "c2lnbmF0dXJl",
        }
        if form["grant_type"] == "authorization_code" or self.rotates:
            self._refresh_token += "+" if self.rotates else ""
            told["refresh_token"] = self._refresh_token
        return 200, told

    def _wrong(self, form: dict[str, str]) -> str | None:
        kind = form.get("grant_type")
        if kind == _JWT_GRANT:
            return None if self._is_signed(form.get("assertion", "")) else "invalid_grant"
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, CLIENT_SECRET):
            return "invalid_client"
        given = {
            "client_credentials": True,
            "refresh_token": form.get("refresh_token") == self._refresh_token,
            "authorization_code": form.get("code") == "aPrx-code" and "redirect_uri" in form,
        }
        return None if given.get(str(kind)) else "invalid_grant"

    def _is_signed(self, assertion: str) -> bool:
        """Whether a JWT is what Salesforce takes: signed, for it, by the app, for three minutes."""
        try:
            assert self._key is not None
            token = jwt.decode(assertion, self._key, algorithms=["RS256"])
        except (JoseError, ValueError, AssertionError):
            return False
        left_s = token.claims.get("exp", 0) - time.time()
        said = tuple(token.claims.get(name) for name in ("iss", "sub", "aud"))
        return said == (CLIENT, USERNAME, AUDIENCE) and 0 < left_s <= 185

    def _done(self, method: str, path: str, query: Row, body: Any) -> Answered:
        """What the API says, having done it."""
        if path == "/services/data":
            return 200, [
                {"label": "", "url": f"/services/data/v{one}", "version": one} for one in VERSIONS
            ]
        if not path.startswith(f"{self.root}/"):
            raise Refused(404, "NOT_FOUND", "The requested resource does not exist")
        rest = path.removeprefix(f"{self.root}/")
        if rest.startswith("query"):
            return 200, self._queried(rest.rstrip("/").removeprefix("query"), query)
        if rest.rstrip("/") == "composite":
            return self._composite(body)
        if rest == "connect/organization":
            features: Row = {"multiCurrency": self.currency is None}
            features |= {"defaultCurrencyIsoCode": self.currency} if self.currency else {}
            settings = {"userId": self.user_id}
            return 200, {"name": "Aubier SA", "features": features, "userSettings": settings}
        return self._record(method, rest.removeprefix("sobjects").strip("/"), query, body)

    def _queried(self, cursor: str, query: Row) -> Any:
        if cursor:
            rows = self._cursors.pop(cursor.strip("/"))
        else:
            self.queries.append(query["q"])
            rows = self.query(query["q"])
        page, rest = rows[: self.batch], rows[self.batch :]
        told = {"totalSize": len(rows), "done": not rest, "records": page}
        if rest:
            name = f"01g{len(self._cursors):012d}AAA-{self.batch}"
            self._cursors[name] = rest
            told["nextRecordsUrl"] = f"{self.root}/query/{name}"
        return told

    def _composite(self, body: Any) -> Answered:
        parts, answers, said = body["compositeRequest"], list[Row](), dict[str, Row]()
        if len(parts) > 25 or any("referenceId" not in one for one in parts):
            raise Refused(400, "INVALID_INPUT", "bad composite request")
        half, self.half_write = (
            (self.half_write, None) if len(parts) == 2 else (None, self.half_write)
        )
        before, failed = self.snapshot(), False
        for one in parts:
            status, told = self._part(one, said, is_broken=half is not None and bool(answers))
            failed = failed or status >= 400
            said[one["referenceId"]] = told if isinstance(told, dict) else {}
            answers.append({"body": told, "httpHeaders": {}, "httpStatusCode": status})
            answers[-1]["referenceId"] = one["referenceId"]
        if half == "lost":
            return 0, None
        if failed and body.get("allOrNone") and half is None:
            self.tables = before
            for answer in answers:
                if answer["httpStatusCode"] < 400:
                    halted = [{"errorCode": "PROCESSING_HALTED", "message": _HALTED}]
                    answer.update(body=halted, httpStatusCode=400)
        return 200, {"compositeResponse": answers}

    def _part(self, part: Row, said: dict[str, Row], *, is_broken: bool) -> Answered:
        """The answer to one of the calls in a call."""
        if is_broken:
            return 500, [{"errorCode": "UNKNOWN_EXCEPTION", "message": "ErrorId 4712"}]
        text = json.dumps([part["url"], part.get("body")])
        url, body = json.loads(_REFERENCE.sub(lambda one: said[one[1]].get(one[2], ""), text))
        try:
            return self._done(part["method"], unquote(url.partition("?")[0]), {}, body)
        except Refused as error:
            return error.status, error.body

    def _record(self, method: str, place: str, query: Row, body: Any) -> Answered:
        if not place:
            visible = [one for one in SCHEMA if one not in self.hidden]
            return 200, {
                "sobjects": [{**described(one, {}, {}), "fields": None} for one in visible]
            }
        kind, _, rest = place.partition("/")
        if kind not in SCHEMA or kind in self.hidden:
            raise Refused(404, "NOT_FOUND", "The requested resource does not exist")
        if rest == "describe":
            fields = {n: w for n, w in SCHEMA[kind].items() if f"{kind}.{n}" not in self.hidden}
            return 200, described(kind, fields, self.record_types)
        if method == "POST" and not rest:
            self._check_content(kind, body)
            return 201, {"id": self.create(kind, body), "success": True, "errors": []}
        if method == "PATCH":
            self._check_content(kind, body)
            self.update(kind, rest, body)
            return 204, None
        if method == "DELETE":
            self.delete(kind, rest)
            return 204, None
        row = self.find(kind, rest)
        if row is None:
            raise Refused(404, "NOT_FOUND", "The requested resource does not exist")
        wanted = query.get("fields", "Id").split(",")
        return 200, {"attributes": {"type": kind}, **{name: row.get(name) for name in wanted}}

    def _check_content(self, kind: str, body: Any) -> None:
        if kind not in WRITABLE or not isinstance(body, dict):
            raise Refused(405, "METHOD_NOT_ALLOWED", "HTTP Method not allowed")
        if kind == "ContentNote" and "Content" in body:
            try:
                base64.b64decode(body["Content"], validate=True).decode("utf-8")
            except (binascii.Error, UnicodeDecodeError):
                raise Refused(400, "INVALID_BASE64", "Content: not base64") from None
