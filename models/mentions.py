"""Where one is named in comments, and what of it one has seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case
from sqlmodel import Session, col, select

from models.comments import CommentRow, comment_rows
from models.errors import Missing
from models.paging import Slice, take
from models.rights import visible_calls
from models.tables import Call, Comment, Mention, User
from models.tables.columns import now


@dataclass(frozen=True, slots=True)
class MentionRow:
    """A comment that names someone, on a call they may see; `seen_at` is None until they looked."""

    row: CommentRow
    call: Call
    seen_at: datetime | None


def list_mentions(
    session: Session, user: User, *, limit: int, cursor: str | None = None
) -> Slice[MentionRow]:
    """Where a user is named on calls they may see now: unseen ones first, then the newest first."""
    statement = (
        select(Comment)
        .join(Mention, col(Mention.comment_id) == Comment.id)
        .join(Call, col(Comment.call_id) == Call.id)
        .where(Mention.user_id == user.id, visible_calls(user))
    )
    keys = [
        (
            case((col(Mention.seen_at).is_(None), 1), else_=0),
            lambda one: int(session.get_one(Mention, (one.id, user.id)).seen_at is None),
        ),
        (Comment.created_at, lambda one: one.created_at),
        (Comment.id, lambda one: one.id),
    ]
    found = take(session, statement, keys, limit=limit, cursor=cursor)
    return Slice(_rows(session, user, found.items), found.next)


def see_mention(session: Session, user: User, comment_id: UUID) -> MentionRow:
    """Note that a user saw where they are named; the first time counts. Raises Missing."""
    statement = (
        select(Mention)
        .join(Comment, col(Mention.comment_id) == Comment.id)
        .join(Call, col(Comment.call_id) == Call.id)
        .where(Mention.comment_id == comment_id, Mention.user_id == user.id, visible_calls(user))
        .with_for_update(of=Mention)
    )
    mention = session.exec(statement).one_or_none()
    if mention is None:
        raise Missing(f"there is no comment {comment_id} that names you")
    mention.seen_at = mention.seen_at or now()
    session.add(mention)
    session.flush()
    return _rows(session, user, [session.get_one(Comment, comment_id)])[0]


def _rows(session: Session, user: User, comments: Sequence[Comment]) -> list[MentionRow]:
    """The comments as the user is named in them, a query a table."""
    call_ids = {one.call_id for one in comments}
    by_id = select(Call).where(col(Call.id).in_(call_ids))
    calls = {one.id: one for one in session.exec(by_id)}
    named = select(Mention).where(
        Mention.user_id == user.id, col(Mention.comment_id).in_([one.id for one in comments])
    )
    seen = {one.comment_id: one.seen_at for one in session.exec(named)}
    return [
        MentionRow(row, calls[row.comment.call_id], seen[row.comment.id])
        for row in comment_rows(session, comments)
    ]
