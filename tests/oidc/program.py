"""A provider of sign-ins on this machine: oidc-provider-mock, with PKCE asked for as real ones do.

python -m tests.oidc.program     prints the address it serves at
"""

import base64
import hashlib
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import werkzeug.serving
from oidc_provider_mock import app

Environ = dict[str, Any]
_REFUSED = b'{"error": "invalid_grant"}'


class WithProof:
    """Refuses a code whose question was not asked by whoever brings it: the package does not."""

    def __init__(self, inner: Callable[..., Iterable[bytes]]) -> None:
        self._inner = inner
        self._challenges: dict[str, str] = {}

    def __call__(self, environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/oauth2/authorize" and environ["REQUEST_METHOD"] == "POST":
            return self._asked(environ, start)
        if environ["PATH_INFO"] == "/oauth2/token" and not self._is_proven(environ):
            start("400 BAD REQUEST", [("content-type", "application/json")])
            return [_REFUSED]
        return self._inner(environ, start)

    def _asked(self, environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
        challenge = parse_qs(environ["QUERY_STRING"]).get("code_challenge", [""])[0]

        def noting(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            where = {name.lower(): value for name, value in headers}.get("location", "")
            for code in parse_qs(urlsplit(where).query).get("code", []):
                self._challenges[code] = challenge
            return start(status, headers, *more)

        return self._inner(environ, noting)

    def _is_proven(self, environ: Environ) -> bool:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        fields = parse_qs(body.decode())
        verifier = fields.get("code_verifier", [""])[0].encode()
        made = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).decode().rstrip("=")
        return self._challenges.get(fields.get("code", [""])[0]) == made


def main() -> None:
    """Serve until killed."""
    provider = app(require_nonce=True)
    server = werkzeug.serving.make_server(
        "127.0.0.1", 0, WithProof(provider.wsgi_app), threaded=True
    )
    print(f"http://127.0.0.1:{server.server_port}", flush=True)  # noqa: T201
    server.serve_forever()


if __name__ == "__main__":
    main()
