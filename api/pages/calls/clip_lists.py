"""The clips of a call with the links that share them, and the forms to make both."""

from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from api.pages.frame import Reader
from api.pages.words import Words
from models.clips import ClipRow, list_clips
from models.paging import MOST
from models.rights import may_change
from models.share_links import LinkRow, is_spent, links_to
from models.tables import Call, ShareLink

DAYS = (1, 7, 30, 90)
"""How long a link can be asked to last."""
VIEWS = (0, 1, 5, 20, 100)
"""How often it can be asked to open its clip; 0 for as often as one likes."""


@dataclass(frozen=True, slots=True)
class ClipTyped:
    """What somebody typed, kept when it cannot be taken; `wrong` says why, by field."""

    title: str = ""
    start: str = ""
    end: str = ""
    wrong_title: str | None = None
    wrong_end: str | None = None


@dataclass(frozen=True, slots=True)
class LinkLine:
    """A link to a clip: how long it opens it, and how often it did."""

    id: UUID
    is_live: bool
    state: str
    maker: str
    views: str


@dataclass(frozen=True, slots=True)
class ClipLine:
    """A clip; `links` are those that open it still, `over` how many do not any more."""

    id: UUID
    title: str
    start_s: float
    end_s: float
    clock: str
    length: str
    maker: str
    when: str
    may_delete: bool
    links: tuple[LinkLine, ...]
    over: tuple[LinkLine, ...]


@dataclass(frozen=True, slots=True)
class LinkTyped:
    """What was asked of a link, kept when it cannot be made; never the password."""

    clip_id: UUID
    days: int
    views: int
    wrong: str


@dataclass(frozen=True, slots=True)
class FreshLink:
    """A link that was just made, shown this once; `guard` says what else it asks."""

    clip_id: UUID
    url: str
    until: str
    guard: str
    has_password: bool


@dataclass(frozen=True, slots=True)
class Clips:
    """The clips of a call, the newest first."""

    call_id: UUID
    count: str
    lines: tuple[ClipLine, ...]
    typed: ClipTyped
    days: tuple[tuple[int, str], ...]
    views: tuple[tuple[int, str], ...]
    fresh: FreshLink | None = None
    more_path: str | None = None
    wrong_link: LinkTyped | None = None


def clips_of(
    session: Session,
    reader: Reader,
    call: Call,
    *,
    typed: ClipTyped | LinkTyped | None = None,
    fresh: FreshLink | None = None,
    cursor: str | None = None,
) -> Clips:
    """The clips that a reader of a call sees; links a query for all of them."""
    words = reader.words
    found = list_clips(session, reader.user, call_id=call.id, limit=MOST, cursor=cursor)
    links = links_to(session, [row.clip.id for row in found.items])
    lines = tuple(_line(row, links.get(row.clip.id, []), reader) for row in found.items)
    days = tuple((one, words.plural("%(count)s day", "%(count)s days", one)) for one in DAYS)
    more = f"/calls/{call.id}/clips?cursor={found.next}" if found.next else None
    return Clips(
        call.id,
        words.number(len(lines)),
        lines,
        typed if isinstance(typed, ClipTyped) else ClipTyped(),
        days,
        tuple((one, _often(one, words)) for one in VIEWS),
        fresh,
        more,
        typed if isinstance(typed, LinkTyped) else None,
    )


def guard_of(link: ShareLink, words: Words) -> str:
    """What a link asks besides being had."""
    told = []
    if link.max_views is not None:
        told.append(_often(link.max_views, words))
    if link.password_hash is not None:
        told.append(words("with a password"))
    return ", ".join(told)


def _often(views: int, words: Words) -> str:
    if not views:
        return words("as often as one likes")
    return words.plural("%(count)s time at most", "%(count)s times at most", views)


def _line(row: ClipRow, links: list[LinkRow], reader: Reader) -> ClipLine:
    clip, words = row.clip, reader.words
    told = [_link(one, words) for one in links]
    return ClipLine(
        clip.id,
        clip.title,
        clip.start_s,
        clip.end_s,
        f"{words.clock(clip.start_s)}\N{EN DASH}{words.clock(clip.end_s)}",
        words.length(clip.end_s - clip.start_s),
        row.maker.name,
        words.ago(clip.created_at),
        clip.created_by_id == reader.user.id or may_change(reader.user, row.call),
        tuple(one for one in told if one.is_live),
        tuple(one for one in told if not one.is_live),
    )


def _link(found: LinkRow, words: Words) -> LinkLine:
    link = found.row
    is_live = link.revoked_at is None and link.expires_at > words.now and not is_spent(link)
    views = words("not opened yet")
    if link.views:
        views = words.plural("opened %(count)s time", "opened %(count)s times", link.views)
    told = " · ".join(filter(None, (views, guard_of(link, words))))
    return LinkLine(link.id, is_live, _state(link, words), found.maker.name, told)


def _state(link: ShareLink, words: Words) -> str:
    if link.revoked_at is not None:
        return words("Revoked %(day)s", day=words.day(link.revoked_at))
    if link.expires_at <= words.now:
        return words("Ended %(day)s", day=words.day(link.expires_at))
    if is_spent(link):
        return words("Opened as often as it may be")
    return words("Opens until %(day)s", day=words.moment(link.expires_at))
