"""Why a sign-in at a provider came to nothing, by a word that the page puts into sentences."""

from typing import Literal

Why = Literal[
    "denied",
    "unreachable",
    "misconfigured",
    "stale",
    "clock",
    "untrusted",
    "no_email",
    "unverified",
    "domain",
    "unknown",
    "taken",
    "disabled",
    "group",
    "wait",
]


class SignInRefused(Exception):
    """Nobody comes in; `detail` is for the log and the trail, and holds no secret."""

    def __init__(self, why: Why, detail: str = "") -> None:
        super().__init__(f"{why}: {detail}" if detail else why)
        self.why: Why = why
        self.detail = detail
