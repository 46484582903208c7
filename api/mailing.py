"""Digests on their way: rounds by whichever worker comes first, once somebody set up mail."""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache

import procrastinate
from sqlalchemy.exc import DBAPIError

from api.digest_mail import digest_mail
from api.mail import (
    LIMITS,
    MailDelayed,
    MailDown,
    MailMisset,
    MailRefused,
    Relay,
    open_relay,
    told_reader,
)
from api.outgoing import Outgoing, outgoing_of
from api.settings import rules_of
from api.signing import sign_stop
from api.workshop import Workshop
from models.digest_contents import told_in
from models.digests import Due, claim, due_digests, note_failed, note_sent
from models.errors import BadInput, Unreachable
from models.outside import Limits
from models.tables import User
from models.tables.columns import now

_LOG = logging.getLogger(__name__)
_EVERY_FIVE_MINUTES = "*/5 * * * *"
_MOST_TROUBLES = 3
"""After so many broken connections in a round, the rest waits for another."""
_TASK = "send_digests"
STOP = "/api/v1/digests/stop"


def register(app: procrastinate.App, workshop: Workshop) -> None:
    """Give a queue's app the rounds, if this server sends mail."""

    @app.task(name=_TASK, queue="push", lock=_TASK, queueing_lock=_TASK)
    async def send_digests(timestamp: int) -> None:
        del timestamp
        stop = threading.Event()
        try:
            await asyncio.to_thread(send_round, workshop, should_stop=stop.is_set)
        finally:
            stop.set()  # the thread sees it between two messages

    if _outgoing(workshop) is not None:
        app.periodic(cron=_EVERY_FIVE_MINUTES)(send_digests)


def send_round(
    workshop: Workshop,
    *,
    limits: Limits = LIMITS,
    should_stop: Callable[[], bool] = lambda: False,
    clock: Callable[[], datetime] = now,
) -> int:
    """Send every digest that is due; returns how many the mail server took.

    `clock` says what time it is.
    """
    outgoing = _outgoing(workshop)
    if outgoing is None:
        return 0
    with workshop.session() as session:
        due = deque(due_digests(session, clock(), workshop.settings.time_zone))
    sending = _Sending(workshop, outgoing, clock)
    troubles = 0
    while due and not should_stop():
        is_open = False
        try:
            with open_relay(outgoing.server, outgoing.sender.domain, limits=limits) as relay:
                is_open = True
                while due and not should_stop():
                    sending.send(relay, due.popleft())
        except (MailDown, MailMisset) as error:
            _tell_admins(error)
            troubles += 1
            if not is_open or isinstance(error, MailMisset) or troubles >= _MOST_TROUBLES:
                sending.put_off(due, error)
                break
    return sending.sent


class _Sending:
    """A round's messages, one by one; `sent` counts those that the mail server took."""

    def __init__(
        self, workshop: Workshop, outgoing: Outgoing, clock: Callable[[], datetime]
    ) -> None:
        self._workshop, self._outgoing, self._clock = workshop, outgoing, clock
        self.sent = 0

    def send(self, relay: Relay, due: Due) -> None:
        """Send one, unless another worker does. Raises MailDown and MailMisset, noted down."""
        with self._workshop.session() as session:
            mine = claim(session, due, self._clock())
        if mine is None:
            return
        try:
            written = self._written(mine)
            if written is None or not mine.is_held(self._clock()):
                return
            relay.send(self._outgoing.sender.addr_spec, *written)
        except (MailDown, MailMisset) as error:
            self._note_failed(mine, error)
            raise
        except (MailRefused, MailDelayed) as error:
            self._note_failed(mine, error)
        else:
            self._workshop.keep(lambda session: note_sent(session, mine, self._clock()))
            self.sent += 1

    def put_off(self, due: Iterable[Due], error: Unreachable) -> None:
        """Have all of them wait for another round, as if each had been tried."""
        for one in due:
            with self._workshop.session() as session:
                mine = claim(session, one, self._clock())
            if mine is not None:
                self._note_failed(mine, error)

    def _written(self, due: Due) -> tuple[str, bytes] | None:
        """An address and the e-mail for it; None for who may not sign in any more.

        Raises MailRefused for an address nobody can write to, MailDelayed when something went
        wrong here.
        """
        settings = self._workshop.settings
        signed = sign_stop(settings.signing_key(), due.user_id)
        stop_url = f"{self._outgoing.base_url}{STOP}?token={signed}"
        try:
            with self._workshop.session() as session:
                user = session.get(User, due.user_id)
                if user is None or not user.is_active:
                    return None
                told = told_in(session, user, due, rules_of(settings), self._clock())
                mail = digest_mail(told, due, self._outgoing, stop_url, self._clock())
                return user.email, mail
        except (DBAPIError, MailRefused):
            raise
        except Exception as error:
            _LOG.exception("the digest of user %s cannot be put together", due.user_id)
            raise MailDelayed(f"something went wrong here ({type(error).__name__})") from error

    def _note_failed(self, due: Due, error: Unreachable) -> None:
        why, is_final = told_reader(error), isinstance(error, MailRefused)
        self._workshop.keep(
            lambda session: note_failed(session, due, why, self._clock(), is_final=is_final)
        )


def _outgoing(workshop: Workshop) -> Outgoing | None:
    try:
        return outgoing_of(workshop.settings)
    except BadInput as error:
        _tell_once(f"no digests are sent: {error}")
        return None


def _tell_admins(error: Unreachable) -> None:
    if isinstance(error, MailMisset):
        _tell_once(f"no digests are sent: {error}")
    else:
        _LOG.warning("digests wait: %s", error)


@lru_cache(maxsize=100)
def _tell_once(message: str) -> None:
    """What stays wrong is not told with every round."""
    _LOG.error("%s", message)
