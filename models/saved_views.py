"""Lists of calls and searches that a user named, to come back to and see what is new there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from models.errors import BadInput, Conflict, Missing
from models.tables import Call, Hearing, SavedView
from models.tables.columns import now

Place = Literal["calls", "search"]
MOST_VIEWS = 20
"""In one place; more is found by nobody."""
LONGEST_NAME = 100
LONGEST_QUERY = 4000


def list_views(session: Session, user_id: UUID, place: Place) -> Sequence[SavedView]:
    """What a user saved in a place, by name."""
    own = select(SavedView).where(SavedView.user_id == user_id, SavedView.place == place)
    return session.exec(own.order_by(func.lower(SavedView.name), col(SavedView.id))).all()


def save_view(session: Session, user_id: UUID, place: Place, name: str, query: str) -> SavedView:
    """Keep a view under a name; one that has the name already now asks for this.

    Raises BadInput for a name or query of no use, Conflict when there are too many.
    """
    named = " ".join(name.replace("\0", "").split())
    if not 1 <= len(named) <= LONGEST_NAME:
        raise BadInput(f"name: from 1 to {LONGEST_NAME} characters")
    if len(query) > LONGEST_QUERY or "\0" in query:
        raise BadInput("query: too long to be kept; take some filters out")
    kept = list_views(session, user_id, place)
    view = next((one for one in kept if one.name == named), None)
    if view is None:
        if len(kept) >= MOST_VIEWS:
            raise Conflict(f"{MOST_VIEWS} views are kept already; delete one first")
        view = SavedView(user_id=user_id, place=place, name=named, query=query)
    view.query, view.last_seen_at = query, now()
    session.add(view)
    session.flush()
    return view


def find_view(session: Session, user_id: UUID, view_id: UUID) -> SavedView:
    """One's own view. Raises Missing."""
    view = session.get(SavedView, view_id)
    if view is None or view.user_id != user_id:
        raise Missing(f"there is no saved view {view_id} of yours")
    return view


def see_view(session: Session, view: SavedView) -> datetime:
    """Note that its owner looks at it now; returns when they last did."""
    before = view.last_seen_at
    view.last_seen_at = now()
    session.add(view)
    session.flush()
    return before


def delete_view(session: Session, view: SavedView) -> None:
    """Forget a view."""
    session.delete(view)
    session.flush()


def heard_after(at: datetime) -> ColumnElement[bool]:
    """Which rows of `call` were heard after an instant, and so could not be found before."""
    return col(Call.id).in_(select(Hearing.call_id).where(col(Hearing.created_at) > at))
