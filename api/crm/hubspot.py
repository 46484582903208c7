"""HubSpot, by its API that has dates for versions."""

import html
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from api.crm.errors import CrmGone
from api.crm.hubspot_access import (
    HOSTS,
    HUBSPOT_API_VERSION,
    authorize_url,
    exchange,
    known_zone,
    manners,
    version_of,
)
from api.crm.hubspot_changes import changed
from api.crm.hubspot_deals import Deals
from api.crm.hubspot_finding import Finding
from api.crm.hubspot_objects import DEALS, NOTES, TASKS, Objects
from api.crm.hubspot_reading import Property, Record, is_id, parsed
from api.crm.hubspot_rights import account
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
from api.crm.wire import Wire
from models.crm.deal import CrmDeal
from models.tables.columns import now

__all__ = ["HOSTS", "HUBSPOT_API_VERSION", "HubSpot", "authorize_url", "exchange", "manners"]

_NOTE_ON_DEAL, _TASK_ON_DEAL = 214, 216
_LONGEST = 65_536
_LONGEST_TITLE = 250
_TEXT_OF = {NOTES: "hs_note_body", TASKS: "hs_task_body"}
_TAG = re.compile(r"<[^>]*>")
_WORKDAY = time(8)
_DAYS_TO_DO = 3


