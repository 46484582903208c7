"""Accounts and the people there, as people list, add, change and delete them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import func, or_
from sqlmodel import Session, SQLModel, col, select

from models.errors import BadInput, Conflict, Forbidden, Missing
from models.holds import check_account_free
from models.paging import Slice, take
from models.rights import find_account, visible_accounts, visible_contacts
from models.tables import Account, Call, Contact, Deal, Subscription, User

_Row = TypeVar("_Row", Account, Contact)
_IN_USE: tuple[tuple[str, type[SQLModel]], ...] = (
    ("deal", Deal),
    ("call", Call),
    ("subscription", Subscription),
)


@dataclass(frozen=True, slots=True)
class ContactFilters:
    """What a list of contacts is narrowed to; None leaves it open."""

    account_id: UUID | None = None
    email: str | None = None
    text: str | None = None


def list_accounts(
    session: Session,
    user: User,
    *,
    text: str | None = None,
    domain: str | None = None,
    limit: int,
    cursor: str | None = None,
) -> Slice[Account]:
    """The accounts a user may see, by name; `text` is part of the name or domain."""
    statement = select(Account).where(visible_accounts(user))
    if text:
        statement = statement.where(_has(text, Account.name, Account.domain))
    if domain:
        statement = statement.where(func.lower(Account.domain) == domain.lower())
    keys = [(Account.name, lambda one: one.name), (Account.id, lambda one: one.id)]
    return take(session, statement, keys, limit=limit, cursor=cursor, descending=False)


def list_contacts(
    session: Session, user: User, filters: ContactFilters, *, limit: int, cursor: str | None = None
) -> Slice[Contact]:
    """The contacts a user may see, by name; `text` is part of the name or address."""
    statement = select(Contact).where(visible_contacts(user))
    if filters.account_id is not None:
        statement = statement.where(col(Contact.account_id) == filters.account_id)
    if filters.email:
        statement = statement.where(func.lower(Contact.email) == filters.email.lower())
    if filters.text:
        statement = statement.where(_has(filters.text, Contact.name, Contact.email))
    keys = [(Contact.name, lambda one: one.name), (Contact.id, lambda one: one.id)]
    return take(session, statement, keys, limit=limit, cursor=cursor, descending=False)


def find_contact(session: Session, user: User, contact_id: UUID, *, lock: bool = False) -> Contact:
    """The contact, when the user may see it. Raises Missing."""
    statement = select(Contact).where(col(Contact.id) == contact_id, visible_contacts(user))
    if lock:
        statement = statement.with_for_update()
    contact = session.exec(statement).one_or_none()
    if contact is None:
        raise Missing(f"there is no contact {contact_id} that you may see")
    return contact


def add_account(session: Session, values: Mapping[str, Any]) -> Account:
    """Add an account. Raises Conflict when its ref is taken, BadInput for a day before another."""
    account = Account(**values)
    _check_days(account)
    return _add(session, account)


def add_contact(session: Session, user: User, values: Mapping[str, Any]) -> Contact:
    """Add someone at an account. Raises Missing, and Conflict when the ref is taken."""
    find_account(session, user, values["account_id"])
    return _add(session, Contact(**values))


def change_account(
    session: Session, user: User, account_id: UUID, values: Mapping[str, Any]
) -> Account:
    """Change an account that the user may see; None takes a value away. Raises Missing."""
    account = find_account(session, user, account_id, lock=True)
    _set(account, values)
    _check_days(account)
    session.flush()
    return account


def change_contact(
    session: Session, user: User, contact_id: UUID, values: Mapping[str, Any]
) -> Contact:
    """Change a contact that the user may see; None takes a value away. Raises Missing."""
    contact = find_contact(session, user, contact_id, lock=True)
    if values.get("account_id") is not None:
        find_account(session, user, values["account_id"])
    _set(contact, values, "account_id")
    session.flush()
    return contact


def delete_account(session: Session, user: User, account_id: UUID) -> None:
    """Delete an account with its contacts and surveys.

    Raises Conflict while it has deals, calls or subscriptions, Forbidden for a rep.
    """
    account = find_account(session, user, account_id, lock=True)
    if user.role == "rep":
        raise Forbidden("a manager or an admin deletes accounts; ask one")
    check_account_free(session, account.id)
    for noun, table in _IN_USE:
        mine = col(table.account_id) == account.id  # type: ignore[attr-defined]
        count = session.exec(select(func.count()).select_from(table).where(mine)).one()
        if count:
            many = f"{count} {noun}{'s' if count > 1 else ''}"
            raise Conflict(f"the account has {many}; delete or move them first")
    session.delete(account)
    session.flush()


def delete_contact(session: Session, user: User, contact_id: UUID) -> None:
    """Delete a contact that the user may see. Raises Missing."""
    session.delete(find_contact(session, user, contact_id, lock=True))
    session.flush()


def _add(session: Session, row: _Row) -> _Row:
    kind = type(row)
    if row.ref is not None:
        same = select(kind).where(col(kind.ref) == row.ref, col(kind.origin) == row.origin)
        if session.exec(same).first() is not None:
            raise Conflict(f"there already is one with the ref {row.ref}")
    session.add(row)
    session.flush()
    return row


def _check_days(account: Account) -> None:
    began, ended = account.became_customer_on, account.churned_on
    if began is not None and ended is not None and ended < began:
        raise BadInput("churned_on: comes before became_customer_on; change one of them")


def _set(row: SQLModel, values: Mapping[str, Any], *needed: str) -> None:
    for name, value in values.items():
        if value is None and name in {"name", *needed}:
            raise BadInput(f"{name}: cannot be taken away")
        setattr(row, name, value)


def _has(text: str, *columns: Any) -> Any:
    lowered = text.lower()
    return or_(*(func.strpos(func.lower(one), lowered) > 0 for one in columns))
