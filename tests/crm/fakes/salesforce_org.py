"""An organisation of the fake Salesforce: its records, and what people do with them."""

import copy
import itertools
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from tests.crm.fakes.salesforce_schema import (
    FIXED,
    LENGTHS,
    PREFIXES,
    SCHEMA,
    STAGES,
    WRITABLE,
)
from tests.crm.fakes.salesforce_soql import Parser, Row, shown, sorted_rows

_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Refused(Exception):
    """What the API answers instead of doing it."""

    def __init__(self, status: int, code: str, message: str, fields: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.body = [{"message": message, "errorCode": code, "fields": list(fields)}]


class Note(NamedTuple):
    """A note or a logged call, as a test sees it; `body` is as it was sent."""

    id: str
    deal_id: str | None
    body: str
    title: str


class SalesforceOrg:
    """Records by object and id; each change goes through here."""

    root = ""

    def __init__(self) -> None:
        self.tables: dict[str, dict[str, Row]] = {kind: {} for kind in PREFIXES}
        self.hidden: set[str] = {"Opportunity.CurrencyIsoCode"}
        """Objects, and fields as Object.Field, that the user may not see."""
        self.record_types = {"012000000000000AAA": "Master"}
        self._numbers = itertools.count(1)
        self.organisation_id = self.insert("Organization", Name="Aubier SA", IsSandbox=False)
        self.user_id = self.add_owner("talktrack@example.com", "Integration User")
        self.insert("TaskStatus", ApiName="Not Started", IsClosed=False, SortOrder=1)
        self.insert("TaskStatus", ApiName="Terminé", IsClosed=True, SortOrder=2)

    @property
    def notes(self) -> list[Note]:
        """Enhanced notes on deals, and logged calls."""
        found = []
        for one in self.tables["ContentNote"].values():
            links = self.tables["ContentDocumentLink"].values()
            places = [
                link["LinkedEntityId"] for link in links if link["ContentDocumentId"] == one["Id"]
            ]
            deals = [place for place in places if place.startswith("006")]
            found += [
                Note(one["Id"], deal_id, one["Content"], one["Title"])
                for deal_id in deals or [None]
            ]
        return [*found, *self._tasks("Call")]

    @property
    def tasks(self) -> list[Note]:
        """What is to do."""
        return self._tasks("Task")

    def _tasks(self, subtype: str) -> list[Note]:
        return [
            Note(one["Id"], one["WhatId"], one.get("Description") or "", one["Subject"])
            for one in self.tables["Task"].values()
            if one["TaskSubtype"] == subtype
        ]

    def add_owner(self, email: str, name: str = "Sam Seller") -> str:
        return self.insert(
            "User", Email=email, Username=email, Name=name, IsActive=True, UserType="Standard"
        )

    def add_company(self, name: str, domain: str | None = None, **more: Any) -> str:
        """An account, or that which is called so."""
        for one in self.tables["Account"].values():
            if one["Name"] == name:
                return str(one["Id"])
        website = f"https://www.{domain}/" if domain else None
        return self.insert("Account", Name=name, Website=website, **more)

    def add_contact(
        self,
        email: str | None = None,
        *,
        name: str = "Bea Buyer",
        phone: str | None = None,
        company: str | None = None,
        title: str | None = None,
    ) -> str:
        """A person, with an account that is made if need be."""
        account_id = self.add_company(company) if company else None
        return self.insert(
            "Contact", Email=email, Name=name, Phone=phone, AccountId=account_id, Title=title
        )

    def add_deal(  # noqa: PLR0913 (a deal has that many sides)
        self,
        name: str = "Deal",
        *,
        contacts: Sequence[str] = (),
        company: str | None = None,
        stage: str = "Prospecting",
        status: str = "open",
        amount: Decimal | float | None = Decimal("1200.50"),
        at: datetime | None = None,
        **more: Any,
    ) -> str:
        """A deal made at an instant; `more` are fields by Salesforce's names."""
        at = _whole(at)
        deal_id = self.insert(
            "Opportunity",
            at,
            Name=name,
            Amount=None if amount is None else float(amount),
            AccountId=self.add_company(company) if company else None,
            OwnerId=more.pop("OwnerId", self.user_id),
            CloseDate=more.pop("CloseDate", date(2026, 12, 31)),
            **more,
        )
        self.move_deal(deal_id, stage, at)
        for contact in contacts:
            self.insert("OpportunityContactRole", OpportunityId=deal_id, ContactId=contact)
        if status != "open":
            self.close_deal(deal_id, status, at)
        return deal_id

    def move_deal(self, deal_id: str, stage: str, at: datetime | None = None) -> None:
        """Put a deal into another stage."""
        at = _whole(at)
        stage = next(one for one in STAGES if stage in {one, STAGES[one]})
        self.change_deal(
            deal_id,
            at,
            StageName=stage,
            IsClosed=stage.startswith("Closed"),
            IsWon=stage == "Closed Won",
            Probability={"Closed Won": 100.0, "Closed Lost": 0.0}.get(stage, 40.0),
            LastStageChangeDate=at,
        )
        amount = self.tables["Opportunity"][deal_id]["Amount"]
        self.insert("OpportunityHistory", at, OpportunityId=deal_id, StageName=stage, Amount=amount)

    def close_deal(
        self, deal_id: str, status: str, at: datetime | None = None, reason: str | None = None
    ) -> None:
        """Win or lose a deal."""
        self.move_deal(deal_id, f"Closed {status.capitalize()}", at)

    def change_deal(self, deal_id: str, at: datetime | None = None, **fields: Any) -> None:
        """Change anything of a deal."""
        row = self.tables["Opportunity"][deal_id]
        row.update(fields, SystemModstamp=max(_whole(at), row["SystemModstamp"]))

    def delete_deal(self, deal_id: str) -> None:
        """Delete a deal, and what hangs on it alone."""
        del self.tables["Opportunity"][deal_id]
        for kind in ("OpportunityContactRole", "OpportunityHistory", "ContentDocumentLink", "Task"):
            for one_id, row in list(self.tables[kind].items()):
                if deal_id in row.values():
                    del self.tables[kind][one_id]

    def merge_deals(self, winner: str, loser: str) -> None:
        """What people do, for Salesforce has no merge: move what hangs on a deal, and delete it."""
        for kind in ("OpportunityContactRole", "ContentDocumentLink", "Task"):
            for row in self.tables[kind].values():
                row.update({name: winner for name, value in row.items() if value == loser})
        self.change_deal(winner)
        self.delete_deal(loser)

    def delete_note(self, note_id: str) -> None:
        """Delete a note with its links, or a logged call."""
        if self.tables["Task"].pop(note_id, None) is None:
            del self.tables["ContentNote"][note_id]
        links = self.tables["ContentDocumentLink"]
        for one_id, row in list(links.items()):
            if row["ContentDocumentId"] == note_id:
                del links[one_id]

    def insert(self, kind: str, at: datetime | None = None, /, **values: Any) -> str:
        """A new record, whatever is in it."""
        number, body = next(self._numbers), ""
        while number:
            number, digit = divmod(number, len(_DIGITS))
            body = _DIGITS[digit] + body
        record_id = _with_suffix(PREFIXES[kind] + body.rjust(12, "0"))
        row = {"Id": record_id, **dict.fromkeys(SCHEMA[kind]), **values}
        row |= {"Id": record_id, "CreatedDate": _whole(at), "SystemModstamp": _whole(at)}
        self.tables[kind][record_id] = row
        return record_id

    def rows(self, kind: str) -> list[Row]:
        return list(self.tables["ContentNote" if kind == "ContentDocument" else kind].values())

    def find(self, kind: str, record_id: Any) -> Row | None:
        if not isinstance(record_id, str) or len(record_id) < 15:
            return None
        return next((one for one in self.rows(kind) if one["Id"][:15] == record_id[:15]), None)

    def query(self, text: str) -> list[Row]:
        """The rows of a query, as they are shown. Raises SoqlError, Refused."""
        parser = Parser(text, self.hidden, self.find)
        query = parser.query()
        places = {"Id", "LinkedEntityId", "ContentDocumentId"}
        if query.kind == "ContentDocumentLink" and not query.filtered & places:
            raise Refused(
                400,
                "MALFORMED_QUERY",
                "Implementation restriction: ContentDocumentLink requires a filter by a single Id "
                "on ContentDocumentId or LinkedEntityId using the equals operator or multiple Id's "
                "using the IN operator.",
            )
        rows = sorted_rows(parser, query, [one for one in self.rows(query.kind) if query.test(one)])
        return [shown(parser, query, one, self.root) for one in rows[: query.limit]]

    def create(self, kind: str, values: Row) -> str:
        """A new record by the API. Raises Refused."""
        self._check(kind, values)
        for name in ("WhatId", "LinkedEntityId", "ContentDocumentId"):
            if name in values:
                self._check_reference(name, values[name])
        if kind == "ContentDocumentLink":
            return self._link(values)
        if kind == "ContentNote":
            if not values.get("Title"):
                raise Refused(400, "REQUIRED_FIELD_MISSING", "missing: [Title]", ["Title"])
            note_id = self.insert(kind, FileType="SNOTE", OwnerId=self.user_id, **values)
            self.insert(
                "ContentDocumentLink",
                ContentDocumentId=note_id,
                LinkedEntityId=self.user_id,
                ShareType="I",
            )
            return note_id
        return self.insert(kind, **{"OwnerId": self.user_id, "Status": "Not Started", **values})

    def update(self, kind: str, record_id: str, values: Row) -> None:
        """Other values by the API. Raises Refused."""
        row = self.find(kind, record_id)
        if row is None:
            raise Refused(404, "NOT_FOUND", "The requested resource does not exist")
        self._check(kind, values)
        fixed = [name for name in values if (kind, name) in FIXED]
        if fixed:
            raise Refused(400, "INVALID_FIELD_FOR_INSERT_UPDATE", "cannot be changed", fixed)
        row.update(values)
        if kind == "Opportunity":
            self.change_deal(row["Id"])

    def delete(self, kind: str, record_id: str) -> None:
        """Take a record away by the API. Raises Refused."""
        row = self.find(kind, record_id)
        if row is None:
            raise Refused(404, "ENTITY_IS_DELETED", "entity is deleted")
        if kind in {"ContentDocument", "ContentNote", "Task"}:
            self.delete_note(row["Id"])
        else:
            del self.tables[kind][row["Id"]]

    def snapshot(self) -> dict[str, dict[str, Row]]:
        return copy.deepcopy(self.tables)

    def _link(self, values: Row) -> str:
        for one in self.tables["ContentDocumentLink"].values():
            if all(one[name] == values[name] for name in ("ContentDocumentId", "LinkedEntityId")):
                raise Refused(400, "DUPLICATE_VALUE", "already linked with the entity")
        if values.get("ShareType") not in {"V", "C", "I"}:
            raise Refused(400, "FIELD_INTEGRITY_EXCEPTION", "ShareType: bad", ["ShareType"])
        return self.insert("ContentDocumentLink", **values)

    def _check(self, kind: str, values: Row) -> None:
        for name, value in values.items():
            if name not in SCHEMA[kind] or f"{kind}.{name}" in self.hidden:
                raise Refused(
                    400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {kind}"
                )
            if name not in WRITABLE.get(kind, ()):
                raise Refused(
                    400, "INVALID_FIELD_FOR_INSERT_UPDATE", f"Unable to write {name}", [name]
                )
            most = LENGTHS.get((kind, name))
            if most and isinstance(value, str) and len(value.encode("utf-16-le")) > 2 * most:
                words = f"{name}: data value too large: {value} (max length={most})"
                raise Refused(400, "STRING_TOO_LONG", words, [name])

    def _check_reference(self, name: str, record_id: Any) -> None:
        kinds = {"069": "ContentNote", "006": "Opportunity", "005": "User"}
        kind = kinds.get(str(record_id)[:3])
        with suppress(KeyError):
            if kind is not None and self.find(kind, record_id) is not None:
                return
        raise Refused(400, "INVALID_CROSS_REFERENCE_KEY", f"{name}: invalid cross reference id")


def _whole(at: datetime | None) -> datetime:
    """Salesforce keeps whole seconds."""
    return (at or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)


def _with_suffix(short: str) -> str:
    """An id of 15 signs with the three that tell its capitals."""
    parts = (short[at : at + 5] for at in (0, 5, 10))
    return short + "".join(
        _SUFFIX[sum(1 << at for at, sign in enumerate(part) if sign.isupper())] for part in parts
    )
