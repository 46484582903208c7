"""A call's note in Salesforce: an enhanced note linked to the deal, or a logged call.

An enhanced note (ContentNote) is a record of its own and its link to the deal another. Both are
made in one call, all or nothing; should Salesforce stop in between all the same, the note without
a link is found by its title, and linked.
"""

import base64
from contextlib import suppress
from typing import Protocol

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_pascal

from api.crm import salesforce_queries as queries
from api.crm import soql
from api.crm.errors import CrmGone, CrmRejected, CrmUnavailable, CrmUncertain
from api.crm.port import CallNote, NoteFormat, NoteRef
from api.crm.salesforce_api import SalesforceApi, created_id, read
from api.crm.salesforce_errors import HALTED, NAME, codes, error_of
from api.crm.salesforce_rows import Instant, deal_url
from api.crm.salesforce_words import (
    carries,
    checked_deal,
    checked_record,
    made_first,
    plain,
    title_of,
)

_USER = "005"
"""How ids of users begin."""
_LINKED_ALREADY = "DUPLICATE_VALUE"


class SalesforceNotes(Protocol):
    """One of the ways to keep a note."""

    @property
    def format(self) -> NoteFormat:
        """Which of a note's texts it keeps."""

    @property
    def longest(self) -> int:
        """The longest text, in signs."""

    def listed(self, deal_id: str, mark: str) -> list[NoteRef]:
        """Notes of a deal with a mark."""

    def create(self, deal_id: str, note: CallNote) -> NoteRef:
        """A new note."""

    def update(self, deal_id: str, note_id: str, note: CallNote) -> NoteRef:
        """Other words for a note."""

    def delete(self, note_id: str) -> None:
        """A note taken away."""


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", alias_generator=to_pascal, populate_by_name=True)


class _Document(_Row):
    title: str = ""
    created_date: Instant | None = None


class _Link(_Row):
    content_document_id: str
    linked_entity_id: str = ""
    content_document: _Document = _Document()


class _Note(_Document):
    id: str


class EnhancedNotes:
    """Notes as ContentNote."""

    format: NoteFormat = "html"
    longest = 100_000

    def __init__(self, api: SalesforceApi) -> None:
        self._api = api

    def listed(self, deal_id: str, mark: str) -> list[NoteRef]:
        """Notes linked to a deal; one that is linked to nothing is linked first."""
        record = checked_deal(deal_id)
        links = read(_Link, self._api.rows(queries.linked_notes(record)))
        found = [
            self._ref(record, one.content_document_id, one.content_document)
            for one in links
            if carries(one.content_document.title, mark)
        ]
        return sorted(found or self._repaired(record, mark), key=made_first)

    def create(self, deal_id: str, note: CallNote) -> NoteRef:
        """A note and its link, both or neither."""
        record = checked_deal(deal_id)
        root = f"{self._api.root}/sobjects"
        link = self._link("@{note.id}", record)
        parts = (("ContentNote", "note", _content(note)), ("ContentDocumentLink", "link", link))
        made, linked = self._api.composite(
            [
                {"method": "POST", "url": f"{root}/{kind}", "referenceId": name, "body": values}
                for kind, name, values in parts
            ],
            all_or_none=True,
            may_repeat=False,
        )
        if made.is_good:
            note_id = created_id(made.body)
            if not linked.is_good:
                self._link_or_undo(note_id, record)
            return NoteRef(note_id, deal_url(self._api.base_url, record))
        failed = made if codes(made.body) - {HALTED} else linked
        error = error_of(failed.status, failed.body)
        raise CrmUncertain(str(error)) if failed.status >= 500 else error

    def update(self, deal_id: str, note_id: str, note: CallNote) -> NoteRef:
        """Only title and content can be changed."""
        self._api.update("ContentNote", checked_record(note_id), _content(note))
        return NoteRef(note_id, deal_url(self._api.base_url, deal_id))

    def delete(self, note_id: str) -> None:
        """Away with the document, its versions and links."""
        if soql.is_record(note_id):
            with suppress(CrmGone):
                self._api.delete("ContentDocument", note_id)

    def _ref(self, deal_id: str, note_id: str, document: _Document) -> NoteRef:
        return NoteRef(note_id, deal_url(self._api.base_url, deal_id), document.created_date)

    def _repaired(self, deal_id: str, mark: str) -> list[NoteRef]:
        """Notes of ours that were made and never linked, now linked."""
        rows = self._api.rows(queries.own_notes(mark, self._api.user_id))
        notes = [one for one in read(_Note, rows) if carries(one.title, mark)]
        if not notes:
            return []
        rows = self._api.rows(queries.note_links([one.id for one in notes]))
        elsewhere = {
            one.content_document_id
            for one in read(_Link, rows)
            if not one.linked_entity_id.startswith(_USER)
        }
        lost = [one for one in notes if one.id not in elsewhere]
        for one in lost[:1]:
            self._link_to(one.id, deal_id)
        return [self._ref(deal_id, one.id, one) for one in lost[:1]]

    def _link(self, note_id: str, deal_id: str) -> dict[str, str]:
        return {"ContentDocumentId": note_id, "LinkedEntityId": deal_id, "ShareType": "V"}

    def _link_to(self, note_id: str, deal_id: str) -> None:
        try:
            self._api.create("ContentDocumentLink", self._link(note_id, deal_id))
        except CrmRejected as error:
            if _LINKED_ALREADY not in str(error):
                raise

    def _link_or_undo(self, note_id: str, deal_id: str) -> None:
        """Link what was made alone; where that is refused, nothing is left behind."""
        try:
            self._link_to(note_id, deal_id)
        except CrmRejected:
            self.delete(note_id)
            raise
        except CrmUnavailable as error:
            raise CrmUncertain(f"{NAME} made the note and did not link it; {error}") from None


def _content(note: CallNote) -> dict[str, str]:
    """Title and text; all that is not ASCII is written as references, which survive any reading."""
    safe = plain(note.html).encode("ascii", "xmlcharrefreplace")
    return {"Title": title_of(note.title, note.mark), "Content": base64.b64encode(safe).decode()}
