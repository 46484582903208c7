"""`talktrack import`: what it prints, what it keeps, how it ends."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select
from typer.testing import CliRunner

from api import import_console
from api.cli import app
from models.tables import Account, AuditEntry, Deal

FILES = sorted((Path(__file__).parent.parent.parent / "fixtures" / "sales").glob("*.csv"))
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str, engine: Engine) -> Run:
    """The command on the test's own database: its code, and what it says."""
    monkeypatch.setenv("TALKTRACK_DATABASE_URL", database_url)
    monkeypatch.setenv("TALKTRACK_DATA_FOLDER", str(tmp_path / "talktrack"))

    def run(*words: object) -> tuple[int, str]:
        with pytest.MonkeyPatch.context() as patch:
            for name in ("out", "err"):  # made when they were imported, for another terminal
                console = getattr(import_console, name)
                patch.setattr(console, "_width", 200)
                patch.setattr(console, "_file", None)
            done = CliRunner().invoke(app, ["import", *map(str, words)])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.output
        return done.exit_code, done.output

    return run


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """A file with these lines."""

    def write(name: str, content: str) -> Path:
        path = tmp_path / name
        path.write_text(content, "utf-8")
        return path

    return write


Write = Callable[[str, str], Path]


def row(output: str, name: str) -> list[str]:
    """The cells of a file in the table."""
    return next(line.split() for line in output.splitlines() if line.startswith(name))


def test_a_year_of_sales_comes_in_after_a_dry_run(run: Run, engine: Engine) -> None:
    code, said = run(*FILES, "--dry-run")
    assert (code, "nothing was kept" in said) == (0, True)
    with Session(engine) as session:
        assert session.exec(select(Deal)).all() == []
    code, first = run(*FILES)
    assert code == 0
    assert said.startswith(first)
    assert row(first, "deals.csv") == ["deals.csv", "deals", "608", "608", "0", "0", "0"]
    assert row(first, "activities.csv")[2:4] == ["11,928", "11,928"]
    assert "has no offset, and was read by the clock of UTC (39 times)" in first
    with Session(engine) as session:
        assert len(session.exec(select(Deal)).all()) == 608
        actors = session.exec(select(AuditEntry.actor, AuditEntry.verb)).all()
    assert actors == [("command line", "import_sales")]


def test_lines_that_are_refused_are_told_and_decide_the_code(
    run: Run, write: Write, engine: Engine
) -> None:
    lines = 'id,name,outcome\nd1,One,open\nd2,"[red]Two\x1b[31m",perhaps\x1b[2J\n'
    path = write("deals.csv", lines)
    code, said = run(path)
    assert code == 11
    assert row(said, "deals.csv")[2:] == ["2", "1", "0", "0", "1"]
    assert 'refused deals.csv: line 3, outcome "perhaps\ufffd[2J": is not one of open' in said
    assert "\x1b" not in said
    code, said = run(path, "--strict", "--origin", "crm")
    assert (code, "--strict was given" in said) == (11, True)
    with Session(engine) as session:
        assert [deal.origin for deal in session.exec(select(Deal))] == ["import"]


def test_problems_beyond_a_few_go_to_a_file(run: Run, write: Write, tmp_path: Path) -> None:
    lines = "".join(f"d{n},x,=cmd{n}\n" for n in range(1500))
    path = write("deals.csv", "id,name,outcome\n" + lines)
    code, said = run(path)
    assert (code, said.count("refused deals.csv")) == (11, 20)
    assert "deals.csv: and 1,480 more: --problems FILE writes them all as CSV" in said
    problems = tmp_path / "problems.csv"
    assert run(path, "--problems", problems)[0] == 11
    with problems.open(encoding="utf-8", newline="") as file:
        told = list(csv.DictReader(file))
    assert len(told) == 1500
    assert told[0] == {
        "file": "deals.csv",
        "line": "2",
        "column": "outcome",
        "value": "'=cmd0",
        "message": "is not one of open, won, lost",
    }


def test_nothing_is_kept_when_problems_cannot_be_written(
    run: Run, write: Write, tmp_path: Path, engine: Engine
) -> None:
    path = write("accounts.csv", "id,name\na,A\n")
    assert run(path, "--problems", tmp_path / "nowhere" / "problems.csv")[0] == 9
    code, said = run(path, "--problems", path)
    assert (code, "name another file" in " ".join(said.split())) == (11, True)
    assert path.read_text("utf-8") == "id,name\na,A\n"
    with Session(engine) as session:
        assert session.exec(select(Account)).all() == []


def test_files_that_cannot_be_read_are_told_in_a_line(
    run: Run, write: Write, tmp_path: Path, engine: Engine
) -> None:
    good = write("accounts.csv", "id,name\na,A\n")
    for bad in (tmp_path / "absent.csv", tmp_path, write("x.csv", "a,b\n1,2\n"), write("y", "")):
        code, said = run(good, bad)
        assert code == 11
        assert len(said.splitlines()) == 1, said
        assert said.startswith("error ")
        assert bad.name in said
    with Session(engine) as session:
        assert session.exec(select(Account)).all() == []


@pytest.mark.parametrize(
    "words",
    [
        ["--time-zone", "Mars"],
        ["--currency", "euro"],
        ["--encoding", "rot13"],
        ["--origin", ""],
        ["--decimal", "x"],
        ["--date-order", "ymd"],
    ],
    ids=" ".join,
)
def test_wrong_options_are_told_before_anything_starts(
    run: Run, write: Write, tmp_path: Path, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALKTRACK_DATABASE_URL", "postgresql://127.0.0.1:1/none")
    assert run(write("accounts.csv", "id,name\na,A\n"), *words)[0] == 2


def test_options_say_how_cells_are_read(run: Run, write: Write, engine: Engine) -> None:
    lines = 'id,name,outcome,amount,created_at\nd1,One,open,"1.234",03/04/2026 09:00\n'
    words = ["--currency", "USD", "--decimal", ",", "--date-order", "mdy"]
    zone = ["--time-zone", "America/Chicago"]
    code, said = run(write("deals.csv", lines), *words, *zone, "--encoding", "utf-8")
    assert code == 0, said
    with Session(engine) as session:
        deal = session.exec(select(Deal)).one()
    assert (deal.amount_minor, deal.currency) == (123400, "USD")
    assert deal.opened_at is not None
    assert deal.opened_at.utctimetuple()[:4] == (2026, 3, 4, 15)
