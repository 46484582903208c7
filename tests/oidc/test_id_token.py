"""The ID token: every way in which one can be made that is not the provider's."""

import base64
import hmac
import json
import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from api.oidc.errors import SignInRefused
from api.oidc.id_token import UnknownKey, read_id_token

ISSUER, CLIENT, NONCE = "https://login.example.com", "talktrack", "of this question"
RSA = RSAKey.generate_key(2048, {"kid": "one"})
KEYS = KeySet([RSA])


def claims(**changed: object) -> dict[str, Any]:
    at = int(time.time())
    right = {"iss": ISSUER, "aud": CLIENT, "sub": "s", "nonce": NONCE, "iat": at, "exp": at + 300}
    return {name: value for name, value in {**right, **changed}.items() if value is not None}


def made(key: Any = RSA, alg: str = "RS256", kid: str | None = "one", **changed: object) -> str:
    header = {"alg": alg} | ({"kid": kid} if kid else {})
    return jwt.encode(header, claims(**changed), key, algorithms=[alg])


def read(token: str, keys: KeySet = KEYS, **more: str) -> dict[str, Any]:
    return read_id_token(token, keys, issuer=ISSUER, client_id=CLIENT, nonce=NONCE, **more)


def refused(token: str, keys: KeySet = KEYS, **more: str) -> str:
    with pytest.raises(SignInRefused) as raised:
        read(token, keys, **more)
    assert token not in str(raised.value)
    return raised.value.why


def encoded(**values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def test_a_right_one_is_read_with_or_without_the_name_of_its_key() -> None:
    assert read(made())["sub"] == "s"
    assert read(made(kid=None))["sub"] == "s"
    elliptic = ECKey.generate_key("P-256", {"kid": "two"})
    assert read(made(elliptic, "ES256", "two"), KeySet([RSA, elliptic]))["sub"] == "s"
    assert read(made(aud=[CLIENT, "api"], azp=CLIENT))["sub"] == "s"


def test_none_without_a_signature_or_with_a_secret_that_everybody_knows() -> None:
    unsigned = f"{encoded(alg='none')}.{encoded(**claims())}."
    said = f"{encoded(alg='HS256', kid='one')}.{encoded(**claims())}"
    public = RSA.as_pem(private=False)  # what old libraries took for a secret
    mac = base64.urlsafe_b64encode(hmac.digest(public, said.encode(), "sha256")).decode()
    assert refused(unsigned) == "untrusted"
    assert refused(f"{said}.{mac.rstrip('=')}") == "untrusted"


def test_none_of_another_key_or_changed_after_it_was_signed() -> None:
    other = RSAKey.generate_key(2048, {"kid": "one"})
    assert refused(made(other)) == "untrusted"
    head, _body, tail = made().split(".")
    assert refused(f"{head}.{encoded(**claims(sub='admin'))}.{tail}") == "untrusted"
    with pytest.raises(UnknownKey):
        read(made(other, kid="another"))


def test_no_key_of_its_own_choosing() -> None:
    own = RSAKey.generate_key(2048)
    header = {"alg": "RS256", "kid": "one", "jwk": own.as_dict(private=False)}
    forged = jwt.encode(header, claims(), own, algorithms=["RS256"])
    assert refused(forged) == "untrusted"


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": f"{ISSUER}/"},
        {"iss": None},
        {"aud": None},
        {"aud": []},
        {"aud": {"talktrack": True}},
        {"sub": None},
        {"sub": 7},
        {"nonce": None},
        {"nonce": ""},
        {"nonce": [NONCE]},
        {"exp": None},
        {"iat": None},
        {"azp": "another"},
        {"at_hash": "AAAA"},
    ],
)
def test_every_claim_is_looked_at(changed: dict[str, object]) -> None:
    why = refused(made(**changed), access_token="granted")  # noqa: S106
    assert why == ("clock" if {"exp", "iat"} & changed.keys() else "untrusted")


@pytest.mark.parametrize(
    ("changed", "is_fine"),
    [
        ({"exp": -60}, True),
        ({"exp": -180}, False),
        ({"iat": 60}, True),
        ({"iat": 300}, False),
        ({"nbf": 60}, True),
        ({"nbf": 300}, False),
    ],
)
def test_clocks_may_differ_by_two_minutes(changed: dict[str, int], is_fine: bool) -> None:
    at = int(time.time())
    token = made(**{name: at + ago for name, ago in changed.items()})
    if is_fine:
        assert read(token)["sub"] == "s"
    else:
        assert refused(token) == "clock"


@pytest.mark.parametrize(
    "token", ["", "x", "a.b.c", "..", "é.é.é", f"{encoded(alg='RS256')}..", "{}"]
)
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(SignInRefused):
        read(token)
