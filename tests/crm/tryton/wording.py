"""What the tests of Tryton say again and again."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

from api.crm.credentials import Credentials, HeldGrant, Renew
from api.crm.port import CallNote, Crm
from api.crm.tryton import Tryton


class CountingGrant(HeldGrant):
    """Tells how often it was renewed."""

    renewals = 0

    def renewed(self, stale: Credentials, renew: Renew) -> Credentials:
        def counted(old: Credentials) -> Credentials:
            self.renewals += 1
            return renew(old)

        return super().renewed(stale, counted)


Connect = Callable[..., tuple[Tryton, CountingGrant]]
"""Talktrack's way in, with a password of its own or the right one."""


def now() -> datetime:
    return datetime.now(UTC)


def unique(kind: str = "acme") -> str:
    return f"{kind}{uuid4().hex[:12]}"


def call_note(text: str = "Talked about seats.", mark: str | None = None) -> CallNote:
    mark = mark or f"Ref TT-{uuid4()}"
    whole = f"{text}\n\n{mark}"
    return CallNote(mark, "Call", f"<p>{text}</p>", whole, now())


def stages(crm: Crm, deal: int) -> list[str]:
    (found,) = crm.deals([str(deal)])
    return [one.stage for one in found.history]
