"""An account at HubSpot as a test sets it up: who buys, who sells, and what people do there."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from tests.crm.fakes.hubspot_state import (
    COMPANIES,
    CONTACTS,
    DEALS,
    NOTES,
    STAGES,
    TASKS,
    Note,
    State,
    iso,
)


class HubSpotAccount:
    """Deals, contacts, companies, owners, notes and tasks."""

    def __init__(self) -> None:
        self.state = State()
        self.owners: dict[str, dict[str, Any]] = {}

    @property
    def notes(self) -> list[Note]:
        return self.state.texts(NOTES, "hs_note_body")

    @property
    def tasks(self) -> list[Note]:
        return self.state.texts(TASKS, "hs_task_body")

    def add_owner(self, email: str, name: str = "Sam Seller", *, archived: bool = False) -> str:
        first, _, last = name.partition(" ")
        owner_id = str(501 + len(self.owners))
        at = iso(datetime.now(UTC))
        self.owners[owner_id] = {
            "id": owner_id,
            "email": email,
            "firstName": first,
            "lastName": last,
            "type": "PERSON",
            "archived": archived,
            "createdAt": at,
            "updatedAt": at,
        }
        return owner_id

    def add_company(self, name: str, domain: str | None = None, **more: str) -> str:
        """A company, or that which is called so."""
        for one in self.state.objects[COMPANIES].values():
            if one.properties["name"] == name:
                return one.id
        return self.state.add(COMPANIES, {"name": name, "domain": domain, **more}).id

    def add_contact(
        self,
        email: str | None = None,
        *,
        name: str = "Bea Buyer",
        phone: str | None = None,
        company: str | None = None,
        title: str | None = None,
        other_emails: Sequence[str] = (),
    ) -> str:
        """A person, with a company that is made if need be."""
        first, _, last = name.partition(" ")
        digits = "".join(filter(str.isdigit, phone or ""))
        national = digits.removeprefix("0033").removeprefix("33").lstrip("0") or None
        told = {
            "email": email,
            "hs_additional_emails": ";".join(other_emails) or None,
            "firstname": first,
            "lastname": last,
            "jobtitle": title,
            "phone": phone,
            "hs_searchable_calculated_phone_number": national,
        }
        made = self.state.add(CONTACTS, told)
        if company is not None:
            self.state.link(CONTACTS, made.id, COMPANIES, self.add_company(company))
        return made.id

    def add_deal(
        self,
        name: str = "Deal",
        *,
        contacts: Sequence[str] = (),
        company: str | None = None,
        stage: str = STAGES[0][1],
        status: str = "open",
        at: datetime | None = None,
        **more: Any,
    ) -> str:
        """A deal made at an instant; `more` are properties by HubSpot's names."""
        told = {"dealname": name, "pipeline": "default", "amount": Decimal("1200.50"), **more}
        deal = self.state.add(DEALS, told, at)
        self.move_deal(deal.id, stage, at)
        for contact in contacts:
            self.state.link(DEALS, deal.id, CONTACTS, contact)
        if company is not None:
            self.state.link(DEALS, deal.id, COMPANIES, self.add_company(company))
        if status != "open":
            self.close_deal(deal.id, status, at)
        return deal.id

    def move_deal(self, deal_id: str, stage: str, at: datetime | None = None) -> None:
        """Put a deal into another stage."""
        stage_id, _, probability, closed = next(one for one in STAGES if stage in one[:2])
        moved = {
            "dealstage": stage_id,
            "hs_is_closed": closed,
            "hs_is_closed_won": str(stage_id == "closedwon").lower(),
            "hs_deal_stage_probability": probability,
        }
        if closed == "true":
            moved["closedate"] = iso(at or datetime.now(UTC))
        self.state.change(DEALS, deal_id, moved, at)

    def close_deal(
        self, deal_id: str, status: str, at: datetime | None = None, reason: str | None = None
    ) -> None:
        """Win or lose a deal."""
        self.move_deal(deal_id, f"Closed {status}", at)
        if reason is not None:
            self.state.change(DEALS, deal_id, {"closed_lost_reason": reason}, at)

    def change_deal(self, deal_id: str, at: datetime | None = None, **fields: Any) -> None:
        """Change anything else of a deal."""
        told = {k: v.isoformat() if isinstance(v, date) else v for k, v in fields.items()}
        self.state.change(DEALS, deal_id, told, at)

    def delete_deal(self, deal_id: str) -> None:
        self.state.objects[DEALS].pop(deal_id)

    def delete_note(self, note_id: str) -> None:
        self.state.objects[NOTES].pop(note_id)

    def merge_deals(self, winner: str, loser: str) -> None:
        """What hangs on the loser hangs on the winner from now on; its id leads there."""
        state = self.state
        with state.lock:
            state.objects[DEALS].pop(loser)
            for kind, one_id, other in list(state.links):
                if (kind, one_id) == (DEALS, loser):
                    for hanging in state.links.pop((kind, one_id, other)):
                        state.link(DEALS, winner, other, hanging)
                        state.links[other, hanging, DEALS].remove(loser)
            state.became[loser] = winner
            known = state.get(DEALS, winner).properties.get("hs_merged_object_ids")
            merged = ";".join(filter(None, (known, loser)))
            state.change(DEALS, winner, {"hs_merged_object_ids": merged})
