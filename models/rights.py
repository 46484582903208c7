"""Who may see and change what: the one place that decides.

A rep sees their own calls, a manager those of the team, an admin all of them. A private call is
its rep's alone, and an admin's. Who may see a call may comment on it; only its rep, the rep's
manager or an admin may change or delete it.
"""

from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, true
from sqlmodel import Session, col, select

from models.errors import Forbidden, Missing
from models.tables import Call, Deal, User

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


def visible_deals(user: User) -> ColumnElement[bool]:
    """Which rows of `deal` a user may see: their own, the team's, or all."""
    if user.role == "admin":
        return true()
    if user.role == "manager" and user.team_id is not None:
        return or_(col(Deal.rep_id) == user.id, col(Deal.rep_id).in_(_team(user)))
    return col(Deal.rep_id) == user.id


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


def change_call(session: Session, user: User, call_id: UUID) -> Call:
    """The call, locked, when the user may change it. Raises Missing or Forbidden."""
    call = find_call(session, user, call_id, lock=True)
    if not may_change(user, call):
        raise Forbidden("only the call's rep, their manager or an admin may change it")
    return call


def may_change(user: User, call: Call) -> bool:
    """Whether a user who sees a call may also change and delete it."""
    return user.role in {"manager", "admin"} or call.rep_id == user.id


def find_deal(session: Session, user: User, deal_id: UUID) -> Deal:
    """The deal, when the user may see it. Raises Missing."""
    deal = session.exec(
        select(Deal).where(col(Deal.id) == deal_id, visible_deals(user))
    ).one_or_none()
    if deal is None:
        raise Missing(f"there is no deal {deal_id} that you may see")
    return deal


def may_own(session: Session, user: User, rep_id: UUID) -> User:
    """The rep for whom the user may add a call. Raises Missing or Forbidden."""
    rep = session.get(User, rep_id)
    if rep is None or not rep.is_active:
        raise Missing(f"there is no active user {rep_id}")
    if user.role == "admin" or rep.id == user.id:
        return rep
    if user.role == "manager" and user.team_id is not None and rep.team_id == user.team_id:
        return rep
    raise Forbidden("a rep adds their own calls, a manager the team's, an admin everybody's")


def require(user: User, role: Role) -> None:
    """Raise Forbidden unless the user is that, or more."""
    if _RANK[user.role] < _RANK[role]:
        raise Forbidden(f"this is for {role}s only; ask an admin")


def _team(user: User) -> ColumnElement[bool]:
    if user.team_id is None:
        return false()
    members = select(User.id).where(col(User.team_id) == user.team_id)
    return members.scalar_subquery()
