"""Every query that Salesforce is asked, in one place.

Only fields that the user may see are named, for one that is hidden spoils the whole query.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from api.crm import soql

DEAL = "Opportunity"
KINDS = (DEAL, "Account", "Contact", "OpportunityHistory", "OpportunityContactRole")
"""All that deals are read from."""
DEAL_FIELDS = (
    "Name",
    "StageName",
    "Amount",
    "IsClosed",
    "IsWon",
    "Probability",
    "CloseDate",
    "CreatedDate",
    "SystemModstamp",
    "LastStageChangeDate",
    "OwnerId",
    "AccountId",
    "RecordTypeId",
    "CurrencyIsoCode",
)
OPTIONAL_DEAL_FIELDS = {"RecordTypeId", "CurrencyIsoCode", "LastStageChangeDate"}
ACCOUNT_FIELDS = ("Name", "Website", "Industry", "BillingCountry")
CONTACT_FIELDS = ("Name", "Email", "Phone", "MobilePhone", "Title")
PHONE_FIELDS = ("Phone", "MobilePhone")
CLOSED_WITHIN = timedelta(days=14)
_MOST_FOUND = 200
_SHORTEST_NAME = 3


def readable(fields: Sequence[str], visible: Collection[str], prefix: str = "") -> list[str]:
    """Those of the fields that may be seen, as a query names them."""
    return [prefix + field for field in fields if field in visible]


def deals(ids: Sequence[str], fields: Sequence[str]) -> str:
    """Some deals."""
    return soql.select(fields, DEAL, [f"Id IN {soql.listed(ids)}"])


def changed_deals(
    since: datetime | None, after: tuple[datetime, str] | None, fields: Sequence[str], most: int
) -> str:
    """The deals that changed, from where the last page ended: its last change, and that deal."""
    where = []
    if after is not None:
        at, deal_id = soql.instant(after[0]), after[1]
        later = soql.either(f"SystemModstamp > {at}", f"Id > {soql.quoted(deal_id)}")
        where = [f"SystemModstamp >= {at}", later]
    elif since is not None:
        where = [f"SystemModstamp >= {soql.instant(since)}"]
    return soql.select(fields, DEAL, where, order=["SystemModstamp", "Id"], limit=most)


def history(deal_ids: Sequence[str]) -> str:
    """The stages that deals went through, and whatever else changed with them."""
    return soql.select(
        ["OpportunityId", "StageName", "CreatedDate"],
        "OpportunityHistory",
        [f"OpportunityId IN {soql.listed(deal_ids)}"],
        order=["OpportunityId", "CreatedDate"],
    )


def roles(deal_ids: Sequence[str], contact_fields: Sequence[str]) -> str:
    """The people on the buyer's side of deals."""
    return soql.select(
        ["OpportunityId", "ContactId", *contact_fields],
        "OpportunityContactRole",
        [f"OpportunityId IN {soql.listed(deal_ids)}"],
        order=["OpportunityId", "CreatedDate"],
    )


def deals_by_people(condition: str, named: Sequence[str], at: datetime) -> str:
    """Deals that somebody has a role in, and what of that person the condition is about."""
    return soql.select(
        ["OpportunityId", *named],
        "OpportunityContactRole",
        [condition, _recent(at, "Opportunity.")],
        order=["Opportunity.SystemModstamp DESC"],
        limit=_MOST_FOUND,
    )


def deals_by_accounts(account_ids: Sequence[str], at: datetime) -> str:
    """Deals of accounts."""
    return soql.select(
        ["Id", "AccountId"],
        DEAL,
        [f"AccountId IN {soql.listed(account_ids)}", _recent(at, "")],
        order=["SystemModstamp DESC"],
        limit=_MOST_FOUND,
    )


def contacts(condition: str, named: Sequence[str]) -> str:
    """People, and the accounts they belong to."""
    where = [condition, "AccountId != null"]
    return soql.select(["AccountId", *named], "Contact", where, limit=_MOST_FOUND)