class HubSpot:
    """One HubSpot account."""

    def __init__(self, wire: Wire, options: Mapping[str, Any]) -> None:
        self._wire, self._version = wire, version_of(options)
        self._objects = Objects(wire, self._version)
        self._deals = Deals(wire, self._objects, self._version)
        self._standing: dict[str, str] = {}

    @property
    def kind(self) -> str:
        """What connections to it are called."""
        return "hubspot"

    @property
    def note_format(self) -> NoteFormat:
        """HubSpot shows HTML."""
        return "html"

    @property
    def note_limit(self) -> int:
        """Signs of a note's body, its tags counted."""
        return _LONGEST

    @property
    def has_tasks(self) -> bool:
        """It knows to-dos of a deal."""
        return True

    @property
    def settles_s(self) -> float:
        """How long what hangs on a deal takes to be seen there."""
        return 5.0

    def check(self) -> CrmAccount:
        """Ask who the credentials are; nothing is changed."""
        return account(self._wire, self._version)

    def find_deals(self, hint: DealHint) -> list[Found]:
        """Deals that may be the call's."""
        return Finding(self._objects, self._deals, hint).found()

    def deals(self, deal_ids: Sequence[str]) -> list[CrmDeal]:
        """Those of the deals that are there; for a merged one the deal that it became part of."""
        return self._deals.read(deal_ids)

    def changed_deals(self, since: datetime | None, cursor: str | None) -> DealPage:
        """A page of deals changed at or after an instant, all of them without one."""
        return changed(self._objects, self._deals, since, cursor)

    def list_notes(self, deal_id: str, mark: str) -> list[NoteRef]:
        """The deal's notes that carry a mark, oldest first. Raises CrmGone for no deal."""
        return self._marked(NOTES, deal_id, mark)

    def create_note(self, deal_id: str, note: CallNote) -> NoteRef:
        """Write a new note on a deal."""
        standing = self._found(deal_id)
        asked, url = self._note_properties(note), self._url(deal_id)
        made = self._objects.create(NOTES, asked, standing, _NOTE_ON_DEAL)
        return NoteRef(made.id, url, made.created_at)

    def update_note(self, deal_id: str, note_id: str, note: CallNote) -> NoteRef:
        """Put a note's words in place of those it has."""
        asked, url = self._note_properties(note), self._url(deal_id)
        changed_note = self._objects.update(NOTES, _checked(note_id), asked)
        return NoteRef(note_id, url, changed_note.created_at)

    def delete_note(self, deal_id: str, note_id: str) -> None:
        """Take a note away; one that is gone already is no error."""
        del deal_id
        try:
            self._objects.delete(NOTES, _checked(note_id))
        except CrmGone:
            return

    def list_tasks(self, deal_id: str, mark: str) -> list[NoteRef]:
        """The deal's to-dos that carry a mark, oldest first."""
        return self._marked(TASKS, deal_id, mark)

    def create_task(self, deal_id: str, task: CrmTask) -> NoteRef:
        """Add a to-do; without a day it is due in three days, for HubSpot wants one."""
        standing = self._found(deal_id)
        asked, url = self._task_properties(task), self._url(deal_id)
        asked |= {"hs_task_status": "NOT_STARTED", "hs_task_type": "TODO"}
        asked.setdefault("hs_timestamp", self._due(now().date() + timedelta(days=_DAYS_TO_DO)))
        made = self._objects.create(TASKS, asked, standing, _TASK_ON_DEAL)
        return NoteRef(made.id, url, made.created_at)

    def update_task(self, deal_id: str, task_id: str, task: CrmTask) -> NoteRef:
        """Change a to-do's words, day and owner; whether it is done stays."""
        asked, url = self._task_properties(task), self._url(deal_id)
        changed_task = self._objects.update(TASKS, _checked(task_id), asked)
        return NoteRef(task_id, url, changed_task.created_at)

    def fields(self) -> list[CrmField]:
        """The text fields of deals that may be written to."""
        items = list(self._objects.listed("/crm/properties/{V}/deals"))
        return [
            CrmField(one.name, one.label, _LONGEST)
            for one in parsed(items, Property, "property")
            if one.is_writable_text
        ]

    def read_fields(self, deal_id: str, names: Sequence[str]) -> Mapping[str, str | None]:
        """What a deal's fields hold now."""
        record = self._objects.get(DEALS, _checked(deal_id), names)
        return {name: record.text(name) for name in names}

    def write_fields(self, deal_id: str, values: Mapping[str, str]) -> None:
        """Write to a deal's fields."""
        self._objects.update(DEALS, self._now(_checked(deal_id)), values)

    def _marked(self, kind: str, deal_id: str, mark: str) -> list[NoteRef]:
        """By what hangs on the deal under the id it has now: the search is minutes late."""
        self._standing[deal_id] = standing = self._deals.standing(deal_id)
        ids = self._objects.associated(DEALS, kind, [standing]).get(standing, [])
        found = self._objects.read(kind, ids, (_TEXT_OF[kind],))
        marked = [one for one in found if mark in _plain(one.text(_TEXT_OF[kind]) or "")]
        url = self._url(deal_id) if marked else None
        return [NoteRef(one.id, url, one.created_at) for one in sorted(marked, key=_age)]

    def _note_properties(self, note: CallNote) -> dict[str, str]:
        asked = {"hs_timestamp": _written(note.call_at), "hs_note_body": note.html}
        return self._owned(asked, note.owner_email)

    def _task_properties(self, task: CrmTask) -> dict[str, str]:
        body = html.escape(task.text, quote=False).replace("\n", "<br>")
        asked = {"hs_task_subject": task.title[:_LONGEST_TITLE], "hs_task_body": body}
        if task.due_on is not None:
            asked["hs_timestamp"] = self._due(task.due_on)
        return self._owned(asked, task.owner_email)

    def _owned(self, asked: dict[str, str], email: str | None) -> dict[str, str]:
        owner_id = self._deals.owner_id(email)
        return asked if owner_id is None else {**asked, "hubspot_owner_id": owner_id}

    def _due(self, day: date) -> str:
        """The morning of a day where the account is."""
        zone = known_zone(self._deals.portal().time_zone) or UTC
        return _written(datetime.combine(day, _WORKDAY, zone))

    def _url(self, deal_id: str) -> str | None:
        return self._deals.portal().deal_url(self._now(deal_id))

    def _now(self, deal_id: str) -> str:
        """The id a deal is known to go by now."""
        return self._standing.get(deal_id, deal_id)

    def _found(self, deal_id: str) -> str:
        """The id a deal goes by now, asked for where it is not known. Raises CrmGone."""
        if deal_id not in self._standing:
            self._standing[deal_id] = self._deals.standing(deal_id)
        return self._standing[deal_id]


def _checked(object_id: str) -> str:
    """An id that can be one. Raises CrmGone."""
    if not is_id(object_id):
        raise CrmGone("HubSpot: ids are numbers; there is nothing under that one")
    return object_id


def _plain(text: str) -> str:
    """The words of a body, however HubSpot dressed them."""
    return html.unescape(_TAG.sub("", text))


def _age(record: Record) -> tuple[float, int, str]:
    at = record.created_at
    return at.timestamp() if at else 0.0, len(record.id), record.id


def _written(at: datetime) -> str:
    """An instant as HubSpot writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
