"""Salesforce: opportunities, enhanced notes linked to them, and tasks.

Options of a connection: `note_as` ("note" or "task"), `api_version`, `currency` (of an organisation
that has one alone and does not tell it), `username` and `audience` for JWT, `scope` for the web.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from api.crm import salesforce_check as checking
from api.crm import salesforce_queries as queries
from api.crm import soql
from api.crm.errors import CrmRejected
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
from api.crm.salesforce_api import API_VERSION, DescribedField, SalesforceApi
from api.crm.salesforce_auth import HOSTS, authorize_url, exchange, manners
from api.crm.salesforce_deals import SalesforceDeals
from api.crm.salesforce_errors import NAME
from api.crm.salesforce_finding import SalesforceFinding
from api.crm.salesforce_notes import EnhancedNotes, SalesforceNotes
from api.crm.salesforce_tasks import LoggedCalls, TaskRecords, task_values
from api.crm.salesforce_words import checked_deal, plain
from api.crm.wire import Wire
from models.crm.deal import CrmDeal

__all__ = ["HOSTS", "Salesforce", "authorize_url", "exchange", "manners"]

_WRITABLE = {"string", "textarea", "picklist"}
_THEIRS = {"Name", "StageName", "ForecastCategoryName"}
"""The CRM owns the name and the stage."""


class Salesforce:
    """An organisation's Salesforce."""

    kind = "salesforce"
    has_tasks = True
    settles_s = 2.0

    def __init__(self, wire: Wire, options: Mapping[str, Any]) -> None:
        self._api = SalesforceApi(wire, _version(options))
        self._deals = SalesforceDeals(self._api, options)
        self._finding = SalesforceFinding(self._api, self._deals)
        self._tasks = TaskRecords(self._api, "Task")
        self._with_notes = options.get("note_as") != "task"
        self._notes: SalesforceNotes = (
            EnhancedNotes(self._api) if self._with_notes else LoggedCalls(self._api)
        )

    @property
    def note_format(self) -> NoteFormat:
        """HTML for enhanced notes, plain text for logged calls."""
        return self._notes.format

    @property
    def note_limit(self) -> int:
        """The longest note in signs."""
        return self._notes.longest

    def check(self) -> CrmAccount:
        """Ask who the credentials are and what they may see; nothing is changed."""
        return checking.account(self._api, self._deals, with_notes=self._with_notes)

    def find_deals(self, hint: DealHint) -> list[Found]:
        """Deals that may be the call's: open at that time, or closed within two weeks before."""
        return self._finding.find(hint)

    def deals(self, deal_ids: Sequence[str]) -> list[CrmDeal]:
        """Those of the deals that are there, with their history."""
        return self._deals.load(deal_ids)

    def changed_deals(self, since: datetime | None, cursor: str | None) -> DealPage:
        """A page of deals changed at or after an instant, oldest change first."""
        return self._deals.changed(since, cursor)

    def list_notes(self, deal_id: str, mark: str) -> list[NoteRef]:
        """The deal's notes with a mark; one that was made and never linked is linked."""
        return self._notes.listed(deal_id, mark)

    def create_note(self, deal_id: str, note: CallNote) -> NoteRef:
        """Write a new note on a deal."""
        return self._notes.create(deal_id, note)

    def update_note(self, deal_id: str, note_id: str, note: CallNote) -> NoteRef:
        """Put a note's words in place of those it has."""
        return self._notes.update(deal_id, note_id, note)

    def delete_note(self, deal_id: str, note_id: str) -> None:
        """Take a note away, from every record that it is linked to."""
        self._notes.delete(note_id)

    def list_tasks(self, deal_id: str, mark: str) -> list[NoteRef]:
        """The deal's to-dos with a mark."""
        return self._tasks.listed(deal_id, mark)

    def create_task(self, deal_id: str, task: CrmTask) -> NoteRef:
        """Add a to-do to a deal."""
        return self._tasks.create(deal_id, task_values(self._tasks, task))

    def update_task(self, deal_id: str, task_id: str, task: CrmTask) -> NoteRef:
        """Change a to-do's words, day and owner."""
        return self._tasks.update(task_id, task_values(self._tasks, task))

    def fields(self) -> list[CrmField]:
        """The text fields of deals that the user may write to."""
        described = self._api.describe(*queries.KINDS)[queries.KINDS.index(queries.DEAL)]
        return [
            CrmField(one.name, one.label or one.name, one.length or None)
            for one in described.fields.values()
            if _is_writable(one)
        ]

    def read_fields(self, deal_id: str, names: Sequence[str]) -> Mapping[str, str | None]:
        """What a deal's fields hold now."""
        wanted = _checked(names)
        if not wanted:
            return {}
        path = f"/sobjects/{queries.DEAL}/{checked_deal(deal_id)}"
        body = self._api.get(path, fields=",".join(wanted))
        values = body if isinstance(body, dict) else {}
        return {name: None if values.get(name) is None else str(values[name]) for name in wanted}

    def write_fields(self, deal_id: str, values: Mapping[str, str]) -> None:
        """Write to a deal's fields."""
        _checked(values)
        if values:
            whole = {name: plain(value) for name, value in values.items()}
            self._api.update(queries.DEAL, checked_deal(deal_id), whole)


def _version(options: Mapping[str, Any]) -> str:
    """The version of the API that the connection asks for, or ours."""
    version = str(options.get("api_version") or API_VERSION).removeprefix("v")
    major, _, minor = version.partition(".")
    if not (major.isdecimal() and (minor or "0").isdecimal()):
        raise CrmRejected(
            f"{NAME}: {version[:20]} is no API version; write one such as {API_VERSION}"
        )
    return f"{major}.{minor or '0'}"


def _is_writable(one: DescribedField) -> bool:
    is_text = one.type in _WRITABLE and not one.html_formatted
    return one.updateable and is_text and one.name not in _THEIRS


def _checked(names: Sequence[str] | Mapping[str, str]) -> list[str]:
    """Names of fields. Raises CrmRejected for what cannot be one."""
    for name in names:
        if not soql.is_name(name):
            raise CrmRejected(f"{NAME}: {name[:80]!r} is no field; choose one of those it offers")
    return list(names)
