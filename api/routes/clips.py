"""Clips of calls, their sound, and the links that share them."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import Header, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, Field, SecretStr, model_validator

from api.dependencies import (
    DEFAULT_LIMIT,
    CursorQuery,
    FilesDep,
    LimitQuery,
    SessionDep,
    SettingsDep,
    UserDep,
)
from api.edge import READ
from api.ranges import stream_file
from api.routing import signed_router
from api.views import Given, Page, View
from models import clips, share_links
from models.clips import ClipRow, NewClip, find_clip
from models.rights import find_call
from models.share_links import LinkRow, Terms, add_link, revoke_link
from models.tables import Clip, ShareLink
from models.tables.columns import now

router = signed_router("clips")
SOUND: dict[int | str, dict[str, Any]] = {
    200: {"description": "The whole clip", "content": {"audio/mp4": {}}},
    206: {"description": "Part of it", "content": {"audio/mp4": {}}},
    416: {"description": "No such part"},
}
_DAYS = 7
_LONGEST_S = 43_200
Title = Annotated[
    str,
    Field(min_length=1, max_length=300, pattern=r"^[^\x00]*$", examples=["How Tom names a price"]),
]
Second = Annotated[float, Field(ge=0, le=_LONGEST_S, allow_inf_nan=False, examples=[83.5])]


class ClipGiven(Given):
    """A stretch of a call, of 1 second to 30 minutes."""

    title: Title
    start_s: Second
    end_s: Second


class ClipChange(Given):
    """What is to change of a clip; what is left out stays."""

    title: Title | None = None
    start_s: Second | None = None
    end_s: Second | None = None


class ClipView(View):
    """A clip."""

    id: UUID
    call_id: UUID
    call_title: str
    rep_id: UUID
    created_by_id: UUID
    created_by_name: str
    title: str
    start_s: float
    end_s: float
    created_at: datetime


class LinkGiven(Given):
    """How long a link is to open its clip: until an instant, or for days; left out: 7 days.

    With `max_views` it opens so often and no more; with `password`, for who knows that too.
    """

    expires_at: AwareDatetime | None = Field(
        default=None, description=f"At most {share_links.LONGEST.days} days off."
    )
    days: int | None = Field(default=None, ge=1, le=share_links.LONGEST.days)
    max_views: int | None = Field(default=None, ge=1, le=share_links.MOST_VIEWS)
    password: SecretStr | None = Field(default=None, min_length=10, max_length=1000)

    @model_validator(mode="after")
    def _once(self) -> Self:
        if self.expires_at is not None and self.days is not None:
            raise ValueError("give expires_at or days, not both")
        return self


class LinkView(View):
    """A link, without its secret."""

    id: UUID
    clip_id: UUID
    created_by_id: UUID
    created_by_name: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    views: int = Field(description="How often it was opened.")
    max_views: int | None = Field(description="How often it may be; null: as often as one likes.")
    has_password: bool
    last_viewed_at: datetime | None


class LinkMade(LinkView):
    """A new link with its secret, which is shown only now."""

    secret: str
    url: str = Field(examples=["/api/v1/shared/k3Jx..."])


@router.get("/clips")
def list_all_clips(
    session: SessionDep,
    user: UserDep,
    rep_id: UUID | None = None,
    call_id: UUID | None = None,
    limit: LimitQuery = DEFAULT_LIMIT,
    cursor: CursorQuery = None,
) -> Page[ClipView]:
    """The clips of the calls one sees, the newest first."""
    found = clips.list_clips(
        session, user, call_id=call_id, rep_id=rep_id, limit=limit, cursor=cursor
    )
    return Page(items=[_view(row) for row in found.items], next=found.next)


@router.get("/calls/{call_id}/clips")
def list_clips(
    call_id: UUID,
    session: SessionDep,
    user: UserDep,
    limit: LimitQuery = DEFAULT_LIMIT,
    cursor: CursorQuery = None,
) -> Page[ClipView]:
    """The clips of a call, the newest first."""
    find_call(session, user, call_id)
    found = clips.list_clips(session, user, call_id=call_id, limit=limit, cursor=cursor)
    return Page(items=[_view(row) for row in found.items], next=found.next)


@router.post("/calls/{call_id}/clips", status_code=201)
def make_clip(
    call_id: UUID, given: ClipGiven, request: Request, session: SessionDep, user: UserDep
) -> ClipView:
    """Make a clip of a call that one sees."""
    clip = clips.add_clip(session, user, call_id, NewClip(**given.model_dump()))
    request.state.made_id = clip.id
    return _answer(session, clip)


@router.get("/calls/{call_id}/clips/{clip_id}")
def read_clip(call_id: UUID, clip_id: UUID, session: SessionDep, user: UserDep) -> ClipView:
    """One clip."""
    return _answer(session, find_clip(session, user, call_id, clip_id))


@router.patch("/calls/{call_id}/clips/{clip_id}")
def change_clip(
    call_id: UUID,
    clip_id: UUID,
    given: ClipChange,
    session: SessionDep,
    user: UserDep,
    files: FilesDep,
) -> ClipView:
    """Change a clip; while links show it to others, its title only."""
    clip = find_clip(session, user, call_id, clip_id, lock=True)
    clips.change_clip(session, user, files, clip, given.model_dump(exclude_none=True))
    return _answer(session, clip)


@router.delete("/calls/{call_id}/clips/{clip_id}", status_code=204)
def delete_clip(
    call_id: UUID, clip_id: UUID, session: SessionDep, user: UserDep, files: FilesDep
) -> None:
    """Delete a clip; its links open nothing any more."""
    clip = find_clip(session, user, call_id, clip_id, lock=True)
    clips.delete_clip(session, user, files, clip)


@router.get(
    "/calls/{call_id}/clips/{clip_id}/sound",
    tags=[READ],
    response_class=StreamingResponse,
    responses=SOUND,
)
def play_clip(
    call_id: UUID,
    clip_id: UUID,
    session: SessionDep,
    user: UserDep,
    files: FilesDep,
    range_: Annotated[str | None, Header(alias="Range")] = None,
) -> Response:
    """Stream a clip's sound, that stretch and no more; it is cut when it is first asked for."""
    clip = find_clip(session, user, call_id, clip_id)
    key, media_type = clips.clip_sound(session, files, clip)
    return stream_file(files, key, media_type, "clip.m4a", range_)


