"""The first page of all: whoever started the server becomes its first admin."""

from dataclasses import dataclass, field, replace
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import Form, Request, Response
from pydantic import BaseModel, Field

from api.dependencies import SessionDep, SettingsDep
from api.entering import enter, refuse_from_elsewhere
from api.pages.frame import FIRST_RUN, Frame, FrameDep
from api.pages.rendering import go, show
from api.pages.routing import open_pages
from api.pages.settings.shared import (
    LANGUAGES,
    SHORTEST_PASSWORD,
    is_email,
    is_zone,
    wrong_password,
    wrong_zone,
    zones,
)
from api.pages.words import LANGUAGES as SPOKEN
from api.pages.words import words_for
from api.signing import is_first_run_code
from models.errors import Conflict, Forbidden
from models.first_admin import add_first_admin, is_untouched
from models.storable import readable
from models.tables import Team, User
from models.trail import note

door = open_pages("welcome")
START = "/welcome/start"


class FirstForm(BaseModel):
    """The first admin, as typed."""

    code: str = Field(default="", max_length=200)
    name: str = Field(default="", max_length=200)
    email: str = Field(default="", max_length=320)
    password: str = Field(default="", max_length=1000)
    language: Literal["en", "fr"] = "en"
    time_zone: str = Field(default="", max_length=64)
    team: str = Field(default="", max_length=200)


@dataclass(frozen=True, slots=True)
class WelcomePage:
    """The form for the first admin; without the right code, how to come by it."""

    is_open: bool
    form: FirstForm
    problems: dict[str, str] = field(default_factory=dict)
    shortest: int = SHORTEST_PASSWORD
    languages: dict[str, str] = field(default_factory=lambda: LANGUAGES)
    zones: tuple[str, ...] = field(default_factory=zones)


@door.get(FIRST_RUN)
def show_welcome(
    request: Request,
    frame: FrameDep,
    session: SessionDep,
    settings: SettingsDep,
    code: str = "",
    language: str = "",
) -> Response:
    """The form, as long as nobody is here."""
    if not is_untouched(session):
        return go(request, "/")
    if language in SPOKEN:
        frame = replace(frame, words=words_for(language, frame.words.zone))
    form = FirstForm.model_construct(code=code[:200], language=frame.words.language)
    is_open = is_first_run_code(settings.signing_key(), code)
    page = WelcomePage(is_open, form)
    return show(request, frame, "welcome.html", page, 200 if is_open else 403)


@door.post(FIRST_RUN, tags=["quiet"])
def make_first_admin(
    request: Request,
    frame: FrameDep,
    session: SessionDep,
    settings: SettingsDep,
    form: Annotated[FirstForm, Form()],
) -> Response:
    """Make the first admin, and let them in."""
    refuse_from_elsewhere(request)
    if not is_untouched(session):
        return go(request, "/sign-in", frame.words("There is an admin already: sign in."))
    if not is_first_run_code(settings.signing_key(), form.code):
        raise Forbidden("open the address that `talktrack serve` printed; it ends with a code")
    frame = replace(frame, words=words_for(form.language, frame.words.zone))
    problems = _wrong(frame, form)
    if problems:
        page = WelcomePage(is_open=True, form=form, problems=problems)
        return show(request, frame, "welcome.html", page, 422)
    zone = form.time_zone or settings.time_zone
    user = User(email=readable(form.email.strip()), name=readable(form.name.strip()))
    user.language, user.time_zone = form.language, zone
    team = Team(name=readable(form.team.strip()), time_zone=zone, currency=settings.currency)
    try:
        add_first_admin(session, user, team, form.password)
    except Conflict:  # two at once: the other was quicker
        return go(request, "/sign-in", frame.words("There is an admin already: sign in."))
    note(session, user, verb="make_first_admin", noun="users", subject_id=str(user.id))
    words = words_for(user.language, ZoneInfo(zone))
    response = go(request, START, words("Welcome, %(name)s.", name=user.name))
    enter(request, response, session, settings, user, "invitation")
    return response


def _wrong(frame: Frame, form: FirstForm) -> dict[str, str]:
    words = frame.words
    checks = {
        "name": (bool(form.name.strip()), words("Say what you are called.")),
        "email": (
            is_email(form.email),
            words("Write an e-mail address, such as ann@example.com."),
        ),
        "password": (len(form.password) >= SHORTEST_PASSWORD, wrong_password(words)),
        "time_zone": (not form.time_zone or is_zone(form.time_zone), wrong_zone(words)),
        "team": (bool(form.team.strip()), words("Give the team a name.")),
    }
    return {name: said for name, (is_right, said) in checks.items() if not is_right}
