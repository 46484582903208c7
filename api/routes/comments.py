"""Comments on calls, and where one is named in them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Request
from pydantic import Field

from api.dependencies import DEFAULT_LIMIT, CursorQuery, LimitQuery, SessionDep, UserDep
from api.routing import signed_router
from api.views import Given, Page, View
from models import comments
from models.comments import CommentRow, NewComment
from models.mentions import MentionRow, list_mentions, see_mention
from models.tables import Comment

router = signed_router("comments")
_LONGEST_S = 43_200
Words = Annotated[
    str,
    Field(min_length=1, max_length=10_000, pattern=r"^[^\x00]*$", examples=["Ask who decides."]),
]
Second = Annotated[float, Field(ge=0, le=_LONGEST_S, allow_inf_nan=False, examples=[83.5])]
People = Annotated[
    list[UUID], Field(max_length=20, description="Users who are named; they must see the call.")
]


class CommentGiven(Given):
    """What someone has to say: at a second, on a stretch, or on the whole call."""

    text: Words
    start_s: Second | None = None
    end_s: Second | None = None
    reply_to_id: UUID | None = Field(
        default=None, description="A comment of the same call that is no reply itself."
    )
    mentions: People = Field(default_factory=list)


class CommentChange(Given):
    """What is to change of a comment; what is left out stays, null takes a second away."""

    text: Words | None = None
    start_s: Second | None = None
    end_s: Second | None = None
    mentions: People | None = Field(default=None, description="All who are to be named.")


class Mentioned(View):
    """Someone named in a comment."""

    id: UUID
    name: str


class CommentView(View):
    """A comment."""

    id: UUID
    call_id: UUID
    author_id: UUID
    author_name: str
    reply_to_id: UUID | None
    start_s: float | None
    end_s: float | None
    text: str
    mentions: list[Mentioned]
    created_at: datetime
    edited_at: datetime | None


class MentionView(View):
    """A comment that names whoever asks; `seen_at` is null until they looked."""

    comment: CommentView
    call_title: str
    seen_at: datetime | None


@router.get("/calls/{call_id}/comments")
def list_comments(
    call_id: UUID,
    session: SessionDep,
    user: UserDep,
    limit: LimitQuery = DEFAULT_LIMIT,
    cursor: CursorQuery = None,
) -> Page[CommentView]:
    """The comments on a call, the oldest first: replies come after what they answer."""
    found = comments.list_comments(session, user, call_id, limit=limit, cursor=cursor)
    return Page(items=[_view(row) for row in found.items], next=found.next)


@router.post("/calls/{call_id}/comments", status_code=201)
def make_comment(
    call_id: UUID, given: CommentGiven, request: Request, session: SessionDep, user: UserDep
) -> CommentView:
    """Comment on a call that one sees."""
    new = NewComment(**{**given.model_dump(), "mentions": tuple(given.mentions)})
    row = comments.add_comment(session, user, call_id, new)
    request.state.made_id = row.comment.id
    return _view(row)


@router.patch("/calls/{call_id}/comments/{comment_id}")
def change_comment(
    call_id: UUID, comment_id: UUID, given: CommentChange, session: SessionDep, user: UserDep
) -> CommentView:
    """Change one's own comment."""
    emptiable = {"start_s", "end_s"}
    said = given.model_dump(exclude_unset=True)
    change = {name: one for name, one in said.items() if one is not None or name in emptiable}
    return _view(comments.change_comment(session, user, call_id, comment_id, change))


@router.delete("/calls/{call_id}/comments/{comment_id}", status_code=204)
def delete_comment(call_id: UUID, comment_id: UUID, session: SessionDep, user: UserDep) -> None:
    """Delete one's own comment with its replies; the rep's manager and admins, anybody's."""
    comments.delete_comment(session, user, call_id, comment_id)


@router.get("/mentions")
def list_own_mentions(
    session: SessionDep,
    user: UserDep,
    limit: LimitQuery = DEFAULT_LIMIT,
    cursor: CursorQuery = None,
) -> Page[MentionView]:
    """Comments that name oneself on calls one sees, what one did not see yet first."""
    found = list_mentions(session, user, limit=limit, cursor=cursor)
    return Page(items=[_mention(row) for row in found.items], next=found.next)


@router.post("/mentions/{comment_id}/seen", tags=["quiet"])
def see_own_mention(comment_id: UUID, session: SessionDep, user: UserDep) -> MentionView:
    """Note that one saw where one is named; the first time counts."""
    return _mention(see_mention(session, user, comment_id))


def _view(row: CommentRow) -> CommentView:
    return CommentView(
        **{name: getattr(row.comment, name) for name in _OWN},
        author_name=row.author.name,
        mentions=[Mentioned.model_validate(one) for one in row.mentioned],
    )


def _mention(row: MentionRow) -> MentionView:
    return MentionView(comment=_view(row.row), call_title=row.call.title, seen_at=row.seen_at)


_OWN = tuple(name for name in CommentView.model_fields if name in Comment.model_fields)