@router.get("/calls/{call_id}/clips/{clip_id}/links")
def list_links(
    call_id: UUID,
    clip_id: UUID,
    session: SessionDep,
    user: UserDep,
    limit: LimitQuery = DEFAULT_LIMIT,
    cursor: CursorQuery = None,
) -> Page[LinkView]:
    """The links to a clip, those that are over too, the newest first."""
    clip = find_clip(session, user, call_id, clip_id)
    found = share_links.list_links(session, clip, limit=limit, cursor=cursor)
    return Page(items=[_link(row) for row in found.items], next=found.next)


@router.post("/calls/{call_id}/clips/{clip_id}/links", status_code=201)
def make_share_link(  # noqa: PLR0913, PLR0917
    call_id: UUID,
    clip_id: UUID,
    given: LinkGiven,
    request: Request,
    session: SessionDep,
    user: UserDep,
    settings: SettingsDep,
) -> LinkMade:
    """Let whoever holds the link hear and read this clip, without signing in, until it ends."""
    clip = find_clip(session, user, call_id, clip_id, lock=True)
    ends_at = given.expires_at or now() + timedelta(days=given.days or _DAYS)
    password = given.password.get_secret_value() if given.password else None
    made = add_link(session, user, clip, Terms(ends_at, given.max_views, password))
    request.state.made_id, request.state.secret = made.row.id, made.secret
    base = (settings.public_url or "").rstrip("/")
    return LinkMade(
        **_link(LinkRow(made.row, made.maker)).model_dump(),
        secret=made.secret,
        url=f"{base}/api/v1/shared/{made.secret}",
    )


@router.delete("/calls/{call_id}/clips/{clip_id}/links/{link_id}", status_code=204)
def revoke_share_link(
    call_id: UUID, clip_id: UUID, link_id: UUID, session: SessionDep, user: UserDep
) -> None:
    """End a link at once."""
    revoke_link(session, find_clip(session, user, call_id, clip_id), link_id)


def _answer(session: SessionDep, clip: Clip) -> ClipView:
    return _view(clips.clip_rows(session, [clip])[0])


def _view(row: ClipRow) -> ClipView:
    return ClipView(
        **{name: getattr(row.clip, name) for name in _OF_CLIP},
        call_title=row.call.title,
        rep_id=row.call.rep_id,
        created_by_name=row.maker.name,
    )


def _link(found: LinkRow) -> LinkView:
    own = {name: getattr(found.row, name) for name in _OF_LINK}
    has_password = found.row.password_hash is not None
    return LinkView(**own, has_password=has_password, created_by_name=found.maker.name)


_OF_CLIP = tuple(name for name in ClipView.model_fields if name in Clip.model_fields)
_OF_LINK = tuple(name for name in LinkView.model_fields if name in ShareLink.model_fields)
