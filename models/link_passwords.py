"""Passwords of share links: checked in a transaction of their own, and guessed at slowly."""

from dataclasses import dataclass

from sqlalchemy import Engine, text

from models.database import session_scope
from models.share_links import find_link
from models.sign_ins import fail_guess, guess_wait_s, wait_from_s
from models.trail import note
from models.users import is_password


@dataclass(frozen=True, slots=True)
class LinkTry:
    """What came of a password: right, or how long nobody may try again; neither: it was wrong."""

    is_right: bool = False
    wait_s: float = 0.0


def try_link(engine: Engine, secret: str, password: str, client: str) -> LinkTry:
    """Check the password of a link; right when it asks for none, or opens nothing at all.

    Tries at one link come one after the other; wrong ones leave a line in the trail.
    """
    with session_scope(engine) as session:
        found = find_link(session, secret)
        if found is None or found.link.password_hash is None:
            return LinkTry(is_right=True)
        what = f"link:{found.link.id}"
        session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 4))"), {"key": what}
        )
        wait_s = max(guess_wait_s(session, what), wait_from_s(session, client))
        if wait_s > 0:
            return LinkTry(wait_s=wait_s)
        if is_password(password, found.link.password_hash):
            return LinkTry(is_right=True)
        fail_guess(session, what, client)
        note(
            session,
            "nobody",
            verb="fail_link_password",
            noun="clips",
            subject_id=str(found.link.id),
            detail={"client": client},
        )
        return LinkTry()
