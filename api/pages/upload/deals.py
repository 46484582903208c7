"""The deals a call may belong to: named so that one is found again by what was chosen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select

from api.pages.words import Words
from models.rights import visible_deals
from models.tables import Account, Deal, User

MOST_GUESSED_FROM = 2000
SHOWN = 30


@dataclass(frozen=True, slots=True)
class DealChoice:
    """A deal as a list offers it; `label` is what stands in the field once it is chosen."""

    id: UUID
    name: str
    label: str
    account_id: UUID | None
    account: str
    domain: str
    is_open: bool


def find_deals(session: Session, user: User, words: Words, typed: str = "") -> list[DealChoice]:
    """The first deals whose own or account's name has every word typed; open ones first."""
    named = func.lower(Deal.name + " " + func.coalesce(Account.name, ""))
    terms = typed.replace("·", " ").lower().split()[:8]
    return _chosen(session, user, words, [func.strpos(named, one) > 0 for one in terms], SHOWN)


def known_deals(session: Session, user: User, words: Words) -> list[DealChoice]:
    """The deals that a file's name or an invitation may mean, in one query."""
    return _chosen(session, user, words, [], MOST_GUESSED_FROM)


def deal_called(session: Session, user: User, words: Words, typed: str) -> list[DealChoice]:
    """The deals that what was typed or chosen means: one, as far as it is clear."""
    said = typed.strip()
    begins = func.strpos(func.lower(said), func.lower(Deal.name)) == 1
    found = _chosen(session, user, words, [or_(begins, col(Deal.ref) == said)], 200)
    exact = [one for one in found if one.label.lower() == said.lower()]
    named = [one for one in found if one.name.lower() == said.lower()]
    if exact or named:
        return exact or named
    by_ref = [one for one in found if not said.lower().startswith(one.name.lower())]
    return by_ref or [one for one in find_deals(session, user, words, said) if said]


def deal_of(session: Session, user: User, words: Words, deal_id: UUID) -> DealChoice | None:
    """One deal by its id, when the user may see it."""
    found = _chosen(session, user, words, [col(Deal.id) == deal_id], 1)
    return found[0] if found else None


def _chosen(
    session: Session,
    user: User,
    words: Words,
    conditions: Sequence[ColumnElement[bool]],
    limit: int,
) -> list[DealChoice]:
    columns = (Deal.id, Deal.name, Deal.opened_at, Deal.outcome, Deal.account_id)
    own = col(Deal.rep_id) == user.id
    statement = (
        select(*columns, Account.name, Account.domain)  # type: ignore[call-overload]
        .join(Account, col(Account.id) == Deal.account_id, isouter=True)
        .where(visible_deals(user), *conditions)
        .order_by(
            (col(Deal.outcome) == "open").desc(),
            own.desc(),
            col(Deal.opened_at).desc().nulls_last(),
            col(Deal.id),
        )
        .limit(limit)
    )
    return [
        DealChoice(
            deal_id,
            name,
            _label(words, name, account, opened_at),
            account_id,
            account or "",
            (domain or "").lower(),
            outcome == "open",
        )
        for deal_id, name, opened_at, outcome, account_id, account, domain in session.exec(
            statement
        ).all()
    ]


def _label(words: Words, name: str, account: str | None, opened_at: datetime | None) -> str:
    """The deal, its account where its name does not say it, and since when, in one line."""
    of = [account] if account and account.lower() not in name.lower() else []
    since = [words.day(opened_at)] if opened_at else []
    return " ".join(" · ".join([name, *of, *since]).split())
