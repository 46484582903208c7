"""Calls as they were before something was struck out, aside from all that is shown."""

import json
from collections.abc import Sequence
from uuid import UUID

from sqlmodel import Session, col, delete, select

from analyzer import Hearing
from analyzer.codec import hearing_from_json, hearing_to_json
from models.errors import Forbidden, Missing
from models.sealing import Seal
from models.storable import storable
from models.tables import Call, Original, Recording, User


def keep_words(session: Session, seal: Seal, call_id: UUID, hearing: Hearing, readers: str) -> None:
    """Keep what was heard, sealed; what is kept of before stays."""
    row = session.get(Original, call_id) or Original(call_id=call_id)
    row.readers = readers
    if row.sealed is None:
        told = storable(hearing_to_json(hearing), f"the original of call {call_id}")
        row.sealed = seal.close({"hearing": json.dumps(told)})
    session.add(row)
    session.flush()


def keep_sound(session: Session, recording: Recording) -> bool:
    """Keep where a recording lies before another takes its place; False where none are kept."""
    row = session.get(Original, recording.call_id)
    if row is None:
        return False
    if row.key is None:
        row.key, row.sha256, row.size = recording.key, recording.sha256, recording.size
        row.origin_name = recording.origin_name
        session.add(row)
        session.flush()
    return row.key == recording.key


def find_original(session: Session, user: User, call: Call) -> Original:
    """How a call was that the user may see, if they may see that too.

    Raises Missing where nothing else is kept, Forbidden for whom the rule does not name.
    """
    original = session.get(Original, call.id)
    if original is None:
        raise Missing("this call is kept as it is shown: there is no other original")
    if not may_read(session, user, call, original):
        raise Forbidden("only those whom the redaction rule names may see what was struck out")
    return original


def may_read(session: Session, user: User, call: Call, original: Original) -> bool:
    """Whether somebody who may see a call may see it as it was."""
    if user.role == "admin":
        return True
    rep = session.get_one(User, call.rep_id)
    is_managed = user.team_id is not None and user.team_id == rep.team_id
    return original.readers == "managers" and user.role == "manager" and is_managed


def read_words(seal: Seal, original: Original) -> Hearing:
    """What was heard. Raises Missing, BadDatabase."""
    if original.sealed is None:
        raise Missing("what was said originally was deleted")
    return hearing_from_json(json.loads(seal.open(original.sealed)["hearing"]))


def drop_originals(session: Session, call_ids: Sequence[UUID]) -> set[str]:
    """Forget how calls were; returns the keys of their recordings."""
    rows = session.exec(
        select(Original).where(col(Original.call_id).in_(call_ids)).with_for_update()
    ).all()
    session.execute(delete(Original).where(col(Original.call_id).in_(call_ids)))
    return {one.key for one in rows if one.key is not None}


def drop_original_sounds(session: Session, call_ids: Sequence[UUID]) -> set[str]:
    """Forget only the recordings; returns their keys."""
    rows = session.exec(
        select(Original).where(col(Original.call_id).in_(call_ids)).with_for_update()
    ).all()
    keys = {one.key for one in rows if one.key is not None}
    for one in rows:
        one.key = one.sha256 = one.size = one.origin_name = None
        session.add(one)
    session.flush()
    return keys


def drop_original_words(session: Session, call_ids: Sequence[UUID]) -> None:
    """Forget only what was said."""
    rows = session.exec(
        select(Original).where(col(Original.call_id).in_(call_ids)).with_for_update()
    ).all()
    for one in rows:
        one.sealed = None
        session.add(one)
    session.flush()


def reseal_originals(session: Session, seal: Seal) -> int:
    """Put what is sealed under the first key; returns how many. Raises BadDatabase."""
    rows = session.exec(
        select(Original).where(col(Original.sealed).is_not(None)).with_for_update()
    ).all()
    for one in rows:
        if one.sealed is not None:
            one.sealed = seal.renew(one.sealed)
            session.add(one)
    return len(rows)
