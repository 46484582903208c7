"""The port: what Talktrack asks of a CRM, in words that all of them share.

A CRM is one module with a class that keeps this promise, and a line in `api/crm/vendors.py`. What
all share is not theirs: `api/crm/wire.py` sends, throttles and repeats, `api/crm/matching.py` picks
the deal, `api/crm/upserting.py` sees to it that a note is there once. Every method raises CrmError.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

from models.crm.deal import CrmDeal

Via = Literal["id", "email", "phone", "company", "domain"]
NoteFormat = Literal["html", "text"]


@dataclass(frozen=True, slots=True)
class CrmAccount:
    """Whom the credentials speak for, what they may do, and how much is left of it.

    `lacks` names in words what they would need besides; `limits` are lines to read, such as
    "14,982 of 15,000 calls left today".
    """

    name: str
    user: str | None = None
    scopes: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    api_version: str | None = None
    web_url: str | None = None


@dataclass(frozen=True, slots=True)
class DealHint:
    """What is known of a call's deal: of the buyer's side alone, lower case.

    `phones` hold the ways one number is written; `domains` are without those of free mail.
    """

    at: datetime
    deal_id: str | None = None
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    companies: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A deal that was found, how, and by which of what was known (addresses, names...)."""

    deal: CrmDeal
    via: Via
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallNote:
    """What is to be written of a call; `mark` is its visible last line, by which it is found.

    `html` holds p, br, strong, ul, li and a only, `text` the same in plain words; both end with
    the mark and are within the CRM's `note_limit`.
    """

    mark: str
    title: str
    html: str
    text: str
    call_at: datetime
    owner_email: str | None = None


@dataclass(frozen=True, slots=True)
class NoteRef:
    """A note in the CRM; `url` leads people to it, or to its deal."""

    id: str
    url: str | None = None
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CrmTask:
    """A next step as the CRM's own to-do; `mark` stands at the end of its text."""

    mark: str
    title: str
    text: str
    due_on: date | None = None
    owner_email: str | None = None


@dataclass(frozen=True, slots=True)
class CrmField:
    """A field of deals that may be written to; `longest` counts signs."""

    name: str
    label: str
    longest: int | None = None


@dataclass(frozen=True, slots=True)
class DealPage:
    """Some deals that changed, oldest change first; `next` asks for more, None when it was all."""

    deals: tuple[CrmDeal, ...]
    next: str | None = None


class Crm(Protocol):
    """A CRM that one connection speaks to."""

    @property
    def kind(self) -> str:
        """hubspot, salesforce, pipedrive, tryton, console."""

    @property
    def note_format(self) -> NoteFormat:
        """Which of a note's two texts it shows."""

    @property
    def note_limit(self) -> int:
        """The longest note in signs, its tags counted."""

    @property
    def has_tasks(self) -> bool:
        """Whether it knows to-dos of a deal."""

    @property
    def settles_s(self) -> float:
        """How long after an unanswered create a list of notes can be believed."""

    def check(self) -> CrmAccount:
        """Ask who the credentials are: one cheap call, nothing is changed."""

    def find_deals(self, hint: DealHint) -> list[Found]:
        """Deals that may be the call's, open ones and those closed of late, in no order.

        Each by the strongest way it was found; all that is weaker is not asked for once a
        stronger way found an open deal.
        """

    def deals(self, deal_ids: Sequence[str]) -> list[CrmDeal]:
        """Those of the deals that are there, with their history; the rest are gone."""

    def changed_deals(self, since: datetime | None, cursor: str | None) -> DealPage:
        """A page of deals changed at or after an instant, all of them without one."""

    def list_notes(self, deal_id: str, mark: str) -> list[NoteRef]:
        """The deal's notes that carry a mark, oldest first; never from a search index."""

    def create_note(self, deal_id: str, note: CallNote) -> NoteRef:
        """Write a new note on a deal; raises CrmUncertain when nobody knows whether it is there."""

    def update_note(self, deal_id: str, note_id: str, note: CallNote) -> NoteRef:
        """Put a note's words in place of those it has; raises CrmGone when it was deleted."""

    def delete_note(self, deal_id: str, note_id: str) -> None:
        """Take a note away; one that is gone already is no error."""

    def list_tasks(self, deal_id: str, mark: str) -> list[NoteRef]:
        """The deal's to-dos that carry a mark."""

    def create_task(self, deal_id: str, task: CrmTask) -> NoteRef:
        """Add a to-do to a deal; raises CrmUncertain as `create_note` does."""

    def update_task(self, deal_id: str, task_id: str, task: CrmTask) -> NoteRef:
        """Change a to-do's words, day and owner; whether it is done stays."""

    def fields(self) -> list[CrmField]:
        """The text fields of deals that may be written to."""

    def read_fields(self, deal_id: str, names: Sequence[str]) -> Mapping[str, str | None]:
        """What a deal's fields hold now."""

    def write_fields(self, deal_id: str, values: Mapping[str, str]) -> None:
        """Write to a deal's fields."""
