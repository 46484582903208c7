"""What every page's routes have in common."""

from fastapi import APIRouter, Depends

from api.edge import EdgeRoute
from api.pages.frame import signed_frame


def page_router(noun: str) -> APIRouter:
    """A router of pages for who signed in; `noun` is what the trail says was changed."""
    return APIRouter(
        tags=[noun],
        route_class=EdgeRoute,
        dependencies=[Depends(signed_frame)],
        include_in_schema=False,
    )


def open_pages(noun: str) -> APIRouter:
    """A router of pages for everybody; they are few and listed in a test."""
    return APIRouter(tags=[noun], route_class=EdgeRoute, include_in_schema=False)
