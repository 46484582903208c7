"""The web application: routes, errors, and what they share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from importlib.metadata import version

from fastapi import APIRouter, FastAPI
from fastapi.staticfiles import StaticFiles
from sqlalchemy import Engine
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import Scope

from analyzer import load_engines
from api import errors
from api.engine_lease import EngineLease
from api.observing import Observed
from api.pages import PAGES
from api.pages.problems import problem_page
from api.pages.rendering import STATIC
from api.routes import ROUTERS
from api.settings import Settings
from models.database import keyed
from models.files import Files

PREFIX = "/api/v1"
_DESCRIPTION = """Calls in, reports out.

Sign in with a token (`Authorization: Bearer tt_...`) or a session's cookie. Lists come a page at
a time: pass `next` of one page as `cursor` for the page after. A POST with an `Idempotency-Key` is
done once, however often it is sent. What goes wrong is told as `application/problem+json`, whose
`detail` says what to do next."""


def create_app(settings: Settings, engine: Engine, files: Files) -> FastAPI:
    """The app on a database that is up to date."""
    engine = keyed(engine, settings.signing_key())

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        app.state.engines.close()
        engine.dispose()

    app = FastAPI(
        title="Talktrack",
        version=version("talktrack"),
        description=_DESCRIPTION,
        lifespan=lifespan,
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,  # its pages load scripts from elsewhere
        redoc_url=None,
    )
    app.state.settings, app.state.engine, app.state.files = settings, engine, files
    app.state.signing_key = settings.signing_key()
    # For what people ask a search by meaning; each engine loads when it is first needed.
    app.state.engines = EngineLease(load_engines, settings.idle_minutes * 60)
    errors.install(app, problem_page)
    app.add_middleware(Observed, prefix=PREFIX)
    app.router.routes.extend(_routes())
    app.mount("/assets", GZipMiddleware(Assets(directory=STATIC, check_dir=False)))
    return app


@cache
def _routes() -> tuple[BaseRoute, ...]:
    """Every route, prepared once: it takes half a second, of the first request of each app."""
    router = APIRouter(generate_unique_id_function=lambda route: route.name)
    for routes in ROUTERS:
        router.include_router(routes, prefix=PREFIX)
    for pages in PAGES:
        router.include_router(pages)
    return tuple(router.routes)


class Assets(StaticFiles):
    """Scripts and styles, whose names change with what is in them: kept for good."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file; only what has no such name is asked for again."""
        response = await super().get_response(path, scope)
        is_named = "-" in path
        kept = "public, max-age=31536000, immutable" if is_named else "no-cache"
        response.headers["cache-control"] = kept
        response.headers["x-content-type-options"] = "nosniff"
        return response
