"""Who may see and change what: the one place that decides.

A rep sees their own calls, a manager those of the team, an admin all of them. A private call is
its rep's alone, and an admin's. Who may see a call may comment on it; only its rep, the rep's
manager or an admin may change or delete it.

A deal is its rep's, their manager's and an admin's. An account is shared by all who sell to it:
whoever may see one of its deals or calls sees it, and so the people who work there.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, literal, or_, true, union_all
from sqlmodel import Session, col, select

from models.errors import Forbidden, Missing
from models.tables import Account, Call, Contact, Deal, User

Role = Literal["rep", "manager", "admin"]
_RANK: dict[str, int] = {"rep": 0, "manager": 1, "admin": 2}


def visible_calls(user: User) -> ColumnElement[bool]:
    """Which rows of `call` a user may see, as a condition."""
    own = col(Call.rep_id) == user.id
    if user.role == "admin":
        return true()
    if user.role == "manager" and user.team_id is not None:
        return or_(own, and_(col(Call.rep_id).in_(_team(user)), col(Call.is_private).is_(False)))
    return own


def heard_by(user: User, now: datetime) -> ColumnElement[bool]:
    """Which rows of `call` have a report that a user may see, of those that began by `now`."""
    has_begun = col(Call.started_at) <= now
    return and_(col(Call.state) == "ready", has_begun, visible_calls(user))


def visible_deals(user: User) -> ColumnElement[bool]:
    """Which rows of `deal` a user may see: their own, the team's, or all."""
    if user.role == "admin":
        return true()
    if user.role == "manager" and user.team_id is not None:
        return or_(col(Deal.rep_id) == user.id, col(Deal.rep_id).in_(_team(user)))
    return col(Deal.rep_id) == user.id


def visible_accounts(user: User) -> ColumnElement[bool]:
    """Which rows of `account` a user may see.

    Those of deals and calls they may see, so that nobody learns to whom other teams sell; and
    those that nobody sells to yet, so that whoever comes first finds them.
    """
    if user.role == "admin":
        return true()
    account_id = col(Account.id)
    own = (
        select(Deal.account_id).where(visible_deals(user), col(Deal.account_id).is_not(None)),
        select(Call.account_id).where(visible_calls(user), col(Call.account_id).is_not(None)),
        select(Deal.account_id)
        .join(Call, col(Call.deal_id) == Deal.id)
        .where(visible_calls(user), col(Deal.account_id).is_not(None)),
    )
    is_free = and_(
        ~exists().where(col(Deal.account_id) == account_id),
        ~exists().where(col(Call.account_id) == account_id),
    )
    return or_(is_free, *(account_id.in_(one) for one in own))


def visible_contacts(user: User) -> ColumnElement[bool]:
    """Which rows of `contact` a user may see: those of accounts they see; an admin, all."""
    if user.role == "admin":
        return true()
    return col(Contact.account_id).in_(select(Account.id).where(visible_accounts(user)))


def visible_users(user: User) -> ColumnElement[bool]:
    """Which rows of `user` a user may see in full: themselves, the team, or all."""
    if user.role == "admin":
        return true()
    if user.role == "manager" and user.team_id is not None:
        return or_(col(User.id) == user.id, col(User.team_id) == user.team_id)
    return col(User.id) == user.id


def find_call(session: Session, user: User, call_id: UUID, *, lock: bool = False) -> Call:
    """The call, when the user may see it; `lock` keeps others from changing it meanwhile.

    Raises Missing: whether there is such a call is no one else's business.
    """
    statement = select(Call).where(col(Call.id) == call_id, visible_calls(user))
    if lock:
        statement = statement.with_for_update()
    call = session.exec(statement).one_or_none()
    if call is None:
        raise Missing(f"there is no call {call_id} that you may see")
    return call


