"""A stretch of a call: where it may lie."""

from uuid import UUID

from sqlmodel import Session, select

from models.errors import BadInput
from models.tables import Hearing, Recording

_ROUNDING_S = 0.1
"""Players show lengths their own way."""


def length_of(session: Session, call_id: UUID) -> float | None:
    """Seconds of a call, as far as they are known: of its recording, else of its transcript."""
    recording = select(Recording.duration_s).where(Recording.call_id == call_id)
    known = session.exec(recording).one_or_none()
    if known is not None:
        return known
    return session.exec(select(Hearing.duration_s).where(Hearing.call_id == call_id)).one_or_none()


def check_stretch(
    session: Session, call_id: UUID, start_s: float | None, end_s: float | None
) -> None:
    """Raise BadInput unless a moment or a stretch can lie in the call; two None are the whole."""
    if start_s is None:
        if end_s is not None:
            raise BadInput("end_s: say where it starts as well")
        return
    if start_s < 0 or (end_s is not None and end_s <= start_s):
        raise BadInput("end_s: end after the start, which is second 0 or later")
    length_s = length_of(session, call_id)
    if length_s is not None and max(start_s, end_s or 0.0) > length_s + _ROUNDING_S:
        raise BadInput(f"the call lasts {length_s:.1f} s; name seconds within it")
