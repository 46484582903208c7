"""The comments of a call, by thread, and the form to add one."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from api.pages.frame import Reader
from models.comments import CommentRow, list_comments
from models.paging import MOST
from models.rights import viewers
from models.tables import Call, User


@dataclass(frozen=True, slots=True)
class CommentTyped:
    """What somebody typed, kept when it cannot be taken; `wrong` says why, by field."""

    text: str = ""
    at: str = ""
    mentions: tuple[UUID, ...] = ()
    reply_to: UUID | None = None
    changes: UUID | None = None
    wrong_text: str | None = None
    wrong_at: str | None = None


@dataclass(frozen=True, slots=True)
class CommentLine:
    """A comment; `at_s` is None of one on the whole call, `clock` with it."""

    id: UUID
    author: str
    is_own: bool
    may_delete: bool
    text: str
    at_s: float | None
    clock: str | None
    named: tuple[str, ...]
    when: str
    moment: str
    is_edited: bool
    replies: tuple["CommentLine", ...] = ()


@dataclass(frozen=True, slots=True)
class Comments:
    """All that is said about a call; `people` are those whom a comment can name."""

    call_id: UUID
    count: str
    threads: tuple[CommentLine, ...]
    people: tuple[tuple[UUID, str], ...]
    typed: CommentTyped
    more_path: str | None = None


def comments_of(
    session: Session,
    reader: Reader,
    call: Call,
    typed: CommentTyped | None = None,
    cursor: str | None = None,
) -> Comments:
    """The comments that a reader of a call sees, each with its replies."""
    found = list_comments(session, reader.user, call.id, limit=MOST, cursor=cursor)
    people = [one for one in viewers(session, call) if one.id != reader.user.id]
    return Comments(
        call.id,
        reader.words.number(len(found.items)),
        _threads(found.items, reader),
        tuple((one.id, one.name) for one in people),
        typed or CommentTyped(),
        f"/calls/{call.id}/comments?cursor={found.next}" if found.next else None,
    )


def _threads(rows: Iterable[CommentRow], reader: Reader) -> tuple[CommentLine, ...]:
    """Each first comment with its replies; a reply to one of another page stands alone."""
    answered: dict[UUID, list[CommentRow]] = {}
    for row in rows:
        first = row.comment.reply_to_id
        if first is None or first not in answered:
            answered[row.comment.id] = [row]
        else:
            answered[first].append(row)
    return tuple(
        _line(first, reader, tuple(_line(one, reader) for one in replies))
        for first, *replies in answered.values()
    )


def _line(row: CommentRow, reader: Reader, replies: tuple[CommentLine, ...] = ()) -> CommentLine:
    comment, user, words = row.comment, reader.user, reader.words
    is_own = comment.author_id == user.id
    return CommentLine(
        comment.id,
        row.author.name,
        is_own,
        is_own or user.role != "rep",
        comment.text,
        comment.start_s,
        None if comment.start_s is None else words.clock(comment.start_s),
        _names(row.mentioned),
        words.ago(comment.created_at),
        words.moment(comment.created_at),
        comment.edited_at is not None,
        replies,
    )


def _names(people: Iterable[User]) -> tuple[str, ...]:
    return tuple(one.name for one in people)
