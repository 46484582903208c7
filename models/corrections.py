"""What people put right in a call: kept in order, undone by a date, applied on top each time."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import Session, col, select

from analyzer.corrections import Correction as Applied
from analyzer.corrections import apply_corrections
from analyzer.corrections_codec import (
    correction_from_json,
    correction_from_page,
    correction_to_json,
)
from analyzer.transcript import Transcript, assemble
from models import lifecycle
from models.errors import Conflict, Missing
from models.hearings import load_hearing
from models.tables import Call, Correction, User
from models.tables.columns import Json, now


def corrections_of(session: Session, call_id: UUID) -> tuple[Applied, ...]:
    """The corrections in force, in the order they were made."""
    return tuple(correction_from_json(row.kind, row.what) for row in _in_force(session, call_id))


def list_corrections(session: Session, call_id: UUID) -> Sequence[Correction]:
    """Every correction ever made, undone ones too, in order."""
    statement = select(Correction).where(Correction.call_id == call_id).order_by(col(Correction.id))
    return session.exec(statement).all()


def transcript_of(session: Session, call_id: UUID) -> Transcript:
    """The call as its report shows it now. Raises Missing when it was not heard yet."""
    hearing = load_hearing(session, call_id)
    if hearing is None:
        raise Missing(f"call {call_id} was not heard yet: wait until it is")
    corrected = apply_corrections(hearing, corrections_of(session, call_id))
    return assemble(corrected.hearing)


def correct(session: Session, user: User, call: Call, kind: str, what: Json) -> Correction:
    """Put something right, and have everything derived made anew.

    `what` names speakers as the report does. Raises BadCorrection when it does not fit the report.
    """
    stored_kind, stored = correction_to_json(
        correction_from_page(kind, what, transcript_of(session, call.id))
    )
    row = Correction(call_id=call.id, kind=stored_kind, what=stored, author_id=user.id)
    session.add(row)
    _renew(session, call)
    return row


def undo(session: Session, user: User, call: Call, correction_id: int) -> Correction:
    """Take a correction back. Raises Missing, or Conflict when it was taken back before."""
    row = _find(session, call, correction_id)
    if row.undone_at is not None:
        raise Conflict(f"correction {correction_id} was undone already")
    row.undone_at, row.undone_by_id = now(), user.id
    session.add(row)
    _renew(session, call)
    return row


def redo(session: Session, call: Call, correction_id: int) -> Correction:
    """Put an undone correction back in its place. Raises Missing or Conflict."""
    row = _find(session, call, correction_id)
    if row.undone_at is None:
        raise Conflict(f"correction {correction_id} is in force")
    row.undone_at = row.undone_by_id = None
    session.add(row)
    _renew(session, call)
    return row


def undo_all(session: Session, user: User, call: Call) -> None:
    """Take every correction back, as when the words they are about are no more there."""
    for row in _in_force(session, call.id):
        row.undone_at, row.undone_by_id = now(), user.id
        session.add(row)


def _renew(session: Session, call: Call) -> None:
    lifecycle.understand(session, call, priority=lifecycle.CORRECTED_PRIORITY)
    session.flush()


def _in_force(session: Session, call_id: UUID) -> Sequence[Correction]:
    return [row for row in list_corrections(session, call_id) if row.undone_at is None]


def _find(session: Session, call: Call, correction_id: int) -> Correction:
    row = session.get(Correction, correction_id)
    if row is None or row.call_id != call.id:
        raise Missing(f"there is no correction {correction_id} of this call")
    return row
