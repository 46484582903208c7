"""The web application: routes, errors, and what they share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from sqlalchemy import Engine

from analyzer import load_engines
from api import errors
from api.engine_lease import EngineLease
from api.routes import ROUTERS
from api.settings import Settings
from models.files import Files

PREFIX = "/api/v1"
_DESCRIPTION = """Calls in, reports out.

Sign in with a token (`Authorization: Bearer tt_...`) or a session's cookie. Lists come a page at
a time: pass `next` of one page as `cursor` for the page after. A POST with an `Idempotency-Key` is
done once, however often it is sent. What goes wrong is told as `application/problem+json`, whose
`detail` says what to do next."""


def create_app(settings: Settings, engine: Engine, files: Files) -> FastAPI:
    """The app on a database that is up to date."""

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
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.settings, app.state.engine, app.state.files = settings, engine, files
    app.state.signing_key = settings.signing_key()
    # For what people ask a search by meaning; each engine loads when it is first needed.
    app.state.engines = EngineLease(load_engines, settings.idle_minutes * 60)
    errors.install(app)
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    return app
