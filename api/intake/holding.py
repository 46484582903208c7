"""An upload in the hands of one request, in whichever process: nobody else writes to it then."""

import asyncio
import logging
from datetime import timedelta
from types import TracebackType
from typing import Self
from uuid import UUID, uuid4

from fastapi import Request
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session
from starlette.exceptions import HTTPException

from api.dependencies import settings_of
from api.intake.streaming import transact
from models.tables import Upload, User
from models.tables.columns import now
from models.uploads import LEASE, find_upload, let_go, renew, take_upload

_LOG = logging.getLogger(__name__)
_RENEW_S = LEASE.total_seconds() / 3
_BUSY = "another request is writing to this upload; ask how far it is, and go on from there"


def lasts(request: Request) -> timedelta:
    """How long an upload can be resumed."""
    return timedelta(days=settings_of(request).upload_days)


async def own_upload(request: Request, user: User, upload_id: UUID) -> Upload:
    """The user's upload, to look at. Raises Missing, and 410 when it is over."""
    upload = await transact(request, lambda session: find_upload(session, user, upload_id))
    _check_time(upload)
    return upload


class Hold:
    """A lease on an upload, renewed for as long as the request lasts.

    `received` is what the request found to lie in the store, noted when it lets go.
    """

    def __init__(self, request: Request, upload: Upload, lease: UUID) -> None:
        self._request, self.upload, self._lease = request, upload, lease
        self.received: int | None = None
        self._is_lost = False
        self._renewing: asyncio.Task[None] | None = None

    @classmethod
    async def take(cls, request: Request, user: User, upload_id: UUID) -> Self:
        """Take an upload in hand. Raises Missing, 410 when it is over, 423 when another has it."""
        lease = uuid4()

        def take(session: Session) -> Upload | None:
            _check_time(find_upload(session, user, upload_id))
            return take_upload(session, user, upload_id, lease)

        upload = await transact(request, take)
        if upload is None:
            raise HTTPException(423, _BUSY, {"Retry-After": "2"})
        return cls(request, upload, lease)

    async def __aenter__(self) -> Self:
        self._renewing = asyncio.create_task(self._renew())
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self._renewing is not None:
            self._renewing.cancel()
        await asyncio.shield(self._let_go())

    def check(self) -> None:
        """Raise 423 when another request has taken over."""
        if self._is_lost:
            raise HTTPException(423, _BUSY)

    async def _renew(self) -> None:
        while not self._is_lost:
            await asyncio.sleep(_RENEW_S)
            try:
                held = await transact(
                    self._request, lambda session: renew(session, self.upload.id, self._lease)
                )
            except SQLAlchemyError:  # what comes is in the store even so
                continue
            self._is_lost = not held

    async def _let_go(self) -> None:
        try:
            await transact(
                self._request,
                lambda session: let_go(
                    session, self.upload.id, self._lease, self.received, lasts(self._request)
                ),
            )
        except SQLAlchemyError:
            _LOG.warning("upload %s is let go when its lease is over", self.upload.id)


def _check_time(upload: Upload) -> None:
    if upload.expires_at < now():
        raise HTTPException(410, "this upload was left for too long; begin a new one")
