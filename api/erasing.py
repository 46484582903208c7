"""The job that erases: steps in the database and the files, then the notes at CRMs.

What goes wrong is told by its kind alone: a message could name whom it is about.
"""

import logging
from collections.abc import Callable
from uuid import UUID

import procrastinate
from procrastinate import JobContext, RetryStrategy
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from api.crm.errors import CrmError
from api.crm_access import open_connection
from api.workshop import Workshop
from models.crm.connections import find_connection
from models.database import is_away
from models.errors import BadDatabase, BadInput, Missing, StoreDown, StoreFull
from models.privacy.erasing import PAUSE_S, Eraser, Held, notes_done
from models.privacy.orders import TASK
from models.queue import defer
from models.tables import CrmConnection, Erasure
from models.tables.columns import Json

_LOG = logging.getLogger(__name__)
_MOST_TRIES = 12
_LONGEST_PAUSE_S = 6 * 3600
_CRM_PATIENCE_S = 60.0


class Stuck(Exception):
    """An erasure did not get on, told without a word of whom it is about."""


def register(app: procrastinate.App, workshop: Workshop) -> None:
    """Give a queue's app the job."""
    again = RetryStrategy(max_attempts=_MOST_TRIES, exponential_wait=5)

    @app.task(name=TASK, queue="housekeeping", retry=again, pass_context=True)
    def erase(context: JobContext, erasure_id: str) -> None:
        go_on(workshop, UUID(erasure_id), context.should_abort)


def go_on(
    workshop: Workshop, erasure_id: UUID, should_stop: Callable[[], bool] = lambda: False
) -> None:
    """Go on with an erasure; what cannot be done now is come back for. Raises Stuck."""
    settings = workshop.settings
    eraser = Eraser(workshop.engine, workshop.files, settings.seal(), settings.signing_key())
    try:
        stage = eraser.run(erasure_id, should_stop)
        if stage == "notes":
            _delete_notes(workshop, erasure_id)
        elif stage != "done":
            workshop.keep(lambda session: _later(session, erasure_id))
    except Held as error:
        _note_failed(workshop, erasure_id, str(error), is_final=True)
    except (StoreDown, StoreFull) as error:
        _note_failed(workshop, erasure_id, f"files cannot be deleted now ({type(error).__name__})")
    except Exception as error:  # noqa: BLE001 (its words could name somebody)
        kind = type(error).__name__
        if isinstance(error, DBAPIError) and is_away(error):
            _note_failed(workshop, erasure_id, "the database was away")
            return
        _LOG.error("erasure %s did not get on: %s", erasure_id, kind)
        try:
            _note_failed(workshop, erasure_id, f"something went wrong here ({kind})")
        except Exception as second:  # noqa: BLE001
            raise Stuck(f"erasure {erasure_id}: {type(second).__name__}") from None


def _later(session: Session, erasure_id: UUID) -> None:
    defer(session, TASK, after_s=PAUSE_S, erasure_id=str(erasure_id))


def _note_failed(workshop: Workshop, erasure_id: UUID, why: str, *, is_final: bool = False) -> None:
    """Tell, and try again later, or give up when that was tried too often."""

    def save(session: Session) -> None:
        found = session.get(Erasure, erasure_id, with_for_update=True)
        if found is None or found.state == "done":
            return
        tries = int(found.plan.get("tries", 0)) + 1
        found.plan, found.failure = {**found.plan, "tries": tries}, why
        if is_final or tries >= _MOST_TRIES:
            found.state = "failed"
        else:
            found.state = "waiting"
            pause_s = min(PAUSE_S * 2 ** (tries - 1), _LONGEST_PAUSE_S)
            defer(session, TASK, after_s=pause_s, erasure_id=str(erasure_id))
        session.add(found)

    workshop.keep(save)


def _delete_notes(workshop: Workshop, erasure_id: UUID) -> None:
    """Take away what was written at CRMs, note by note, each crossed out once it is."""
    with workshop.session() as session:
        notes: list[Json] = list(session.get_one(Erasure, erasure_id).plan.get("notes", ()))
    troubles = [why for one in notes if (why := _delete_note(workshop, erasure_id, one))]
    if troubles:
        told = f"{len(troubles)} notes at CRMs are still there: {troubles[0]}"
        _note_failed(workshop, erasure_id, told)
        return

    def save(session: Session) -> None:
        found = session.get_one(Erasure, erasure_id, with_for_update=True)
        if found.state != "done":
            notes_done(session, workshop.files, workshop.settings.signing_key(), found)
            session.add(found)

    workshop.keep(save)


def _delete_note(workshop: Workshop, erasure_id: UUID, one: Json) -> str | None:
    """Delete a note; returns why it is still there."""
    try:
        with workshop.session() as session:
            connection: CrmConnection = find_connection(session, UUID(one["connection_id"]))
            session.expunge(connection)
        with open_connection(
            workshop.engine, workshop.settings, connection, _CRM_PATIENCE_S
        ) as crm:
            crm.delete_note(one["deal_ref"], one["note_id"])
    except Missing:
        return "its connection was deleted here; delete the note there by hand"
    except (CrmError, BadInput, BadDatabase) as error:
        return f"{connection.name} ({type(error).__name__})"
    workshop.keep(lambda session: _cross_out(session, erasure_id, one))
    return None


def _cross_out(session: Session, erasure_id: UUID, one: Json) -> None:
    found = session.get_one(Erasure, erasure_id, with_for_update=True)
    notes = [other for other in found.plan.get("notes", ()) if other != one]
    gone = int(found.counts.get("crm_notes", 0)) + 1
    found.plan, found.counts = {**found.plan, "notes": notes}, {**found.counts, "crm_notes": gone}
    session.add(found)
