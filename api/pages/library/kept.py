"""The views that a reader keeps of a list, as the list shows them beside its filters."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from api.pages.frame import Reader
from models.saved_views import Place, find_view, list_views, see_view
from models.tables import SavedView


@dataclass(frozen=True, slots=True)
class KeptView:
    """A view by its name; `new` is how much came in since it was looked at, None: not asked."""

    id: UUID
    name: str
    path: str
    is_here: bool
    new: int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """All views of a place; `query` is what would be kept now, and `here` the one being read."""

    place: Place
    views: tuple[KeptView, ...]
    query: str
    here: KeptView | None
    seen_before: datetime | None = None
    """When `here` was looked at before this."""


def kept_views(
    session: Session, reader: Reader, place: Place, query: str, view_id: UUID | None, *, seen: bool
) -> Kept:
    """The views of a place; the one being read is noted as `seen` now. Raises Missing."""
    before = None
    if view_id is not None:
        view = find_view(session, reader.user.id, view_id)
        before = see_view(session, view) if seen else view.last_seen_at
    rows = list_views(session, reader.user.id, place)
    views = tuple(kept_view(one, view_id) for one in rows)
    here = next((one for one in views if one.is_here), None)
    return Kept(place, views, query, here, before)


def kept_view(row: SavedView, view_id: UUID | None = None, new: int | None = None) -> KeptView:
    """A view with the address it opens at."""
    path = f"/{row.place}?{row.query}&view={row.id}".replace("?&", "?")
    return KeptView(row.id, row.name, path, row.id == view_id, new)
