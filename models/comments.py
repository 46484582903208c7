"""What people say about a call: at a second or on the whole, to one another."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, delete, select

from models.channel_messages import tell_named
from models.errors import BadInput, Forbidden, Missing
from models.events import tell_comment
from models.holds import check_free
from models.paging import Slice, take
from models.queue import defer
from models.redaction_rules import rule_for
from models.rights import find_call, refer_to_call, viewers_among
from models.stretches import check_stretch
from models.tables import Call, Comment, Mention, User
from models.tables.columns import Json, now


@dataclass(frozen=True, slots=True)
class NewComment:
    """What someone has to say; seconds on the recording's clock, None: on the whole call."""

    text: str
    start_s: float | None = None
    end_s: float | None = None
    reply_to_id: UUID | None = None
    mentions: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class CommentRow:
    """A comment, whose it is, and who is named in it, by name."""

    comment: Comment
    author: User
    mentioned: tuple[User, ...] = ()


def list_comments(
    session: Session, user: User, call_id: UUID, *, limit: int, cursor: str | None = None
) -> Slice[CommentRow]:
    """The comments of a call, the oldest first, so replies after what they answer."""
    find_call(session, user, call_id)
    statement = select(Comment).where(Comment.call_id == call_id)
    keys = [(Comment.created_at, lambda one: one.created_at), (Comment.id, lambda one: one.id)]
    found = take(session, statement, keys, limit=limit, cursor=cursor, descending=False)
    return Slice(comment_rows(session, found.items), found.next)


def add_comment(session: Session, user: User, call_id: UUID, new: NewComment) -> CommentRow:
    """Comment on a call; webhooks are told. Raises Missing, BadInput."""
    refer_to_call(session, user, call_id)
    check_stretch(session, call_id, new.start_s, new.end_s)
    if new.reply_to_id is not None:
        _check_thread(session, call_id, new.reply_to_id)
    comment = Comment(
        call_id=call_id,
        author_id=user.id,
        reply_to_id=new.reply_to_id,
        start_s=new.start_s,
        end_s=new.end_s,
        text=new.text,
    )
    session.add(comment)
    session.flush()
    _mention(session, comment, new.mentions)
    tell_comment(session, comment)
    _strike_out(session, call_id)
    return comment_rows(session, [comment])[0]


def change_comment(
    session: Session, user: User, call_id: UUID, comment_id: UUID, change: Json
) -> CommentRow:
    """Change text, start_s, end_s or mentions of one's own comment; what is left out stays.

    Raises Missing, BadInput, and Forbidden for anybody else's.
    """
    comment = _locked(session, user, call_id, comment_id)
    if comment.author_id != user.id:
        raise Forbidden("only who wrote a comment may change it; answer it instead")
    columns = {name: value for name, value in change.items() if name != "mentions"}
    if columns.keys() & {"start_s", "end_s"}:
        start_s = columns.get("start_s", comment.start_s)
        check_stretch(session, call_id, start_s, columns.get("end_s", comment.end_s))
    for name, value in columns.items():
        setattr(comment, name, value)
    if "mentions" in change:
        _mention(session, comment, change["mentions"])
    comment.edited_at = now()
    session.add(comment)
    session.flush()
    _strike_out(session, call_id)
    return comment_rows(session, [comment])[0]


def delete_comment(session: Session, user: User, call_id: UUID, comment_id: UUID) -> None:
    """Delete a comment with its replies. Raises Missing, Forbidden, Conflict under a hold."""
    comment = _locked(session, user, call_id, comment_id)
    if comment.author_id != user.id and user.role == "rep":
        raise Forbidden("only who wrote a comment, the rep's manager or an admin may delete it")
    check_free(session, call_id)
    session.delete(comment)
    session.flush()


def comment_rows(session: Session, comments: Sequence[Comment]) -> list[CommentRow]:
    """The comments with their people, a query a table."""
    named = select(Mention.comment_id, User).where(
        Mention.user_id == User.id, col(Mention.comment_id).in_([one.id for one in comments])
    )
    mentioned: dict[UUID, list[User]] = {}
    for comment_id, user in session.exec(named.order_by(User.name, col(User.id))):
        mentioned.setdefault(comment_id, []).append(user)
    by_id = select(User).where(col(User.id).in_({one.author_id for one in comments}))
    authors = {one.id: one for one in session.exec(by_id)}
    return [
        CommentRow(one, authors[one.author_id], tuple(mentioned.get(one.id, ())))
        for one in comments
    ]


def _strike_out(session: Session, call_id: UUID) -> None:
    """Have a comment looked through where something is struck out of the call."""
    if rule_for(session, session.get_one(Call, call_id).rep_id).kinds:
        defer(session, "strike_out_comments", call_id=str(call_id))


def _locked(session: Session, user: User, call_id: UUID, comment_id: UUID) -> Comment:
    """The comment, kept from others until the transaction ends."""
    find_call(session, user, call_id)
    statement = select(Comment).where(Comment.id == comment_id, Comment.call_id == call_id)
    comment = session.exec(statement.with_for_update()).one_or_none()
    if comment is None:
        raise Missing(f"there is no comment {comment_id} on this call")
    return comment


def _check_thread(session: Session, call_id: UUID, comment_id: UUID) -> None:
    """See that a comment can be answered, and keep it from being deleted meanwhile."""
    statement = select(Comment).where(Comment.id == comment_id, Comment.call_id == call_id)
    first = session.exec(statement.with_for_update(read=True, key_share=True)).one_or_none()
    if first is None:
        raise BadInput(f"reply_to_id: there is no comment {comment_id} on this call")
    if first.reply_to_id is not None:
        raise BadInput(f"reply_to_id: that is a reply itself; answer {first.reply_to_id}")


def _mention(session: Session, comment: Comment, user_ids: Iterable[UUID]) -> None:
    """Name these people in a comment and no others; who was named before stays, seen or not."""
    wanted = set(user_ids)
    before = set(session.exec(select(Mention.user_id).where(Mention.comment_id == comment.id)))
    new = wanted - before
    blind = new - viewers_among(session, comment.call_id, new)
    if blind:
        told = ", ".join(sorted(map(str, blind)))
        raise BadInput(f"mentions: there is no such user who may see this call: {told}")
    session.exec(
        delete(Mention).where(
            col(Mention.comment_id) == comment.id, col(Mention.user_id).in_(before - wanted)
        )
    )
    session.add_all(Mention(comment_id=comment.id, user_id=one) for one in new)
    session.flush()
    tell_named(session, comment, new)
