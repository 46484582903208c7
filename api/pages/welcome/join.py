"""Somebody who was invited chooses a password, once, and is in."""

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Form, Request, Response
from sqlmodel import Session

from api.dependencies import SessionDep, SettingsDep
from api.entering import enter, refuse_from_elsewhere
from api.letting_in import refuse_passwords
from api.pages.frame import FrameDep
from api.pages.rendering import go, show
from api.pages.routing import open_pages
from api.pages.settings.inviting import INVITED_DAYS, JOIN
from api.pages.settings.shared import SHORTEST_PASSWORD, wrong_password
from api.pages.words import words_for
from api.settings import Settings
from api.signing import is_unused, read_invitation
from models.sessions import end_sessions
from models.tables import User
from models.trail import note
from models.users import hash_password

door = open_pages("welcome")
_Code = Annotated[str, Form(max_length=500)]


@dataclass(frozen=True, slots=True)
class JoinPage:
    """Who was invited; None when the link is used, too old, or was cut."""

    person: User | None
    code: str = ""
    problem: str = ""
    shortest: int = SHORTEST_PASSWORD


@door.get(JOIN)
def show_join(
    request: Request, frame: FrameDep, session: SessionDep, settings: SettingsDep, code: str = ""
) -> Response:
    """The form."""
    refuse_passwords(settings)
    person = _invited(session, settings, code[:500])
    if person is None:
        return show(request, frame, "welcome_join.html", JoinPage(None), 403)
    frame = replace(frame, words=words_for(person.language, frame.words.zone))
    return show(request, frame, "welcome_join.html", JoinPage(person, code))


@door.post(JOIN, tags=["quiet"])
def join(
    request: Request,
    frame: FrameDep,
    session: SessionDep,
    settings: SettingsDep,
    code: _Code = "",
    password: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Keep the password, and let them in; the link is void from now on."""
    refuse_passwords(settings)
    refuse_from_elsewhere(request)
    person = _invited(session, settings, code, lock=True)
    if person is None:
        return show(request, frame, "welcome_join.html", JoinPage(None), 403)
    frame = replace(frame, words=words_for(person.language, frame.words.zone))
    if len(password) < SHORTEST_PASSWORD:
        page = JoinPage(person, code, wrong_password(frame.words))
        return show(request, frame, "welcome_join.html", page, 422)
    person.password_hash = hash_password(password)
    end_sessions(session, person)
    note(session, person, verb="join", noun="users", subject_id=str(person.id))
    response = go(request, "/", frame.words("Welcome, %(name)s.", name=person.name))
    enter(request, response, session, settings, person, "invitation")
    return response


def _invited(session: Session, settings: Settings, code: str, *, lock: bool = False) -> User | None:
    invitation = read_invitation(settings.signing_key(), code, INVITED_DAYS)
    if invitation is None:
        return None
    person = session.get(User, invitation.user_id, with_for_update=lock or None)
    if person is None or not person.is_active:
        return None
    return person if is_unused(invitation, person.password_hash) else None
