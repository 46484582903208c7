"""What commands stand on: the settings, the database, and errors told in one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from api.console import fail

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from api.settings import Settings


def read_settings() -> "Settings":
    """The settings of the environment; a wrong one ends the command."""
    from pydantic import ValidationError

    from api.settings import Settings

    try:
        return Settings.read()
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(["TALKTRACK", *(str(part) for part in first["loc"])]).upper()
        raise typer.BadParameter(f"{name}: {first['msg']}; see docs/settings.md") from None


@contextmanager
def opened_database() -> "Iterator[Engine]":
    """The database, its schema up to date."""
    from api.serving import ready_engine

    engine = ready_engine(read_settings())
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def asked() -> "Iterator[tuple[Engine, Settings]]":
    """Database and settings of a question; what is not there to be asked for is a wrong option."""
    from models.errors import BadInput, Missing

    with told(), opened_database() as engine:
        try:
            yield engine, read_settings()
        except (BadInput, Missing) as error:
            raise typer.BadParameter(str(error)) from None


@contextmanager
def told() -> Iterator[None]:
    """Say in one line what could not be done; nobody wants a traceback for a wrong address."""
    from sqlalchemy.exc import OperationalError

    from analyzer.errors import AnalyzerError
    from models.errors import StoreError

    try:
        yield
    except (AnalyzerError, StoreError) as error:
        raise typer.Exit(fail(error)) from None
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise typer.Exit(fail(StoreError(f"the database cannot be reached: {reason}"))) from None
    except OSError as error:
        raise typer.Exit(fail(StoreError(str(error)))) from None
