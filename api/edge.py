"""The edge of every request: one transaction, a line in the trail, answers that can be repeated."""

import hashlib
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute
from sqlalchemy import Engine
from sqlmodel import Session

from models.idempotency import Answer, claim, remember
from models.trail import note

SHOWN_ONCE = "(shown only once)"
_UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
_QUIET = "quiet"
"""A tag for routes that change nothing worth a line in the trail."""
READ = "audited"
"""A tag for routes whose reading leaves a line, such as a recording's."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def client_of(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else ""


class Replayed(Exception):
    """The request was answered before: say the same again."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class EdgeRoute(APIRoute):
    """A route whose session is committed once, when its answer is made and before it is sent.

    What raises is undone. A POST with an Idempotency-Key is done once, and its answer, kept in
    the same transaction, is given again. A GET is answered 304 to who has it already.
    """

    def get_route_handler(self) -> Handler:
        """FastAPI's own handler inside a transaction."""
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            engine: Engine = request.app.state.engine
            session = Session(engine, expire_on_commit=False)
            request.state.session = session
            try:
                await _prepare(request)
                response = await inner(request)
                await run_in_threadpool(self._finish, request, response, session)
            except Replayed as again:
                return Response(again.answer.body, again.answer.status, dict(again.answer.headers))
            finally:
                await run_in_threadpool(session.close)
            return _not_modified(request, response)

        return handler

    def _finish(self, request: Request, response: Response, session: Session) -> None:
        if response.status_code >= 400:
            session.rollback()
            return
        self._note(request, session)
        key = getattr(request.state, "idempotency_key", None)
        if key is not None and not isinstance(response, StreamingResponse):
            headers = {k: v for k, v in response.headers.items() if k != "content-length"}
            body = bytes(response.body).decode() if response.body else None
            secret = getattr(request.state, "secret", None)
            if body and secret:  # it is shown once, and kept nowhere
                body = body.replace(secret, SHOWN_ONCE)
            remember(session, key, Answer(response.status_code, headers, body))
        session.commit()

    def _note(self, request: Request, session: Session) -> None:
        user = getattr(request.state, "user", None)
        changes = request.method in _UNSAFE and _QUIET not in self.tags
        if user is None or not (changes or READ in self.tags):
            return
        given = request.path_params
        # A file of a call is told by its call: `what` names no row.
        named = [name for name in given if name.endswith("_id")] or list(given)
        subject = str(given[named[-1]]) if named else None
        made = getattr(request.state, "made_id", None)
        note(
            session,
            user,
            verb=self.name,
            noun=str(self.tags[0]) if self.tags else "api",
            subject_id=str(made) if made else subject,
        )


async def _prepare(request: Request) -> None:
    """Take down what a repeated request must match: its way, path and body."""
    if request.method != "POST" or "idempotency-key" not in request.headers:
        return
    body = b"" if _is_upload(request) else await request.body()
    said = f"{request.method} {request.url.path}\n".encode() + body
    request.state.request_hash = hashlib.sha256(said).hexdigest()


def _is_upload(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith("multipart/")


def once(request: Request, session: Session) -> None:
    """Answer a repeated request as before; called once the user is known."""
    digest = getattr(request.state, "request_hash", None)
    if digest is None:
        return
    key = claim(session, request.state.user, request.headers["idempotency-key"], digest)
    if key.answer is not None:
        raise Replayed(key.answer)
    request.state.idempotency_key = key


def _not_modified(request: Request, response: Response) -> Response:
    """304 in place of what the client has."""
    if request.method != "GET" or response.status_code != 200 or not hasattr(response, "body"):
        return response
    tag = response.headers.get("etag")
    if tag is None:
        tag = f'"{hashlib.sha256(bytes(response.body)).hexdigest()[:32]}"'
        response.headers["etag"] = tag
    response.headers.setdefault("cache-control", "private, no-cache")
    known = {
        one.strip().removeprefix("W/")
        for one in request.headers.get("if-none-match", "").split(",")
    }
    if tag.removeprefix("W/") in known or "*" in known:
        kept = {k: v for k, v in response.headers.items() if k in {"etag", "cache-control"}}
        return Response(status_code=304, headers=kept)
    return response
