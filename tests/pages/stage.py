"""A company at work, to look at and to test pages on: a year of sales, calls and their coaching.

`python -m tests.pages.stage` serves it at http://127.0.0.1:8090, made anew with `--fresh`; sign in
as one of `PEOPLE` with the password `PASSWORD`. Four calls have recordings, with what was heard
of them; the others were scripts, and come as transcripts.
"""

import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import rmtree
from typing import Annotated, Any

import typer
import uvicorn
import yaml
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from analyzer.codec import hearing_from_json
from analyzer.engines.scripted import ScriptedEngines
from api.app import create_app
from api.settings import Settings
from fixtures.make_calls import CALLS
from models.database import make_engine, migrate, session_scope
from models.embedded import start_embedded
from models.files import Files
from models.importing import SalesFile, import_files
from models.new_calls import File, NewCall, add_call, give_recording
from models.placing import Wanted
from models.tables import Deal, Team, User
from models.transcripts import place_transcript, read_file
from models.users import add_user, find_user, hash_password
from tests.api.working import work, workshop_of
from tests.pages.pushed_calls import push_some

ROOT = Path(__file__).parents[2]
SALES, SCRIPTS = ROOT / "fixtures" / "sales", ROOT / "fixtures" / "scripts"
PASSWORD = "talk first, track after"  # noqa: S105 (of an invented company)
REPS = ("hannah.whitcombe", "claire.dumont", "julien.caradec")
MANAGER, ADMIN = "elise.marchetti", "noor.haddad"
AT = "@beacon.example"
TODAY = datetime(2026, 11, 20, 17, tzinfo=UTC)
_WORDS_PER_S, _PAUSE_S = 2.6, 0.4
_FOLDER = Path(tempfile.gettempdir()) / "talktrack-stage"


@dataclass(frozen=True)
class Stage:
    """Where the company lives."""

    settings: Settings
    engine: Engine
    files: Files

    def user(self, name: str) -> User:
        """Somebody, by what stands before the `@`."""
        with Session(self.engine) as session:
            found = find_user(session, name + AT)
            assert found is not None, name
            return found


def furnish(stage: Stage, scripts: int | None = None, tell: Callable[[str], object] = str) -> None:
    """Fill an empty database; `scripts` says how many transcripts, None all of them."""
    tell("sales ...")
    with session_scope(stage.engine) as session:
        files = [SalesFile(path.name, path.read_bytes()) for path in sorted(SALES.glob("*.csv"))]
        import_files(session, files)
        _people(session)
    for folder in sorted(path for path in CALLS.iterdir() if path.is_dir()):
        tell(folder.name)
        _recorded(stage, folder)
    for number, path in enumerate(sorted(SCRIPTS.rglob("*.yaml"))[:scripts]):
        tell(path.stem)
        _written(stage, path, number)
    work(workshop_of(stage.settings, stage.engine, stage.files))
    with session_scope(stage.engine) as session:
        push_some(session, stage.settings.seal())


def _people(session: Session) -> None:
    team = session.exec(select(Team).where(Team.name == "EMEA")).one()
    team.time_zone = "Europe/Paris"
    manager = User(email=MANAGER + AT, name="Élise Marchetti", role="manager", team_id=team.id)
    manager.language = "fr"
    add_user(session, manager)
    add_user(session, User(email=ADMIN + AT, name="Noor Haddad", role="admin"))
    kept = hash_password(PASSWORD)
    for user in session.exec(select(User)).all():
        user.password_hash = kept
    french = find_user(session, f"claire.dumont{AT}")
    assert french is not None
    french.language = "fr"


