"""Accounts and the people there: list, add, read, change, delete."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from pydantic import Field, StringConstraints

from api.dependencies import DEFAULT_LIMIT, CursorQuery, LimitQuery, SessionDep, UserDep
from api.fields import Ref, Text200, Text300
from api.routing import signed_router
from api.views import Given, Page, View
from models import accounts as kept
from models.accounts import ContactFilters
from models.rights import find_account

accounts = signed_router("accounts")
contacts = signed_router("contacts")
_YEARS = {"ge": date(1900, 1, 1), "le": date(2200, 12, 31)}
Day = Annotated[date, Field(**_YEARS, examples=["2026-03-31"])]
Domain = Annotated[
    str,
    StringConstraints(to_lower=True, max_length=253, pattern=r"^[^\s/@:\x00]+\.[^\s/@:.\x00]+$"),
    Field(examples=["saffronclinics.example"]),
]
Email = Annotated[
    str,
    StringConstraints(to_lower=True, max_length=320, pattern=r"^[^@\s\x00]+@[^@\s\x00]+$"),
    Field(examples=["jim@vantage.example"]),
]
Phone = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00]*$")]
TextQuery = Annotated[Text300 | None, Query(description="Part of the name or domain.")]


class AccountTold(Given):
    """What can be said of an account, now or later."""

    domain: Domain | None = None
    region: Text200 | None = None
    industry: Text200 | None = None
    became_customer_on: Day | None = Field(default=None, description="Day of the first won deal.")
    churned_on: Day | None = None


class AccountGiven(AccountTold):
    """An account to be added."""

    name: Text300 = Field(examples=["Saffron Clinics"])
    ref: Ref | None = None


class AccountChange(AccountTold):
    """What is to change of an account; what is left out stays, null takes it away."""

    name: Text300 | None = None


class AccountView(View):
    """A company that buys, or may."""

    id: UUID
    name: str
    domain: str | None
    region: str | None
    industry: str | None
    became_customer_on: date | None
    churned_on: date | None
    origin: str
    ref: str | None
    created_at: datetime


class ContactTold(Given):
    """What can be said of a contact, now or later."""

    email: Email | None = None
    phone: Phone | None = None
    title: Text200 | None = None


class ContactGiven(ContactTold):
    """A contact to be added."""

    account_id: UUID
    name: Text200 = Field(examples=["Jim Kowalski"])
    ref: Ref | None = None


class ContactChange(ContactTold):
    """What is to change of a contact; what is left out stays, null takes it away."""

    account_id: UUID | None = None
    name: Text200 | None = None


class ContactView(View):
    """Someone at an account."""

    id: UUID
    account_id: UUID | None
    name: str
    email: str | None
    phone: str | None
    title: str | None
    origin: str
    ref: str | None
    created_at: datetime


@accounts.get("/accounts")
def list_accounts(
    session: SessionDep,
    user: UserDep,
    text: TextQuery = None,
    domain: Annotated[Text300 | None, Query(description="All of it, in any case.")] = None,
    limit: LimitQuery = DEFAULT_LIMIT,
    cursor: CursorQuery = None,
) -> Page[AccountView]:
    """The accounts one may see, by name: those one sells to, and those nobody sells to yet."""
    found = kept.list_accounts(session, user, text=text, domain=domain, limit=limit, cursor=cursor)
    return Page(items=[AccountView.model_validate(one) for one in found.items], next=found.next)


@accounts.post("/accounts", status_code=201)
def make_account(
    given: AccountGiven, request: Request, session: SessionDep, _user: UserDep
) -> AccountView:
    """Add an account."""
    account = kept.add_account(session, given.model_dump())
    request.state.made_id = account.id
    return AccountView.model_validate(account)


@accounts.get("/accounts/{account_id}")
def read_account(account_id: UUID, session: SessionDep, user: UserDep) -> AccountView:
    """An account."""
    return AccountView.model_validate(find_account(session, user, account_id))


@accounts.patch("/accounts/{account_id}")
def alter_account(
    account_id: UUID, given: AccountChange, session: SessionDep, user: UserDep
) -> AccountView:
    """Change an account; whoever sees it may."""
    values = given.model_dump(exclude_unset=True)
    return AccountView.model_validate(kept.change_account(session, user, account_id, values))


@accounts.delete("/accounts/{account_id}", status_code=204)
def remove_account(account_id: UUID, session: SessionDep, user: UserDep) -> None:
    """Delete an account with its contacts; not while it has deals, calls or subscriptions."""
    kept.delete_account(session, user, account_id)


@contacts.get("/contacts")
def list_contacts(  # noqa: PLR0913, PLR0917 (one parameter a filter)
    session: SessionDep,
    user: UserDep,
    account_id: UUID | None = None,
    email: Annotated[Text300 | None, Query(description="All of it, in any case.")] = None,
    text: Annotated[Text300 | None, Query(description="Part of the name or address.")] = None,
    limit: LimitQuery = DEFAULT_LIMIT,
    cursor: CursorQuery = None,
) -> Page[ContactView]:
    """The people at accounts one may see, by name."""
    filters = ContactFilters(account_id, email, text)
    found = kept.list_contacts(session, user, filters, limit=limit, cursor=cursor)
    return Page(items=[ContactView.model_validate(one) for one in found.items], next=found.next)


@contacts.post("/contacts", status_code=201)
def make_contact(
    given: ContactGiven, request: Request, session: SessionDep, user: UserDep
) -> ContactView:
    """Add someone at an account that one may see."""
    contact = kept.add_contact(session, user, given.model_dump())
    request.state.made_id = contact.id
    return ContactView.model_validate(contact)


@contacts.get("/contacts/{contact_id}")
def read_contact(contact_id: UUID, session: SessionDep, user: UserDep) -> ContactView:
    """A contact."""
    return ContactView.model_validate(kept.find_contact(session, user, contact_id))


@contacts.patch("/contacts/{contact_id}")
def alter_contact(
    contact_id: UUID, given: ContactChange, session: SessionDep, user: UserDep
) -> ContactView:
    """Change a contact; whoever sees the account may."""
    values = given.model_dump(exclude_unset=True)
    return ContactView.model_validate(kept.change_contact(session, user, contact_id, values))


@contacts.delete("/contacts/{contact_id}", status_code=204)
def remove_contact(contact_id: UUID, session: SessionDep, user: UserDep) -> None:
    """Delete a contact."""
    kept.delete_contact(session, user, contact_id)
