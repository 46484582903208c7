"""Signing in and out, and who one is."""

from datetime import datetime
from uuid import UUID

from fastapi import Request, Response
from pydantic import Field, SecretStr
from starlette.exceptions import HTTPException

from api.dependencies import COOKIE, SessionDep, SettingsDep, UserDep
from api.entering import enter, leave, refuse_from_elsewhere
from api.letting_in import let_in, refuse_passwords, try_here
from api.routing import open_router, signed_router
from api.views import Given, View
from models.sessions import end_sessions
from models.trail import note
from models.users import hash_password

router = signed_router("session")
door = open_router("session")


class SignIn(Given):
    """Who wants to sign in."""

    email: str = Field(max_length=320, examples=["ann@example.com"])
    password: SecretStr = Field(max_length=1000)


class Me(View):
    """Who is signed in."""

    id: UUID
    email: str
    name: str
    role: str
    team_id: UUID | None
    language: str
    time_zone: str | None
    created_at: datetime


class NewPassword(Given):
    """One's old and new password."""

    old: SecretStr = Field(max_length=1000)
    new: SecretStr = Field(max_length=1000)


@door.post("/session", tags=["quiet"])
def sign_in(
    given: SignIn, request: Request, response: Response, session: SessionDep, settings: SettingsDep
) -> Me:
    """Sign in with a password; the answer sets the session's cookie.

    Whoever is wrong too often has to wait: 429, with Retry-After.
    """
    refuse_passwords(settings)
    refuse_from_elsewhere(request)
    user = let_in(request, given.email, given.password.get_secret_value())
    note(session, user, verb="sign_in", noun="session", detail={"by": "password"})
    enter(request, response, session, settings, user, "password")
    return Me.model_validate(user)


@router.get("/session")
def who_am_i(user: UserDep) -> Me:
    """Tell who is signed in."""
    return Me.model_validate(user)


@router.delete("/session", status_code=204)
def sign_out(
    request: Request,
    response: Response,
    session: SessionDep,
    settings: SettingsDep,
    user: UserDep,
    everywhere: bool = False,
) -> None:
    """End the session here, or every session of the user."""
    leave(request, session, settings)
    if everywhere:
        end_sessions(session, user)
    response.delete_cookie(COOKIE)


@router.put("/session/password", status_code=204)
def change_password(
    given: NewPassword, request: Request, session: SessionDep, user: UserDep
) -> None:
    """Change one's own password; every session ends."""
    tried = try_here(request, user.email, given.old.get_secret_value())
    if tried.user is None:
        raise HTTPException(403, "the old password is wrong")
    user.password_hash = hash_password(given.new.get_secret_value())
    end_sessions(session, user)
