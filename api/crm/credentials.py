"""What opens a CRM, and where it is kept between two calls."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from models.tables.columns import now

_AHEAD = timedelta(minutes=2)
"""Clocks differ, and a call takes its time."""
_SHORTEST = 6


@dataclass(frozen=True, slots=True)
class Credentials:
    """Secrets by name, and the instant from which the token among them is worth nothing."""

    secrets: Mapping[str, str] = field(repr=False)
    expires_at: datetime | None = None

    def __getitem__(self, name: str) -> str:
        return self.secrets[name]

    def get(self, name: str) -> str | None:
        """A secret, None when there is none of that name."""
        return self.secrets.get(name) or None

    @property
    def is_expiring(self) -> bool:
        """Whether the token ends within two minutes, or did."""
        return self.expires_at is not None and now() + _AHEAD >= self.expires_at

    def renewed(self, expires_in_s: float | None, **secrets: str) -> "Credentials":
        """The same with some secrets replaced."""
        expires_at = None if expires_in_s is None else now() + timedelta(seconds=expires_in_s)
        return replace(self, secrets={**self.secrets, **secrets}, expires_at=expires_at)

    def redacted(self, text: str, most: int = 300) -> str:
        """A text in one line, with none of the secrets in it."""
        for secret in sorted(self.secrets.values(), key=len, reverse=True):
            if len(secret) >= _SHORTEST:
                text = text.replace(secret, "[secret]")
        return " ".join(text.split())[:most]


Renew = Callable[[Credentials], Credentials]


class Grant(Protocol):
    """Where a connection's credentials are kept, for every process that uses it."""

    def current(self) -> Credentials:
        """The credentials as they are now."""

    def renewed(self, stale: Credentials, renew: Renew) -> Credentials:
        """Newer credentials than `stale`: what another process got meanwhile, or `renew` gets.

        One refresh at a time: a refresh token may be worth nothing once it was used. What is
        renewed is kept before it is given back.
        """


class HeldGrant:
    """Credentials kept in this process alone: for a trial before they are stored."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def current(self) -> Credentials:
        """The credentials as they are now."""
        return self._credentials

    def renewed(self, stale: Credentials, renew: Renew) -> Credentials:
        """Newer credentials than `stale`."""
        if self._credentials == stale:
            self._credentials = renew(stale)
        return self._credentials
