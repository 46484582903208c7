"""Deals back from CRMs: what changed since the last time, page by page, going on where it stopped.

A page is kept in one transaction with where to go on. Once a day, after the last page, the ids of
all copies are asked for: what the CRM does not have any more goes here too.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import procrastinate
from procrastinate import JobContext
from sqlmodel import Session, col, or_, select

from api.crm.errors import CrmError, CrmNeedsLogin, CrmSpent
from api.crm.port import Crm
from api.crm_access import open_connection, usable
from api.pushing import push_due
from api.workshop import Workshop
from models.crm.connections import find_connection, note_trouble
from models.crm.copying import Copied, copy_deals, forget_deals, known_refs
from models.crm.deal import CrmDeal
from models.crm.pushes import due_connections, wake
from models.crm.turns import turn_of
from models.errors import BadDatabase, BadInput
from models.queue import defer
from models.tables import CrmConnection
from models.tables.columns import Json, now

_LOG = logging.getLogger(__name__)
_OVERLAP = timedelta(minutes=5)
"""Clocks differ, and a CRM's index is a moment behind."""
_ALL_ASKED_EVERY = timedelta(days=1)
_AT_ONCE = 100
_MINUTELY = "* * * * *"


def register(app: procrastinate.App, workshop: Workshop) -> None:
    """Give a queue's app the work at CRMs."""

    @app.task(name="push_calls", queue="push", pass_context=True)
    def push_calls(context: JobContext, connection_id: str) -> None:
        push_due(workshop, UUID(connection_id), should_stop=context.should_abort)

    @app.task(name="sync_crm", queue="push", pass_context=True)
    def sync_crm(context: JobContext, connection_id: str) -> None:
        sync(workshop, UUID(connection_id), should_stop=context.should_abort)

    @app.periodic(cron=_MINUTELY)
    @app.task(name="mind_crms", queue="housekeeping", queueing_lock="mind_crms")
    def mind_crms(timestamp: int) -> None:
        del timestamp
        workshop.keep(mind)


def mind(session: Session) -> None:
    """Wake what is due at connections: pushes that waited, and deals to be read again."""
    for connection_id in due_connections(session):
        wake(session, connection_id)
    for connection_id in _to_sync(session):
        defer(session, "sync_crm", connection_id=str(connection_id))


def sync(
    workshop: Workshop, connection_id: UUID, *, should_stop: Callable[[], bool] = lambda: False
) -> Copied | None:
    """Copy what changed at a CRM; None when it is not to be asked now, or somebody is at it."""
    with turn_of(workshop.engine, connection_id, "sync") as is_mine:
        if not is_mine:
            return None
        connection = workshop.keep(lambda session: usable(session, connection_id))
        if connection is None:
            return None
        syncing = _Syncing(workshop, connection, should_stop)
        try:
            with open_connection(workshop.engine, workshop.settings, connection) as crm:
                return syncing.run(crm)
        except (CrmError, BadInput, BadDatabase) as error:
            syncing.note_trouble(error)
            return None


