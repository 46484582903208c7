"""Pipedrive: notes by its v1, which alone knows them, everything else by v2.

Archived deals are in a list of their own, which a sync reads after the others.
"""

import html
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from api.crm.errors import CrmGone, CrmRejected, CrmUncertain
from api.crm.pipedrive_api import PipedriveApi, is_number, number, stamp
from api.crm.pipedrive_deals import DealReading
from api.crm.pipedrive_manners import HOSTS, NAME, authorize_url, exchange, left_today, manners
from api.crm.pipedrive_search import WITH, DealSearch
from api.crm.pipedrive_shapes import (
    RawActivity,
    RawDeal,
    RawField,
    RawMe,
    RawNote,
    read_one,
)
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

__all__ = ["HOSTS", "Pipedrive", "authorize_url", "exchange", "manners"]

_NEEDED = {
    "deals:full": "to write notes and fields of deals",
    "contacts:read": "to find deals by their contacts",
    "search:read": "to find contacts",
    "users:read": "to know who owns a deal",
    "recents:read": "to read the stages a deal was in",
    "activities:full": "to add next steps as activities",
}
_OR_MORE = {"contacts:read": "contacts:full", "search:read": "contacts:full"}
_TEXTS = {"varchar": 255, "varchar_auto": 255, "text": 65_000}
"""Types of fields that hold text, and how long it may be."""
_PAGE = 50
"""Deals of a sync's page: the cost of their histories is lost when the day's budget ends there."""
_TAGS = re.compile(r"<[^>]*>")
_LONGEST_TITLE = 255
_MOST = 100
_CLOCKS = timedelta(minutes=1)
"""Pipedrive's clock against that which a sync goes by."""


