"""A CRM that prints: for development, the demo and tests. It keeps what it is told in memory."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from threading import RLock
from typing import TextIO

from analyzer.lexicon import fold
from api.console import plain
from api.crm.errors import CrmGone, CrmRejected
from api.crm.hints import domain_of, phone_variants
from api.crm.port import (
    CallNote,
    CrmAccount,
    CrmField,
    CrmTask,
    DealHint,
    DealPage,
    Found,
    NoteFormat,
    NoteRef,
    Via,
)
from models.crm.deal import CrmDeal
from models.tables.columns import now

_PAGE = 100
_OF_LATE = timedelta(days=14)
_FIELDS = (
    CrmField("next_step", "Next step", 255),
    CrmField("next_step_date", "Next step date", 20),
    CrmField("competitor", "Competitor", 255),
    CrmField("objection", "Objection", 255),
    CrmField("summary", "Summary", 2000),
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A note or a to-do that it was told, and on which deal."""

    ref: NoteRef
    deal_id: str
    said: CallNote | CrmTask


@dataclass
class Memory:
    """What a console was told; a second console with the same memory goes on where it was."""

    deals: dict[str, CrmDeal] = field(default_factory=dict)
    notes: dict[str, Kept] = field(default_factory=dict)
    tasks: dict[str, Kept] = field(default_factory=dict)
    fields: dict[tuple[str, str], str] = field(default_factory=dict)
    ids: Iterable[int] = field(default_factory=lambda: count(1))


