"""What an account at Pipedrive holds, as its API tells it, and what people do there."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

Row = dict[str, Any]
STAGES = ("Qualified", "Proposal", "Negotiation")
PIPELINE = "Sales"
FIELD = "176d2a0d5167d1edc9b949c75f8b9a7597eabe91"


class Note(NamedTuple):
    """A note, or an activity, that is there."""

    id: str
    deal_id: str
    body: str


@dataclass
class Account:
    """Its rows by id; ids run on over all kinds, so that none is taken for another."""

    deals: dict[int, Row] = field(default_factory=dict)
    persons: dict[int, Row] = field(default_factory=dict)
    organizations: dict[int, Row] = field(default_factory=dict)
    stages: dict[int, Row] = field(default_factory=dict)
    pipelines: dict[int, Row] = field(default_factory=dict)
    users: dict[int, Row] = field(default_factory=dict)
    note_rows: dict[int, Row] = field(default_factory=dict)
    activities: dict[int, Row] = field(default_factory=dict)
    fields: list[Row] = field(default_factory=list)
    changes: dict[int, list[Row]] = field(default_factory=dict)
    participants: dict[int, set[int]] = field(default_factory=dict)
    _ids: Any = field(default_factory=lambda: itertools.count(1001))

    def __post_init__(self) -> None:
        self.user_id = int(self.add_owner("owner@talktrack.test", "Olive Owner"))
        self.pipeline_id = self.next_id()
        self.pipelines[self.pipeline_id] = {
            "id": self.pipeline_id,
            "name": PIPELINE,
            "is_deleted": False,
            "is_deal_probability_enabled": True,
        }
        for order, name in enumerate(STAGES, 1):
            self.add_stage(name, order * 25)
        self.add_field("title", "Title", "varchar", is_custom=False)
        self.add_field(FIELD, "Next step", "text")
        self.add_field("2f0c", "Competitor", "varchar")
        self.add_field("3a1d", "Score", "double")

    @property
    def notes(self) -> list[Note]:
        """The notes that are there, oldest first."""
        there = (one for one in self.note_rows.values() if one["active_flag"])
        return [Note(str(one["id"]), str(one["deal_id"]), one["content"]) for one in there]

    @property
    def tasks(self) -> list[Note]:
        """The activities that are there."""
        there = (one for one in self.activities.values() if not one["is_deleted"])
        return [Note(str(one["id"]), str(one["deal_id"]), one["note"]) for one in there]

    def next_id(self) -> int:
        """An id that nothing has yet."""
        return int(next(self._ids))

    def add_owner(self, email: str, name: str = "Sam Seller") -> str:
        """Somebody who sells."""
        user_id = self.next_id()
        self.users[user_id] = {"id": user_id, "name": name, "email": email, "active_flag": True}
        return str(user_id)

    def add_stage(self, name: str, percent: int = 50) -> int:
        """A stage at the end of the pipeline."""
        stage_id = self.next_id()
        self.stages[stage_id] = {
            "id": stage_id,
            "order_nr": len(self.stages) + 1,
            "name": name,
            "is_deleted": False,
            "deal_probability": percent,
            "pipeline_id": self.pipeline_id,
        }
        return stage_id

    def add_field(self, code: str, name: str, kind: str, is_custom: bool = True) -> None:
        """A field of deals."""
        self.fields.append(
            {
                "field_code": code,
                "field_name": name,
                "field_type": kind,
                "is_custom_field": is_custom,
            }
        )

    def add_company(self, name: str, website: str | None = None) -> str:
        """An organization, or that which is called so."""
        for one in self.organizations.values():
            if one["name"] == name:
                return str(one["id"])
        organization_id = self.next_id()
        self.organizations[organization_id] = {
            "id": organization_id,
            "name": name,
            "is_deleted": False,
            "website": website,
            "address": {"value": "12 rue Haute, Lyon", "country": "France"},
        }
        return str(organization_id)

    def add_contact(
        self,
        email: str | None = None,
        *,
        name: str = "Camille Contact",
        phone: str | None = None,
        company: str | None = None,
        title: str | None = None,
    ) -> str:
        """A person, with a company that is made if need be."""
        person_id = self.next_id()
        self.persons[person_id] = {
            "id": person_id,
            "name": name,
            "emails": [{"value": email, "primary": True, "label": "work"}] if email else [],
            "phones": [{"value": phone, "primary": True, "label": "work"}] if phone else [],
            "org_id": int(self.add_company(company)) if company else None,
            "job_title": title,
            "is_deleted": False,
        }
        return str(person_id)

    def add_deal(
        self,
        name: str = "Deal",
        *,
        contacts: Sequence[str] = (),
        company: str | None = None,
        stage: str = STAGES[0],
        at: datetime | None = None,
        **more: Any,
    ) -> str:
        """A deal made at an instant; the first contact is its person, the rest take part.

        `more` are `status`, `amount` and whatever else Pipedrive has.
        """
        deal_id, at = self.next_id(), at or datetime.now(UTC)
        status, amount = more.pop("status", "open"), more.pop("amount", Decimal("1200.50"))
        self.deals[deal_id] = {
            "id": deal_id,
            "title": name,
            "owner_id": self.user_id,
            "person_id": int(contacts[0]) if contacts else None,
            "org_id": int(self.add_company(company)) if company else None,
            "pipeline_id": self.pipeline_id,
            "stage_id": self.stage_id(stage),
            "value": None if amount is None else float(amount),
            "currency": "EUR",
            "add_time": zulu(at),
            "update_time": zulu(at),
            "is_deleted": False,
            "is_archived": False,
            "status": "open",
            "custom_fields": {},
            **more,
        }
        self.participants[deal_id] = {int(one) for one in contacts}
        self.changes[deal_id] = []
        if status != "open":
            self.close_deal(str(deal_id), status, at)
        return str(deal_id)

    def add_note(self, deal_id: str, body: str) -> str:
        """A note as somebody writes it, who is not us."""
        note_id, at = self.next_id(), plain(datetime.now(UTC))
        self.note_rows[note_id] = {
            "id": note_id,
            "active_flag": True,
            "add_time": at,
            "update_time": at,
            "content": body,
            "deal_id": int(deal_id),
            "user_id": self.user_id,
        }
        return str(note_id)

    def move_deal(self, deal_id: str, stage: str, at: datetime | None = None) -> None:
        """Put a deal into another stage."""
        deal, at = self.deals[int(deal_id)], at or datetime.now(UTC)
        to = self.stage_id(stage)
        self.change(deal["id"], "stage_id", str(deal["stage_id"]), str(to), at)
        deal.update(stage_id=to, stage_change_time=zulu(at), update_time=zulu(at))

    def close_deal(
        self, deal_id: str, status: str, at: datetime | None = None, reason: str | None = None
    ) -> None:
        """Win or lose a deal."""
        deal, at = self.deals[int(deal_id)], at or datetime.now(UTC)
        self.change(deal["id"], "status", deal["status"], status, at)
        times = {"close_time": zulu(at), f"{status}_time": zulu(at), "update_time": zulu(at)}
        deal.update(status=status, lost_reason=reason, **times)

    def change_deal(self, deal_id: str, at: datetime | None = None, **fields: Any) -> None:
        """Change anything else of a deal."""
        fields = {k: v.isoformat() if isinstance(v, date) else v for k, v in fields.items()}
        self.deals[int(deal_id)].update(update_time=zulu(at or datetime.now(UTC)), **fields)

    def delete_deal(self, deal_id: str) -> None:
        """Delete a deal, which can still be looked at for a month."""
        self.deals[int(deal_id)].update(
            is_deleted=True, status="deleted", update_time=zulu(datetime.now(UTC))
        )

    def merge_deals(self, winner: str, loser: str) -> None:
        """Make one deal of two; the other's notes move over."""
        kept, gone = int(winner), int(loser)
        del self.deals[gone]
        self.participants[kept] |= self.participants.pop(gone)
        for row in (*self.note_rows.values(), *self.activities.values()):
            if row["deal_id"] == gone:
                row["deal_id"] = kept
        self.deals[kept]["update_time"] = zulu(datetime.now(UTC))

    def delete_note(self, note_id: str) -> None:
        """Delete a note, as people do."""
        self.note_rows[int(note_id)]["active_flag"] = False

    def change(self, deal_id: int, key: str, old: str, new: str, at: datetime) -> None:
        """Write a change down, the newest first."""
        told = {"field_key": key, "old_value": old, "new_value": new, "actor_user_id": self.user_id}
        self.changes[deal_id].insert(0, {**told, "time": plain(at), "is_bulk_update_flag": False})

    def stage_id(self, name: str) -> int:
        """A stage's id."""
        return int(next(one["id"] for one in self.stages.values() if one["name"] == name))

    def deals_of(self, asked: dict[str, str]) -> list[Row]:
        """The deals of a list, of the archive or not."""
        since = asked.get("updated_since", "")
        ids = _numbers(asked["ids"]) if "ids" in asked else None
        found = [
            one
            for one in self.deals.values()
            if not one["is_deleted"]
            and one["update_time"] >= since
            and (ids is None or one["id"] in ids)
            and all(str(one[key]) == asked[key] for key in ("person_id", "org_id") if key in asked)
        ]
        by = asked.get("sort_by", "id")
        found.sort(key=lambda one: (one[by], one["id"]))
        return found[::-1] if asked.get("sort_direction") == "desc" else found

    def persons_of(self, asked: dict[str, str]) -> list[Row]:
        """The persons of a list."""
        if "deal_id" in asked:
            ids = self.participants.get(int(asked["deal_id"]), set())
        else:
            ids = _numbers(asked["ids"])
        return [one for one in self.persons.values() if one["id"] in ids]

    def find_persons(self, term: str, among: str, is_exact: bool) -> list[Row]:
        """Persons whose addresses or numbers are, or hold, what is searched for."""
        key = {"email": "emails", "phone": "phones"}[among]
        found = []
        for one in self.persons.values():
            told = [point["value"] for point in one[key]]
            if any(_fits(value, term, is_exact, key == "phones") for value in told):
                found.append(self._hit(one))
        return found

    def find_organizations(self, term: str, is_exact: bool) -> list[Row]:
        """Organizations whose name is, or holds, what is searched for."""
        there = self.organizations.values()
        found = (one for one in there if _fits(one["name"], term, is_exact))
        return [{"id": one["id"], "type": "organization", "name": one["name"]} for one in found]

    def _hit(self, person: Row) -> Row:
        hit = {"id": person["id"], "type": "person", "name": person["name"]}
        hit["emails"] = [one["value"] for one in person["emails"]]
        hit["phones"] = [one["value"] for one in person["phones"]]
        if person["org_id"]:
            named = self.organizations[person["org_id"]]["name"]
            hit["organization"] = {"id": person["org_id"], "name": named}
        return hit


def zulu(at: datetime) -> str:
    """An instant as v2 writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def plain(at: datetime) -> str:
    """An instant as v1 writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _numbers(listed: str) -> set[int]:
    return {int(one) for one in listed.split(",")}


def _fits(value: str, term: str, is_exact: bool, is_number: bool = False) -> bool:
    if is_number:
        value, term = re.sub(r"\D", "", value), re.sub(r"\D", "", term)
    value, term = value.casefold(), term.casefold()
    return value == term if is_exact else term in value
