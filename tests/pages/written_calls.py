"""Calls made of a transcript, for tests of their page."""

import json
from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import Engine

from api.settings import Settings
from models.database import session_scope
from models.files import Files
from models.new_calls import NewCall
from models.placing import Wanted
from models.tables import User
from models.tables.columns import Json
from models.transcripts import place_transcript, read_file
from tests.api.conftest import People
from tests.api.working import SAID, work, workshop_of

Made = Callable[..., UUID]


@pytest.fixture
def finish(settings: Settings, engine: Engine, files: Files) -> Callable[[], None]:
    """Do the work that is due."""
    return lambda: work(workshop_of(settings, engine, files))


@pytest.fixture
def written(engine: Engine, people: People, finish: Callable[[], None]) -> Made:
    """A call that came as a transcript, understood."""

    def make(user: User | None = None, names: tuple[str, str] = ("Rita", "Jim Kowalski")) -> UUID:
        named = {"A": names[0], "B": names[1]}
        lines = [
            {"speaker": named[who], "start_ms": 5000 * n, "end_ms": 5000 * n + 4500, "text": text}
            for n, (who, text) in enumerate(SAID)
        ]
        file = read_file(json.dumps(lines).encode(), "call.json")
        known: Json = {
            "participants": [
                {"name": names[0], "side": "seller"},
                {"name": names[1], "side": "buyer", "company": "Vantage"},
            ],
            "agenda": [{"title": "Agree on a pilot", "keywords": ["trial"]}],
        }
        with session_scope(engine) as session:
            new = NewCall(title="Cold call", known=known)
            placed = place_transcript(session, user or people.rep, file, Wanted(new, again=True))
            call_id = placed.call.id
        finish()
        return call_id

    return make