class Console:
    """A CRM whose deals are given, and which prints whatever is written to it."""

    def __init__(
        self,
        deals: Iterable[CrmDeal] = (),
        out: TextIO | None = None,
        *,
        note_format: NoteFormat = "text",
        note_limit: int = 65_536,
        memory: Memory | None = None,
    ) -> None:
        self._memory = memory or Memory()
        self._memory.deals.update({one.id: one for one in deals})
        self._out = out
        self._format, self._limit = note_format, note_limit
        self._ids, self._lock = iter(self._memory.ids), RLock()

    @property
    def kind(self) -> str:
        """Always "console"."""
        return "console"

    @property
    def note_format(self) -> NoteFormat:
        """Which of a note's two texts it prints."""
        return self._format

    @property
    def note_limit(self) -> int:
        """The longest note in signs."""
        return self._limit

    @property
    def has_tasks(self) -> bool:
        """It has to-dos."""
        return True

    @property
    def settles_s(self) -> float:
        """What it was told is there at once."""
        return 0.0

    def check(self) -> CrmAccount:
        """Say what it is."""
        deals = len(self._memory.deals)
        return CrmAccount("Console", scopes=("all",), limits=(f"{deals} deals in memory",))

    def find_deals(self, hint: DealHint) -> list[Found]:
        """Deals that may be the call's, by the strongest way that finds an open one."""
        found: dict[str, Found] = {}
        for via in _WAYS:
            for deal in list(self._memory.deals.values()):
                by = _shared(via, deal, hint)
                if by and deal.id not in found and (via == "id" or _is_recent(deal, hint.at)):
                    found[deal.id] = Found(deal, via, by)
            if any(one.deal.status == "open" for one in found.values()):
                break
        return list(found.values())

    def deals(self, deal_ids: Sequence[str]) -> list[CrmDeal]:
        """Those of the deals that are there."""
        there = self._memory.deals
        return [there[one] for one in dict.fromkeys(deal_ids) if one in there]

    def changed_deals(self, since: datetime | None, cursor: str | None) -> DealPage:
        """A page of deals changed at or after an instant, oldest change first."""
        dated = ((one.updated_at or one.created_at, one) for one in self._memory.deals.values())
        changed = [(at, one) for at, one in dated if since is None or at is None or at >= since]
        changed.sort(key=lambda pair: (pair[0] is not None, str(pair[0]), pair[1].id))
        start = int(cursor or 0)
        page = tuple(one for _, one in changed[start : start + _PAGE])
        end = start + len(page)
        return DealPage(page, str(end) if end < len(changed) else None)

    def list_notes(self, deal_id: str, mark: str) -> list[NoteRef]:
        """The deal's notes that carry a mark, oldest first."""
        return self._list(self._memory.notes, deal_id, mark)

    def create_note(self, deal_id: str, note: CallNote) -> NoteRef:
        """Print a new note. Raises CrmGone, and CrmRejected when it is too long."""
        return self._create("note", self._memory.notes, deal_id, note)

    def update_note(self, deal_id: str, note_id: str, note: CallNote) -> NoteRef:
        """Print a note's new words. Raises CrmGone when it was deleted."""
        return self._update("note", self._memory.notes, (deal_id, note_id), note)

    def delete_note(self, deal_id: str, note_id: str) -> None:
        """Take a note away; one that is gone already is no error."""
        with self._lock:
            kept = self._memory.notes.get(note_id)
            if kept is not None and kept.deal_id == deal_id:
                del self._memory.notes[note_id]
                self._print(f"deal {deal_id}: note {note_id} deleted")

    def list_tasks(self, deal_id: str, mark: str) -> list[NoteRef]:
        """The deal's to-dos that carry a mark."""
        return self._list(self._memory.tasks, deal_id, mark)

    def create_task(self, deal_id: str, task: CrmTask) -> NoteRef:
        """Print a new to-do. Raises CrmGone when the deal is."""
        return self._create("to-do", self._memory.tasks, deal_id, task)

    def update_task(self, deal_id: str, task_id: str, task: CrmTask) -> NoteRef:
        """Print a to-do's new words. Raises CrmGone when it was deleted."""
        return self._update("to-do", self._memory.tasks, (deal_id, task_id), task)

    def fields(self) -> list[CrmField]:
        """Some text fields."""
        return list(_FIELDS)

    def read_fields(self, deal_id: str, names: Sequence[str]) -> Mapping[str, str | None]:
        """What a deal's fields hold now."""
        self._deal(deal_id)
        return {name: self._memory.fields.get((deal_id, name)) for name in names}

    def write_fields(self, deal_id: str, values: Mapping[str, str]) -> None:
        """Print what is written to fields. Raises CrmRejected for one that it has not."""
        self._deal(deal_id)
        there = {one.name for one in _FIELDS}
        unknown = [name for name in values if name not in there]
        if unknown:
            raise CrmRejected(f"console: there is no field {unknown[0]}; choose one of its own")
        for name, value in values.items():
            self._memory.fields[deal_id, name] = value
            self._print(f"deal {deal_id}: {name} = {value}")

    def _deal(self, deal_id: str) -> CrmDeal:
        deal = self._memory.deals.get(deal_id)
        if deal is None:
            raise CrmGone(f"console: there is no deal {deal_id}; choose another")
        return deal

    def _list(self, kept: Mapping[str, Kept], deal_id: str, mark: str) -> list[NoteRef]:
        self._deal(deal_id)
        with self._lock:
            same = [one for one in kept.values() if one.deal_id == deal_id]
        return [one.ref for one in same if one.said.mark == mark]

    def _create(
        self, what: str, kept: dict[str, Kept], deal_id: str, said: CallNote | CrmTask
    ) -> NoteRef:
        deal = self._deal(deal_id)
        words = self._words(said)
        with self._lock:
            ref = NoteRef(str(next(self._ids)), deal.url, now())
            kept[ref.id] = Kept(ref, deal_id, said)
            self._print(f"deal {deal_id}: {what} {ref.id} created\n{words}")
        return ref

    def _update(
        self, what: str, kept: dict[str, Kept], where: tuple[str, str], said: CallNote | CrmTask
    ) -> NoteRef:
        deal_id, own_id = where
        words = self._words(said)
        with self._lock:
            one = kept.get(own_id)
            if one is None or one.deal_id != deal_id:
                raise CrmGone(f"console: {what} {own_id} is not on deal {deal_id} any more")
            kept[own_id] = replace(one, said=said)
            self._print(f"deal {deal_id}: {what} {own_id} changed\n{words}")
        return one.ref

    def _words(self, said: CallNote | CrmTask) -> str:
        """What is printed of it. Raises CrmRejected when it is too long."""
        words = said.text
        if isinstance(said, CallNote) and self._format == "html":
            words = said.html
        if len(words) > self._limit:
            raise CrmRejected(f"console: {len(words)} signs; at most {self._limit} are taken")
        return words

    def _print(self, text: str) -> None:
        out = self._out or sys.stdout
        out.write("\n".join(plain(line) for line in text.split("\n")) + "\n")


_WAYS: tuple[Via, ...] = ("id", "email", "phone", "company", "domain")


def _is_recent(deal: CrmDeal, at: datetime) -> bool:
    return deal.status == "open" or deal.closed_at is None or deal.closed_at >= at - _OF_LATE


def _shared(via: Via, deal: CrmDeal, hint: DealHint) -> tuple[str, ...]:
    """What a deal has of what is known of a call, looked at in one way."""
    emails = [(one.email or "").lower() for one in deal.contacts]
    match via:
        case "id":
            named = {deal.id, *deal.merged}
            return (deal.id,) if hint.deal_id in named else ()
        case "email":
            own, known = emails, hint.emails
        case "phone":
            numbers = (phone_variants(one.phone or "") for one in deal.contacts)
            own, known = [way for ways in numbers for way in ways[:1]], hint.phones
        case "company":
            name = fold(deal.company.name) if deal.company else ""
            return tuple(one for one in hint.companies if fold(one) == name)
        case "domain":
            site = (deal.company.domain or "").lower() if deal.company else ""
            own, known = [*(domain_of(one) for one in emails), site], hint.domains
    return tuple(one for one in dict.fromkeys(own) if one and one in known)
