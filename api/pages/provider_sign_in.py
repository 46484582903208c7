"""Signing in at a provider: there with a question of this browser's, and back with the answer."""

import logging
import secrets
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from api.dependencies import SessionDep, SettingsDep
from api.edge import client_of
from api.entering import enter
from api.oidc.claims import stranger_of, wanted
from api.oidc.errors import SignInRefused, Why
from api.oidc.provider import Question
from api.oidc.setup import admission, is_set_up, provider_of
from api.pages.frame import own_path
from api.pages.routing import open_pages
from api.pages.words import marked
from api.settings import Settings
from api.signing import (
    ProviderSignIn,
    is_answer_to,
    provider_verifier,
    read_provider_sign_in,
    sign_provider_sign_in,
)
from models.errors import Missing
from models.first_admin import is_untouched
from models.identities import NotAdmitted, Stranger, admit
from models.sign_ins import fail_from, wait_from_s
from models.tables import User
from models.trail import note

door = open_pages("session")
THERE = "/sign-in/provider"
_BACK = f"{THERE}/callback"
_COOKIE = "talktrack_provider"
_COOKIE_S = 600
"""How long a sign-in may take."""
_LONGEST_NEXT = 1000
_LOG = logging.getLogger(__name__)

REFUSALS: dict[Why, str] = {
    "denied": marked(
        "You were not signed in there: it was broken off, or you may not use Talktrack. Try again, "
        "or ask an admin of your company."
    ),
    "unreachable": marked(
        "The sign-in service does not answer just now. Your account is all right: try again in "
        "some minutes."
    ),
    "misconfigured": marked(
        "The sign-in service and Talktrack do not understand each other. An admin must look at the "
        "settings; the log of the server says more."
    ),
    "stale": marked(
        "This sign-in took too long, was used already, or began in another browser. Begin it again."
    ),
    "clock": marked(
        "The clocks of the sign-in service and of this server differ too much. Tell who runs the "
        "server."
    ),
    "untrusted": marked(
        "What the sign-in service sent cannot be trusted, so nobody was let in. Begin again, and "
        "tell an admin if it stays so."
    ),
    "no_email": marked(
        "The sign-in service told no e-mail of yours. An admin there can mend that."
    ),
    "unverified": marked(
        "The sign-in service has not verified your e-mail. Verify it there, then sign in again."
    ),
    "domain": marked(
        "People with an e-mail like yours are not let in here. Use that of your work."
    ),
    "unknown": marked("You have no account here yet. Ask an admin of your company to add you."),
    "taken": marked(
        "The account with your e-mail belongs to another sign-in there. An admin here can take "
        "that link away."
    ),
    "disabled": marked("Your account is switched off. Ask an admin of your company."),
    "group": marked(
        "None of your groups may use Talktrack. Ask an admin of your company to add you to one."
    ),
    "wait": marked("Too many sign-ins from here went wrong. Try again in some minutes."),
}
"""What the sign-in page says, by the word in its address."""
_Asked = Annotated[str, Query(max_length=4000)]


@door.get(THERE)
def go_there(request: Request, settings: SettingsDep, next: _Asked = "/") -> Response:
    """Lead to the provider. Raises Missing when there is none."""
    _check_set_up(settings)
    after = own_path(next) if len(next) <= _LONGEST_NEXT else "/"
    begun = ProviderSignIn(secrets.token_urlsafe(32), secrets.token_urlsafe(32), after)
    try:
        where = provider_of(request, settings).authorize_url(_question(request, settings, begun))
    except SignInRefused as refused:
        return _refused(refused.why, str(refused), after)
    response = RedirectResponse(where, 303, headers={"Cache-Control": "no-store"})
    response.set_cookie(
        _COOKIE,
        sign_provider_sign_in(settings.signing_key(), begun),
        max_age=_COOKIE_S,
        path=THERE,
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="lax",
    )
    return response


@door.get(_BACK)
def come_back(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    state: _Asked = "",
    code: _Asked = "",
    error: _Asked = "",
) -> Response:
    """Let in whom the provider vouches for; the question is good for one answer."""
    _check_set_up(settings)
    begun = _begun(request, settings, state)
    if begun is None:
        return _refused("stale", "no question of this browser's", "/")
    client = client_of(request)
    if wait_from_s(session, client) > 0:
        return _refused("wait", "too many failures", begun.next)
    try:
        _check_answered(code, error)
        session.rollback()  # no transaction is open while the provider is asked
        stranger = _asked(request, settings, begun, code)
        user = _admitted(session, settings, stranger)
    except (SignInRefused, NotAdmitted) as refused:
        known: User | str = getattr(refused, "user", None) or "nobody"
        detail = {"by": "provider", "why": refused.why, "client": client}
        note(session, known, verb="fail_sign_in", noun="session", detail=detail)
        fail_from(session, client)
        return _refused(refused.why, str(refused), begun.next)
    note(session, user, verb="sign_in", noun="session", detail={"by": "provider"})
    response = RedirectResponse(begun.next, 303, headers={"Cache-Control": "no-store"})
    response.delete_cookie(_COOKIE, path=THERE)
    enter(request, response, session, settings, user, "provider")
    return response


def refusal(word: str) -> str:
    """The sentence for a word of the address; empty for any other word."""
    return next((said for why, said in REFUSALS.items() if why == word), "")


def _check_answered(code: str, error: str) -> None:
    """Raise SignInRefused unless the provider sent a code."""
    if error or not code:
        raise SignInRefused("denied" if error == "access_denied" else "untrusted", repr(error[:60]))


def _asked(request: Request, settings: Settings, begun: ProviderSignIn, code: str) -> Stranger:
    """Who it is by the provider. Raises SignInRefused."""
    question = _question(request, settings, begun)
    claims = provider_of(request, settings).claims_for(code, question, wanted(settings))
    return stranger_of(settings, claims)


def _admitted(session: Session, settings: Settings, stranger: Stranger) -> User:
    """The user it is. Raises NotAdmitted; also before the first admin came in by the server."""
    if is_untouched(session):
        raise NotAdmitted("unknown")
    return admit(session, stranger, admission(settings))


def _question(request: Request, settings: Settings, begun: ProviderSignIn) -> Question:
    base = (settings.public_url or str(request.base_url)).rstrip("/")
    verifier = provider_verifier(settings.signing_key(), begun.state)
    return Question(begun.state, begun.nonce, verifier, f"{base}{_BACK}")


def _begun(request: Request, settings: Settings, state: str) -> ProviderSignIn | None:
    """The sign-in this browser began, when it is the one that is answered."""
    signed = request.cookies.get(_COOKIE)
    begun = read_provider_sign_in(settings.signing_key(), signed, _COOKIE_S) if signed else None
    return begun if begun is not None and is_answer_to(begun, state) else None


def _refused(why: Why, detail: str, after: str) -> Response:
    """Back to the door, where it is said why."""
    _LOG.warning("a sign-in at the provider came to nothing: %s", detail)
    response = RedirectResponse(f"/sign-in?{urlencode({'problem': why, 'next': after})}", 303)
    response.delete_cookie(_COOKIE, path=THERE)
    return response


def _check_set_up(settings: Settings) -> None:
    if not is_set_up(settings):
        raise Missing("there is no provider to sign in at; see TALKTRACK_OIDC_ISSUER")
