"""How Salesforce is opened: a token is asked for in one of three ways, by what there is.

A refresh token (somebody signed in on the web), a private key and a user name (JWT bearer), or a
secret alone (client credentials). An answer names the server that is to be asked from then on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from pydantic import BaseModel, ConfigDict, ValidationError

from api.crm.credentials import Credentials
from api.crm.errors import CrmError, CrmNeedsLogin, CrmRejected
from api.crm.pace import Pace
from api.crm.salesforce_errors import NAME, grant_error, refusal
from api.crm.wire import Answer, Asked, Wire
from models.tables.columns import now

HOSTS: tuple[str, ...] = (".my.salesforce.com", "login.salesforce.com", "test.salesforce.com")
_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_JWT_LIVES_S = 180
_TOKEN = "/services/oauth2/token"  # noqa: S105 (a path)
_AUTHORIZE = "/services/oauth2/authorize"
_SCOPES = "api refresh_token"
_PACE = Pace(10, 1.0)
"""Salesforce counts calls by the day and at once, not by the second; this is out of courtesy."""


@dataclass(frozen=True, slots=True)
class SalesforceManners:
    """What an organisation's server wants; `options["audience"]` overrides whom a JWT is for."""

    address: str
    options: Mapping[str, Any]
    name: str = NAME
    paces: Mapping[str, Pace] = field(default_factory=lambda: {"": _PACE})

    def base_url(self, credentials: Credentials) -> str:
        """The server that the last token was given for, else the address of the connection."""
        return credentials.get("instance_url") or self.address

    def headers(self, credentials: Credentials) -> Mapping[str, str]:
        """The token; none before the first."""
        token = credentials.get("access_token")
        return {"authorization": f"Bearer {token}"} if token else {}

    def renew(self, credentials: Credentials, wire: Wire) -> Credentials:
        """A new token. Raises CrmNeedsLogin when the grant is worth nothing any more."""
        return _granted(wire, self.address, credentials, self._form(credentials))

    def refusal(self, answer: Answer) -> CrmError | None:
        """What is wrong with an answer; None when nothing is."""
        return refusal(answer)

    def _form(self, credentials: Credentials) -> dict[str, str]:
        client = _client(credentials)
        refresh_token = credentials.get("refresh_token")
        if refresh_token:
            return {"grant_type": "refresh_token", "refresh_token": refresh_token, **client}
        if credentials.get("private_key"):
            return {"grant_type": _JWT_GRANT, "assertion": self._assertion(credentials)}
        if "client_secret" in client:
            return {"grant_type": "client_credentials", **client}
        raise CrmNeedsLogin(f"{NAME}: there is nothing to sign in with; connect it again")

    def _assertion(self, credentials: Credentials) -> str:
        """What says, signed, on whose behalf a token is asked for."""
        claims = {
            "iss": credentials["client_id"],
            "sub": credentials.get("username") or str(self.options.get("username") or ""),
            "aud": str(self.options.get("audience") or _audience(self.address)),
            "exp": int(now().timestamp()) + _JWT_LIVES_S,
        }
        try:
            key = RSAKey.import_key(credentials["private_key"])
            return jwt.encode({"alg": "RS256"}, claims, key)
        except (JoseError, ValueError, TypeError):
            raise CrmNeedsLogin(
                f"{NAME}: the private key cannot be read; give an RSA key as PEM, without password"
            ) from None


def manners(address: str, options: Mapping[str, Any]) -> SalesforceManners:
    """How an organisation at an address such as https://acme.my.salesforce.com is spoken to."""
    whole = address.strip().rstrip("/")
    return SalesforceManners(whole if "://" in whole else f"https://{whole}", options)


def authorize_url(
    address: str,
    options: Mapping[str, Any],
    client_id: str,
    state: str,
    redirect_uri: str,
    challenge: str | None = None,
) -> str:
    """Where somebody signs in; `challenge` is PKCE's S256, which newer apps insist on."""
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": str(options.get("scope") or _SCOPES),
        "state": state,
    }
    if challenge:
        asked |= {"code_challenge": challenge, "code_challenge_method": "S256"}
    return f"{manners(address, options).address}{_AUTHORIZE}?{urlencode(asked)}"


def exchange(wire: Wire, code: str, redirect_uri: str, verifier: str | None = None) -> Credentials:
    """The credentials that a sign-in on the web gives; `verifier` belongs to the challenge."""
    credentials = wire.grant.current()
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    if verifier:
        form["code_verifier"] = verifier
    address = wire.manners.base_url(Credentials({}))
    fresh = _granted(wire, address, credentials, {**form, **_client(credentials)})
    if not fresh.get("refresh_token"):
        raise CrmRejected(f"{NAME} gave no refresh token; add that scope to its app, sign in again")
    return fresh


class _Token(BaseModel):
    """The answer to a question for a token."""

    model_config = ConfigDict(extra="ignore")

    access_token: str
    instance_url: str
    refresh_token: str | None = None
    id: str | None = None
    scope: str | None = None


def _granted(wire: Wire, address: str, old: Credentials, form: Mapping[str, str]) -> Credentials:
    """The credentials with a new token. Raises CrmError, with no secret in its words."""
    answer = wire.ask(Asked("POST", address + _TOKEN, form=form, is_signed=False), old)
    try:
        token = _Token.model_validate(answer.body if answer.is_good else None)
    except ValidationError:
        error = grant_error(answer)
        error.args = (old.redacted(str(error)),)
        raise error from None
    fresh = {
        "access_token": token.access_token,
        "instance_url": _checked(token.instance_url, address),
        "identity": token.id or "",
        "scope": token.scope or "",
    }
    if token.refresh_token:
        fresh["refresh_token"] = token.refresh_token
    return old.renewed(None, **fresh)


def _checked(instance_url: str, address: str) -> str:
    """The server that a token is for. Raises CrmRejected before a token goes elsewhere."""
    try:
        given, asked = httpx.URL(instance_url), httpx.URL(address)
    except httpx.InvalidURL:
        raise CrmRejected(f"{NAME} names no server; check the connection's address") from None
    is_same = (given.scheme, given.netloc) == (asked.scheme, asked.netloc)
    is_theirs = given.scheme == "https" and any(
        given.host.endswith(host) if host.startswith(".") else given.host == host for host in HOSTS
    )
    if not (is_same or is_theirs):
        raise CrmRejected(
            f"{NAME} sends calls to {given.host[:100]}, which may not be asked; check the address"
        )
    return f"{given.scheme}://{given.netloc.decode('ascii')}"


def _client(credentials: Credentials) -> dict[str, str]:
    """The app's key and secret, as far as there are any."""
    client_id = credentials.get("client_id")
    if not client_id:
        raise CrmNeedsLogin(f"{NAME}: the app's consumer key is missing; connect it again")
    client = {"client_id": client_id}
    secret = credentials.get("client_secret")
    if secret:
        client["client_secret"] = secret
    return client


def _audience(address: str) -> str:
    """Who a JWT is for: not the organisation's own server, but the one all sign in at."""
    host = httpx.URL(address).host
    is_sandbox = host == "test.salesforce.com" or ".sandbox." in host
    return "https://test.salesforce.com" if is_sandbox else "https://login.salesforce.com"
