"""What every router has in common: the edge, and the problems it may answer with."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Depends

from api.dependencies import signed_in
from api.edge import EdgeRoute
from api.errors import PROBLEM, Problem

_SHAPE: dict[str, Any] = {"content": {PROBLEM: {"schema": Problem.model_json_schema()}}}
_WHY = {
    400: "The request cannot be read",
    401: "Nobody is signed in",
    403: "Not for this user",
    404: "There is no such thing that the user may see",
    409: "It is not as the request takes it to be",
    412: "It changed since it was read",
    422: "A value cannot be used",
    503: "The database or the files cannot be reached now",
    507: "There is no room for it",
}


def problems(why: Mapping[int, str]) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of problems, by their status."""
    return {status: {"description": said, **_SHAPE} for status, said in why.items()}


PROBLEMS = problems(_WHY)


def signed_router(tag: str) -> APIRouter:
    """A router whose every route asks who is there."""
    return APIRouter(
        tags=[tag],
        route_class=EdgeRoute,
        dependencies=[Depends(signed_in)],
        responses=PROBLEMS,
    )


def open_router(tag: str) -> APIRouter:
    """A router for who is not signed in; its routes are few and listed in a test."""
    return APIRouter(tags=[tag], route_class=EdgeRoute, responses=PROBLEMS)
