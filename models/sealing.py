"""Secrets at rest: sealed with a key of the settings, opened by any key that is still listed."""

from collections.abc import Mapping, Sequence
from json import dumps, loads

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from models.errors import BadDatabase, BadInput


class Seal:
    """Seals with the first key, opens with each of them; made anew when keys change."""

    def __init__(self, keys: Sequence[str]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key.encode()) for key in keys])
        except ValueError:
            raise BadInput(
                "TALKTRACK_SEAL_KEYS: each key is 32 bytes in URL-safe base64; "
                "`talktrack secrets key` makes one"
            ) from None

    def close(self, secrets: Mapping[str, str]) -> bytes:
        """Seal some secrets."""
        return self._fernet.encrypt(dumps(dict(secrets)).encode())

    def open(self, sealed: bytes) -> dict[str, str]:
        """What was sealed. Raises BadDatabase when no listed key opens it."""
        try:
            opened: dict[str, str] = loads(self._fernet.decrypt(sealed))
        except InvalidToken:
            raise BadDatabase(
                "a secret was sealed with a key that is not listed; add it to TALKTRACK_SEAL_KEYS"
            ) from None
        return opened

    def renew(self, sealed: bytes) -> bytes:
        """The same secrets under the first key. Raises BadDatabase."""
        try:
            return self._fernet.rotate(sealed)
        except InvalidToken:
            raise BadDatabase(
                "a secret was sealed with a key that is not listed; add it to TALKTRACK_SEAL_KEYS"
            ) from None


def new_key() -> str:
    """A key to seal with."""
    return Fernet.generate_key().decode()
