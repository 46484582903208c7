"""Tryton 8 as a CRM: its opportunities are the deals, their notes are plain text."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from api.crm.errors import CrmGone, CrmRejected
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
)
from api.crm.tryton_history import MODEL
from api.crm.tryton_notes import Notes
from api.crm.tryton_reading import Opportunities
from api.crm.tryton_rpc import (
    ANYTHING,
    DATABASE,
    NAME,
    NAMED,
    ROWS,
    TEXT,
    Rpc,
    TrytonManners,
)
from api.crm.tryton_search import ways
from api.crm.wire import Manners, Wire
from models.crm.deal import CrmDeal

HOSTS: tuple[str, ...] = ()
"""Nobody's cloud: each Tryton is somebody's own."""
_NEEDED: Mapping[str, tuple[str, str]] = {
    "sale.opportunity": ("write", "to see and change opportunities (group Sale Opportunity)"),
    "ir.note": ("create", "to write notes"),
    "party.party": ("read", "to see parties"),
    "company.employee": ("read", "to see employees"),
}
_RIGHTS = TypeAdapter(dict[str, dict[str, Any]])
_TEXTS = ("char", "text")
_HIGHEST_ID = 2**31 - 1


def manners(address: str, options: Mapping[str, Any]) -> Manners:
    """How the Tryton at an address is spoken to; `options` tell its `database`."""
    return TrytonManners(address, _database(options))


class Tryton:
    """A Tryton's database. `options`: `database`, and `web` where its web client is elsewhere."""

    kind: str = "tryton"
    note_format: NoteFormat = "text"
    note_limit: int = 100_000
    has_tasks: bool = False
    settles_s: float = 5.0

    def __init__(self, wire: Wire, options: Mapping[str, Any]) -> None:
        database = _database(options)
        self._rpc = Rpc(wire, TrytonManners("", database).path)
        self._seen = Opportunities(self._rpc, database, options.get("web") or None)

    def check(self) -> CrmAccount:
        """Ask who the user is, and what it may do."""
        version = self._rpc.call(TEXT, "common.server.version", path="/rpc/")
        user = self._rpc.call(NAMED, "model.res.user.get_preferences", False, self._seen.context)
        return CrmAccount(
            name=str(user.get("company.rec_name") or self._seen.database),
            user=user.get("name") or self._rpc.wire.grant.current().get("login"),
            scopes=self._groups(user.get("groups") or []),
            lacks=self._lacks(),
            api_version=version,
            web_url=self._seen.web_url,
        )

    def find_deals(self, hint: DealHint) -> list[Found]:
        """Deals that may be the call's."""
        found: dict[str, Found] = {}
        if hint.deal_id is not None:
            for named in self.deals([hint.deal_id]):
                found[named.id] = Found(named, "id", (hint.deal_id,))
        for way in ways(hint):
            if any(one.deal.status == "open" for one in found.values()):
                break
            for one in self._seen.found(way, hint.at):
                found.setdefault(one.deal.id, one)
        return list(found.values())

    def deals(self, deal_ids: Sequence[str]) -> list[CrmDeal]:
        """Those of the deals that are there, with their history."""
        numbers = (_number(one) for one in deal_ids)
        return self._seen.read([one for one in numbers if one is not None])

    def changed_deals(self, since: datetime | None, cursor: str | None) -> DealPage:
        """A page of deals changed at or after an instant."""
        return self._seen.page(since, cursor)

    def list_notes(self, deal_id: str, mark: str) -> list[NoteRef]:
        """The deal's notes that carry a mark, oldest first."""
        marked = self._notes(deal_id).marked(mark)
        return [self._ref(deal_id, one.id, one.made_at) for one in marked]

    def create_note(self, deal_id: str, note: CallNote) -> NoteRef:
        """Write a new note on a deal."""
        return self._ref(deal_id, self._notes(deal_id).write(note.text), None)

    def update_note(self, deal_id: str, note_id: str, note: CallNote) -> NoteRef:
        """Write a new note, unless the newest says the same, and delete the others of its mark."""
        written = self._notes(deal_id).replace(_number(note_id), note.mark, note.text)
        return self._ref(deal_id, written.id, written.made_at)

    def delete_note(self, deal_id: str, note_id: str) -> None:
        """Take a note away; one that is gone already is no error."""
        number = _number(note_id)
        if number is not None and _number(deal_id) is not None:
            self._notes(deal_id).delete(number)

    def list_tasks(self, deal_id: str, mark: str) -> list[NoteRef]:
        """None: Tryton's opportunities have no to-dos."""
        return []

    def create_task(self, deal_id: str, task: CrmTask) -> NoteRef:
        """Raises CrmRejected."""
        raise CrmRejected(f"{NAME} has no to-dos; turn them off for this connection")

    def update_task(self, deal_id: str, task_id: str, task: CrmTask) -> NoteRef:
        """Raises CrmRejected."""
        return self.create_task(deal_id, task)

    def fields(self) -> list[CrmField]:
        """The text fields of deals that may be written to."""
        return [
            CrmField(name, str(one.get("string") or name), one.get("size"))
            for name, one in sorted(self._seen.fields.items())
            if one.get("type") in _TEXTS and not one.get("readonly")
        ]

    def read_fields(self, deal_id: str, names: Sequence[str]) -> Mapping[str, str | None]:
        """What a deal's fields hold now."""
        self._only_texts(names)
        rows = self._seen.rows([["id", "=", _there(deal_id)]], names, [], 1)
        if not rows:
            raise _gone(deal_id)
        return {name: None if rows[0].get(name) is None else str(rows[0][name]) for name in names}

    def write_fields(self, deal_id: str, values: Mapping[str, str]) -> None:
        """Write to a deal's fields."""
        self._only_texts(values)
        number = _there(deal_id)
        try:
            self._rpc.call(ANYTHING, f"{MODEL}.write", [number], dict(values), self._seen.context)
        except CrmRejected:
            if self._seen.is_there(number):
                raise
            raise _gone(deal_id) from None

    def _groups(self, numbers: Sequence[int]) -> tuple[str, ...]:
        asked = ([["id", "in", list(numbers)]], 0, None, None, ["name"], self._seen.context)
        try:
            rows = self._rpc.call(ROWS, "model.res.group.search_read", *asked)
        except CrmRejected:
            return ()
        return tuple(sorted(str(row.get("name")) for row in rows))

    def _lacks(self) -> tuple[str, ...]:
        """What the user may not do. Raises CrmRejected when there are no opportunities at all."""
        try:
            rights = self._rpc.call(
                _RIGHTS, "model.ir.model.access.get_access", list(_NEEDED), self._seen.context
            )
        except CrmRejected as error:
            if "sale.opportunity" not in str(error):
                raise
            raise CrmRejected(
                f"{NAME} has no opportunities; have its module sale_opportunity activated"
            ) from None
        needed = _NEEDED.items()
        return tuple(
            words for model, (mode, words) in needed if not rights.get(model, {}).get(mode)
        )

    def _notes(self, deal_id: str) -> Notes:
        return Notes(self._rpc, self._seen.context, _there(deal_id))

    def _ref(self, deal_id: str, note_id: int, made_at: datetime | None) -> NoteRef:
        return NoteRef(str(note_id), self._seen.url(deal_id), made_at)

    def _only_texts(self, names: Iterable[str]) -> None:
        known = {one.name for one in self.fields()}
        for name in names:
            if name not in known:
                raise CrmRejected(f"{NAME}: opportunities have no text field {name} to write to")


def _database(options: Mapping[str, Any]) -> str:
    return str(options.get("database") or DATABASE)


def _number(text: str) -> int | None:
    """An id of Tryton's, None for what cannot be one."""
    number = int(text) if re.fullmatch(r"[0-9]{1,10}", text) else 0
    return number if 0 < number <= _HIGHEST_ID else None


def _there(deal_id: str) -> int:
    number = _number(deal_id)
    if number is None:
        raise _gone(deal_id)
    return number


def _gone(deal_id: str) -> CrmGone:
    return CrmGone(f"{NAME} has no opportunity {deal_id[:20]}, or not for this user")
