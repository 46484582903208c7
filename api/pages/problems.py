"""What went wrong, as a page: the same words the API has, and where to go from there."""

from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session

from api.dependencies import settings_of
from api.errors import Problem
from api.pages.frame import FIRST_RUN, Frame, unknown_frame
from api.pages.rendering import show
from api.pages.words import marked
from models.first_admin import is_untouched

_TITLES = {
    403: marked("This is not yours to see"),
    404: marked("There is nothing here"),
    409: marked("It changed in the meantime"),
    422: marked("Something is not right yet"),
    503: marked("Talktrack cannot answer just now"),
    507: marked("There is no room left"),
}
_NEXT = {
    403: marked("Ask your manager or an admin, who can open it for you."),
    404: marked("It was deleted or moved, or belongs to somebody else. Search, or start at home."),
    409: marked("Load the page again, look at what changed, then try once more."),
    422: marked("Go back, mend it and send it again: what you typed is still there."),
    503: marked("Nothing is lost. Wait some seconds, then load the page again."),
    507: marked("Ask an admin to free some space. Nothing you typed was kept."),
}


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """What went wrong; `detail` is what the API says, in the reader's language."""

    status: int
    title: str
    detail: str
    next: str
    is_signed_in: bool


def problem_page(request: Request, problem: Problem) -> Response:
    """The page of a problem; where nobody signed in, the way to do so."""
    if problem.status == 401:
        way = _way_in(request)
        if "hx-request" in request.headers:
            return Response(status_code=401, headers={"HX-Redirect": way})
        return RedirectResponse(way, 303)
    frame: Frame | None = getattr(request.state, "frame", None)
    frame = frame or unknown_frame(request, settings_of(request))
    page = ProblemPage(
        problem.status,
        frame.words(_TITLES.get(problem.status, marked("Something went wrong here"))),
        frame.words.reason(frame.words(problem.detail)),
        frame.words(_NEXT.get(problem.status, marked("It was logged. Go back and try again."))),
        frame.role is not None,
    )
    return show(request, frame, "problem.html", page, problem.status)


def _way_in(request: Request) -> str:
    """Where one signs in; where nobody is yet, where the first person comes in."""
    # A database that cannot be reached is told where one signs in.
    with suppress(DBAPIError, PoolTimeout), Session(request.app.state.engine) as session:
        if is_untouched(session):
            return FIRST_RUN
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    after = here if request.method == "GET" else "/"
    return f"/sign-in?{urlencode({'next': after}, quote_via=quote)}"
