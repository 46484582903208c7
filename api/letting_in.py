"""Passwords at the door: right, wrong, or not to be tried again for a while."""

from math import ceil

from fastapi import Request
from starlette.exceptions import HTTPException

from api.edge import client_of
from api.settings import Settings
from models.sign_ins import SignInTry, try_sign_in
from models.tables import User


def refuse_passwords(settings: Settings) -> None:
    """Raise 403 where people sign in at a provider alone."""
    if not settings.password_sign_in:
        raise HTTPException(403, "nobody signs in with a password here; use the sign-in page")


def try_here(request: Request, email: str, password: str) -> SignInTry:
    """Try a password from where the request comes. Raises 429 when it is too early for that."""
    client = client_of(request)
    tried = try_sign_in(request.app.state.engine, email, password, client)
    if tried.wait_s > 0:
        wait_s = ceil(tried.wait_s)
        raise HTTPException(
            429,
            f"too many wrong passwords; try again in {wait_s} seconds",
            {"Retry-After": str(wait_s)},
        )
    return tried


def let_in(request: Request, email: str, password: str) -> User:
    """Whose password it is. Raises 401 when it is nobody's, 429 as `try_here` does."""
    tried = try_here(request, email, password)
    if tried.user is None:
        raise HTTPException(401, "the e-mail or the password is wrong")
    return tried.user
