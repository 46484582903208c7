"""Whatever happens to the workers, a file in the watched folder becomes one call."""

import asyncio
import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from api import watching
from api.settings import Settings
from api.watching import look_round
from api.worker import make_queue_app
from models.files import Files
from models.tables import Call, ImportedFile
from models.watched_intake import Intake, take
from models.watched_names import sort_out
from models.watched_places import FolderPlace
from models.watching import note_found
from tests.api.conftest import People
from tests.api.dropping import AT_ONCE, Drop
from tests.api.working import sound, work, workshop_of

_DYING = """
import json, os, sys
from datetime import timedelta
from api.serving import files_of
from api.settings import Settings
from api.watching import look_round
from api.worker import open_workshop
from models import watched_intake

watched_intake.note = lambda *said, **more: os.kill(os.getpid(), 9)
told = json.loads(sys.argv[1])
settings = Settings.model_validate(told)
look_round(open_workshop(settings, told["database_url"], files_of(settings)), settle=timedelta(0))
"""
"""A worker that is killed when all is done but the commit."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "drop"
    made.mkdir()
    return made


@pytest.fixture
def settings(settings: Settings, folder: Path, people: People) -> Settings:
    told = {"import_folder": folder, "import_rep": people.rep.email}
    return settings.model_copy(update=told)


@pytest.fixture
def drop(settings: Settings, engine: Engine, files: Files) -> Drop:
    return Drop(workshop_of(settings, engine, files))


def stored(settings: Settings) -> list[Path]:
    return [one for one in (settings.data_folder / "files").rglob("*") if one.is_file()]


def test_two_workers_make_one_call(drop: Drop, folder: Path, people: People) -> None:
    for n in range(3):
        (folder / f"{n}.wav").write_bytes(sound(0.2 + n / 10))
    drop.look()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _n: drop.look(), range(4)))
    assert [one.title for one in drop.calls()] == ["0", "1", "2"]
    (folder / "9.wav").write_bytes(sound(1.5))
    (folder / "9 again.wav").write_bytes(sound(1.5))
    place = FolderPlace(folder)
    candidates = sort_out(place.look())
    shop = drop.workshop
    with shop.session() as session:
        note_found(session, place, candidates, AT_ONCE)
    intake = Intake(shop.engine, shop.files, place, people.rep.id, 10**9, 10**9)
    with ThreadPoolExecutor(4) as pool:  # without the lock on the place
        list(pool.map(lambda n: take(intake, candidates[-1 - n % 2]), range(4)))
    assert len(drop.calls()) == 4


def test_a_worker_killed_before_the_commit_loses_and_doubles_nothing(
    drop: Drop, settings: Settings, folder: Path
) -> None:
    (folder / "call.wav").write_bytes(sound())
    drop.look()
    url = settings.database_url
    assert url is not None
    told = {
        "database_url": url.get_secret_value(),
        "data_folder": str(settings.data_folder),
        "import_folder": str(folder),
        "import_rep": settings.import_rep,
    }
    root = Path(__file__).parents[2]
    ended = subprocess.run([sys.executable, "-c", _DYING, json.dumps(told)], cwd=root, check=False)
    assert ended.returncode == -9
    assert drop.calls() == []
    assert len(stored(settings)) == 1
    deadline = time.monotonic() + 20
    while drop.look() != {"call.wav": "taken"}:  # the server may not know yet that it is dead
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert len(drop.calls()) == 1
    assert len(stored(settings)) == 1


def test_a_worker_that_is_to_end_stops_in_the_middle(
    drop: Drop, settings: Settings, folder: Path
) -> None:
    (folder / "call.wav").write_bytes(sound())
    drop.look()
    asked = iter([False, True, True, True])
    look_round(drop.workshop, lambda: next(asked), AT_ONCE)
    assert drop.calls() == []
    assert stored(settings) == []
    assert drop.look() == {"call.wav": "taken"}


def test_files_that_cannot_be_kept_now_wait(
    drop: Drop, settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(5):
        (folder / f"{n}.wav").write_bytes(sound(0.2 + n / 10))
    drop.look()
    incoming = settings.data_folder / "files" / "incoming"
    incoming.rmdir() if incoming.is_dir() else None
    incoming.write_bytes(b"")  # nothing can be written below it
    assert set(drop.look().values()) != {"taken"}
    with drop.workshop.session() as session:
        rows = session.exec(select(ImportedFile)).all()
        assert {row.state for row in rows} == {"waiting"}
        assert sum(row.failure is not None for row in rows) == 3  # it did not try them all
        assert all("files at" in row.failure for row in rows if row.failure)
    incoming.unlink()
    assert set(drop.look().values()) == {"taken"}
    assert len(drop.calls()) == 5


def test_rounds_are_made_by_workers_when_something_is_watched(
    drop: Drop, settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "call.wav").write_bytes(sound())
    drop.look()
    monkeypatch.setattr(watching, "SETTLE", AT_ONCE)
    app = make_queue_app(drop.workshop)
    quiet = settings.model_copy(update={"import_folder": None})
    shop = drop.workshop
    for one, is_watching in (
        (app, True),
        (make_queue_app(workshop_of(quiet, shop.engine, shop.files)), False),
    ):
        rounds = [task.task.name for task in one.periodic_registry.periodic_tasks.values()]
        assert ("watch_places" in rounds) is is_watching
        assert "watch_places" in one.tasks

    async def defer() -> None:
        async with app.open_async():
            await app.tasks["watch_places"].defer_async(timestamp=0)

    asyncio.run(defer())
    work(shop)
    (call,) = drop.calls()
    with shop.session() as session:
        assert session.get_one(Call, call.id).state == "ready"
