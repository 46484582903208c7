"""docs/routes.md: every route and page with who may ask, read from the program itself.

python -m tests.docs_routes            print it
python -m tests.docs_routes --write    write the page
"""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api import dependencies
from api.pages import PAGES
from api.pages import frame as frames
from api.pages.settings import shared
from api.routes import ROUTERS
from api.scopes import needed
from models.tokens import SCOPES
from tests.accuracy.tables import Table

PAGE = Path(__file__).parent.parent / "docs" / "routes.md"
_HEAD = """# Who may ask for what

Every route of the API (below `/api/v1`) and every page, read from the program. "Own" is one's own
and what one takes part in; "team's" besides that of the team, without private calls; all of it is
decided by `models/rights.py`. What is not somebody's business answers 404, as if it were not there;
what they may see and not do answers 403. `tests/api/test_rights.py` and
`tests/pages/test_page_rights.py` ask for each of them as nobody and as the wrong user, and fail for
a route that is new and has no rule.

A token must besides have the scopes of the column "token" (`api/scopes.py`, checked by
`tests/api/test_tokens.py`); pages are for browsers alone.

This page is made from the program: `python -m tests.docs_routes --write`.
"""
_RULES = {
    "admin": ("-", "-", "-", "all"),
    "manager": ("-", "-", "team's", "all"),
    "signed in": ("-", "own", "team's", "all"),
    "anyone": ("yes", "yes", "yes", "yes"),
}
_BY = {
    "admin": {dependencies._admin, shared._admin},
    "manager": {dependencies._manager},
    "signed in": {dependencies.signed_in, dependencies.open_schemes, frames.signed_frame},
}
_REQUIRED = re.compile(r"""require\([a-z_.]+, "[a-z]+"\)""")
_DOORS = {
    "/health": "says only that it lives",
    "/ready": "says only that it can work",
    "/metrics": "`TALKTRACK_METRICS_TOKEN`",
    "/session": "the password",
    "/files/{signed}": "a signed link",
    "/shared/{secret}": "the link's secret",
    "/shared/{secret}/sound": "the link's secret",
    "/digests/stop": "a signed link",
    "/uploads": "says only what uploads may be like",
    "/uploads/{upload_id}": "says only what uploads may be like",
    "/sign-in": "the password",
    "/sign-in/provider": "leads to the provider",
    "/sign-in/provider/callback": "the provider's answer to this browser's question",
    "/theme": "sets a cookie of one's own",
    "/welcome": "the code that the server prints, once",
    "/welcome/join": "a signed invitation",
    "/s/{secret}": "the link's secret",
}
"""What stands in for a sign-in where there is none."""


def routes_page() -> str:
    """The page."""
    api = _table("routes of the API", [*_routes(ROUTERS)], has_scopes=True)
    pages = _table("pages", [*_routes(PAGES)])
    return f"{_HEAD}\n## The API\n\n{api.markdown()}\n\n## The pages\n\n{pages.markdown()}\n"


def rule_of(route: APIRoute) -> str:
    """Who may ask, by what the route depends on, or by what it asks for first."""
    calls = list(_calls(route.dependant))
    told = "".join(inspect.getsource(one) for one in (route.endpoint, *calls) if _is_ours(one))
    for rule, asked in _BY.items():
        if set(calls) & asked or f'"{rule}")' in "".join(_REQUIRED.findall(told)):
            return rule
    return "anyone"


def _is_ours(call: Any) -> bool:
    return inspect.isfunction(call) and call.__module__.startswith("api.")


def _routes(routers: Any) -> Iterator[tuple[str, str, APIRoute]]:
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute):
                yield from ((route.path, one, route) for one in sorted(route.methods or ()))


def _scopes_of(method: str, path: str) -> str:
    return " + ".join(one for one in SCOPES if one in needed(method, path)) or "-"


def _table(
    name: str, routes: list[tuple[str, str, APIRoute]], *, has_scopes: bool = False
) -> Table:
    rows = []
    for path, method, route in sorted(routes, key=lambda one: one[:2]):
        rule = rule_of(route)
        proof = _DOORS.get(path, "") if rule == "anyone" else ""
        scopes = (_scopes_of(method, path),) if has_scopes else ()
        rows.append((f"`{method} {path}`", *_RULES[rule], *scopes, proof))
    scope = ("token",) if has_scopes else ()
    heads = ("route", "nobody", "rep", "manager", "admin", *scope, "proof")
    return Table(name, heads, tuple(rows), names=len(heads))


def _calls(dependant: Dependant) -> Iterator[Any]:
    for one in dependant.dependencies:
        yield one.call
        yield from _calls(one)


def main(write: Annotated[bool, typer.Option(help="Write docs/routes.md.")] = False) -> None:
    """Print the page, or write it."""
    if write:
        PAGE.write_text(routes_page(), "utf-8")
    else:
        print(routes_page())  # noqa: T201


if __name__ == "__main__":
    typer.run(main)