class _Syncing:
    """One round at one connection."""

    def __init__(
        self, workshop: Workshop, connection: CrmConnection, should_stop: Callable[[], bool]
    ) -> None:
        self._workshop, self._connection, self._should_stop = workshop, connection, should_stop
        self._copied = Copied()

    def run(self, crm: Crm) -> Copied:
        """Read page after page from where the last round stopped. Raises CrmError."""
        since, cursor, began_at = self._begin()
        while not self._should_stop():
            page = crm.changed_deals(since, cursor)
            cursor = page.next
            self._keep_page(page.deals, cursor)
            if cursor is None:
                gone = self._ask_for_all(crm) if self._is_time_to_ask() else None
                self._finish(began_at, gone)
                break
        return self._copied

    def note_trouble(self, error: Exception) -> None:
        """Say what stopped the round; it goes on there the next time."""

        def save(session: Session) -> None:
            connection = find_connection(session, self._connection.id, lock=True)
            connection.sync_error = str(error)
            if isinstance(error, CrmNeedsLogin | CrmSpent):
                until = error.until if isinstance(error, CrmSpent) else None
                needs_login = isinstance(error, CrmNeedsLogin)
                why = str(error)
                note_trouble(
                    session, connection.id, why, needs_login=needs_login, parked_until=until
                )

        _LOG.warning("deals of %s are not read: %s", self._connection.name, error)
        self._workshop.keep(save)

    def _begin(self) -> tuple[datetime | None, str | None, datetime]:
        def save(session: Session) -> tuple[datetime | None, str | None, datetime]:
            connection = find_connection(session, self._connection.id, lock=True)
            if connection.sync_began_at is None or connection.sync_cursor is None:
                connection.sync_began_at = now()
            since = connection.sync_since
            return since and since - _OVERLAP, connection.sync_cursor, connection.sync_began_at

        return self._workshop.keep(save)

    def _keep_page(self, deals: tuple[CrmDeal, ...], cursor: str | None) -> None:
        currency = self._workshop.settings.currency

        def save(session: Session) -> Copied:
            connection = find_connection(session, self._connection.id)
            copied = copy_deals(session, connection, deals, currency=currency)
            connection.sync_cursor = cursor
            return copied

        self._copied += self._workshop.keep(save)

    def _is_time_to_ask(self) -> bool:
        asked = self._connection.sync_counts.get("all_asked_at")
        return asked is None or datetime.fromisoformat(asked) + _ALL_ASKED_EVERY <= now()

    def _ask_for_all(self, crm: Crm) -> datetime | None:
        """Ask for every copied deal by its id, and forget those that are gone."""
        began_at, after = now(), ""
        while not self._should_stop():
            refs = self._refs(after)
            if not refs:
                return began_at
            there = crm.deals(refs)
            kept = {one.id for one in there} | {ref for one in there for ref in one.merged}
            self._forget([ref for ref in refs if ref not in kept])
            after = refs[-1]
        return None

    def _refs(self, after: str) -> list[str]:
        def read(session: Session) -> list[str]:
            connection = find_connection(session, self._connection.id)
            return known_refs(session, connection, after=after, most=_AT_ONCE)

        return self._workshop.keep(read)

    def _forget(self, refs: list[str]) -> None:
        def save(session: Session) -> int:
            connection = find_connection(session, self._connection.id)
            return forget_deals(session, connection, refs)

        if refs:
            self._copied += Copied(gone=self._workshop.keep(save))

    def _finish(self, began_at: datetime, all_asked_at: datetime | None) -> None:
        def save(session: Session) -> None:
            connection = find_connection(session, self._connection.id, lock=True)
            connection.sync_since, connection.sync_cursor = began_at, None
            connection.sync_began_at, connection.synced_at = None, now()
            connection.sync_error = None
            connection.sync_counts = _told(self._copied, connection.sync_counts, all_asked_at)
            if connection.state == "new":
                connection.state = "ready"

        self._workshop.keep(save)


def _told(copied: Copied, before: Json, all_asked_at: datetime | None) -> Json:
    asked = all_asked_at.isoformat() if all_asked_at else before.get("all_asked_at")
    return {
        "deals": copied.deals,
        "new": copied.new,
        "changed": copied.changed,
        "gone": copied.gone,
        "refused": copied.refused,
        "all_asked_at": asked,
    }


def _to_sync(session: Session) -> list[UUID]:
    """Connections whose deals are to be read by now."""
    at = now()
    asked = select(CrmConnection).where(
        col(CrmConnection.is_synced),
        col(CrmConnection.state).in_(("new", "ready")),
        or_(col(CrmConnection.parked_until).is_(None), col(CrmConnection.parked_until) <= at),
    )
    return [one.id for one in session.exec(asked) if _is_due(one, at)]


def _is_due(connection: CrmConnection, at: datetime) -> bool:
    last = connection.synced_at
    return last is None or last + timedelta(minutes=connection.sync_every_min) <= at
