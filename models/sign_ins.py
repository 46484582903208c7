"""Tries to sign in: guesses are slowed down, and leave a line in the trail."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, func, text
from sqlmodel import Session, col, select

from models.database import session_scope
from models.tables import SignInFailure, User
from models.tables.columns import now
from models.trail import note
from models.users import check_password, find_user

_WINDOW = timedelta(minutes=15)
"""What is older plays no part any more."""
_FREE, _FREE_OF_CLIENT = 5, 50
"""So many wrong passwords of an address, and from a place, cost nothing."""
_FIRST_PAUSE_S = 15.0


@dataclass(frozen=True, slots=True)
class SignInTry:
    """What came of a try: the user, or how long nobody may try again; neither: it was wrong."""

    user: User | None = None
    wait_s: float = 0.0


def try_sign_in(engine: Engine, email: str, password: str, client: str) -> SignInTry:
    """Check a password, in a transaction of its own, so that a wrong one is not forgotten.

    Tries at one address come one after the other. Whether there is such a user makes no
    difference to what is answered, nor to when.
    """
    address, place = _digest(f"email:{email.strip().lower()}"), _digest(f"client:{client}")
    with session_scope(engine) as session:
        session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 3))"), {"key": address}
        )
        wait_s = max(_wait_s(session, address, _FREE), _wait_s(session, place, _FREE_OF_CLIENT))
        if wait_s > 0:
            return SignInTry(wait_s=wait_s)
        user = check_password(session, email, password)
        if user is None:
            session.add_all([SignInFailure(what=address), SignInFailure(what=place)])
            _tell(session, email, client)
            return SignInTry()
        session.execute(delete(SignInFailure).where(col(SignInFailure.what) == address))
        session.flush()
        session.expunge(user)
        return SignInTry(user)


def wait_from_s(session: Session, client: str) -> float:
    """How long nobody may try from a place, after too many sign-ins of any kind went wrong."""
    return _wait_s(session, _digest(f"client:{client}"), _FREE_OF_CLIENT)


def fail_from(session: Session, client: str) -> None:
    """Note that a sign-in went wrong from a place."""
    session.add(SignInFailure(what=_digest(f"client:{client}")))


def guess_wait_s(session: Session, what: str) -> float:
    """How long nobody may guess at `what`, which is not an account, after wrong guesses."""
    return _wait_s(session, _digest(what), _FREE)


def fail_guess(session: Session, what: str, client: str) -> None:
    """Note a wrong guess at `what`, and where it came from."""
    session.add(SignInFailure(what=_digest(what)))
    fail_from(session, client)


def forget_failures(session: Session) -> None:
    """Delete what plays no part any more."""
    session.execute(delete(SignInFailure).where(col(SignInFailure.at) < now() - _WINDOW))


def _wait_s(session: Session, what: str, free: int) -> float:
    """Twice as long with each wrong password after the free ones, a quarter of an hour at most."""
    counted = select(func.count(), func.max(SignInFailure.at)).where(
        SignInFailure.what == what,
        col(SignInFailure.at) > now() - _WINDOW,
        col(SignInFailure.at) < now() + _WINDOW,  # the clock may have been put back since
    )
    failures, last = session.exec(counted).one()
    if failures < free or last is None:
        return 0.0
    pause_s = min(_FIRST_PAUSE_S * 2.0 ** min(failures - free, 10), _WINDOW.total_seconds())
    return max(0.0, pause_s - _seconds_since(last))


def _seconds_since(at: datetime) -> float:
    return (now() - at).total_seconds()


def _tell(session: Session, email: str, client: str) -> None:
    """A line of the trail; of who is no user the address is not kept: it may be a password."""
    user = find_user(session, email)
    actor: User | str = user if user is not None else "nobody"
    note(session, actor, verb="fail_sign_in", noun="session", detail={"client": client})


def _digest(text_of: str) -> str:
    return hashlib.sha256(text_of.encode()).hexdigest()
