"""Search over what was said in all calls one may see."""

from typing import Annotated

from fastapi import Query, Request

from api.dependencies import SessionDep, UserDep
from api.routing import signed_router
from api.searching import SearchGiven, SearchView, search

router = signed_router("search")


@router.get("/search")
def search_calls(
    given: Annotated[SearchGiven, Query()], request: Request, session: SessionDep, user: UserDep
) -> SearchView:
    """Find calls by words or by meaning, each with the places where it is said."""
    return search(request, session, user, given)
