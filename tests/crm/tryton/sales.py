"""What people do in Tryton: parties, opportunities, and what becomes of them."""

from decimal import Decimal
from typing import Any

from tests.crm.tryton.client import TrytonClient
from tests.crm.tryton.company import SELLERS

Mechanism = tuple[str, str, str | None]
"""Type, value, and the name of whose it is."""


class Sales:
    """One user's work."""

    def __init__(self, client: TrytonClient) -> None:
        self.client = client
        preferences = client.model("res.user", "get_preferences", True)
        client.context = {name: preferences[name] for name in ("company", "employee", "language")}
        self._company = preferences["company"]
        self.employees = {
            row["party."]["name"]: row["id"]
            for row in client.rows("company.employee", [], "party.name")
        }
        rows = client.rows("currency.currency", [], "code")
        self._currencies = {row["code"]: row["id"] for row in rows}

    def party(self, name: str, *mechanisms: Mechanism) -> int:
        """A customer, with ways to reach its people."""
        named = [{"type": kind, "value": value, "name": whose} for kind, value, whose in mechanisms]
        return self.client.create(
            "party.party",
            name=name,
            contact_mechanisms=[["create", named]] if named else [],
            addresses=[["create", [{"city": "Lyon"}]]],
        )

    def deal(
        self,
        party: int | None,
        description: str | None = None,
        amount: str | None = None,
        currency: str = "EUR",
        **values: Any,
    ) -> int:
        """An opportunity that begins as a lead."""
        return self.client.create(
            "sale.opportunity",
            party=party,
            description=description,
            amount=None if amount is None else Decimal(amount),
            currency=self._currencies[currency],
            company=self._company,
            **{"employee": self.employees[next(iter(SELLERS))], **values},
        )

    def press(self, deal: int, *buttons: str) -> None:
        """Buttons of an opportunity: lead, opportunity, convert, lost, cancel."""
        for button in buttons:
            self.client.model("sale.opportunity", button, [deal])

    def change(self, deal: int, **values: Any) -> None:
        """Write to an opportunity."""
        self.client.model("sale.opportunity", "write", [deal], values)

    def win(self, deal: int) -> None:
        """Make a sale of an opportunity, and confirm it."""
        (row,) = self.client.rows(
            "sale.opportunity", [["id", "=", deal]], "state", "party", "amount"
        )
        if row["state"] == "lead":
            self.press(deal, "opportunity")
        if row["state"] in {"lead", "opportunity"}:
            self.press(deal, "convert")
        (sale,) = self.client.rows("sale.sale", [["origin", "=", f"sale.opportunity,{deal}"]], "id")
        (address, *_) = self.client.rows("party.address", [["party", "=", row["party"]]], "id")
        line = {
            "type": "line",
            "quantity": 1.0,
            "unit_price": row["amount"],
            "description": "Seats",
        }
        self.client.model(
            "sale.sale",
            "write",
            [sale["id"]],
            {
                "invoice_method": "manual",
                "shipment_method": "manual",
                "invoice_address": address["id"],
                "shipment_address": address["id"],
                "lines": [["create", [line]]],
            },
        )
        for button in ("quote", "confirm"):
            self.client.model("sale.sale", button, [sale["id"]])

    def note(self, deal: int, text: str) -> int:
        """Write a note by hand."""
        return self.client.create("ir.note", resource=f"sale.opportunity,{deal}", message=text)

    def notes(self, deal: int) -> list[str]:
        """What an opportunity's notes say, oldest first."""
        domain = [["resource", "=", f"sale.opportunity,{deal}"]]
        return [row["message"] for row in self.client.rows("ir.note", domain, "message")]

    def delete_notes(self, deal: int) -> None:
        """Take all of an opportunity's notes away."""
        domain = [["resource", "=", f"sale.opportunity,{deal}"]]
        ids = [row["id"] for row in self.client.rows("ir.note", domain, "id")]
        self.client.model("ir.note", "delete", ids)

    def delete(self, deal: int) -> None:
        """Cancel an opportunity, as Tryton wants it, and delete it."""
        self.press(deal, "cancel")
        self.client.model("sale.opportunity", "delete", [deal])
