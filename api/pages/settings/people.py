"""People: who may sign in, as what, in which team; added and invited by an admin."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Form, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import or_
from sqlmodel import Session, col, select

from api.dependencies import SessionDep, SettingsDep
from api.pages.rendering import show
from api.pages.routing import page_router
from api.pages.settings.inviting import (
    PersonForm,
    invitation_to,
    person_columns,
    team_names,
    wrong_person,
)
from api.pages.settings.shared import (
    LANGUAGES,
    ROLES,
    AdminReaderDep,
    address,
    zones,
)
from models.paging import take
from models.tables import User
from models.users import add_user

router = page_router("users")
_HERE = "/settings/people"
_AT_ONCE = 50


class PeopleAsked(BaseModel):
    """What the list is narrowed to."""

    q: str = Field(default="", max_length=200)
    team: str = Field(default="", max_length=36)
    state: Literal["active", "off", "all"] = "active"
    cursor: str | None = Field(default=None, max_length=1000)
    add: bool = False
    """Whether the form for somebody new is open."""

    @property
    def is_narrow(self) -> bool:
        """Whether anybody may be left out."""
        return bool(self.q or self.team or self.state != "active")


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """A page of people by name; `added` and `link` just after somebody was added."""

    people: Sequence[User]
    asked: PeopleAsked
    teams: dict[UUID, str]
    next_path: str
    first_path: str
    form: PersonForm = field(default_factory=PersonForm)
    problems: dict[str, str] = field(default_factory=dict)
    added: User | None = None
    link: str = ""
    roles: dict[str, str] = field(default_factory=lambda: ROLES)
    languages: dict[str, str] = field(default_factory=lambda: LANGUAGES)
    zones: tuple[str, ...] = field(default_factory=zones)


@router.get(_HERE)
def show_people(
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    asked: Annotated[PeopleAsked, Query()],
) -> Response:
    """Everybody, by name."""
    return show(request, reader, "settings_people.html", _page(session, asked))


@router.post(_HERE)
def make_user(
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    settings: SettingsDep,
    form: Annotated[PersonForm, Form()],
) -> Response:
    """Add somebody, and show the link with which they choose a password."""
    problems = wrong_person(session, reader, form, None)
    if problems:
        page = _page(session, PeopleAsked(), form=form, problems=problems)
        return show(request, reader, "settings_people.html", page, 422)
    user = add_user(session, User(**person_columns(form)))
    request.state.made_id = user.id
    link = invitation_to(request, settings, user)
    response = show(
        request,
        reader,
        "settings_people.html",
        _page(session, PeopleAsked(), added=user, link=link),
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(session: Session, asked: PeopleAsked, **more: object) -> PeoplePage:
    statement = select(User)
    if asked.q.strip():
        like = asked.q.strip()
        by_name = col(User.name).icontains(like, autoescape=True)
        statement = statement.where(or_(by_name, col(User.email).icontains(like, autoescape=True)))
    teams = team_names(session)
    wanted = next((one for one in teams if str(one) == asked.team), None)
    if wanted is not None:
        statement = statement.where(User.team_id == wanted)
    if asked.state != "all":
        statement = statement.where(col(User.is_active).is_(asked.state == "active"))
    keys = [(User.name, lambda one: one.name), (User.id, lambda one: one.id)]
    found = take(session, statement, keys, limit=_AT_ONCE, cursor=asked.cursor, descending=False)
    here = asked.model_dump(exclude={"cursor", "add"})
    following = address(_HERE, {**here, "cursor": found.next}) if found.next else ""
    first = address(_HERE, here) if asked.cursor else ""
    return PeoplePage(found.items, asked, teams, following, first, **more)  # type: ignore[arg-type]