def accounts(condition: str, named: Sequence[str]) -> str:
    """Accounts."""
    return soql.select(["Id", *named], "Account", [condition], limit=_MOST_FOUND)


def of_emails(emails: Sequence[str], prefix: str = "") -> str:
    """Holds for people with one of the addresses."""
    return f"{prefix}Email IN {soql.listed(emails)}"


def of_phones(phones: Sequence[str], fields: Sequence[str], prefix: str = "") -> str:
    """Holds for people with one of the numbers, in one of the fields."""
    return soql.either(*(f"{prefix}{field} IN {soql.listed(phones)}" for field in fields))


def of_mail_domain(domain: str, prefix: str = "") -> str:
    """Holds for people with an address at a domain."""
    return f"{prefix}Email LIKE {soql.like('@' + domain, before='%')}"


def of_website(domain: str) -> str:
    """Holds for accounts whose website may be at a domain; look at it more closely."""
    return f"Website LIKE {soql.like(domain, before='%', after='%')}"


def of_company(names: Sequence[str]) -> str:
    """Holds for accounts of these names, and those that go on after one: "Acme", "Acme Ltd"."""
    longer = [
        f"Name LIKE {soql.like(name + ' ', after='%')}"
        for name in names
        if len(name) >= _SHORTEST_NAME
    ]
    return soql.either(f"Name IN {soql.listed(names)}", *longer)


def linked_notes(deal_id: str) -> str:
    """The notes on a deal."""
    return soql.select(
        ["ContentDocumentId", "ContentDocument.Title", "ContentDocument.CreatedDate"],
        "ContentDocumentLink",
        [f"LinkedEntityId = {soql.quoted(deal_id)}", "ContentDocument.FileType = 'SNOTE'"],
    )


def own_notes(mark: str, user_id: str | None) -> str:
    """Our notes with a mark in their title, wherever they are linked."""
    where = [f"Title LIKE {soql.like(mark, before='%', after='%')}"]
    if user_id is not None:
        where.append(f"OwnerId = {soql.quoted(user_id)}")
    return soql.select(
        ["Id", "Title", "CreatedDate"], "ContentNote", where, order=["CreatedDate"], limit=20
    )


def note_links(note_ids: Sequence[str]) -> str:
    """What notes are linked to."""
    return soql.select(
        ["ContentDocumentId", "LinkedEntityId"],
        "ContentDocumentLink",
        [f"ContentDocumentId IN {soql.listed(note_ids)}"],
    )


def tasks(deal_id: str, subtype: str) -> str:
    """The tasks of a deal; their text cannot be asked for, only looked at."""
    return soql.select(
        ["Id", "Subject", "Description", "CreatedDate"],
        "Task",
        [f"WhatId = {soql.quoted(deal_id)}", f"TaskSubtype = {soql.quoted(subtype)}"],
        order=["CreatedDate", "Id"],
    )


def closed_status() -> str:
    """What the organisation calls a task that is done."""
    return soql.select(["ApiName"], "TaskStatus", ["IsClosed = true"], order=["SortOrder"], limit=1)


def active_user(email: str) -> str:
    """Somebody who sells, by e-mail address."""
    where = [f"Email = {soql.quoted(email)}", "IsActive = true", "UserType = 'Standard'"]
    return soql.select(["Id"], "User", where, order=["CreatedDate"], limit=1)


def user(user_id: str) -> str:
    """The user that the credentials speak for."""
    return soql.select(["Name", "Username"], "User", [f"Id = {soql.quoted(user_id)}"], limit=1)


def organisation() -> str:
    """Whose Salesforce it is."""
    return soql.select(["Id", "Name"], "Organization", [], limit=1)


def _recent(at: datetime, prefix: str) -> str:
    """Holds for deals open now, and for all that were closed since shortly before a call.

    A deal closed since then changed since then; which of them it was closed is seen by its history.
    """
    return soql.either(
        f"{prefix}IsClosed = false",
        f"{prefix}SystemModstamp >= {soql.instant(at - CLOSED_WITHIN)}",
    )
