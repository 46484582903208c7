"""Signing in and out, and how the pages look to whoever reads them."""

from dataclasses import dataclass
from math import ceil
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Form, Request, Response
from fastapi.responses import RedirectResponse

from api.dependencies import COOKIE, SessionDep, SettingsDep
from api.edge import client_of
from api.entering import enter, leave, refuse_from_elsewhere
from api.letting_in import refuse_passwords
from api.oidc.setup import is_set_up
from api.pages.frame import FIRST_RUN, THEME, THEMES, FrameDep, ReaderDep, own_path
from api.pages.provider_sign_in import THERE, refusal
from api.pages.rendering import go, show
from api.pages.routing import open_pages, page_router
from api.settings import Settings
from models.first_admin import is_untouched
from models.sign_ins import try_sign_in
from models.trail import note

door = open_pages("session")
router = page_router("session")
_A_YEAR_S = 365 * 86_400
_Email = Annotated[str, Form(max_length=320)]
_Password = Annotated[str, Form(max_length=1000)]
_Next = Annotated[str, Form(max_length=2000)]


@dataclass(frozen=True, slots=True)
class SignInPage:
    """The door; `next` is where somebody wanted to go."""

    email: str = ""
    next: str = "/"
    is_wrong: bool = False
    wait_s: int = 0
    """So long nobody may try again."""
    problem: str = ""
    """Why a sign-in at the provider came to nothing."""
    provider: str = ""
    """Where one signs in at the provider; empty without one."""
    button: str | None = None
    has_password: bool = True


@door.get("/sign-in")
def show_sign_in(
    request: Request,
    frame: FrameDep,
    session: SessionDep,
    settings: SettingsDep,
    next: str = "/",
    problem: str = "",
) -> Response:
    """The form; who is signed in already goes on, and where nobody is yet, the first may come."""
    said = refusal(problem)
    if frame.user is not None and not said:
        return go(request, own_path(next))
    if is_untouched(session):
        return go(request, FIRST_RUN)
    return show(request, frame, "sign_in.html", _page(settings, next, problem=said))


@door.post("/sign-in", tags=["quiet"])
def sign_in_here(  # noqa: PLR0913, PLR0917 (one parameter a field)
    request: Request,
    frame: FrameDep,
    session: SessionDep,
    settings: SettingsDep,
    email: _Email,
    password: _Password,
    next: _Next = "/",
) -> Response:
    """Set the session's cookie and go on; ask again when the password is wrong."""
    refuse_passwords(settings)
    refuse_from_elsewhere(request)
    client = client_of(request)
    tried = try_sign_in(request.app.state.engine, email, password, client)
    user, wait_s = tried.user, ceil(tried.wait_s)
    if user is None:
        page = _page(settings, next, email=email, is_wrong=not wait_s, wait_s=wait_s)
        return show(request, frame, "sign_in.html", page, 429 if wait_s else 401)
    note(session, user, verb="sign_in", noun="session", detail={"by": "password"})
    response = go(request, own_path(next))
    enter(request, response, session, settings, user, "password")
    return response


def _page(settings: Settings, after: str, **more: Any) -> SignInPage:
    """The door with the ways in that there are."""
    path = own_path(after)
    there = f"{THERE}?{urlencode({'next': path})}" if is_set_up(settings) else ""
    return SignInPage(
        next=path,
        provider=there,
        button=settings.oidc_button,
        has_password=settings.password_sign_in,
        **more,
    )


@router.post("/sign-out", tags=["quiet"])
def sign_out_here(
    request: Request, _reader: ReaderDep, session: SessionDep, settings: SettingsDep
) -> Response:
    """End the session here; a copy of its cookie opens nothing any more."""
    leave(request, session, settings)
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE)
    return response


@door.post("/theme", tags=["quiet"])
def choose_theme(
    request: Request, theme: Annotated[str, Form()] = "system", next: _Next = "/"
) -> Response:
    """Light, dark, or as the device has it; remembered for a year."""
    response = go(request, own_path(next))
    chosen = theme if theme in THEMES else THEMES[0]
    response.set_cookie(THEME, chosen, max_age=_A_YEAR_S, httponly=True, samesite="lax")
    return response
