"""Deals for the calls in `fixtures/calls`, so that each of them finds its own."""

import json
from pathlib import Path
from typing import Any

from tests.crm.tryton.sales import Sales

CALLS = Path(__file__).parents[3] / "fixtures" / "calls"
_AMOUNTS = ("12400.00", "86000.00", "31500.00", "18900.50")


def seed(sales: Sales) -> list[int]:
    """An opportunity for each call's buyers; a second one for one of them, to have a choice."""
    meetings = [
        json.loads(path.read_text("utf-8")) for path in sorted(CALLS.glob("*/meeting.json"))
    ]
    deals = [
        _deal(sales, meeting, amount) for meeting, amount in zip(meetings, _AMOUNTS, strict=False)
    ]
    sales.press(deals[0], "opportunity")
    (first,) = sales.client.rows("sale.opportunity", [["id", "=", deals[1]]], "party")
    deals.append(sales.deal(first["party"], "Renewal of the old contract", "9600.00"))
    return deals


def _deal(sales: Sales, meeting: dict[str, Any], amount: str) -> int:
    buyers = [one for one in meeting["participants"] if one["side"] == "buyer"]
    reached = [("email", one["email"], one["name"]) for one in buyers]
    party = sales.party(buyers[0]["company"], *reached)
    return sales.deal(party, meeting["deal"]["name"], amount)
