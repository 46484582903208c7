"""The provider: what it says of itself, where people are sent, and what their code is worth."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.discovery import get_well_known_url
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from api.oidc.errors import SignInRefused, Why
from api.oidc.id_token import UnknownKey, read_id_token
from api.oidc.wire import fetch, hosts_of

_KNOWN_S = 3600.0
"""So long its document and keys are believed."""
_AGAIN_S = 30.0
"""So soon, and no sooner, they are asked for anew when a key is unknown."""
_DOWN_S = 5.0
"""So long nobody tries again after it could not be reached."""
_JSON = {"accept": "application/json"}
_FORM = {**_JSON, "content-type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class Client:
    """What a provider knows us by."""

    issuer: str
    client_id: str
    secret: str | None
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One sign-in under way: what ties the answer to this browser, and to what was asked."""

    state: str
    nonce: str
    verifier: str
    back: str
    """Where the provider sends people back."""


@dataclass(frozen=True, slots=True)
class _Known:
    """A provider's own document with its keys."""

    authorize: str
    token: str
    userinfo: str | None
    methods: tuple[str, ...]
    hosts: tuple[str, ...]
    keys: KeySet
    at: float


class Provider:
    """One provider, asked only when somebody signs in; its document and keys are remembered."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._known: _Known | None = None
        self._failed: tuple[float, SignInRefused] | None = None
        self._lock = Lock()

    def authorize_url(self, question: Question) -> str:
        """Where a browser is sent to be asked who it is. Raises SignInRefused."""
        return str(
            prepare_grant_uri(
                self._document().authorize,
                self.client.client_id,
                "code",
                redirect_uri=question.back,
                scope=" ".join(self.client.scopes),
                state=question.state,
                nonce=question.nonce,
                code_challenge=create_s256_code_challenge(question.verifier),
                code_challenge_method="S256",
            )
        )

    def claims_for(self, code: str, question: Question, wanted: frozenset[str]) -> dict[str, Any]:
        """What the provider says of who came back with a code.

        `wanted` are claims that the userinfo endpoint is asked for when the ID token is without
        them. Raises SignInRefused.
        """
        granted = self._exchange(code, question)
        access = str(granted.get("access_token") or "")
        claims = self._read(str(granted.get("id_token") or ""), question.nonce, access)
        place = self._document().userinfo
        if wanted <= claims.keys() or place is None or not access:
            return claims
        more = self._userinfo(place, access)
        if more.get("sub") != claims["sub"]:
            raise SignInRefused("untrusted", "the userinfo endpoint speaks of somebody else")
        return {**more, **claims}

    def _exchange(self, code: str, question: Question) -> dict[str, Any]:
        known = self._document()
        method = "client_secret_post" if "client_secret_post" in known.methods else None
        body = prepare_token_request(
            "authorization_code",
            redirect_uri=question.back,
            code=code,
            code_verifier=question.verifier,
        )
        auth = ClientAuth(
            self.client.client_id,
            self.client.secret,
            (method or "client_secret_basic") if self.client.secret else "none",
        )
        url, headers, body = auth.prepare("POST", known.token, dict(_FORM), body)
        status, answer = fetch("POST", url, known.hosts, headers=headers, body=body)
        if status != 200:
            raise _refused_code(answer)
        return answer

    def _read(self, token: str, nonce: str, access_token: str) -> dict[str, Any]:
        def read(keys: KeySet) -> dict[str, Any]:
            return read_id_token(
                token,
                keys,
                issuer=self.client.issuer,
                client_id=self.client.client_id,
                nonce=nonce,
                access_token=access_token,
            )

        try:
            return read(self._document().keys)
        except UnknownKey:
            pass  # it may have new ones
        try:
            return read(self._document(_AGAIN_S).keys)
        except UnknownKey:
            said = "the ID token is signed with a key the provider does not publish"
            raise SignInRefused("untrusted", said) from None

    def _userinfo(self, place: str, access_token: str) -> dict[str, Any]:
        headers = {**_JSON, "authorization": f"Bearer {access_token}"}
        status, found = fetch("GET", place, self._document().hosts, headers=headers)
        if status != 200:
            raise SignInRefused("misconfigured", f"the userinfo endpoint answered {status}")
        return found

    def _document(self, believed_s: float = _KNOWN_S) -> _Known:
        with self._lock:
            at = time.monotonic()
            if self._known is not None and at - self._known.at < believed_s:
                return self._known
            if self._failed is not None and at - self._failed[0] < _DOWN_S:
                raise SignInRefused(self._failed[1].why, self._failed[1].detail)
            try:
                self._known, self._failed = _look_up(self.client.issuer), None
            except SignInRefused as refused:
                self._failed = (time.monotonic(), refused)
                raise
            return self._known


def _look_up(issuer: str) -> _Known:
    """The provider's document and keys. Raises SignInRefused."""
    there = hosts_of(issuer, ())
    status, found = fetch("GET", get_well_known_url(issuer, external=True), there, headers=_JSON)
    if status != 200:
        raise SignInRefused("misconfigured", f"its configuration answered {status}")
    if found.get("issuer") != issuer:
        raise SignInRefused("misconfigured", f"it calls itself {str(found.get('issuer'))[:200]}")
    urls = {
        name: _url(found, name, issuer)
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
    }
    userinfo = _url(found, "userinfo_endpoint", issuer) if "userinfo_endpoint" in found else None
    hosts = hosts_of(issuer, [*urls.values(), *([userinfo] if userinfo else [])])
    methods = found.get("token_endpoint_auth_methods_supported")
    return _Known(
        authorize=urls["authorization_endpoint"],
        token=urls["token_endpoint"],
        userinfo=userinfo,
        methods=tuple(map(str, methods)) if isinstance(methods, list) else (),
        hosts=hosts,
        keys=_keys(fetch("GET", urls["jwks_uri"], hosts, headers=_JSON)),
        at=time.monotonic(),
    )


def _url(document: Mapping[str, Any], name: str, issuer: str) -> str:
    """An address of the document: https, unless the issuer is this very machine."""
    found = document.get(name)
    if not isinstance(found, str) or not urlsplit(found).hostname:
        raise SignInRefused("misconfigured", f"its configuration names no {name}")
    if urlsplit(found).scheme not in {"https", urlsplit(issuer).scheme}:
        raise SignInRefused("misconfigured", f"its {name} is not https")
    return found


def _keys(answered: tuple[int, dict[str, Any]]) -> KeySet:
    status, found = answered
    if status != 200:
        raise SignInRefused("misconfigured", f"its keys answered {status}")
    try:
        return KeySet.import_key_set(found)  # type: ignore[arg-type]
    except (JoseError, ValueError, TypeError, KeyError):
        raise SignInRefused("misconfigured", "its keys cannot be read") from None


def _refused_code(answer: Mapping[str, Any]) -> SignInRefused:
    """What a token endpoint's refusal means: a stale code, or that we are not who it expects."""
    error = str(answer.get("error", ""))[:60]
    why: Why = "stale" if error == "invalid_grant" else "misconfigured"
    return SignInRefused(why, f"its token endpoint answered {error or 'no token'}")