def _recorded(stage: Stage, folder: Path) -> None:
    """A call with a recording, heard as it was heard before."""
    meeting = json.loads((folder / "meeting.json").read_text())
    hearing = hearing_from_json(json.loads((folder / "hearing.json").read_text()))
    stored = stage.files.put([(folder / "audio.flac").read_bytes()])
    with session_scope(stage.engine) as session:
        email = meeting["participants"][0]["email"]
        rep = find_user(session, email)
        assert rep is not None
        deal = session.exec(select(Deal).where(Deal.ref == meeting["deal"]["id"])).one_or_none()
        known = {name: meeting[name] for name in ("participants", "agenda", "competitors")}
        new = NewCall(meeting["title"], datetime.fromisoformat(meeting["started_at"]), rep.id)
        new = NewCall(**{**_columns(new), "deal_id": deal.id if deal else None, "known": known})
        call = add_call(session, rep, new)
        give_recording(session, stage.files, call, File(stored, "audio.flac", "audio/flac"))
    lease = workshop_of(stage.settings, stage.engine, stage.files, lambda: ScriptedEngines(hearing))
    work(lease)


def _columns(new: NewCall) -> dict[str, Any]:
    return {"title": new.title, "started_at": new.started_at, "rep_id": new.rep_id}


def _written(stage: Stage, path: Path, number: int) -> None:
    """A call that a rep had some days before today, from its script."""
    script = yaml.safe_load(path.read_text("utf-8"))
    with session_scope(stage.engine) as session:
        rep = find_user(session, REPS[number % len(REPS)] + AT)
        assert rep is not None
        sides = {one["name"]: one.get("side") for one in script["participants"]}
        seller = next(name for name, side in sides.items() if side == "seller")
        for one in script["participants"]:
            if one["name"] == seller:
                one |= {"name": rep.name, "email": rep.email, "company": "Beacon"}
        opened = select(Deal).where(Deal.rep_id == rep.id).order_by(col(Deal.opened_at).desc())
        deal = session.exec(opened.offset(number).limit(1)).one()
        known = {
            "participants": script["participants"],
            "agenda": [{"title": one["title"]} for one in script["agenda"]],
            "competitors": ["Kestrel", "Optima", "Planwise"],
            "language": script["language"],
        }
        new = NewCall(
            title=script["title"],
            started_at=TODAY - timedelta(days=3 * number + 1, hours=number % 7),
            rep_id=rep.id,
            deal_id=deal.id,
            known=known,
        )
        lines = json.dumps(list(_lines(script["turns"], seller, rep.name))).encode()
        place_transcript(session, rep, read_file(lines, f"{path.stem}.json"), Wanted(new))


def _lines(turns: list[dict[str, Any]], seller: str, rep: str) -> Iterator[dict[str, object]]:
    """The lines, spoken at an even pace."""
    start_s = 0.6
    for turn in turns:
        end_s = start_s + len(turn["text"].split()) / _WORDS_PER_S
        name = rep if turn["speaker"] == seller else turn["speaker"]
        milliseconds = {"start_ms": round(1000 * start_s), "end_ms": round(1000 * end_s)}
        yield {"speaker": name, **milliseconds, "text": turn["text"]}
        start_s = end_s + _PAUSE_S


def open_stage(folder: Path, *, database_url: str | None = None) -> Stage:
    """The company of a folder, with an embedded database unless there is another."""
    url = database_url or start_embedded(folder / "postgres")
    settings = Settings(
        data_folder=folder,
        database_url=SecretStr(url),
        secret_key=SecretStr("a key that only the stage knows"),
    )
    engine = make_engine(url)
    migrate(engine)
    return Stage(settings, engine, Files(settings.files_place))


def main(
    folder: Annotated[Path, typer.Option()] = _FOLDER,
    port: Annotated[int, typer.Option()] = 8090,
    fresh: Annotated[bool, typer.Option("--fresh")] = False,
) -> None:
    """Serve the company."""
    if fresh:
        rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    stage = open_stage(folder)
    with Session(stage.engine) as session:
        is_empty = session.exec(select(User.id).limit(1)).first() is None
    if is_empty:
        furnish(stage, tell=typer.echo)
    app = create_app(stage.settings, stage.engine, stage.files)
    typer.echo(f"http://127.0.0.1:{port} as {REPS[0]}{AT}, {MANAGER}{AT}, {ADMIN}{AT}: {PASSWORD}")
    uvicorn.run(app, port=port, log_level="warning")


if __name__ == "__main__":
    typer.run(main)
