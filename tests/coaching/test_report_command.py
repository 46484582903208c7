"""`talktrack report`: whose, over which time, as what, and what cannot be asked."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session
from typer.testing import CliRunner

from api import console
from api.cli import app
from models.database import session_scope
from models.tables import Call, CallFacts, Team, User
from models.tables.columns import now

Run = Callable[..., tuple[int, bytes, str]]
EMAIL = "rita@seller.example"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str, engine: Engine) -> Run:
    """The command on the test's own database: its code, what it prints, what it says of errors."""
    monkeypatch.setenv("TALKTRACK_DATABASE_URL", database_url)
    monkeypatch.setenv("TALKTRACK_DATA_FOLDER", str(tmp_path / "talktrack"))

    def run(*words: object) -> tuple[int, bytes, str]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(console.out, "_width", 300)
            patch.setattr(console.out, "_file", None)
            done = CliRunner().invoke(app, ["report", *map(str, words)], env={"COLUMNS": "300"})
        assert done.exception is None or isinstance(done.exception, SystemExit), done.output
        return done.exit_code, done.stdout_bytes, done.stderr

    return run


@pytest.fixture
def rita(engine: Engine) -> User:
    """A rep with a call of ten days ago, and a private one."""
    with session_scope(engine) as session:
        team = Team(name="North", time_zone="Europe/Paris")
        session.add(team)
        session.flush()
        rep = User(email=EMAIL, name="Rita", role="rep", team_id=team.id)
        session.add(rep)
        session.flush()
        held(session, rep, 10)
        held(session, rep, 20, is_private=True)
        held(session, rep, 200)
        return rep


def held(session: Session, rep: User, days_ago: float, **columns: object) -> None:
    at = now() - timedelta(days=days_ago)
    call = Call(title="A call", rep_id=rep.id, state="ready", started_at=at, **columns)
    session.add(call)
    session.flush()
    facts = {"people": 2, "sellers": 1, "buyers": 1, "source": "stereo", "next_steps": 0}
    session.add(CallFacts(call_id=call.id, duration_s=600.0, language="en", **facts))


@pytest.mark.parametrize(("form", "begins"), [("html", b"<!doctype html>"), ("pdf", b"%PDF-")])
def test_a_report_is_written_to_a_file(
    run: Run, rita: User, tmp_path: Path, form: str, begins: bytes
) -> None:
    file = tmp_path / f"rita.{form}"
    code, printed, _err = run("--rep", EMAIL.upper(), "--format", form, "--output", file)
    assert code == 0
    assert file.read_bytes().startswith(begins)
    assert b"2 calls of Rita" in printed


def test_a_report_is_printed_when_there_is_no_file(run: Run, rita: User) -> None:
    code, printed, _err = run("--rep", EMAIL, "--format", "json")
    assert code == 0
    told = json.loads(printed)
    assert (told["rep_name"], told["zone"], told["heard"]["calls"]) == ("Rita", "Europe/Paris", 2)
    assert told["heard"]["private_calls"] == 1
    _code, printed, _err = run("--rep", EMAIL, "--language", "fr")
    assert "Bilan de coaching" in printed.decode()


def test_a_period_is_that_of_the_rep(run: Run, rita: User) -> None:
    _code, printed, _err = run("--rep", EMAIL, "--format", "json", "--period", "last_365_days")
    assert json.loads(printed)["heard"]["calls"] == 3
    day = (now() - timedelta(days=12)).date()
    period = f"{day}..{day + timedelta(days=4)}"
    _code, printed, _err = run("--rep", EMAIL, "--format", "json", "--period", period)
    told = json.loads(printed)
    assert told["heard"]["calls"] == 1
    assert told["period"]["since"].startswith(f"{day}T00:00:00")


def test_of_no_team_the_settings_say_which_day_it_is(
    run: Run, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with session_scope(engine) as session:
        session.add(User(email="sam@seller.example", name="Sam", role="rep"))
    monkeypatch.setenv("TALKTRACK_TIME_ZONE", "Asia/Kathmandu")
    monkeypatch.setenv("TALKTRACK_FISCAL_YEAR_START", "4")
    words = ("--rep", "sam@seller.example", "--format", "json", "--period", "FY2025")
    _code, printed, err = run(*words)
    assert err == ""
    told = json.loads(printed)
    assert told["zone"] == "Asia/Kathmandu"
    assert "T00:00:00+05:45" in told["period"]["since"]
    assert told["period"]["since"][4:10] == "-04-01"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--rep", "nobody@x.example"), "there is no user"),
        (("--rep", EMAIL, "--period", "sometime"), "period"),
        (("--rep", EMAIL, "--period", "2190"), "yet to come"),
        (("--rep", EMAIL, "--period", "2010-01-01..2020-01-01"), "731 days"),
        (("--rep", EMAIL, "--format", "pdf"), "--output"),
        (("--rep", EMAIL, "--format", "docx"), "docx"),
        ((), "--rep"),
    ],
)
def test_what_cannot_be_asked_is_told(
    run: Run, rita: User, words: tuple[str, ...], said: str
) -> None:
    code, printed, err = run(*words)
    assert (code, printed) == (2, b"")
    assert said in err


def test_a_file_that_cannot_be_written_is_told(run: Run, rita: User, tmp_path: Path) -> None:
    code, _printed, err = run("--rep", EMAIL, "--output", tmp_path / "no" / "rita.html")
    assert code == 9
    assert "rita.html" in err
