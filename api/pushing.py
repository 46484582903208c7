"""Pushes on their way: all that is due at a connection, one by one, by one worker at a time.

A worker may die anywhere. What it was at is still waiting then; before anything is written to the
CRM it is kept on which deal (`tried`) and when it will have come to light (`uncertain_since`), so
whoever comes next waits as long, and looks before making anything. A worker that was taken for
dead, and was not, keeps nothing, and has somebody look for what it wrote all the same.
"""

import json
import logging
from collections.abc import Callable
from hashlib import sha256
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from analyzer.errors import AnalyzerError
from api.crm.errors import (
    CrmError,
    CrmGone,
    CrmNeedsLogin,
    CrmSpent,
    CrmUnavailable,
    CrmUncertain,
)
from api.crm.note_writing import note_hash, task_hash
from api.crm.port import Crm
from api.crm.upserting import KnownNote, upsert_note, upsert_tasks
from api.crm_access import open_connection, usable
from api.errands import Errand, held_back, read_errand
from api.linking_deals import Linking
from api.workshop import Workshop
from models.crm import pushes
from models.crm.connections import note_trouble
from models.crm.deal import CrmDeal
from models.crm.pushes import Overtaken, Try, still_mine
from models.crm.turns import turn_of
from models.database import is_away
from models.errors import BadDatabase, BadInput, StoreError
from models.tables import CrmConnection, CrmPush
from models.tables.columns import Json, now

_LOG = logging.getLogger(__name__)
_MOST_TROUBLES = 3
"""After so many in a row the CRM is left alone; what waits is come back for."""
_ON_ITS_WAY_S = 60.0
"""What was sent has arrived by then, or never will: more than a connection stays open for it."""
_MOST_GONE = 3
"""So many tries until a deal that comes and goes is no reason for another one."""


def push_due(
    workshop: Workshop,
    connection_id: UUID,
    *,
    should_stop: Callable[[], bool] = lambda: False,
    patience_s: float = 60.0,
) -> int:
    """Work off what is due at a connection, unless somebody does; returns how many tries it took.

    What is put in the outbox while this ends is looked for once more, so that nothing waits for
    the next round.
    """
    tried = 0
    while not should_stop():
        with turn_of(workshop.engine, connection_id, "push") as turn:
            if not turn:
                break
            done = _work_off(
                workshop, connection_id, lambda: should_stop() or not turn.is_kept(), patience_s
            )
        tried += done
        if not done:
            break
    return tried


def _work_off(
    workshop: Workshop,
    connection_id: UUID,
    should_stop: Callable[[], bool],
    patience_s: float,
) -> int:
    connection = workshop.keep(lambda session: usable(session, connection_id))
    if connection is None:
        return 0
    tried = 0
    try:
        with open_connection(workshop.engine, workshop.settings, connection, patience_s) as crm:
            pushing = _Pushing(workshop, crm, patience_s)
            while not should_stop():
                taken = workshop.keep(lambda session: _take(session, connection_id))
                if taken is None:
                    break
                tried += 1
                if not pushing.push(*taken):
                    return 0
    except (CrmError, BadInput) as error:  # its address or options are wrong
        why = str(error)
        workshop.keep(lambda session: note_trouble(session, connection_id, why))
        return 0
    return tried


def _take(session: Session, connection_id: UUID) -> tuple[Try, CrmConnection] | None:
    """What is next, with the connection as it is by now."""
    connection = usable(session, connection_id)
    mine = None if connection is None else pushes.take_next(session, connection_id)
    return None if mine is None or connection is None else (mine, connection)


