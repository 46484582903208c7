"""Setting targets: what a manager agrees with the team and its reps, an admin with everybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, false, or_, true
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from models.errors import BadInput, Forbidden, Missing
from models.kpis.catalogue import find_kpi
from models.kpis.kpi import Kpi
from models.paging import Slice, take
from models.rights import require, visible_users
from models.tables import Target, Team, User

_WHOSE = ("kpi", "rep_id", "team_id", "month")


@dataclass(frozen=True, slots=True)
class NewTarget:
    """What is to be reached in a month; of nobody in particular, it is the company's.

    Money is `amount_minor` in `currency`, everything else a `value` in the KPI's unit.
    """

    kpi: str
    month: date
    rep_id: UUID | None = None
    team_id: UUID | None = None
    amount_minor: int | None = None
    currency: str | None = None
    value: float | None = None


@dataclass(frozen=True, slots=True)
class TargetFilters:
    """Which targets are listed; None leaves it open, months are inclusive."""

    kpi: str | None = None
    rep_id: UUID | None = None
    team_id: UUID | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A target with the name of whose it is; neither for the company's."""

    target: Target
    rep_name: str | None
    team_name: str | None


def list_targets(
    session: Session,
    user: User,
    filters: TargetFilters,
    *,
    limit: int,
    cursor: str | None = None,
) -> Slice[TargetRow]:
    """The targets a user may see, the latest month first: a rep their own."""
    statement = select(Target).where(_visible(user))
    for name in ("kpi", "rep_id", "team_id"):
        if (wanted := getattr(filters, name)) is not None:
            statement = statement.where(getattr(Target, name) == wanted)
    if filters.since is not None:
        statement = statement.where(col(Target.month) >= filters.since)
    if filters.until is not None:
        statement = statement.where(col(Target.month) <= filters.until)
    keys: list[Any] = [(Target.month, lambda one: one.month), (Target.id, lambda one: one.id)]
    found = take(session, statement, keys, limit=limit, cursor=cursor)
    return Slice(named(session, found.items), found.next)


def named(session: Session, targets: Sequence[Target]) -> list[TargetRow]:
    """The targets with the names of whose they are."""
    reps = select(User.id, User.name).where(col(User.id).in_({one.rep_id for one in targets}))
    teams = select(Team.id, Team.name).where(col(Team.id).in_({one.team_id for one in targets}))
    names: dict[UUID | None, str] = dict([*session.exec(reps), *session.exec(teams)])
    return [TargetRow(one, names.get(one.rep_id), names.get(one.team_id)) for one in targets]


def set_target(session: Session, user: User, new: NewTarget) -> Target:
    """Set a target, in place of that for the same KPI, month and whom.

    Raises Missing for a rep or team that is not the user's, Forbidden, BadInput.
    """
    require(user, "manager")
    _check_whose(session, user, new)
    _check_value(_kpi(session, new.kpi), new)
    values = {"amount_minor": new.amount_minor, "currency": new.currency, "value": new.value}
    whose = {name: getattr(new, name) for name in _WHOSE}
    row = insert(Target).values(id=uuid4(), origin="talktrack", **whose, **values)
    kept = row.on_conflict_do_update(index_elements=_WHOSE, set_=values).returning(col(Target.id))
    target_id = session.execute(kept).scalar_one()
    found = select(Target).where(col(Target.id) == target_id)
    return session.exec(found.execution_options(populate_existing=True)).one()


def find_target(session: Session, user: User, target_id: UUID, *, lock: bool = False) -> Target:
    """The target, when the user may see it; `lock` keeps others off meanwhile. Raises Missing."""
    found = select(Target).where(col(Target.id) == target_id, _visible(user))
    target = session.exec(found.with_for_update() if lock else found).one_or_none()
    if target is None:
        raise Missing(f"there is no target {target_id} that you may see")
    return target


def delete_target(session: Session, user: User, target_id: UUID) -> None:
    """Delete a target. Raises Missing, and Forbidden for one that is not the user's to set."""
    require(user, "manager")
    target = find_target(session, user, target_id, lock=True)
    _check_company(user, target)
    session.delete(target)
    session.flush()


def _visible(user: User) -> ColumnElement[bool]:
    if user.role == "admin":
        return true()
    own = col(Target.rep_id) == user.id
    if user.role != "manager":
        return own
    companys = and_(col(Target.rep_id).is_(None), col(Target.team_id).is_(None))
    reps = col(Target.rep_id).in_(select(User.id).where(visible_users(user)))
    team = false() if user.team_id is None else col(Target.team_id) == user.team_id
    return or_(own, companys, reps, team)


def _check_whose(session: Session, user: User, new: NewTarget) -> None:
    if new.rep_id is not None and new.team_id is not None:
        raise BadInput("team_id: is given beside rep_id; a target is for one of them")
    _check_company(user, new)
    if new.rep_id is not None:
        reps = select(User.id).where(col(User.id) == new.rep_id, visible_users(user))
        if session.exec(reps).first() is None:
            raise Missing(f"there is no user {new.rep_id} whose targets you may set")
    if new.team_id is not None:
        is_theirs = user.role == "admin" or new.team_id == user.team_id
        if not is_theirs or session.get(Team, new.team_id) is None:
            raise Missing(f"there is no team {new.team_id} whose targets you may set")


def _check_company(user: User, target: Target | NewTarget) -> None:
    is_companys = target.rep_id is None and target.team_id is None
    if is_companys and user.role != "admin":
        raise Forbidden("only an admin sets what the whole company is to reach; give rep or team")


def _check_value(kpi: Kpi, new: NewTarget) -> None:
    if new.month.day != 1:
        raise BadInput("month: give its first day")
    if kpi.unit == "money":
        if new.value is not None or new.amount_minor is None or new.currency is None:
            raise BadInput(f"{kpi.slug} is money: give amount_minor and currency, and no value")
    elif new.value is None or new.amount_minor is not None or new.currency is not None:
        raise BadInput(f"{kpi.slug} is no money: give value, and no amount_minor or currency")


def _kpi(session: Session, slug: str) -> Kpi:
    try:
        return find_kpi(session, slug)
    except Missing as error:
        raise BadInput(f"kpi: {error}") from None
