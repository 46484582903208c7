"""What is to be there once is there once: notes and to-dos of a call, however often it is tried.

Nothing is made before the CRM was asked whether it is there already, by the mark at its end. A
create that nobody answered (CrmUncertain) is the caller's to come back for: not before
`crm.settles_s`, and with `is_uncertain`. What there is twice by then, or before, is made one.

A caller that may be killed keeps the deal before it calls, as one that was `tried`, and forgets
those with the receipt.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from api.crm.errors import CrmGone, CrmRejected
from api.crm.note_writing import note_hash, task_hash
from api.crm.port import CallNote, Crm, CrmTask, NoteRef

Outcome = Literal["created", "updated", "unchanged", "adopted"]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KnownNote:
    """A note, or to-do, as it was last seen at the CRM."""

    id: str
    hash: str | None
    deal_id: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class NoteReceipt:
    """A note, or to-do, that is there; `leftover` says which older one the CRM would not delete."""

    id: str
    url: str | None
    hash: str
    outcome: Outcome
    leftover: str | None = None


def upsert_note(
    crm: Crm,
    deal_id: str,
    note: CallNote,
    known: KnownNote | None = None,
    *,
    is_uncertain: bool = False,
    tried: Collection[str] = (),
) -> NoteReceipt:
    """See to it that a deal has a call's note once, saying what it says now.

    A note that nothing changed in costs no call. On another deal than before, it is made there and
    then deleted here; `tried` are deals on which one may have been made since it was last `known`,
    and of those it is deleted too. Raises CrmError: CrmGone when the deal is gone, CrmUncertain
    when nobody knows whether the note was made; tried again it goes on where it was.
    """
    shelf = _Shelf(
        look=lambda deal: crm.list_notes(deal, note.mark),
        create=lambda: crm.create_note(deal_id, note),
        update=lambda note_id: crm.update_note(deal_id, note_id, note),
        delete=crm.delete_note,
    )
    receipt = _put(shelf, deal_id, note_hash(note), known, is_uncertain)
    old = [(known.deal_id, known.id)] if known is not None else []
    old += [(deal, one) for deal in tried if deal != deal_id for one in _there(shelf, deal)]
    # Where deals were merged, what is kept may have been on the other one.
    left = [(deal, one) for deal, one in old if deal != deal_id and one != receipt.id]
    return replace(receipt, leftover=_discard(shelf, left) or receipt.leftover)


def upsert_tasks(
    crm: Crm,
    deal_id: str,
    tasks: Sequence[CrmTask],
    known: Mapping[str, KnownNote],
    *,
    is_uncertain: bool = False,
) -> Iterator[tuple[str, NoteReceipt]]:
    """The same for to-dos: the mark and receipt of each as soon as it is there, to be kept.

    `known` is by mark. Nothing where the CRM has no to-dos. One is never deleted: on a deal that is
    the call's no more it stays, and so does what the report does not say any more.
    """
    if not crm.has_tasks:
        return
    for task in tasks:
        yield task.mark, _put_task(crm, deal_id, task, known.get(task.mark), is_uncertain)


def _put_task(
    crm: Crm, deal_id: str, task: CrmTask, known: KnownNote | None, is_uncertain: bool
) -> NoteReceipt:
    shelf = _Shelf(
        look=lambda deal: crm.list_tasks(deal, task.mark),
        create=lambda: crm.create_task(deal_id, task),
        update=lambda task_id: crm.update_task(deal_id, task_id, task),
        delete=None,
    )
    return _put(shelf, deal_id, task_hash(task), known, is_uncertain)


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Where one thing lies at a CRM: each is for the deal and the mark it was made with."""

    look: Callable[[str], list[NoteRef]]
    create: Callable[[], NoteRef]
    update: Callable[[str], NoteRef]
    delete: Callable[[str, str], None] | None


def _put(
    shelf: _Shelf, deal_id: str, hashed: str, known: KnownNote | None, is_uncertain: bool
) -> NoteReceipt:
    """One thing, once, on a deal."""
    here = known if known is not None and known.deal_id == deal_id else None
    if here is not None and here.hash == hashed and not is_uncertain:
        return NoteReceipt(here.id, here.url, hashed, "unchanged")
    # After an unanswered create there may be a newer one than that which is known.
    adopted = _adopt(shelf, deal_id) if is_uncertain else None
    if adopted is None and here is not None:
        ref = _updated(shelf, here.id)
        if ref is not None:
            return NoteReceipt(ref.id, ref.url, hashed, "updated")
    adopted = adopted or _adopt(shelf, deal_id)
    ref, leftover = adopted or (shelf.create(), None)
    return NoteReceipt(ref.id, ref.url, hashed, "adopted" if adopted else "created", leftover)


def _updated(shelf: _Shelf, note_id: str) -> NoteRef | None:
    """A thing with its new words, None when somebody deleted it."""
    try:
        return shelf.update(note_id)
    except CrmGone:
        return None


def _adopt(shelf: _Shelf, deal_id: str) -> tuple[NoteRef, str | None] | None:
    """What there is with the mark already: the oldest is kept, the rest are deleted."""
    there = shelf.look(deal_id)
    for place, one in enumerate(there):
        ref = _updated(shelf, one.id)
        if ref is None:
            continue
        # An update may have made a new one in its place.
        rest = [(deal_id, other.id) for other in there[place + 1 :] if other.id != ref.id]
        return ref, _discard(shelf, rest)
    return None


def _there(shelf: _Shelf, deal_id: str) -> list[str]:
    """What a deal has with the mark; nothing when the deal itself is gone."""
    try:
        return [one.id for one in shelf.look(deal_id)]
    except CrmGone:
        return []


def _discard(shelf: _Shelf, old: Sequence[tuple[str, str]]) -> str | None:
    """Delete what is too much. What the CRM keeps is told, and is no reason to try again."""
    leftover = None
    if shelf.delete is None:
        return None
    for deal_id, one in old:
        try:
            shelf.delete(deal_id, one)
        except CrmGone:
            continue
        except CrmRejected as error:
            _log.warning("a note that is there twice stays: %s", error)
            leftover = f"{one}: {error}"
    return leftover
