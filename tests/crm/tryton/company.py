"""Who sells in the template: a company, two of its sellers, and a user for Talktrack."""

from decimal import Decimal
from typing import Any

from tests.crm.tryton.client import TrytonClient

LOGIN, PASSWORD = "talktrack", "talktrack-crm"
COMPANY = "Seller SA"
SELLERS = {"Sam Seller": "sam@seller.example", "Lea Vente": "lea@seller.example"}
GROUPS = ["Sales", "Sale Opportunity"]
"""All that Talktrack needs there."""


def found(client: TrytonClient) -> None:
    """Make them, as Tryton's administrator."""
    euro = client.create(
        "currency.currency",
        name="Euro",
        code="EUR",
        symbol="€",
        digits=2,
        rounding=Decimal("0.01"),
    )
    client.create(
        "currency.currency",
        name="Yen",
        code="JPY",
        symbol="¥",
        digits=0,
        rounding=Decimal("1"),
    )
    party = client.create("party.party", name=COMPANY)
    company = client.create("company.company", party=party, currency=euro)
    employees = [_employed(client, company, *one) for one in SELLERS.items()]
    works: dict[str, Any] = {
        "companies": [["add", [company]]],
        "company": company,
        "employees": [["add", employees]],
        "employee": employees[0],
    }
    client.model("res.user", "write", [client.user_id], works)
    groups = client.model("res.group", "search", [["name", "in", GROUPS]], 0, None, None)
    client.create(
        "res.user",
        name="Talktrack",
        login=LOGIN,
        password=PASSWORD,
        groups=[["add", groups]],
        **works,
    )


def _employed(client: TrytonClient, company: int, name: str, email: str) -> int:
    mechanism = {"type": "email", "value": email}
    party = client.create("party.party", name=name, contact_mechanisms=[["create", [mechanism]]])
    return client.create("company.employee", party=party, company=company)
