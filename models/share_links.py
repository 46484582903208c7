"""Links that let whoever holds them hear one clip, read what is said in it, and no more."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from models.errors import BadInput, Missing
from models.paging import Slice, take
from models.rights import may_see
from models.tables import Clip, ShareLink, User
from models.tables.columns import now
from models.trail import note
from models.users import digest, hash_password

LONGEST = timedelta(days=90)
MOST_VIEWS = 1000


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link with its secret, which is known only now."""

    row: ShareLink
    maker: User
    secret: str


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link and who made it."""

    row: ShareLink
    maker: User


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a link is good, how often, and for whom; None of the latter: often, for anyone."""

    expires_at: datetime
    max_views: int | None = None
    password: str | None = None


def add_link(session: Session, user: User, clip: Clip, terms: Terms) -> NewLink:
    """Make a link to a locked clip; only its secret's digest is kept. Raises BadInput."""
    at = now()
    if not at < terms.expires_at <= at + LONGEST:
        raise BadInput(f"expires_at: name an instant to come, at most {LONGEST.days} days off")
    if terms.max_views is not None and not 1 <= terms.max_views <= MOST_VIEWS:
        raise BadInput(f"max_views: a number from 1 to {MOST_VIEWS}")
    secret = secrets.token_urlsafe(32)
    row = ShareLink(
        clip_id=clip.id,
        created_by_id=user.id,
        digest=digest(secret),
        expires_at=terms.expires_at,
        max_views=terms.max_views,
        password_hash=hash_password(terms.password) if terms.password is not None else None,
    )
    session.add(row)
    session.flush()
    return NewLink(row, user, secret)


def list_links(
    session: Session, clip: Clip, *, limit: int, cursor: str | None = None
) -> Slice[LinkRow]:
    """Every link to a clip, over and revoked ones too, the newest first."""
    statement = select(ShareLink).where(ShareLink.clip_id == clip.id)
    keys = [(ShareLink.created_at, lambda one: one.created_at), (ShareLink.id, lambda one: one.id)]
    found = take(session, statement, keys, limit=limit, cursor=cursor)
    return Slice(_with_makers(session, found.items), found.next)


def links_to(session: Session, clip_ids: Sequence[UUID]) -> dict[UUID, list[LinkRow]]:
    """Every link to some clips, by clip, the newest first."""
    newest = (col(ShareLink.created_at).desc(), col(ShareLink.id).desc())
    statement = select(ShareLink).where(col(ShareLink.clip_id).in_(clip_ids)).order_by(*newest)
    found: dict[UUID, list[LinkRow]] = {}
    for link in _with_makers(session, session.exec(statement).all()):
        found.setdefault(link.row.clip_id, []).append(link)
    return found


def revoke_link(session: Session, clip: Clip, link_id: UUID) -> None:
    """End a link at once; one that was revoked stays so. Raises Missing."""
    statement = select(ShareLink).where(ShareLink.id == link_id, ShareLink.clip_id == clip.id)
    link = session.exec(statement.with_for_update()).one_or_none()
    if link is None:
        raise Missing(f"there is no link {link_id} to this clip")
    link.revoked_at = link.revoked_at or now()
    session.add(link)
    session.flush()


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that opens something still, and the clip that it is of."""

    link: ShareLink
    clip: Clip

    @property
    def is_guarded(self) -> bool:
        """Whether it opens only when asked to: programs that look at links spend no view."""
        return self.link.password_hash is not None or self.link.max_views is not None


def find_link(session: Session, secret: str) -> Opened | None:
    """What a secret opens, now or with its password; None when nothing, or nothing any more.

    A link shows no more than who made it may see: it ends with their account, and with their
    sight of the call. Whether it was opened often enough is for `count_view` to say: who is
    counted may still listen.
    """
    found = session.exec(
        select(ShareLink, Clip, User)
        .where(ShareLink.digest == digest(secret), ShareLink.clip_id == Clip.id)
        .where(ShareLink.created_by_id == User.id, col(User.is_active))
        .where(col(ShareLink.revoked_at).is_(None), col(ShareLink.expires_at) > now())
    ).one_or_none()
    if found is None:
        return None
    link, clip, maker = found
    return Opened(link, clip) if may_see(session, maker, clip.call_id) else None


def is_spent(link: ShareLink) -> bool:
    """Whether it was opened as often as it may be."""
    return link.max_views is not None and link.views >= link.max_views


def count_view(session: Session, link: ShareLink, client: str) -> bool:
    """Note that a link was opened; False, and nothing noted, when it may not be any more.

    However many ask at once: who comes last finds it counted.
    """
    counted = session.exec(
        update(ShareLink)
        .where(col(ShareLink.id) == link.id, col(ShareLink.revoked_at).is_(None))
        .where(
            or_(col(ShareLink.max_views).is_(None), col(ShareLink.views) < col(ShareLink.max_views))
        )
        .values(views=ShareLink.views + 1, last_viewed_at=now())
    )
    if counted.rowcount == 0:
        return False
    note(
        session,
        "somebody with a link",
        verb="open_link",
        noun="clips",
        subject_id=str(link.id),
        detail={"clip": str(link.clip_id), "client": client},
    )
    return True


def _with_makers(session: Session, links: Sequence[ShareLink]) -> list[LinkRow]:
    ids = {one.created_by_id for one in links}
    makers = {one.id: one for one in session.exec(select(User).where(col(User.id).in_(ids)))}
    return [LinkRow(one, makers[one.created_by_id]) for one in links]
