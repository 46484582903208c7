"""One's own account: name, language, clock, look, digest, password, sessions."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field
from sqlmodel import Session

from api.dependencies import COOKIE, SessionDep, SettingsDep
from api.entering import enter
from api.letting_in import try_here
from api.outgoing import sends_mail
from api.pages.frame import Reader, ReaderDep
from api.pages.rendering import go, show
from api.pages.routing import page_router
from api.pages.settings.shared import (
    LANGUAGES,
    ROLES,
    SHORTEST_PASSWORD,
    is_zone,
    wrong_password,
    wrong_zone,
    zones,
)
from api.pages.words import words_for
from api.settings import Settings
from models import digests
from models.errors import BadInput
from models.sessions import end_sessions
from models.storable import readable
from models.tables import Team
from models.tables.columns import now
from models.users import hash_password, zone_for

router = page_router("account")
_HERE = "/settings"


class AccountForm(BaseModel):
    """What one may change of oneself."""

    name: str = Field(default="", max_length=200)
    language: Literal["en", "fr"] = "en"
    time_zone: str = Field(default="", max_length=64)


@dataclass(frozen=True, slots=True)
class DigestState:
    """What is sent to the reader; `every` is empty when nothing is."""

    is_available: bool
    every: str
    next_on: date | None
    sent_at: datetime | None
    failure: str | None


@dataclass(frozen=True, slots=True)
class AccountPage:
    """One's account; `problems` by the name of the field."""

    form: AccountForm
    team: str | None
    role: str
    clock: str
    """The clock of the team, or the server's, which holds when the reader has none."""
    digest: DigestState
    problems: dict[str, str]
    zones: tuple[str, ...]
    languages: dict[str, str]
    shortest: int = SHORTEST_PASSWORD


def account_page(session: Session, reader: Reader, settings: Settings) -> AccountPage:
    """The page as things are."""
    user = reader.user
    team = session.get(Team, user.team_id) if user.team_id else None
    kept = AccountForm.model_construct(
        name=user.name, language=user.language, time_zone=user.time_zone or ""
    )
    return AccountPage(
        form=kept,
        team=team.name if team else None,
        role=reader.words(ROLES[user.role]),
        clock=team.time_zone if team else settings.time_zone,
        digest=_digest(session, reader, settings),
        problems={},
        zones=zones(),
        languages=LANGUAGES,
    )


@router.get(_HERE)
def show_account(
    request: Request, reader: ReaderDep, session: SessionDep, settings: SettingsDep
) -> Response:
    """One's own account."""
    return show(request, reader, "settings.html", account_page(session, reader, settings))


@router.post(f"{_HERE}/account")
def change_account(
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    settings: SettingsDep,
    form: Annotated[AccountForm, Form()],
) -> Response:
    """Change name, language and clock."""
    problems = _wrong(form, reader)
    if problems:
        page = replace(account_page(session, reader, settings), form=form, problems=problems)
        return show(request, reader, "settings.html", page, 422)
    user = reader.user
    user.name, user.language = readable(form.name.strip()), form.language
    user.time_zone = form.time_zone or None
    session.add(user)
    words = words_for(user.language, reader.words.zone)
    return go(request, _HERE, words("Your account is as you want it."))


@router.post(f"{_HERE}/digest")
def change_digest(
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    settings: SettingsDep,
    every: Annotated[Literal["", "week", "month"], Form()] = "",
) -> Response:
    """Have a summary sent, or no more of them."""
    if not every:
        digests.stop(session, reader.user.id)
        return go(request, _HERE, reader.words("No more summaries are sent to you."))
    if not sends_mail(settings):
        raise BadInput("this server sends no e-mails yet; ask who runs it to set that up")
    zone = zone_for(session, reader.user, settings.time_zone)
    digests.ask_for(session, reader.user, every, now(), zone)
    return go(request, _HERE, reader.words("A summary will be sent to you."))


@router.post(f"{_HERE}/password")
def change_password(
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    settings: SettingsDep,
    old: Annotated[str, Form(max_length=1000)] = "",
    new: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Change one's password; every other session ends."""
    words, problems = reader.words, dict[str, str]()
    if try_here(request, reader.user.email, old).user is None:
        problems["old"] = words("This is not your present password.")
    if len(new) < SHORTEST_PASSWORD:
        problems["new"] = wrong_password(words)
    if problems:
        page = replace(account_page(session, reader, settings), problems=problems)
        return show(request, reader, "settings.html", page, 422)
    reader.user.password_hash = hash_password(new)
    end_sessions(session, reader.user)
    response = go(request, _HERE, words("Your password is changed; you are signed in here alone."))
    enter(request, response, session, settings, reader.user, "password")
    return response


@router.post(f"{_HERE}/sign-out-everywhere")
def sign_out_everywhere(reader: ReaderDep, session: SessionDep) -> Response:
    """End every session of the reader, this one too."""
    end_sessions(session, reader.user)
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE)
    return response


def _wrong(form: AccountForm, reader: Reader) -> dict[str, str]:
    words, found = reader.words, dict[str, str]()
    if not form.name.strip():
        found["name"] = words("Say what you are called.")
    if form.time_zone and not is_zone(form.time_zone):
        found["time_zone"] = wrong_zone(words)
    return found


def _digest(session: Session, reader: Reader, settings: Settings) -> DigestState:
    kept = digests.find_digest(session, reader.user)
    zone = zone_for(session, reader.user, settings.time_zone)
    return DigestState(
        is_available=sends_mail(settings),
        every=kept.every if kept else "",
        next_on=digests.next_on(kept, now(), zone) if kept else None,
        sent_at=kept.sent_at if kept else None,
        failure=kept.failure if kept else None,
    )
