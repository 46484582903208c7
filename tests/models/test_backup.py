"""Everything in one archive, and back."""

import tarfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, make_url, text
from sqlmodel import Session, select

from models.backup import back_up, restore
from models.database import make_engine, migrate, session_scope
from models.errors import BadInput, Conflict, StoreFull
from models.files import Files
from models.tables import Call, Recording, User
from models.tables.columns import now


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(str(tmp_path / "files"))


@pytest.fixture
def other(server_url: str) -> Iterator[Engine]:
    """Another database, empty."""
    name = f"talktrack_{uuid4().hex[:12]}"
    admin = make_engine(server_url, connections=1)
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
        engine = make_engine(url)
        yield engine
        engine.dispose()
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def call_id(engine: Engine, files: Files) -> object:
    """A call with a recording that is kept."""
    stored = files.put([b"sound" * 1000])
    with session_scope(engine) as session:
        rep = User(email="rita@beacon.example", name="Rita")
        session.add(rep)
        session.flush()
        call = Call(title="Cold call", rep_id=rep.id, started_at=now())
        session.add(call)
        session.flush()
        session.add(
            Recording(
                call_id=call.id,
                sha256=stored.sha256,
                size=stored.size,
                key=stored.key,
                origin_name="a.wav",
            )
        )
        return call.id


def test_all_comes_back(
    engine: Engine, other: Engine, files: Files, call_id: object, tmp_path: Path
) -> None:
    made = back_up(engine, files, tmp_path / "backup.tar")
    assert (made.calls, made.files) == (1, 1)
    elsewhere = Files(str(tmp_path / "elsewhere"))
    put = restore(other, elsewhere, made.path)
    assert (put.calls, put.files, put.made_at) == (1, 1, made.made_at)
    with Session(other) as session:
        assert session.exec(select(Call.id)).one() == call_id
        key = session.exec(select(Recording.key)).one()
    assert b"".join(elsewhere.read(key)) == b"sound" * 1000
    migrate(other)


def test_what_is_there_is_kept_unless_it_may_go(
    engine: Engine, files: Files, call_id: object, tmp_path: Path
) -> None:
    made = back_up(engine, files, tmp_path / "backup.tar")
    with session_scope(engine) as session:
        session.get_one(Call, call_id).title = "Changed since"
    with pytest.raises(Conflict, match="--replace"):
        restore(engine, files, made.path)
    restore(engine, files, made.path, replace=True)
    with Session(engine) as session:
        assert session.get_one(Call, call_id).title == "Cold call"


@pytest.mark.parametrize("damage", ["text", "half", "another", "dump"])
def test_a_bad_archive_changes_nothing(
    damage: str, engine: Engine, files: Files, call_id: object, tmp_path: Path
) -> None:
    made = back_up(engine, files, tmp_path / "backup.tar")
    bad = tmp_path / "bad.tar"
    whole = made.path.read_bytes()
    if damage == "text":
        bad.write_text("not an archive")
    elif damage == "half":
        bad.write_bytes(whole[: len(whole) // 3])
    elif damage == "another":
        with tarfile.open(bad, "w") as archive:
            archive.add(made.path, "something.else")
    else:
        at = whole.index(b"PGDMP")
        bad.write_bytes(whole[:at] + b"\0" * 5 + whole[at + 5 :])
    with pytest.raises(Exception, match=r"backup|pg_restore"):
        restore(engine, files, bad, replace=True)
    with Session(engine) as session:
        assert session.get_one(Call, call_id).title == "Cold call"


def test_a_backup_elsewhere_than_a_folder_is_told(engine: Engine, files: Files) -> None:
    with pytest.raises(StoreFull, match="cannot be written"):
        back_up(engine, files, Path("/proc/nowhere/backup.tar"))


def test_a_file_that_is_none_of_ours_is_refused(
    engine: Engine, files: Files, call_id: object, tmp_path: Path
) -> None:
    made = back_up(engine, files, tmp_path / "backup.tar")
    with tarfile.open(made.path, "a") as archive:
        archive.add(__file__, "files/../../etc/passwd")
    with pytest.raises(BadInput, match="no file of Talktrack's"):
        restore(engine, files, made.path, replace=True)
