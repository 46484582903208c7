"""`talktrack analyze` as its user runs it: real files, real weights, a process of its own."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from fixtures.make_calls import CALLS
from tests.e2e.running import cut

pytestmark = pytest.mark.engine
CALL = CALLS / "en04_coldcall_vantage"
SECONDS = 30


@dataclass(frozen=True)
class Run:
    """A finished command."""

    code: int
    out: str
    err: str
    folder: Path


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "api.cli", "analyze", *map(str, arguments)]


def run(arguments: Sequence[str | Path], folder: Path) -> Run:
    done = subprocess.run(
        command(*arguments, "--out", folder), capture_output=True, text=True, check=False
    )
    return Run(done.returncode, done.stdout, done.stderr, folder)


@pytest.fixture(scope="module")
def opening(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first half minute of a call, both channels."""
    path = tmp_path_factory.mktemp("calls") / "opening.wav"
    cut(CALL / "audio.flac", path, SECONDS)
    return path


@pytest.fixture(scope="module")
def mixed_run(opening: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A good file between two bad ones, in every format."""
    folder = tmp_path_factory.mktemp("mixed")
    (folder / "empty.mp3").touch()
    (folder / "notes.wav").write_text("not a recording")
    files = [folder / "empty.mp3", opening, folder / "notes.wav"]
    formats = "json,html,md,txt,srt,vtt,hearing"
    known = ["--meeting", CALL / "meeting.json", "--format", formats]
    return run([*files, *known], folder / "out")


def test_bad_files_do_not_stop_the_others(mixed_run: Run) -> None:
    suffixes = (".json", ".html", ".md", ".txt", ".srt", ".vtt", ".hearing.json")
    assert {path.name for path in mixed_run.folder.iterdir()} == {f"opening{s}" for s in suffixes}


def test_each_bad_file_has_one_line_and_the_first_decides_the_code(mixed_run: Run) -> None:
    lines = mixed_run.err.strip().splitlines()
    assert [name for line in lines for name in ("empty.mp3", "notes.wav") if name in line] == [
        "empty.mp3",
        "notes.wav",
    ]
    assert len(lines) == 2
    assert mixed_run.code == 3


def test_the_report_holds_what_was_heard(mixed_run: Run) -> None:
    report = json.loads((mixed_run.folder / "opening.json").read_text("utf-8"))
    assert report["schema"] == "talktrack/report/1"
    assert report["duration"] == pytest.approx(SECONDS, abs=0.5)  # whole frames
    assert [one["side"] for one in report["speakers"]] == ["buyer", "seller"]
    text = " ".join(word["text"] for said in report["utterances"] for word in said["words"])
    assert "scheduling software" in text
    assert report["metrics"]["talk_ratio"]["source"] == "stereo"


def test_the_summary_says_who_and_where(mixed_run: Run) -> None:
    assert "Marcus Bell (seller)" in mixed_run.out
    assert "opening.html" in mixed_run.out


def test_silence_gives_a_report_without_words(tmp_path: Path) -> None:
    import wave

    with wave.open(str(tmp_path / "silence.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(2 * 8000 * 20))
    done = run([tmp_path / "silence.wav", "--format", "json"], tmp_path)
    report = json.loads((tmp_path / "silence.json").read_text("utf-8"))
    assert (done.code, report["utterances"], report["notices"]) == (0, [], ["no_speech"])


def test_a_folder_that_cannot_be_written_is_said(opening: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    done = run([opening, "--format", "json"], tmp_path / "taken")
    assert (done.code, len(done.err.strip().splitlines())) == (7, 1)
    assert "--out" in done.err
    assert "taken is a file" in " ".join(done.err.split())


def test_a_report_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "said.txt").write_text("Tom: Hello, is it a good time?\nJim: Yes, it is.\n")
    (tmp_path / "out" / "said.json").mkdir(parents=True)
    done = run([tmp_path / "said.txt", "--format", "json"], tmp_path / "out")
    assert (done.code, len(done.err.strip().splitlines())) == (7, 1)
    assert "--out" in done.err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["said.json"]


def test_a_wrong_meeting_stops_before_any_work(opening: Path, tmp_path: Path) -> None:
    (tmp_path / "meeting.json").write_text('{"participant": []}')
    done = run([opening, "--meeting", tmp_path / "meeting.json"], tmp_path / "out")
    assert (done.code, (tmp_path / "out").exists()) == (4, False)
    assert "participants" in done.err


@pytest.mark.parametrize("after_s", [0.0, 1.0, 2.3, 4.0])
def test_ctrl_c_leaves_nothing_behind(after_s: float, tmp_path: Path) -> None:
    """Whatever is cut short: decoding, an engine's import, the hearing itself."""
    scratch, folder = tmp_path / "scratch", tmp_path / "out"
    scratch.mkdir()
    started = subprocess.Popen(
        command(CALL / "audio.flac", "--out", folder),
        env={"TMPDIR": str(scratch), "HOME": str(Path.home())},
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not list(scratch.glob("talktrack-*/*")) and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(after_s)
    started.send_signal(signal.SIGINT)
    _, err = started.communicate(timeout=60)
    assert started.returncode == 130
    assert "Traceback" not in err
    assert not folder.exists()
    assert not list(scratch.glob("talktrack-*"))
