"""A clock that jumps, in a program and in its database, by as much as a file and a table say."""

import datetime as real
import os
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

_SHIFTED = """
CREATE TABLE clock_shift AS SELECT make_interval() AS by;
CREATE FUNCTION public.now() RETURNS timestamptz LANGUAGE sql STABLE
    AS 'SELECT pg_catalog.now() + (SELECT by FROM public.clock_shift)';
"""


class Clock:
    """The clock of one Talktrack, as tests set it."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        self._path, self._engine = folder / "clock", engine
        with engine.begin() as connection:
            for statement in _SHIFTED.split(";\n"):
                if statement.strip():
                    connection.execute(text(statement))
            name = engine.url.database
            # What is written without a schema is ours then, before PostgreSQL's own.
            connection.execute(
                text(f'ALTER DATABASE "{name}" SET search_path = public, pg_catalog')
            )
        engine.dispose()
        self.jump(0.0)

    def jump(self, hours: float) -> None:
        """Be so many hours ahead of the real time from now on."""
        draft = self._path.with_suffix(".draft")
        draft.write_text(str(hours * 3600))
        draft.replace(self._path)
        with self._engine.begin() as connection:
            shift = text("UPDATE clock_shift SET by = make_interval(secs => :by)")
            connection.execute(shift, {"by": hours * 3600})


def install() -> None:
    """Have this process go by that clock, where a test has one."""
    path = Path(os.environ["FAULTS_FOLDER"]) / "clock"  # noqa: TID251
    if not path.exists():
        return
    import procrastinate.utils

    import api.claims
    import models.tables.columns

    true_time = time.time

    def shift_s() -> float:
        return float(path.read_text())

    def shifted_time() -> float:
        return true_time() + shift_s()

    class Shifted(real.datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return real.datetime.now(tz) + real.timedelta(seconds=shift_s())

    def utcnow() -> real.datetime:
        shifted: real.datetime = Shifted.now(real.UTC)
        return shifted

    time.time = shifted_time
    models.tables.columns.datetime = Shifted  # type: ignore[attr-defined]
    procrastinate.utils.utcnow = utcnow
    api.claims.utcnow = utcnow
