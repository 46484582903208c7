"""What surrounds every page: who reads it, where they are, and where they can go."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from api.dependencies import SessionDep, SettingsDep, who_reads
from api.pages.words import Words, marked, preferred, words_for
from api.settings import Settings
from models.tables import Team, User

FIRST_RUN = "/welcome"
"""Where the first person of all comes in."""
THEME = "talktrack_theme"
THEMES = ("system", "light", "dark")
_REP, _MANAGER, _ADMIN = ("rep", "manager", "admin"), ("manager", "admin"), ("admin",)


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to go: its icon is a symbol of `icons.svg`."""

    path: str
    name: str
    icon: str
    roles: tuple[str, ...] = _REP


PLACES = (
    Place("/", marked("Home"), "home"),
    Place("/calls", marked("Calls"), "calls"),
    Place("/deals", marked("Deals"), "deals"),
    Place("/coaching", marked("Coaching"), "coaching"),
    Place("/team", marked("Team"), "team", _MANAGER),
    Place("/kpis", marked("KPIs"), "kpis"),
    Place("/playbooks", marked("Playbook"), "playbook", _MANAGER),
)


@dataclass(frozen=True, slots=True)
class Frame:
    """One page request: `user` is None where nobody signed in, and `role` with it."""

    user: User | None
    role: str | None
    words: Words
    path: str
    theme: str
    is_part: bool
    """Whether a script asks for a part of a page, to put it in place of an old one."""

    @property
    def places(self) -> tuple[Place, ...]:
        """Where this user can go."""
        return tuple(one for one in PLACES if self.role in one.roles)

    def is_here(self, place: Place) -> bool:
        """Whether a place is the one being read."""
        return self.path == place.path or (
            place.path != "/" and self.path.startswith(f"{place.path}/")
        )

    def is_at_least(self, role: str) -> bool:
        """Whether the reader is a manager, or an admin."""
        allowed = {"manager": _MANAGER, "admin": _ADMIN}[role]
        return self.role in allowed


@dataclass(frozen=True, slots=True)
class Reader(Frame):
    """A page request by somebody who signed in."""

    user: User


def open_frame(request: Request, session: SessionDep, settings: SettingsDep) -> Frame:
    """The frame of a page that nobody need sign in for; whoever did is known all the same."""
    try:
        user = who_reads(request, session, settings)
    except HTTPException as refused:
        if refused.status_code != 401:
            raise
        return unknown_frame(request, settings)
    return _framed(request, session, settings, user)


def signed_frame(request: Request, session: SessionDep, settings: SettingsDep) -> Reader:
    """The frame of a page for one user. Raises 401, which becomes the way to sign in."""
    return _framed(request, session, settings, who_reads(request, session, settings))


def unknown_frame(request: Request, settings: Settings) -> Frame:
    """The frame for somebody unknown, in the language of their browser."""
    language = preferred(request.headers.get("accept-language"))
    words = words_for(language, ZoneInfo(settings.time_zone))
    return Frame(None, None, words, request.url.path, *_shown(request))


def _framed(request: Request, session: SessionDep, settings: Settings, user: User) -> Reader:
    team = session.get(Team, user.team_id) if user.team_id else None
    zone = user.time_zone or (team.time_zone if team else settings.time_zone)
    words = words_for(user.language, ZoneInfo(zone))
    frame = Reader(user, user.role, words, request.url.path, *_shown(request))
    request.state.frame = frame  # a problem is told in the reader's language too
    return frame


def _shown(request: Request) -> tuple[str, bool]:
    theme = request.cookies.get(THEME, THEMES[0])
    return theme if theme in THEMES else THEMES[0], "hx-request" in request.headers


FrameDep = Annotated[Frame, Depends(open_frame)]
ReaderDep = Annotated[Reader, Depends(signed_frame)]


def own_path(asked: str | None) -> str:
    """Where to go next: a path of ours, however the request was made up."""
    split = urlsplit(asked or "/")
    is_ours = not split.scheme and not split.netloc and split.path.startswith("/")
    if not is_ours or split.path.startswith(("//", "/\\")) or "\\" in (asked or ""):
        return "/"
    return f"{split.path}?{split.query}" if split.query else split.path
