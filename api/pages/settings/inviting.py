"""Somebody as an admin fills them in, and the link with which they choose a password."""

from typing import Any, Literal
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel, Field
from sqlmodel import Session, select

from api.pages.frame import Reader
from api.pages.settings.shared import is_email, is_zone, wrong_zone
from api.settings import Settings
from api.signing import sign_invitation
from models.storable import readable
from models.tables import Team, User
from models.users import find_user

JOIN = "/welcome/join"
INVITED_DAYS = 7


class PersonForm(BaseModel):
    """Somebody, as the form has them; every field as it was typed."""

    name: str = Field(default="", max_length=200)
    email: str = Field(default="", max_length=320)
    role: Literal["rep", "manager", "admin"] = "rep"
    team_id: str = Field(default="", max_length=36)
    region: str = Field(default="", max_length=200)
    language: Literal["en", "fr"] = "en"
    time_zone: str = Field(default="", max_length=64)


def form_of(user: User) -> PersonForm:
    """The form as somebody is."""
    return PersonForm.model_construct(
        name=user.name,
        email=user.email,
        role=user.role,
        team_id=str(user.team_id or ""),
        region=user.region or "",
        language=user.language,
        time_zone=user.time_zone or "",
    )


def person_columns(form: PersonForm) -> dict[str, Any]:
    """The form as columns of a user; it was looked at before."""
    return {
        "name": readable(form.name.strip()),
        "email": readable(form.email.strip()),
        "role": form.role,
        "team_id": UUID(form.team_id) if form.team_id else None,
        "region": readable(form.region.strip()) or None,
        "language": form.language,
        "time_zone": form.time_zone or None,
    }


def wrong_person(
    session: Session, reader: Reader, form: PersonForm, user: User | None
) -> dict[str, str]:
    """What is wrong, by the name of the field; `user` is who is changed, None for a new one."""
    words, found = reader.words, dict[str, str]()
    if not form.name.strip():
        found["name"] = words("Say what they are called.")
    if not is_email(form.email):
        found["email"] = words("Write an e-mail address, such as ann@example.com.")
    other = find_user(session, readable(form.email))
    if other is not None and (user is None or other.id != user.id):
        found["email"] = words("%(name)s has this address already.", name=other.name)
    if form.team_id and form.team_id not in map(str, team_names(session)):
        found["team_id"] = words("This team is gone. Choose another.")
    if form.time_zone and not is_zone(form.time_zone):
        found["time_zone"] = wrong_zone(words)
    return found


def team_names(session: Session) -> dict[UUID, str]:
    """Every team by name."""
    return {one.id: one.name for one in session.exec(select(Team).order_by(Team.name)).all()}


def invitation_to(request: Request, settings: Settings, user: User) -> str:
    """The link with which somebody chooses a password, once, within some days."""
    base = settings.public_url or str(request.base_url)
    code = sign_invitation(settings.signing_key(), user.id, user.password_hash)
    return f"{base.rstrip('/')}{JOIN}?code={code}"