class Pipedrive:
    """One account at Pipedrive.

    `options["task_type"]` is the key of the activities that next steps become, `task` if not said.
    """

    kind = "pipedrive"
    note_format: NoteFormat = "html"
    note_limit = 60_000
    has_tasks = True
    settles_s = 2.0

    def __init__(self, wire: Wire, options: Mapping[str, Any]) -> None:
        self._wire, self._options = wire, options
        self._api = PipedriveApi(wire)
        self._reading = DealReading(self._api)

    def check(self) -> CrmAccount:
        """Ask who the credentials are."""
        answer = self._api.call("GET", "v1/users/me")
        me = read_one(answer, RawMe)
        if me is None:
            raise CrmRejected(f"{NAME} does not say whose account it is; check the address")
        scopes = tuple(sorted((self._wire.grant.current().get("scope") or "").split()))
        who = " ".join(part for part in (me.name, f"<{me.email}>" if me.email else None) if part)
        domain = me.company_domain
        return CrmAccount(
            name=me.company_name or domain or NAME,
            user=who or None,
            scopes=scopes,
            lacks=_lacking(scopes),
            limits=_limits(answer.headers),
            api_version="v2, notes v1",
            web_url=f"https://{domain}.pipedrive.com" if domain else self._api.web_url(""),
        )

    def find_deals(self, hint: DealHint) -> list[Found]:
        """Deals that may be the call's; their histories are not asked for."""
        hits = DealSearch(self._api, hint).run()
        deals = self._reading.read([one.deal for one in hits], lambda _: False)
        return [Found(deal, hit.via, tuple(hit.by)) for deal, hit in zip(deals, hits, strict=True)]

    def deals(self, deal_ids: Sequence[str]) -> list[CrmDeal]:
        """Those of the deals that are there, archived ones too; deleted and merged ones are not."""
        wanted = {int(one) for one in deal_ids if is_number(one)}
        found: dict[int, RawDeal] = {}
        if len(wanted) > 1:
            found = {one.id: one for one in self._api.those("deals", RawDeal, wanted, WITH)}
        # The list leaves out those that are archived; a deal by itself is told all the same.
        raws = [found.get(one) or self._alone(one) for one in sorted(wanted)]
        return self._reading.read([one for one in raws if one and one.is_there], lambda _: True)

    def changed_deals(self, since: datetime | None, cursor: str | None) -> DealPage:
        """A page of deals changed since, with history where one moved since.

        Archived deals come after all others, in the order of their own changes.
        """
        shelf, _, at = (cursor or "deals:").partition(":")
        asked = {**WITH, "sort_by": "update_time", "sort_direction": "asc", "limit": _PAGE}
        if since is not None:
            asked["updated_since"] = stamp(since)
        if at:
            asked["cursor"] = at
        is_archive = shelf != "deals"
        try:
            page = self._api.page("deals/archived" if is_archive else "deals", RawDeal, asked)
        except CrmRejected:
            if is_archive and not at:
                return DealPage(())  # An account without an archive.
            raise
        raws = [one for one in page.items if one.is_there]
        deals = self._reading.read(raws, lambda raw: _moved_since(raw, since))
        following = None if is_archive else "archived:"
        return DealPage(tuple(deals), f"{shelf}:{page.cursor}" if page.cursor else following)

    def list_notes(self, deal_id: str, mark: str) -> list[NoteRef]:
        """The deal's notes that carry a mark, in the order they were made.

        When that was is not told: `add_time` is where the note stands on the timeline.
        """
        asked = {"deal_id": number(deal_id, "deal"), "start": 0, "limit": _MOST, "sort": "id ASC"}
        return [
            self._ref(one.id, deal_id)
            for one in self._api.every("v1/notes", RawNote, asked)
            if one.active_flag is not False and _carries(one.content, mark)
        ]

    def create_note(self, deal_id: str, note: CallNote) -> NoteRef:
        """Write a new note, at the time of the call on the deal's timeline."""
        body = {
            "content": note.html,
            "deal_id": number(deal_id, "deal"),
            "add_time": note.call_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
        }
        answer = self._api.call("POST", "v1/notes", body=body, may_repeat=False)
        return self._made(read_one(answer, RawNote), deal_id)

    def update_note(self, deal_id: str, note_id: str, note: CallNote) -> NoteRef:
        """Put a note's words in place of those it has, on whichever deal it is now."""
        path = f"v1/notes/{number(note_id, 'note')}"
        answer = self._api.call("PUT", path, body={"content": note.html})
        kept = read_one(answer, RawNote)
        if kept is not None and kept.active_flag is False:
            raise CrmGone(f"{NAME}'s note was deleted; it is written anew")
        return self._ref(int(note_id), deal_id)

    def delete_note(self, deal_id: str, note_id: str) -> None:
        """Take a note away."""
        try:
            self._api.call("DELETE", f"v1/notes/{number(note_id, 'note')}")
        except CrmGone:
            return

    def list_tasks(self, deal_id: str, mark: str) -> list[NoteRef]:
        """The deal's activities that carry a mark in their note."""
        asked = {"deal_id": number(deal_id, "deal"), "sort_by": "id", "limit": _MOST}
        return [
            self._ref(one.id, deal_id)
            for one in self._api.every("activities", RawActivity, asked)
            if not one.is_deleted and _carries(one.note, mark)
        ]

    def create_task(self, deal_id: str, task: CrmTask) -> NoteRef:
        """Add an activity to a deal."""
        body = {
            **self._activity(task),
            "type": str(self._options.get("task_type") or "task"),
            "deal_id": number(deal_id, "deal"),
        }
        answer = self._api.call("POST", "activities", body=body, may_repeat=False)
        return self._made(read_one(answer, RawActivity), deal_id)

    def update_task(self, deal_id: str, task_id: str, task: CrmTask) -> NoteRef:
        """Change an activity's words, day and owner; without a day or an owner it keeps those."""
        path = f"activities/{number(task_id, 'activity')}"
        kept = read_one(self._api.call("PATCH", path, body=self._activity(task)), RawActivity)
        if kept is not None and kept.is_deleted:
            raise CrmGone(f"{NAME}'s activity was deleted; it is written anew")
        return self._ref(int(task_id), deal_id)

    def fields(self) -> list[CrmField]:
        """The account's own text fields of deals; none of those that Pipedrive works with."""
        listed = self._api.every("dealFields", RawField, {"limit": _MOST})
        return [
            CrmField(one.field_code, one.field_name, _TEXTS[one.field_type])
            for one in listed
            if one.is_custom_field and one.field_type in _TEXTS
        ]

    def read_fields(self, deal_id: str, names: Sequence[str]) -> Mapping[str, str | None]:
        """What a deal's fields hold now."""
        held = self._there(number(deal_id, "deal")).custom_fields or {}
        return {name: _text(held.get(name)) for name in names}

    def write_fields(self, deal_id: str, values: Mapping[str, str]) -> None:
        """Write to a deal's fields."""
        path = f"deals/{number(deal_id, 'deal')}"
        self._api.call("PATCH", path, body={"custom_fields": dict(values)})

    def _alone(self, deal_id: int) -> RawDeal | None:
        try:
            return self._api.one(f"deals/{deal_id}", RawDeal, WITH)
        except CrmGone:
            return None

    def _there(self, deal_id: int) -> RawDeal:
        raw = self._api.one(f"deals/{deal_id}", RawDeal)
        if not raw.is_there:
            raise CrmGone(f"{NAME}'s deal {deal_id} was deleted; choose another")
        return raw

    def _activity(self, task: CrmTask) -> dict[str, Any]:
        """What an activity is to say; its note is HTML."""
        lines = task.text.splitlines()
        if task.mark not in task.text:
            lines.append(task.mark)
        body: dict[str, Any] = {
            "subject": task.title[:_LONGEST_TITLE],
            "note": "<br>".join(html.escape(line) for line in lines),
        }
        if task.due_on is not None:
            body["due_date"] = task.due_on.isoformat()
        owner_id = self._reading.seller(task.owner_email)
        if owner_id is not None:
            body["owner_id"] = owner_id
        return body

    def _made(self, made: RawNote | RawActivity | None, deal_id: str) -> NoteRef:
        """Where it is; an answer that does not say so is none."""
        if made is None:
            raise CrmUncertain(f"{NAME} does not say whether it was written; it is looked for")
        return self._ref(made.id, deal_id)

    def _ref(self, made_id: int, deal_id: str) -> NoteRef:
        return NoteRef(str(made_id), self._api.web_url(f"deal/{deal_id}"))


