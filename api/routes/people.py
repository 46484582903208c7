"""Users and teams; anyone signed in sees names, an admin changes them."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import available_timezones

from fastapi import Query, Request
from pydantic import AfterValidator, Field, SecretStr
from sqlmodel import col, select

from api.dependencies import (
    DEFAULT_LIMIT,
    AdminDep,
    CursorQuery,
    LimitQuery,
    SessionDep,
    UserDep,
)
from api.routing import signed_router
from api.views import Given, Page, View
from models import staff
from models.currencies import EURO
from models.errors import Missing
from models.identities import identities_of, unlink
from models.paging import take
from models.rights import visible_users
from models.tables import Team, User
from models.users import add_user

users = signed_router("users")
teams = signed_router("teams")
_ZONES = available_timezones()


def _zone(name: str) -> str:
    if name not in _ZONES:
        raise ValueError("name a time zone such as Europe/Paris")
    return name


EmailStr = Annotated[
    str, Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=320, examples=["ann@example.com"])
]
Zone = Annotated[str, Field(examples=["Europe/Paris"]), AfterValidator(_zone)]
Role = Literal["rep", "manager", "admin"]


class UserGiven(Given):
    """A user to be added."""

    email: EmailStr
    name: str = Field(min_length=1, max_length=200)
    role: Role = "rep"
    team_id: UUID | None = None
    region: str | None = Field(default=None, max_length=200)
    language: Literal["en", "fr"] = "en"
    time_zone: Zone | None = None
    hired_on: date | None = None
    password: SecretStr | None = Field(default=None, max_length=1000)


class UserChange(Given):
    """What is to change of a user; what is left out stays."""

    email: EmailStr | None = None
    name: str | None = Field(default=None, min_length=1, max_length=200)
    role: Role | None = None
    team_id: UUID | None = None
    region: str | None = Field(default=None, max_length=200)
    language: Literal["en", "fr"] | None = None
    time_zone: Zone | None = None
    hired_on: date | None = None
    is_active: bool | None = None
    password: SecretStr | None = Field(default=None, max_length=1000)


class UserView(View):
    """A user."""

    id: UUID
    email: str
    name: str
    role: str
    team_id: UUID | None
    region: str | None
    language: str
    time_zone: str | None
    hired_on: date | None
    is_active: bool
    ref: str | None
    created_at: datetime


class IdentityView(View):
    """Whom a user is at a provider of sign-ins."""

    id: UUID
    issuer: str
    subject: str
    created_at: datetime
    used_at: datetime | None


class TeamGiven(Given):
    """A team to be added or replaced."""

    name: str = Field(min_length=1, max_length=200)
    time_zone: Zone = "UTC"
    currency: str = Field(default=EURO, pattern="^[A-Z]{3}$")
    fiscal_year_start: int = Field(default=1, ge=1, le=12)


class TeamView(View):
    """A team; figures are read in its time zone and currency."""

    id: UUID
    name: str
    time_zone: str
    currency: str
    fiscal_year_start: int
    created_at: datetime


@users.get("/users")
def list_users(
    session: SessionDep,
    user: UserDep,
    team_id: Annotated[UUID | None, Query()] = None,
    limit: LimitQuery = DEFAULT_LIMIT,
    cursor: CursorQuery = None,
) -> Page[UserView]:
    """The users one may see: oneself, as a manager the team, as an admin all."""
    statement = select(User).where(visible_users(user))
    if team_id is not None:
        statement = statement.where(User.team_id == team_id)
    keys = [(User.name, lambda one: one.name), (User.id, lambda one: one.id)]
    found = take(session, statement, keys, limit=limit, cursor=cursor, descending=False)
    return Page(items=[UserView.model_validate(one) for one in found.items], next=found.next)


@users.get("/users/{user_id}")
def read_user(user_id: UUID, session: SessionDep, user: UserDep) -> UserView:
    """One user."""
    found = session.exec(
        select(User).where(col(User.id) == user_id, visible_users(user))
    ).one_or_none()
    if found is None:
        raise Missing(f"there is no user {user_id} that you may see")
    return UserView.model_validate(found)


@users.post("/users", status_code=201)
def make_user(
    given: UserGiven, request: Request, session: SessionDep, _admin: AdminDep
) -> UserView:
    """Add a user; without a password they cannot sign in with one."""
    staff.check_team(session, given.team_id)
    password = given.password.get_secret_value() if given.password else None
    user = add_user(session, User(**given.model_dump(exclude={"password"})), password)
    request.state.made_id = user.id
    return UserView.model_validate(user)


@users.patch("/users/{user_id}")
def change_user(user_id: UUID, given: UserChange, session: SessionDep, admin: AdminDep) -> UserView:
    """Change a user. An admin cannot shut themselves out."""
    change = given.model_dump(exclude_unset=True, exclude={"password"})
    password = given.password.get_secret_value() if given.password else None
    return UserView.model_validate(staff.change_user(session, admin, user_id, change, password))


@users.get("/users/{user_id}/identities")
def list_identities(user_id: UUID, session: SessionDep, _admin: AdminDep) -> list[IdentityView]:
    """Whom a user is at the provider people sign in at."""
    user = staff.find_staff(session, user_id)
    return [IdentityView.model_validate(one) for one in identities_of(session, user.id)]


@users.delete("/users/{user_id}/identities", status_code=204)
def unlink_user(user_id: UUID, session: SessionDep, _admin: AdminDep) -> None:
    """Forget whom a user is there, and end their sessions.

    Whoever next signs in there with their e-mail is linked to them.
    """
    unlink(session, staff.find_staff(session, user_id, lock=True))


@teams.get("/teams")
def list_teams(
    session: SessionDep,
    _user: UserDep,
    limit: LimitQuery = DEFAULT_LIMIT,
    cursor: CursorQuery = None,
) -> Page[TeamView]:
    """Every team, by name."""
    keys = [(Team.name, lambda one: one.name), (Team.id, lambda one: one.id)]
    found = take(session, select(Team), keys, limit=limit, cursor=cursor, descending=False)
    return Page(items=[TeamView.model_validate(one) for one in found.items], next=found.next)


@teams.post("/teams", status_code=201)
def make_team(
    given: TeamGiven, request: Request, session: SessionDep, _admin: AdminDep
) -> TeamView:
    """Add a team."""
    team = staff.add_team(session, Team(**given.model_dump()))
    request.state.made_id = team.id
    return TeamView.model_validate(team)


@teams.put("/teams/{team_id}")
def change_team(team_id: UUID, given: TeamGiven, session: SessionDep, _admin: AdminDep) -> TeamView:
    """Replace what is known of a team."""
    return TeamView.model_validate(staff.change_team(session, team_id, given.model_dump()))


@teams.delete("/teams/{team_id}", status_code=204)
def delete_team(team_id: UUID, session: SessionDep, _admin: AdminDep) -> None:
    """Delete a team; its people stay, in none."""
    staff.delete_team(session, team_id)
