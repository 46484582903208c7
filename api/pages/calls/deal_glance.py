"""The deal of a call at a glance: where it stands, what it is worth, what may go wrong."""

from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from api.pages.deals.phrases import (
    SIGN_ICONS,
    TONES,
    amount_of,
    sign_name,
    sign_reason,
    stage_name,
)
from api.pages.frame import Reader
from api.pages.words import marked
from api.settings import Settings
from models.errors import Missing
from models.rights import find_deal
from models.risks import Looking, risks_of
from models.tables import Call

_OUTCOMES = {
    "open": marked("Still open"),
    "won": marked("Deal won"),
    "lost": marked("Deal lost"),
}


@dataclass(frozen=True, slots=True)
class SignLine:
    """What may go wrong with a deal, and what it is seen by."""

    icon: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class DealGlance:
    """A deal that the reader may open; `tone` is the colour of what became of it."""

    id: UUID
    name: str
    stage: str | None
    is_open: bool
    outcome: str
    tone: str
    amount: str | None
    signs: tuple[SignLine, ...]


def deal_glance(
    session: Session, reader: Reader, call: Call, settings: Settings | None = None
) -> DealGlance | None:
    """The deal of a call; None without one, and of one that the reader may not see."""
    if call.deal_id is None:
        return None
    try:
        deal = find_deal(session, reader.user, call.deal_id)
    except Missing:
        return None
    words, is_open = reader.words, deal.outcome == "open"
    found = risks_of(session, _looking(reader, settings), deal) if is_open else ()
    return DealGlance(
        deal.id,
        deal.name,
        stage_name(words, deal.stage),
        is_open,
        words(_OUTCOMES[deal.outcome]),
        TONES[deal.outcome],
        amount_of(words, deal),
        tuple(
            SignLine(SIGN_ICONS[one.kind], sign_name(words, one), sign_reason(words, one))
            for one in found
        ),
    )


def _looking(reader: Reader, settings: Settings | None) -> Looking:
    if settings is None:
        return Looking(reader.user, reader.words.now)
    return Looking(
        reader.user,
        reader.words.now,
        settings.silent_days,
        settings.follow_up_days,
        settings.time_zone,
    )
