"""Everything in one archive, and back: the database as PostgreSQL dumps it, and the files."""

import io
import json
import secrets
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine, text
from sqlmodel import Session

from models.database import make_engine, migrate, plain_url
from models.embedded import bin_folder
from models.errors import BadDatabase, BadInput, Conflict, StoreFull
from models.files import Files
from models.tables.columns import now

SCHEMA = "talktrack/backup/1"
_DUMP, _MANIFEST = "database.dump", "manifest.json"
_FILES = "files/"
_RECORDINGS = "recordings/"
_KINDS = ("recordings", "playable", "peaks", "clips")


@dataclass(frozen=True, slots=True)
class Backup:
    """What an archive holds."""

    path: Path
    made_at: datetime
    calls: int
    files: int


def back_up(engine: Engine, files: Files, path: Path) -> Backup:
    """Write the archive, whole or not at all, while Talktrack goes on.

    The database comes first, as of one instant; files are never changed, so what it names is
    there. Raises BadDatabase when the dump fails, StoreFull when there is no room.
    """
    made_at = now()
    draft = path.with_name(f".{path.name}.part")
    try:
        with _room_for(path), TemporaryDirectory(dir=path.parent, prefix=".talktrack-") as scratch:
            dump = Path(scratch) / _DUMP
            _run("pg_dump", "--format=custom", f"--file={dump}", plain_url(engine))
            with Session(engine) as session:
                calls = session.execute(text("SELECT count(*) FROM call")).scalar_one()
                keys = _keys(session)
            with tarfile.open(draft, "w") as archive:
                told = {"schema": SCHEMA, "made_at": made_at.isoformat(), "calls": calls}
                _add(archive, _MANIFEST, json.dumps({**told, "files": len(keys)}).encode())
                archive.add(dump, _DUMP)
                count = sum(_copy(archive, files, key) for key in keys)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return Backup(path, made_at, calls, count)


def restore(
    engine: Engine,
    files: Files,
    path: Path,
    *,
    replace: bool = False,
    finish: Callable[[Engine], object] = lambda _fresh: None,
) -> Backup:
    """Put an archive back into an empty database, or in place of what is there.

    What is there goes only when all the rest is in its place; everybody is disconnected then.
    `finish` has a last look at the new database before it takes the old one's place.
    Raises BadInput when the archive is none of ours or damaged, Conflict when there are calls
    already and `replace` is not given.
    """
    _check_empty(engine, replace=replace)
    with _new_database(engine) as fresh:
        try:
            with tarfile.open(path, "r") as archive, TemporaryDirectory() as scratch:
                told = _manifest(archive, path)
                archive.extract(_DUMP, scratch, filter="data")
                options = ("--no-owner", "--single-transaction", "--exit-on-error")
                url = plain_url(fresh)
                _run("pg_restore", *options, f"--dbname={url}", str(Path(scratch) / _DUMP))
                count = sum(_put_back(archive, files, member) for member in archive)
        except (tarfile.TarError, KeyError, EOFError, ValueError) as error:
            raise BadInput(f"{path}: not a whole backup ({error}); try another one") from None
        except OSError as error:
            raise BadInput(f"{path}: cannot be read ({error.strerror})") from None
        migrate(fresh)
        finish(fresh)
    return Backup(path, datetime.fromisoformat(told["made_at"]), int(told["calls"]), count)


def _manifest(archive: tarfile.TarFile, path: Path) -> dict[str, str]:
    member = archive.next()
    opened = archive.extractfile(member) if member and member.name == _MANIFEST else None
    told = json.loads(opened.read()) if opened else {}
    if told.get("schema") != SCHEMA:
        raise BadInput(f"{path}: not a backup of Talktrack, or of a version it does not know")
    return dict(told)


def _check_empty(engine: Engine, *, replace: bool) -> None:
    with engine.connect() as connection:
        known = connection.execute(text("SELECT to_regclass('call')")).scalar_one()
        calls = connection.execute(text("SELECT count(*) FROM call")).scalar_one() if known else 0
    if calls and not replace:
        raise Conflict(f"the database holds {calls} calls; add --replace to lose them")


@contextmanager
def _new_database(engine: Engine) -> Iterator[Engine]:
    """A database beside ours that takes its name when the block ends well."""
    name = engine.url.database
    fresh = f"{name}_{secrets.token_hex(4)}"
    engine.dispose()
    with _administering(engine) as run:
        run(f'CREATE DATABASE "{fresh}" TEMPLATE template0')
        beside = make_engine(engine.url.set(database=fresh).render_as_string(hide_password=False))
        try:
            yield beside
            beside.dispose()
            run(f'DROP DATABASE "{name}" WITH (FORCE)')
            run(f'ALTER DATABASE "{fresh}" RENAME TO "{name}"')
        except BaseException:
            beside.dispose()
            run(f'DROP DATABASE IF EXISTS "{fresh}" WITH (FORCE)')
            raise


@contextmanager
def _administering(engine: Engine) -> Iterator[Callable[[str], object]]:
    """Statements that no transaction can hold, from a database beside ours."""
    admin = make_engine(engine.url.set(database="postgres").render_as_string(hide_password=False))
    try:
        with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield lambda statement: connection.execute(text(statement))
    finally:
        admin.dispose()


def _keys(session: Session) -> list[str]:
    rows = session.execute(text("SELECT key, playable_key, peaks_key FROM recording")).all()
    return sorted({key for row in rows for key in row if key})


def _copy(archive: tarfile.TarFile, files: Files, key: str) -> int:
    """Add a file; one that was deleted meanwhile is left out."""
    if not files.exists(key):
        return 0
    with files.fetch(key) as local:
        archive.add(local, _FILES + key, recursive=False)
    return 1


def _put_back(archive: tarfile.TarFile, files: Files, member: tarfile.TarInfo) -> int:
    opened = archive.extractfile(member) if member.name.startswith(_FILES) else None
    if opened is None:
        return 0
    key = member.name.removeprefix(_FILES)
    if key.split("/")[0] not in _KINDS:
        raise BadInput(f"the backup holds {key}, which is no file of Talktrack's")
    chunks = iter(lambda: opened.read(1 << 20), b"")
    if key.startswith(_RECORDINGS):
        if files.put(chunks).key != key:
            raise BadInput(f"the backup holds another file than it says under {key}")
    else:
        files.put_at(key, chunks)
    return 1


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def _run(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own programs, from the wheel. Raises BadDatabase."""
    done = subprocess.run(  # noqa: S603 (our own program, no shell)
        [str(bin_folder() / program), *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise BadDatabase(f"{program} failed: {said}")


@contextmanager
def _room_for(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreFull(f"{path}: cannot be written ({error.strerror}); free some room") from error


__all__ = ["Backup", "back_up", "restore"]
