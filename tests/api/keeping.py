"""Calls that grow old, rules for them, and a look at every byte and row that is left."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlmodel import select

from api.settings import Settings
from models.database import session_scope
from models.files import Files
from models.retention import Days, seen_mark, set_rule, turn_on
from models.tables import (
    Call,
    Comment,
)
from models.tables.columns import now
from tests.api.conftest import People
from tests.api.working import new_recording, sound, work, workshop_of

FOR_GOOD = Days(None, None, None, None)
SPOKEN = ("Planning", "shifts", "proposal", "Friday")


@pytest.fixture
def heard(settings: Settings, engine: Engine, files: Files, people: People) -> UUID:
    """A call that was heard, with a comment and a clip whose sound was cut."""
    return hear(settings, engine, files, people)


def hear(
    settings: Settings, engine: Engine, files: Files, people: People, pitch_hz: float = 440.0
) -> UUID:
    call_id = new_recording(engine, files, people.rep, sound(2.0, pitch_hz))
    work(workshop_of(settings, engine, files))
    with session_scope(engine) as session:
        session.add(Comment(call_id=call_id, author_id=people.rep.id, text="Well asked"))
    return call_id


def age(engine: Engine, days: int, *call_ids: UUID) -> None:
    with session_scope(engine) as session:
        for call in session.exec(select(Call)):
            if not call_ids or call.id in call_ids:
                call.started_at = call.created_at = now() - timedelta(days=days)
                session.add(call)


def rule(engine: Engine, people: People, days: Days, team_id: UUID | None = None) -> None:
    with session_scope(engine) as session:
        set_rule(session, team_id, days)
        turn_on(session, people.admin, seen_mark(session))


def lying(settings: Settings) -> dict[str, bytes]:
    """Every file of the store with its bytes, but for marks of the store itself."""
    folder = Path(settings.files_place)
    return {
        str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()
    }


def rows_with(engine: Engine, words: str) -> set[str]:
    """The tables in which some words stand anywhere, whatever the column."""
    with engine.connect() as connection:
        names = connection.execute(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ).scalars()
        return {
            name
            for name in names
            if connection.execute(
                text(f'SELECT 1 FROM "{name}" one WHERE one::text ILIKE :words LIMIT 1'),  # noqa: S608
                {"words": f"%{words}%"},
            ).first()
        }


def cut(client: TestClient, call_id: UUID) -> str:
    clip = client.post(
        f"/calls/{call_id}/clips", json={"title": "How it began", "start_s": 0.0, "end_s": 1.5}
    )
    assert client.get(f"/calls/{call_id}/clips/{clip.json()['id']}/sound").status_code == 200
    return str(clip.json()["id"])
