"""One person: changed, invited anew, switched off and on again by an admin."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from fastapi import Form, Request, Response
from sqlalchemy import func
from sqlmodel import Session, col, select

from api.dependencies import SessionDep, SettingsDep
from api.pages.frame import Reader
from api.pages.rendering import go, show
from api.pages.routing import page_router
from api.pages.settings.inviting import (
    INVITED_DAYS,
    PersonForm,
    form_of,
    invitation_to,
    person_columns,
    team_names,
    wrong_person,
)
from api.pages.settings.shared import LANGUAGES, ROLES, AdminReaderDep, zones
from models.errors import Conflict
from models.identities import identities_of, unlink
from models.staff import change_user as change
from models.staff import find_staff
from models.tables import Call, User, UserIdentity

router = page_router("users")
_HERE = "/settings/people"


@dataclass(frozen=True, slots=True)
class PersonPage:
    """One person; `link` just after it was made."""

    person: User
    form: PersonForm
    calls: int
    teams: dict[UUID, str]
    is_self: bool
    identities: Sequence[UserIdentity] = ()
    """Whom they are at the provider people sign in at."""
    link: str = ""
    problems: dict[str, str] = field(default_factory=dict)
    days: int = INVITED_DAYS
    roles: dict[str, str] = field(default_factory=lambda: ROLES)
    languages: dict[str, str] = field(default_factory=lambda: LANGUAGES)
    zones: tuple[str, ...] = field(default_factory=zones)


def person_page(session: Session, reader: Reader, person: User, **more: object) -> PersonPage:
    """The page as things are."""
    own = select(func.count()).select_from(Call).where(col(Call.rep_id) == person.id)
    values = {
        "form": form_of(person),
        "calls": session.exec(own).one(),
        "teams": team_names(session),
        "is_self": person.id == reader.user.id,
        "identities": identities_of(session, person.id),
        **more,
    }
    return PersonPage(person, **values)  # type: ignore[arg-type]


@router.get(f"{_HERE}/{{user_id}}")
def show_person(
    user_id: UUID, request: Request, reader: AdminReaderDep, session: SessionDep
) -> Response:
    """One person."""
    page = person_page(session, reader, find_staff(session, user_id))
    return show(request, reader, "settings_person.html", page)


@router.post(f"{_HERE}/{{user_id}}")
def change_user(
    user_id: UUID,
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    form: Annotated[PersonForm, Form()],
) -> Response:
    """Change somebody."""
    person = find_staff(session, user_id)
    problems = wrong_person(session, reader, form, person)
    if person.id == reader.user.id and form.role != "admin":
        problems["role"] = reader.words("Another admin must do that, so that one is always left.")
    if problems:
        page = person_page(session, reader, person, form=form, problems=problems)
        return show(request, reader, "settings_person.html", page, 422)
    change(session, reader.user, user_id, person_columns(form))
    said = reader.words("%(name)s is changed.", name=person.name)
    return go(request, f"{_HERE}/{user_id}", said)


@router.post(f"{_HERE}/{{user_id}}/invite")
def invite_user(
    user_id: UUID,
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    settings: SettingsDep,
) -> Response:
    """Make a link with which somebody chooses a password."""
    person = find_staff(session, user_id)
    if not person.is_active:
        raise Conflict(f"{person.email} is switched off; let them in again first")
    link = invitation_to(request, settings, person)
    page = person_page(session, reader, person, link=link)
    response = show(request, reader, "settings_person.html", page)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.post(f"{_HERE}/{{user_id}}/unlink")
def unlink_user(
    user_id: UUID, request: Request, reader: AdminReaderDep, session: SessionDep
) -> Response:
    """Forget whom somebody is at the provider, and end their sessions."""
    person = find_staff(session, user_id, lock=True)
    unlink(session, person)
    said = reader.words("%(name)s is linked to no sign-in any more.", name=person.name)
    return go(request, f"{_HERE}/{user_id}", said)


@router.post(f"{_HERE}/{{user_id}}/off")
def switch_off_user(
    user_id: UUID, request: Request, reader: AdminReaderDep, session: SessionDep
) -> Response:
    """Let somebody in no more; what is theirs stays."""
    person = change(session, reader.user, user_id, {"is_active": False})
    said = reader.words("%(name)s can no longer sign in.", name=person.name)
    return go(request, f"{_HERE}/{user_id}", said, undo=f"{_HERE}/{user_id}/on")


@router.post(f"{_HERE}/{{user_id}}/on")
def switch_on_user(
    user_id: UUID, request: Request, reader: AdminReaderDep, session: SessionDep
) -> Response:
    """Let somebody in again."""
    person = change(session, reader.user, user_id, {"is_active": True})
    said = reader.words("%(name)s can sign in again.", name=person.name)
    return go(request, f"{_HERE}/{user_id}", said)