def _moved_since(raw: RawDeal, since: datetime | None) -> bool:
    """Whether the history has anything new."""
    at = raw.stage_change_time or raw.add_time
    return since is None or at is None or at >= since - _CLOCKS


def _carries(content: str | None, mark: str) -> bool:
    """Whether a text shows a mark, however its server rewrote the tags around it."""
    if not content:
        return False
    shown = html.unescape(_TAGS.sub("", content))
    return mark in content or " ".join(mark.split()) in " ".join(shown.split())


def _text(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    return str(value) or None


def _lacking(scopes: Sequence[str]) -> tuple[str, ...]:
    """What the app was not given; of an API token nothing is known."""
    if not scopes:
        return ()
    return tuple(
        f"{scope} {why}"
        for scope, why in _NEEDED.items()
        if scope not in scopes and _OR_MORE.get(scope) not in scopes
    )


def _limits(headers: Mapping[str, str]) -> tuple[str, ...]:
    """What the answer tells of limits, as lines to read."""
    lines = []
    left = left_today(headers)
    if left is not None:
        lines.append(f"{left:,} tokens left today")
    most = headers.get("x-ratelimit-limit", "")
    if most.isascii() and most.isdigit():
        lines.append(f"{int(most):,} calls in two seconds")
    return tuple(lines)
