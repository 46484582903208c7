"""Requests to the provider, and to no other place than its own document names."""

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from api.oidc.errors import SignInRefused
from models.errors import BadInput
from models.outside import GuardedTransport

_WAITS = httpx.Timeout(connect=3.0, read=10.0, write=10.0, pool=3.0)
_LARGEST = 1_000_000
_PORTS = {"https": 443, "http": 80}


def place_of(url: str) -> str:
    """The host of a URL with its port, as lists of allowed hosts write it."""
    parsed = urlsplit(url)
    port = parsed.port or _PORTS.get(parsed.scheme, 443)
    host = parsed.hostname or ""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def hosts_of(issuer: str, urls: Iterable[str]) -> tuple[str, ...]:
    """Where one may ask: the issuer's own place, private or not, and public hosts it names."""
    return (place_of(issuer), *sorted({urlsplit(one).hostname or "" for one in urls} - {""}))


def fetch(
    method: str,
    url: str,
    hosts: Iterable[str],
    *,
    headers: Mapping[str, str] | None = None,
    body: str | None = None,
) -> tuple[int, dict[str, Any]]:
    """The status and the JSON object of an answer. Raises SignInRefused when there is none."""
    try:
        with (
            httpx.Client(
                transport=GuardedTransport(hosts), timeout=_WAITS, trust_env=False
            ) as client,
            client.stream(method, url, headers=dict(headers or {}), content=body) as answer,
        ):
            return answer.status_code, _object(answer, _read(answer))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SignInRefused("unreachable", f"{urlsplit(url).hostname}: {error}") from error
    except BadInput as error:
        raise SignInRefused("misconfigured", str(error)) from error


def _read(answer: httpx.Response) -> bytes:
    got = b""
    for piece in answer.iter_bytes():
        got += piece
        if len(got) > _LARGEST:
            raise SignInRefused("misconfigured", f"{answer.url.host} sent more than 1 MB")
    return got


def _object(answer: httpx.Response, body: bytes) -> dict[str, Any]:
    if answer.status_code >= 500:
        raise SignInRefused("unreachable", f"{answer.url.host} answered {answer.status_code}")
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        said = f"{answer.url.host} answered {answer.status_code} without a JSON object"
        raise SignInRefused("misconfigured", said)
    return found
