"""The ID token: who signed it, for whom, until when, and that it answers our question."""

from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import (
    ExpiredTokenError,
    InvalidClaimError,
    InvalidKeyIdError,
    JoseError,
    MissingClaimError,
)
from joserfc.jwk import KeySet

from api.oidc.errors import SignInRefused, Why

ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "Ed25519", "EdDSA"),
)
"""Signatures only the provider can make: none with a shared secret, and never `none`."""
_LEEWAY_S = 120
"""By so much clocks may differ."""
_OF_TIME = {"iat", "nbf", "exp"}


class UnknownKey(Exception):
    """It is signed with a key that the provider did not name when it was last asked."""


def read_id_token(
    token: str, keys: KeySet, *, issuer: str, client_id: str, nonce: str, access_token: str = ""
) -> dict[str, Any]:
    """What a token says once all of it holds. Raises SignInRefused, or UnknownKey."""
    try:
        signed = jwt.decode(token, keys, algorithms=list(ALGORITHMS))
    except InvalidKeyIdError:
        raise UnknownKey from None
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise SignInRefused(
            "untrusted", f"the ID token is not signed as it must be: {_said(error)}"
        ) from None
    claims = CodeIDToken(
        signed.claims,
        signed.header,
        {
            "iss": {"essential": True, "value": issuer},
            "aud": {"essential": True, "value": client_id},
            "sub": {"essential": True},
        },
        {"nonce": nonce, "client_id": client_id, "access_token": access_token},
    )
    _check(claims)
    return dict(claims)


def _check(claims: CodeIDToken) -> None:
    try:
        claims.validate(leeway=_LEEWAY_S)
    except ExpiredTokenError:
        raise SignInRefused("clock", "the ID token has expired") from None
    except (InvalidClaimError, MissingClaimError) as error:
        why: Why = "clock" if error.claim in _OF_TIME else "untrusted"
        raise SignInRefused(why, f"the ID token's {error.claim} is not as it must be") from None
    except (JoseError, ValueError, TypeError) as error:
        raise SignInRefused("untrusted", f"the ID token: {_said(error)}") from None


def _said(error: Exception) -> str:
    """The kind of an error: its text may hold parts of a token."""
    return type(error).__name__
