"""`talktrack kpis`: a year of sales is imported by command, and told as table and files."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from api import console, import_console, kpi_console
from api.cli import app
from models.database import plain_url
from models.kpis import KPIS

SALES = Path(__file__).parents[2] / "fixtures" / "sales"
Run = Callable[..., tuple[int, str]]
HALF = ("--period", "2026-01-01..2026-06-30")


@pytest.fixture(scope="module")
def run(new_database: Callable[[], Engine], tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A command on a database with the year: its code, and what it says."""
    folder = tmp_path_factory.mktemp("talktrack")
    told = {
        "TALKTRACK_DATABASE_URL": plain_url(new_database()),
        "TALKTRACK_DATA_FOLDER": str(folder),
    }

    def run(*words: object, **settings: str) -> tuple[int, str]:
        with pytest.MonkeyPatch.context() as patch:
            for name in ("out", "err"):  # made when they were imported, for another terminal
                patch.setattr(getattr(console, name), "_width", 250)
                patch.setattr(getattr(console, name), "_file", None)
            done = CliRunner().invoke(app, [str(one) for one in words], env={**told, **settings})
        assert done.exception is None or isinstance(done.exception, SystemExit), done.output
        return done.exit_code, done.stdout if done.exit_code == 0 else done.output

    assert {import_console.out, kpi_console.out} == {console.out}
    code, said = run("import", *sorted(SALES.glob("*.csv")))
    assert code == 0, said
    return run


def test_the_headline_kpis_come_first_and_then_all(run: Run) -> None:
    code, said = run("kpis", *HALF, "--format", "json")
    told = json.loads(said)
    assert code == 0
    slugs = [one["kpi"] for one in told]
    assert slugs[:3] == ["meeting_acceptance", "lead_follow_up", "win_rate"]
    assert sorted(slugs) == sorted(one.slug for one in KPIS)
    for one in told:
        assert one["definition"]["en"]
        assert one["formula"]["fr"]
        for line in one["lines"]:
            assert (line["value"] is None) == (line["why"] is not None), one["kpi"]
    assert all(one["lines"][0]["low"] < one["lines"][0]["high"] for one in told[:3])


def test_the_table_tells_what_is_known_how_surely_and_why_not(run: Run) -> None:
    code, said = run("kpis", *HALF)
    assert code == 0
    lines = said.splitlines()
    assert lines[0] == "Period: 1 January 2026 to 30 June 2026"
    heads = lines[1].split()
    assert heads == ["KPI", "Value", "95%", "interval", "Rows", "Period", "before", "Target"]
    assert "%" in lines[2]
    assert " to " in lines[2]
    unknown = next(line for line in lines if "there is nothing to count" in line)
    assert "\N{EN DASH} (" in unknown
    assert "95% interval is where" in said


def test_figures_are_split_by_group_and_time(run: Run) -> None:
    asked = ("kpis", "--period", "2026-Q1", "--kpi", "sales_revenue", "--each", "month")
    code, said = run(*asked, "--by", "source", "--format", "csv")
    assert code == 0
    rows = list(csv.DictReader(io.StringIO(said.removeprefix("\ufeff"))))
    assert {one["Channel"] for one in rows} >= {"event", "website"}
    assert len({one["From"] for one in rows}) == 3
    assert all(one["Definition"] and one["Formula"] for one in rows)
    whole = json.loads(run(*asked, "--format", "json")[1])[0]["lines"]
    for line in whole:
        start = line["span"]["start_on"]
        parts = [float(one["Value"]) for one in rows if one["From"] == start]
        assert sum(parts) == pytest.approx(line["value"])


def test_what_cannot_be_told_by_a_group_is_left_out_and_counted(run: Run) -> None:
    code, said = run("kpis", *HALF, "--family", "costs", "--by", "product", "--format", "json")
    assert code == 0
    assert [one["kpi"] for one in json.loads(said)] == ["profit_margin"]


def test_french_is_told_in_french(run: Run) -> None:
    code, said = run("kpis", *HALF, "--kpi", "win_rate", "--language", "fr")
    assert code == 0
    assert "Taux de gain" in said
    assert "janvier" in said


def test_files_are_written(run: Run, tmp_path: Path) -> None:
    heads = {"xlsx": b"PK", "pdf": b"%PDF", "json": b"[", "csv": b"\xef\xbb\xbf"}
    for form, head in heads.items():
        path = tmp_path / f"kpis.{form}"
        options = ("--kpi", "win_rate", "--kpi", "cac", "--format", form, "--output", path)
        code, said = run("kpis", *HALF, *options)
        assert (code, "2 KPIs" in said) == (0, True), said
        assert path.read_bytes().startswith(head)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--period", "soon"), "period"),
        (("--kpi", "winrate"), "no KPI"),
        (("--kpi", "win_rate", "--by", "call_type"), "cannot be asked"),
        (("--by", "colour"), "colour"),
        (("--each", "hour"), "hour"),
        (("--currency", "XXX"), "no rates for XXX"),
        (("--period", "2000-01-01..2020-01-01", "--each", "day"), "pieces"),
        (("--format", "xlsx"), "--output"),
        (("--output", "x.csv"), "--format"),
    ],
)
def test_wrong_options_are_told(run: Run, options: tuple[str, ...], said: str) -> None:
    code, told = run("kpis", *options)
    assert code == 2
    assert said in " ".join(told.split())


def test_a_file_that_cannot_be_written_is_told(run: Run) -> None:
    options = ("--kpi", "win_rate", "--format", "csv", "--output", "/dev/null/kpis.csv")
    code, said = run("kpis", *options)
    assert (code, "error" in said) == (9, True)


def test_the_settings_say_how_it_is_counted(run: Run) -> None:
    asked = ("kpis", "--kpi", "sales_revenue", "--period", "FY2025", "--format", "json")
    rules = {"TALKTRACK_FISCAL_YEAR_START": "7", "TALKTRACK_CURRENCY": "USD"}
    code, said = run(*asked, **rules)
    told = json.loads(said)[0]
    assert (code, told["currency"]) == (0, "USD")
    assert told["lines"][0]["span"]["start_on"] == "2025-07-01"
    invitations = ("kpis", "--kpi", "meeting_acceptance", *HALF, "--format", "json")
    patient = run(*invitations, TALKTRACK_INVITATION_DAYS="365")[1]
    counts = [json.loads(one)[0]["lines"][0]["n"] for one in (run(*invitations)[1], patient)]
    assert counts[0] > counts[1], "an open invitation counts only once it is old enough"


@pytest.mark.parametrize(
    ("name", "value"),
    [("TIME_ZONE", "Mars/Olympus"), ("CURRENCY", "euro"), ("FISCAL_YEAR_START", "13")],
)
def test_a_wrong_setting_is_told(run: Run, name: str, value: str) -> None:
    code, said = run("kpis", **{f"TALKTRACK_{name}": value})
    assert (code, f"TALKTRACK_{name}" in said) == (2, True)
