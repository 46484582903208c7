"""Digests: a summary by e-mail, for who asks for one; the link in each of them ends it."""

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import HTMLResponse
from pydantic import Field
from starlette.exceptions import HTTPException

from api.dependencies import SessionDep, SettingsDep, UserDep
from api.digest_mail import stop_page
from api.outgoing import sends_mail
from api.routing import open_router, signed_router
from api.settings import Settings
from api.signing import read_stop
from api.views import Given, View
from models import digests as kept
from models.errors import Conflict
from models.tables import Digest, User
from models.tables.columns import now
from models.trail import note
from models.users import zone_for

router = signed_router("digests")
door = open_router("digests")
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
Token = Annotated[str, Query(min_length=1, max_length=500, description="As the e-mail has it.")]


class DigestGiven(Given):
    """How often to tell."""

    every: kept.Every


class DigestView(View):
    """One's digest, and what came of the last one."""

    every: Literal["week", "month"] | None = Field(description="null: none is sent.")
    is_available: bool = Field(description="Whether this server sends e-mails.")
    email: str = Field(description="Where it goes.")
    next_on: date | None = Field(description="The day it is sent next, where the user is.")
    sent_at: datetime | None
    failure: str | None = Field(description="Why the last one did not arrive; null once one did.")


@router.get("/me/digest")
def read_digest(session: SessionDep, user: UserDep, settings: SettingsDep) -> DigestView:
    """Whether a digest is sent to oneself, and what came of it."""
    return _view(session, user, settings, kept.find_digest(session, user))


@router.put("/me/digest")
def ask_for_digest(
    given: DigestGiven, session: SessionDep, user: UserDep, settings: SettingsDep
) -> DigestView:
    """Have a digest sent to oneself, first of the week or month that now runs."""
    if not sends_mail(settings):
        raise Conflict(
            "this server sends no e-mails; ask who runs it to set TALKTRACK_SMTP_URL, "
            "TALKTRACK_MAIL_FROM and TALKTRACK_PUBLIC_URL"
        )
    zone = zone_for(session, user, settings.time_zone)
    return _view(session, user, settings, kept.ask_for(session, user, given.every, now(), zone))


@router.delete("/me/digest", status_code=204)
def stop_digest(session: SessionDep, user: UserDep) -> None:
    """Have no more digests sent to oneself."""
    kept.stop(session, user.id)


@door.get("/digests/stop", response_class=HTMLResponse)
def ask_to_stop(token: Token, session: SessionDep, settings: SettingsDep) -> HTMLResponse:
    """Show a page that asks whether to send no more: programs that look at links change nothing."""
    user = _reader(session, settings, token)
    is_done = user is None or kept.find_digest(session, user) is None
    return HTMLResponse(stop_page(_language(user), is_done=is_done), headers=_HEADERS)


@door.post("/digests/stop", response_class=HTMLResponse)
def stop_by_link(token: Token, session: SessionDep, settings: SettingsDep) -> HTMLResponse:
    """Send no more digests to whom the e-mail was for: one click, as RFC 8058 has it."""
    user = _reader(session, settings, token)
    if user is not None and kept.stop(session, user.id):
        note(session, "digest link", verb="stop_digest", noun="digests", subject_id=str(user.id))
    return HTMLResponse(stop_page(_language(user), is_done=True), headers=_HEADERS)


def _reader(session: SessionDep, settings: Settings, token: str) -> User | None:
    """Whose link it is; None for who is gone. Raises 404 for a link that is none of ours."""
    user_id = read_stop(settings.signing_key(), token)
    if user_id is None:
        raise HTTPException(404, "this link stops nothing; copy it whole from the e-mail", _HEADERS)
    return session.get(User, user_id)


def _language(user: User | None) -> str:
    return user.language if user else "en"


def _view(session: SessionDep, user: User, settings: Settings, digest: Digest | None) -> DigestView:
    zone = zone_for(session, user, settings.time_zone)
    return DigestView(
        every=digest.every if digest else None,  # type: ignore[arg-type]
        is_available=sends_mail(settings),
        email=user.email,
        next_on=kept.next_on(digest, now(), zone) if digest else None,
        sent_at=digest.sent_at if digest else None,
        failure=digest.failure if digest else None,
    )