def refer_to_call(session: Session, user: User, call_id: UUID) -> Call:
    """The call, when the user may see it, kept from being deleted until the transaction ends.

    Whoever changes the call meanwhile need not wait. Raises Missing.
    """
    statement = select(Call).where(col(Call.id) == call_id, visible_calls(user))
    call = session.exec(statement.with_for_update(read=True, key_share=True)).one_or_none()
    if call is None:
        raise Missing(f"there is no call {call_id} that you may see")
    return call


def viewers_among(session: Session, call_id: UUID, user_ids: Iterable[UUID]) -> set[UUID]:
    """Those of the users who are active and may see a call, by one query for all of them."""
    statement = select(User).where(col(User.id).in_(list(user_ids)), col(User.is_active))
    users = session.exec(statement).all()
    if not users:
        return set()
    seen = (
        select(literal(user.id)).where(Call.id == call_id, visible_calls(user)) for user in users
    )
    return set(session.execute(union_all(*seen)).scalars())


def viewers(session: Session, call: Call) -> list[User]:
    """Everybody who may see a call, by name: whom a comment can mention."""
    team = select(User.team_id).where(col(User.id) == call.rep_id).scalar_subquery()
    near = or_(col(User.id) == call.rep_id, col(User.role) == "admin", col(User.team_id) == team)
    users = session.exec(select(User).where(near).order_by(col(User.name), col(User.id))).all()
    allowed = viewers_among(session, call.id, [one.id for one in users])
    return [one for one in users if one.id in allowed]


def may_see(session: Session, user: User, call_id: UUID) -> bool:
    """Whether a user may see a call."""
    found = select(Call.id).where(col(Call.id) == call_id, visible_calls(user))
    return session.exec(found).one_or_none() is not None


def change_call(session: Session, user: User, call_id: UUID) -> Call:
    """The call, locked, when the user may change it. Raises Missing or Forbidden."""
    call = find_call(session, user, call_id, lock=True)
    if not may_change(user, call):
        raise Forbidden("only the call's rep, their manager or an admin may change it")
    return call


def may_change(user: User, call: Call) -> bool:
    """Whether a user who sees a call may also change and delete it."""
    return user.role in {"manager", "admin"} or call.rep_id == user.id


def find_deal(session: Session, user: User, deal_id: UUID, *, lock: bool = False) -> Deal:
    """The deal, when the user may see it, and so change it; `lock` keeps others from doing so.

    Raises Missing.
    """
    statement = select(Deal).where(col(Deal.id) == deal_id, visible_deals(user))
    if lock:
        statement = statement.with_for_update()
    deal = session.exec(statement).one_or_none()
    if deal is None:
        raise Missing(f"there is no deal {deal_id} that you may see")
    return deal


def find_account(session: Session, user: User, account_id: UUID, *, lock: bool = False) -> Account:
    """The account, when the user may see it; `lock` keeps others from selling to it meanwhile.

    Raises Missing.
    """
    statement = select(Account).where(col(Account.id) == account_id, visible_accounts(user))
    if lock:
        statement = statement.with_for_update()
    account = session.exec(statement).one_or_none()
    if account is None:
        raise Missing(f"there is no account {account_id} that you may see")
    return account


def may_own(session: Session, user: User, rep_id: UUID) -> User:
    """The rep for whom the user may add a call or a deal. Raises Missing or Forbidden."""
    rep = session.get(User, rep_id)
    if rep is None or not rep.is_active:
        raise Missing(f"there is no active user {rep_id}")
    if user.role == "admin" or rep.id == user.id:
        return rep
    if user.role == "manager" and user.team_id is not None and rep.team_id == user.team_id:
        return rep
    raise Forbidden("a rep adds what is their own, a manager the team's, an admin everybody's")


def require(user: User, role: Role) -> None:
    """Raise Forbidden unless the user is that, or more."""
    if _RANK[user.role] < _RANK[role]:
        raise Forbidden(f"this is for {role}s only; ask an admin")


def _team(user: User) -> ColumnElement[bool]:
    if user.team_id is None:
        return false()
    members = select(User.id).where(col(User.team_id) == user.team_id)
    return members.scalar_subquery()