class _Pushing:
    """One connection's pushes, as long as its CRM is open."""

    def __init__(self, workshop: Workshop, crm: Crm, patience_s: float) -> None:
        self._workshop, self._crm = workshop, crm
        self._lands_within_s = patience_s + _ON_ITS_WAY_S
        self._troubles = 0
        self._longest: dict[str, int] | None = None

    def push(self, mine: Try, connection: CrmConnection) -> bool:
        """Try one; returns whether the CRM can be asked more."""
        self._connection = connection
        try:
            try:
                self._go(mine)
            except Exception as error:  # noqa: BLE001 (whatever it is, it must not stop the others)
                return self._ended(mine, error)
        except Overtaken:
            return True
        self._troubles = 0
        return True

    def _ended(self, mine: Try, error: Exception) -> bool:
        """A try broke off: what becomes of it; returns as `push` does. Raises Overtaken."""
        match error:
            case Overtaken():
                raise error
            case CrmNeedsLogin() | CrmSpent() | BadDatabase():
                return self._leave(mine, error)
            case CrmUnavailable():
                return self._unavailable(mine, error)
            case DBAPIError() if is_away(error):
                raise error
            case CrmGone():
                why = str(error)
                self._break_off(mine, lambda push: _gone(push, why))
            case CrmError() | StoreError() | AnalyzerError():
                why = str(error)
                self._break_off(mine, lambda push: pushes.settle(push, "failed", why))
            case _:
                _LOG.error("push %s cannot be made", mine.push_id, exc_info=error)
                why = f"something went wrong here ({type(error).__name__}); see the log"
                is_ours = isinstance(error, DBAPIError)  # such as a sync of the same deals
                end = pushes.put_off if is_ours else _fail
                self._break_off(mine, lambda push: end(push, why))
        self._troubles = 0
        return True

    def _unavailable(self, mine: Try, error: CrmUnavailable) -> bool:
        is_uncertain = isinstance(error, CrmUncertain)
        pause_s = self._crm.settles_s if is_uncertain else error.retry_after_s or 0.0
        why = str(error)
        self._break_off(mine, lambda push: pushes.put_off(push, why, pause_s))
        self._troubles += not is_uncertain
        return self._troubles < _MOST_TROUBLES

    def _go(self, mine: Try) -> None:
        settings, connection = self._workshop.settings, self._connection
        errand = self._workshop.keep(
            lambda session: read_errand(session, mine, connection, settings)
        )
        if errand.call.is_private and not errand.push.is_asked:
            self._end(mine, lambda push: pushes.settle(push, "held", "the call is private"))
            return
        left_s = self._settles_in_s(errand)
        if left_s > 0:
            why = "it may be there already; it is looked for"
            self._end(mine, lambda push: pushes.put_off(push, why, left_s))
            return
        deal = Linking(self._workshop, self._crm, connection).deal(mine, errand)
        if deal is None:
            return
        held = held_back(errand, deal, connection)
        if held is not None:
            self._end(mine, lambda push: pushes.settle(push, held))
            return
        self._write(mine, errand, deal)

    def _settles_in_s(self, errand: Errand) -> float:
        """Seconds until what was sent has come to light, if it ever does."""
        gone_by_s = errand.uncertain_for_s
        return 0.0 if gone_by_s is None else self._crm.settles_s - gone_by_s

    def _write(self, mine: Try, errand: Errand, deal: CrmDeal) -> None:
        note = errand.writing.note(self._crm.note_limit)
        known, tried = errand.known, tuple(errand.push.tried)
        if tried or not _is_there(known, deal, note_hash(note)):
            self._expect(mine, deal)
        receipt = upsert_note(
            self._crm, deal.id, note, known, is_uncertain=bool(tried), tried=tried
        )

        def save(push: CrmPush) -> None:
            push.note_id, push.note_url = receipt.id, receipt.url or deal.url
            push.note_hash, push.note_deal_ref = receipt.hash, deal.id
            push.tried, push.uncertain_since = [], None
            push.last_error = receipt.leftover

        try:
            self._end(mine, save)
        except Overtaken:
            self._workshop.keep(lambda session: pushes.doubt(session, mine.push_id, deal.id))
            raise
        self._write_tasks(mine, errand, deal)
        self._write_fields(mine, errand, deal)
        self._end(mine, _pushed)

    def _write_tasks(self, mine: Try, errand: Errand, deal: CrmDeal) -> None:
        tasks, known = errand.writing.tasks(), errand.known_tasks
        is_new = [not _is_there(known.get(one.mark), deal, task_hash(one)) for one in tasks]
        if not (self._crm.has_tasks and any(is_new)):
            return
        self._expect(mine, deal)
        for mark, receipt in upsert_tasks(self._crm, deal.id, tasks, known):
            kept: Json = {
                "id": receipt.id,
                "hash": receipt.hash,
                "deal_id": deal.id,
                "url": receipt.url,
            }

            def save(push: CrmPush, mark: str = mark, kept: Json = kept) -> None:
                push.tasks = {**push.tasks, mark: kept}

            self._end(mine, save)

    def _write_fields(self, mine: Try, errand: Errand, deal: CrmDeal) -> None:
        if not self._connection.fields:
            return
        if self._longest is None:
            self._longest = {one.name: one.longest for one in self._crm.fields() if one.longest}
        values = errand.writing.fields(self._longest)
        hashed = _hash(deal.id, values)
        if values and hashed != errand.push.fields_hash:
            self._crm.write_fields(deal.id, values)
            self._end(mine, lambda push: setattr(push, "fields_hash", hashed))

    def _end(self, mine: Try, change: Callable[[CrmPush], None]) -> None:
        """Keep something of a try. Raises Overtaken."""
        self._workshop.keep(lambda session: change(still_mine(session, mine)))

    def _expect(self, mine: Try, deal: CrmDeal) -> None:
        """Keep that something is about to be written to a deal. Raises Overtaken."""
        within_s = self._lands_within_s

        def save(session: Session) -> None:
            pushes.expect(session, still_mine(session, mine), deal.id, within_s)

        self._workshop.keep(save)

    def _break_off(self, mine: Try, change: Callable[[CrmPush], None]) -> None:
        """Keep how a try ended early: nothing of it is on its way now. Raises Overtaken."""

        def save(session: Session) -> None:
            push = still_mine(session, mine)
            pushes.came_back(session, push)
            change(push)

        self._workshop.keep(save)

    def _leave(self, mine: Try, error: Exception) -> bool:
        """It is the connection that is in trouble: its pushes wait until that is over."""
        why, connection_id = str(error), self._connection.id
        until = error.until if isinstance(error, CrmSpent) else None
        is_shut = isinstance(error, CrmNeedsLogin)

        def save(session: Session) -> None:
            note_trouble(session, connection_id, why, needs_login=is_shut, parked_until=until)

        self._workshop.keep(save)
        self._break_off(mine, lambda push: pushes.leave(push, why))
        return False


def _is_there(known: KnownNote | None, deal: CrmDeal, hashed: str) -> bool:
    """Whether a deal has it already, as it is to be."""
    return known is not None and (known.deal_id, known.hash) == (deal.id, hashed)


def _fail(push: CrmPush, why: str) -> None:
    pushes.settle(push, "failed", why)


def _gone(push: CrmPush, why: str) -> None:
    """Something went while it was worked at: the next try sees what is left."""
    if push.attempts < _MOST_GONE:
        pushes.put_off(push, why)
    else:
        pushes.settle(push, "failed", why)


def _pushed(push: CrmPush) -> None:
    pushes.settle(push, "pushed", push.last_error)
    push.tried, push.uncertain_since, push.pushed_at = [], None, now()


def _hash(deal_ref: str, values: dict[str, str]) -> str:
    return sha256(json.dumps([deal_ref, values], sort_keys=True).encode()).hexdigest()
