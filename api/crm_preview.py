"""What a push would write, before it does: the note, the to-dos, and what changes in fields.

The note and the to-dos come from the kept report alone. Only what the deal's fields hold now is
asked of the CRM, and if it does not answer in time the rest is shown all the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlmodel import Session

from api.crm.errors import CrmError
from api.crm.port import CallNote, Crm, CrmTask, NoteFormat
from api.crm_access import open_connection
from api.crm_notes import Writing, writing_of
from api.settings import Settings
from models.crm.pushes import push_of
from models.errors import BadInput
from models.tables import Call, CrmConnection

_PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of the deal: what it holds and what it would; `was` is None where it is empty."""

    name: str
    label: str
    was: str | None
    becomes: str

    @property
    def is_change(self) -> bool:
        """Whether it would say something else."""
        return (self.was or "") != self.becomes


@dataclass(frozen=True, slots=True)
class Preview:
    """All that would be written; `problem` says why the fields could not be compared."""

    note: CallNote
    note_format: NoteFormat
    tasks: tuple[CrmTask, ...]
    fields: tuple[FieldChange, ...]
    problem: str | None = None


def preview_of(
    session: Session, engine: Engine, call: Call, connection: CrmConnection, settings: Settings
) -> Preview:
    """What would be written of a call now. Raises Missing, BadReport, BadInput."""
    writing = writing_of(session, call, connection, settings)
    push = push_of(session, connection.id, call.id)
    deal_ref = push.deal_ref if push else None
    with open_connection(engine, settings, connection, _PATIENCE_S) as crm:
        note, tasks = writing.note(crm.note_limit), writing.tasks() if crm.has_tasks else []
        note_format = crm.note_format
        try:
            fields, problem = _changes(crm, writing, deal_ref), None
        except (CrmError, BadInput) as error:
            fields, problem = _written(writing.fields(), {}, {}), str(error)
    return Preview(note, note_format, tuple(tasks), fields, problem)


def _changes(crm: Crm, writing: Writing, deal_ref: str | None) -> tuple[FieldChange, ...]:
    """Raises CrmError."""
    if not writing.mapping:
        return ()
    known = {one.name: one for one in crm.fields()}
    longest = {name: one.longest for name, one in known.items() if one.longest}
    values = writing.fields(longest)
    held = crm.read_fields(deal_ref, list(values)) if deal_ref and values else {}
    return _written(values, held, {name: one.label for name, one in known.items()})


def _written(
    values: Mapping[str, str], held: Mapping[str, str | None], labels: Mapping[str, str]
) -> tuple[FieldChange, ...]:
    return tuple(
        FieldChange(name, labels.get(name, name), held.get(name), value)
        for name, value in values.items()
    )
