"""`talktrack analyze` reads transcripts as it hears recordings."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import app

FOLDER = Path(__file__).parents[2] / "fixtures" / "transcripts"


def analyze(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["analyze", *map(str, arguments)])


@pytest.mark.engine
@pytest.mark.parametrize("name", ["teams.vtt", "brackets.srt", "names.txt", "deepgram.json"])
def test_a_transcript_becomes_a_report_without_sound(name: str, tmp_path: Path) -> None:
    done = analyze(FOLDER / name, "--format", "html,md", "--out", tmp_path)
    assert done.exit_code == 0, done.output
    stem = Path(name).stem
    page = (tmp_path / f"{stem}.html").read_text("utf-8")
    assert "spreadsheet" in page
    assert "<audio" not in page
    assert "We plan our routes" in (tmp_path / f"{stem}.md").read_text("utf-8")


@pytest.mark.engine
def test_a_transcript_is_not_written_over(tmp_path: Path) -> None:
    call = tmp_path / "call.vtt"
    shutil.copy(FOLDER / "teams.vtt", call)
    before = call.read_bytes()
    done = analyze(call, "--format", "vtt,json", "--language", "fr-CA", "--out", tmp_path)
    assert done.exit_code == 0, done.output
    assert call.read_bytes() == before
    assert (tmp_path / "call.vtt.vtt").read_text("utf-8").startswith("WEBVTT")
    report = json.loads((tmp_path / "call.vtt.json").read_text("utf-8"))
    assert report["language"] == "fr"
    assert [one["name"] for one in report["speakers"]] == ["Hannah Whitcombe", "Tom Bell"]


def test_a_bad_transcript_ends_the_command_with_its_own_code(tmp_path: Path) -> None:
    (tmp_path / "call.srt").write_text("", "utf-8")
    done = analyze(tmp_path / "call.srt", "--out", tmp_path)
    assert done.exit_code == 10
    assert "call.srt: is empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["call.srt"]
