"""Tasks in Salesforce: next steps that are to do, and calls that were logged as done."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_pascal

from api.crm import salesforce_queries as queries
from api.crm import soql
from api.crm.errors import CrmGone
from api.crm.port import CallNote, CrmTask, NoteFormat, NoteRef
from api.crm.salesforce_api import SalesforceApi, read
from api.crm.salesforce_rows import Instant, task_url
from api.crm.salesforce_words import carries, checked_deal, checked_record, plain, title_of


class _Task(BaseModel):
    model_config = ConfigDict(extra="ignore", alias_generator=to_pascal, populate_by_name=True)

    id: str
    subject: str | None = None
    description: str | None = None
    created_date: Instant | None = None


class TaskRecords:
    """Tasks of a deal: those that are still to do, or calls that were logged."""

    def __init__(self, api: SalesforceApi, subtype: str) -> None:
        self._api, self._subtype = api, subtype
        self._owners: dict[str, str | None] = {}
        self._closed: str | None = None

    def listed(self, deal_id: str, mark: str) -> list[NoteRef]:
        """Those with a mark in their text."""
        rows = self._api.rows(queries.tasks(checked_deal(deal_id), self._subtype))
        return [
            NoteRef(one.id, task_url(self._api.base_url, one.id), one.created_date)
            for one in read(_Task, rows)
            if carries(f"{one.description or ''}\n{one.subject or ''}", mark)
        ]

    def create(self, deal_id: str, values: dict[str, Any], *, is_done: bool = False) -> NoteRef:
        """A new one."""
        whole = {"WhatId": checked_deal(deal_id), "TaskSubtype": self._subtype, **values}
        if is_done:
            whole["Status"] = self._done()
        task_id = self._api.create("Task", whole)
        return NoteRef(task_id, task_url(self._api.base_url, task_id))

    def update(self, task_id: str, values: dict[str, Any]) -> NoteRef:
        """Other values; whether it is done stays."""
        self._api.update("Task", checked_record(task_id), values)
        return NoteRef(task_id, task_url(self._api.base_url, task_id))

    def delete(self, task_id: str) -> None:
        """Take one away; one that is gone already is no error."""
        if soql.is_record(task_id):
            with suppress(CrmGone):
                self._api.delete("Task", task_id)

    def owner(self, email: str | None) -> dict[str, str]:
        """Who is to do it; nothing where nobody there has that address."""
        if not email:
            return {}
        if email not in self._owners:
            rows = self._api.rows(queries.active_user(email))
            self._owners[email] = str(rows[0].get("Id")) if rows else None
        owner_id = self._owners[email]
        return {"OwnerId": owner_id} if owner_id else {}

    def _done(self) -> str:
        """What the organisation calls done."""
        if self._closed is None:
            rows = self._api.rows(queries.closed_status())
            self._closed = str(rows[0].get("ApiName") or "Completed") if rows else "Completed"
        return self._closed


class LoggedCalls:
    """Notes as tasks that are done."""

    format: NoteFormat = "text"
    longest = 30_000
    """Salesforce keeps 32,000."""

    def __init__(self, api: SalesforceApi) -> None:
        self._tasks = TaskRecords(api, "Call")
        self.listed: Callable[[str, str], list[NoteRef]] = self._tasks.listed
        self.delete: Callable[[str], None] = self._tasks.delete

    def create(self, deal_id: str, note: CallNote) -> NoteRef:
        """A call logged on a deal, for whoever led it."""
        day = {"ActivityDate": note.call_at.date().isoformat()}
        values = {**self._words(note), **day, **self._tasks.owner(note.owner_email)}
        return self._tasks.create(deal_id, values, is_done=True)

    def update(self, deal_id: str, note_id: str, note: CallNote) -> NoteRef:
        """Other words for a logged call."""
        return self._tasks.update(note_id, self._words(note))

    def _words(self, note: CallNote) -> dict[str, str]:
        return {"Subject": title_of(note.title, ""), "Description": plain(note.text)}


def task_values(tasks: TaskRecords, task: CrmTask) -> dict[str, Any]:
    """A next step as a task."""
    return {
        "Subject": title_of(task.title, ""),
        "Description": plain(task.text),
        "ActivityDate": None if task.due_on is None else task.due_on.isoformat(),
        **tasks.owner(task.owner_email),
    }
