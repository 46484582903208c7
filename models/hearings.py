"""What was heard, kept: whole hearings, and what single stages made on the way to one."""

from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from analyzer import Hearing
from analyzer.codec import hearing_from_json, hearing_to_json
from models import tables
from models.errors import Missing
from models.storable import storable
from models.tables import Call, Original, Redaction, StageResult
from models.tables.columns import Json, now


def hold_call(session: Session, call_id: UUID) -> None:
    """Keep others from changing what is derived from a call until the transaction ends.

    A second caller waits; whoever only refers to the call, as a comment does, need not.
    Raises Missing when there is no such call.
    """
    held = select(Call.id).where(Call.id == call_id).with_for_update(key_share=True)
    if session.exec(held).one_or_none() is None:
        raise Missing(f"there is no call {call_id}")


def keep_hearing(
    session: Session,
    call: Call,
    hearing: Hearing,
    source: str = "recording",
    sha256: str | None = None,
) -> None:
    """Keep what was heard of a call, in place of what was heard before.

    `source` and `sha256` tell of the transcript it was read from. Signs that cannot be stored
    become U+FFFD, as every transcript shows them. Raises Missing when there is no such call,
    BadInput when a time or a certainty is not a number.
    """
    hold_call(session, call.id)
    kept = {
        "hearing": storable(hearing_to_json(hearing), f"the hearing of call {call.id}"),
        "language": hearing.language[:8],
        "duration_s": hearing.duration_s,
        "source": source,
        "sha256": sha256,
        "created_at": now(),
    }
    statement = insert(tables.Hearing).values(call_id=call.id, **kept)
    session.execute(statement.on_conflict_do_update(index_elements=["call_id"], set_=kept))
    # Nobody looked yet for what is to be struck out of these words.
    session.execute(update(Redaction).where(col(Redaction.call_id) == call.id).values(kinds=[]))
    session.execute(update(Original).where(col(Original.call_id) == call.id).values(sealed=None))


def load_hearing(session: Session, call_id: UUID) -> Hearing | None:
    """What was heard of a call, None when nothing was yet.

    Raises BadReport when it is damaged or of another version: the call must be heard again.
    """
    stored = session.exec(
        select(tables.Hearing.hearing).where(tables.Hearing.call_id == call_id)
    ).one_or_none()
    return None if stored is None else hearing_from_json(stored)


def has_hearing(session: Session, call_id: UUID) -> bool:
    """Whether anything was heard of a call, without reading it."""
    found = select(tables.Hearing.call_id).where(tables.Hearing.call_id == call_id)
    return session.exec(found).one_or_none() is not None


def keep_stage(session: Session, call_id: UUID, stage: str, sha256: str, result: Json) -> None:
    """Keep what a stage made of the recording with this SHA-256.

    Raises Missing when there is no such call, BadInput when a number in it is none.
    """
    hold_call(session, call_id)
    kept = {
        "sha256": sha256,
        "result": storable(result, f"what {stage} made of call {call_id}"),
        "created_at": now(),
    }
    statement = insert(StageResult).values(call_id=call_id, stage=stage, **kept)
    session.execute(statement.on_conflict_do_update(index_elements=["call_id", "stage"], set_=kept))


def load_stage(session: Session, call_id: UUID, stage: str, sha256: str) -> Json | None:
    """What a stage made, None when it made nothing yet or of another recording."""
    kept = session.exec(
        select(StageResult.result).where(
            StageResult.call_id == call_id,
            StageResult.stage == stage,
            StageResult.sha256 == sha256,
        )
    ).one_or_none()
    return None if kept is None else dict(kept)


def forget_stages(session: Session, call_id: UUID) -> None:
    """Drop what the stages made, as when the whole hearing is kept."""
    session.execute(delete(StageResult).where(col(StageResult.call_id) == call_id))
