"""Where everything lies, how large it is, and how much room is left; nothing to be changed."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir

from fastapi import Request, Response
from sqlalchemy import func, text
from sqlmodel import Session, col, select

from api.dependencies import SessionDep, SettingsDep
from api.pages.rendering import show
from api.pages.routing import page_router
from api.pages.settings.shared import AdminReaderDep
from api.pages.words import marked
from api.settings import Settings
from models.errors import BadInput
from models.selecting import pick
from models.stores import folder_of
from models.tables import Call, Deal, Recording, User

router = page_router("storage")
_SECRET = re.compile(r"//[^/@]*@")
_SCARCE = 0.1
CALL_STATES = {
    "ready": marked("Analysed"),
    "understanding": marked("Being analysed"),
    "hearing": marked("Being transcribed"),
    "waiting": marked("Waiting to be analysed"),
    "failed": marked("Could not be analysed"),
    "cancelled": marked("Cancelled"),
    "held": marked("Left alone"),
    "empty": marked("Without a recording yet"),
}


@dataclass(frozen=True, slots=True)
class Room:
    """A disk, what lies on it and where, in bytes."""

    what: tuple[tuple[str, str], ...]
    """Names and places."""
    free: int
    whole: int

    @property
    def used_share(self) -> float:
        """From 0 to 1."""
        return 1 - self.free / self.whole if self.whole else 1.0

    @property
    def is_scarce(self) -> bool:
        """Whether it is time to do something."""
        return self.used_share > 1 - _SCARCE


@dataclass(frozen=True, slots=True)
class StoragePage:
    """What is kept, where, and how much of it there is."""

    database: str
    database_bytes: int
    is_embedded: bool
    files: str
    recording_bytes: int
    recordings: int
    heard_s: float
    calls: dict[str, int]
    """By state, in the order of `CALL_STATES`."""
    deals: int
    people: int
    rooms: tuple[Room, ...]
    states: dict[str, str]

    @property
    def all_calls(self) -> int:
        """How many calls there are."""
        return sum(self.calls.values())


@router.get("/settings/storage")
def show_storage(
    request: Request, reader: AdminReaderDep, session: SessionDep, settings: SettingsDep
) -> Response:
    """Where everything lies."""
    return show(request, reader, "settings_storage.html", storage_page(session, settings))


def storage_page(session: Session, settings: Settings) -> StoragePage:
    """The page as things are."""
    size = session.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
    by_state = session.execute(pick(Call.state, func.count()).group_by(col(Call.state)))
    counted: dict[str, int] = dict(by_state.all())
    once = pick(Recording.key, func.max(Recording.size).label("size")).group_by(Recording.key)
    kept = once.subquery()
    recordings, total = session.execute(
        pick(func.count(), func.coalesce(func.sum(kept.c.size), 0)).select_from(kept)
    ).one()
    heard_s = session.exec(select(func.sum(Recording.duration_s))).one() or 0.0
    url = settings.database_url.get_secret_value() if settings.database_url else None
    return StoragePage(
        database=_SECRET.sub("//", url or str(settings.database_folder)),
        database_bytes=size,
        is_embedded=url is None,
        files=_SECRET.sub("//", settings.files_place),
        recording_bytes=int(total),
        recordings=recordings,
        heard_s=heard_s,
        calls={state: counted[state] for state in CALL_STATES if counted.get(state)},
        deals=session.exec(select(func.count()).select_from(Deal)).one(),
        people=session.exec(select(func.count()).select_from(User).where(User.is_active)).one(),
        rooms=_rooms(settings),
        states=CALL_STATES,
    )


def _rooms(settings: Settings) -> tuple[Room, ...]:
    """The disks of this machine; a place that is not there yet is told by what is above it."""
    places = {marked("Database and key"): settings.data_folder}
    files = _local(settings.files_place)
    if files is not None:
        places[marked("Recordings")] = files
    places[marked("Temporary files")] = Path(gettempdir())
    disks: dict[int, list[tuple[str, Path]]] = {}
    for what, place in places.items():
        there = next((one for one in (place, *place.parents) if one.exists()), None)
        if there is not None:
            disks.setdefault(there.stat().st_dev, []).append((what, place))
    return tuple(map(_room, disks.values()))


def _room(lies: list[tuple[str, Path]]) -> Room:
    place = lies[0][1]
    usage = shutil.disk_usage(next(one for one in (place, *place.parents) if one.exists()))
    return Room(tuple((what, str(at)) for what, at in lies), usage.free, usage.total)


def _local(url: str) -> Path | None:
    try:
        return folder_of(url)
    except BadInput:
        return None
