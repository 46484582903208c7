"""Talking about a call: at a second or on the whole, to one another."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Form, Query, Request, Response
from sqlmodel import Session

from api.dependencies import CursorQuery, SessionDep
from api.pages.calls.threads import Comments, CommentTyped, comments_of
from api.pages.calls.typed_times import LONGEST, seconds_typed
from api.pages.frame import Reader, ReaderDep
from api.pages.rendering import go, show
from api.pages.routing import page_router
from models.comments import NewComment, add_comment, change_comment, delete_comment
from models.rights import find_call
from models.stretches import length_of
from models.tables import Call

router = page_router("comments")
_Text = Annotated[str, Form(max_length=10_000, pattern=r"^[^\x00]*$")]
_At = Annotated[str, Form(max_length=4 * LONGEST)]
_People = Annotated[list[UUID] | None, Form(max_length=20)]
_At_Query = Annotated[float | None, Query(ge=0, le=43_200, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class CommentsPage:
    """The comments of a call by themselves."""

    call_id: UUID
    title: str
    comments: Comments


@router.get("/calls/{call_id}/comments")
def show_comments(
    call_id: UUID,
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    at: _At_Query = None,
    cursor: CursorQuery = None,
) -> Response:
    """Everything said about a call; `at` is the second to comment on."""
    call = find_call(session, reader.user, call_id)
    typed = CommentTyped(at="" if at is None else reader.words.clock(at))
    page = CommentsPage(call.id, call.title, comments_of(session, reader, call, typed, cursor))
    return show(request, reader, "call_comments.html", page)


@router.post("/calls/{call_id}/comments")
def comment_here(  # noqa: PLR0913, PLR0917 (one parameter a field)
    call_id: UUID,
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    text: _Text = "",
    at: _At = "",
    mentions: _People = None,
    reply_to: Annotated[UUID | None, Form()] = None,
) -> Response:
    """Say something about a call, or answer somebody."""
    call = find_call(session, reader.user, call_id)
    typed = CommentTyped(text.strip(), at, tuple(mentions or ()), reply_to)
    start_s, wrong = _place(session, reader, call, at)
    if wrong or not typed.text:
        return _again(request, reader, session, call, _told(typed, reader, wrong))
    new = NewComment(typed.text, start_s, reply_to_id=reply_to, mentions=tuple(mentions or ()))
    row = add_comment(session, reader.user, call.id, new)
    request.state.made_id = row.comment.id
    return _back(request, reader, call, reader.words("Your comment is there."))


@router.post("/calls/{call_id}/comments/{comment_id}/change")
def change_comment_here(
    call_id: UUID,
    comment_id: UUID,
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    text: _Text = "",
) -> Response:
    """Say it otherwise: one's own comment."""
    call = find_call(session, reader.user, call_id)
    if not text.strip():
        typed = CommentTyped(
            changes=comment_id, wrong_text=reader.words("Write something, or delete the comment.")
        )
        return _again(request, reader, session, call, typed)
    change_comment(session, reader.user, call.id, comment_id, {"text": text.strip()})
    return _back(request, reader, call, reader.words("Your comment was changed."))


@router.post("/calls/{call_id}/comments/{comment_id}/delete")
def delete_comment_here(
    call_id: UUID, comment_id: UUID, request: Request, reader: ReaderDep, session: SessionDep
) -> Response:
    """Delete a comment with its replies."""
    call = find_call(session, reader.user, call_id)
    delete_comment(session, reader.user, call.id, comment_id)
    return _back(request, reader, call, reader.words("The comment was deleted."))


def _place(
    session: Session, reader: Reader, call: Call, at: str
) -> tuple[float | None, str | None]:
    """The second that was typed, and what is wrong with it."""
    words = reader.words
    try:
        start_s = seconds_typed(at)
    except ValueError:
        return None, words("Write a time of the call such as 4:31.")
    length_s = length_of(session, call.id)
    if start_s is not None and length_s is not None and start_s > length_s:
        return None, words("The call ends at %(clock)s.", clock=words.clock(length_s))
    return start_s, None


def _told(typed: CommentTyped, reader: Reader, wrong_at: str | None) -> CommentTyped:
    wrong_text = None if typed.text else reader.words("Write what you have to say.")
    return CommentTyped(
        typed.text,
        typed.at,
        typed.mentions,
        typed.reply_to,
        wrong_text=wrong_text,
        wrong_at=wrong_at,
    )


def _again(
    request: Request, reader: Reader, session: Session, call: Call, typed: CommentTyped
) -> Response:
    """The same form with what was typed, and what is wrong with it."""
    page = CommentsPage(call.id, call.title, comments_of(session, reader, call, typed))
    return show(request, reader, "call_comments.html", page, 422)


def _back(request: Request, reader: Reader, call: Call, said: str) -> Response:
    """Back to the call; a script takes the comments alone."""
    way = f"/calls/{call.id}/comments" if reader.is_part else f"/calls/{call.id}#comments"
    return go(request, way, said)
