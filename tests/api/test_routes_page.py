"""The page on who may ask for what says what is so."""

from fastapi.routing import APIRoute

from api.pages import PAGES
from api.routes import ROUTERS
from tests.api.test_rights import OPEN
from tests.docs_routes import _DOORS, PAGE, routes_page, rule_of
from tests.pages.test_page_rights import OPEN as OPEN_PAGES


def test_the_page_is_that_of_the_program() -> None:
    assert PAGE.read_text("utf-8") == routes_page(), "run: python -m tests.docs_routes --write"


def test_whatever_anyone_may_ask_for_is_known_and_has_a_proof_of_its_own() -> None:
    anyones = {
        (method, route.path)
        for router in (*ROUTERS, *PAGES)
        for route in router.routes
        if isinstance(route, APIRoute) and rule_of(route) == "anyone"
        for method in route.methods or ()
    }
    assert anyones <= OPEN | OPEN_PAGES
    assert {path for _method, path in anyones} <= set(_DOORS)
