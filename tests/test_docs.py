"""What the pages say is so: commands, codes, errors, metrics, weights, files, examples."""

import re
import shutil
import subprocess
import sys
import wave
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import typer.main

import analyzer
from analyzer.audio import SAMPLE_RATE
from analyzer.engines import weights
from analyzer.engines.decode import load_audio
from analyzer.engines.weights import Weight
from analyzer.errors import AnalyzerError
from analyzer.meeting_file import load_meeting
from analyzer.metrics import DEFINITIONS
from analyzer.recording import AgendaItem, DealLink, Meeting, Participant
from api.cli import FORMATS, app
from api.console import EXIT_CODES, exit_code
from tests.docs_metrics import metric_tables

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text("utf-8")
PAGES = {path: path.read_text("utf-8") for path in (ROOT / "README.md", *DOCS.rglob("*.md"))}
EVERYTHING = "\n".join(PAGES.values())
CALL = ROOT / "fixtures" / "calls" / "en04_coldcall_vantage"
HEARD_S = 12  # long enough for a word or two of both people

each_page = pytest.mark.parametrize("page", sorted(PAGES), ids=lambda page: str(page.name))


def commands() -> Iterator[tuple[str, str]]:
    """Every command with each of its options that is shown."""
    yield from _commands(typer.main.get_command(app), "talktrack")


def _commands(group: Any, path: str) -> Iterator[tuple[str, str]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{path} {name}")
            continue
        yield name, f"{path} {name}"
        for parameter in command.params:
            if not getattr(parameter, "hidden", False):
                yield from ((name, option) for option in parameter.opts if option.startswith("--"))


def example(language: str) -> str:
    """The README's one block of a language."""
    (block,) = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return str(block)


def subclasses() -> list[type[AnalyzerError]]:
    return [AnalyzerError, *AnalyzerError.__subclasses__()]


@pytest.mark.parametrize(("command", "option"), list(commands()))
def test_every_command_and_option_is_explained(command: str, option: str) -> None:
    assert re.search(rf"`{option}[ `]", README), f"{command}: {option} is not in README.md"


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_explained(name: str) -> None:
    assert re.search(rf"^\| .*`{name}`.* \|", README, re.MULTILINE)


@pytest.mark.parametrize(("code", "meaning"), EXIT_CODES.items())
def test_every_exit_code_is_explained(code: int, meaning: str) -> None:
    assert f"| {code} | {meaning} |" in README


@pytest.mark.parametrize("kind", subclasses())
def test_every_error_is_explained(kind: type[AnalyzerError]) -> None:
    assert kind.__name__ in analyzer.__all__
    assert f"`{kind.__name__}`" in README
    if (code := exit_code(kind())) in EXIT_CODES:
        assert f"| {code} | {EXIT_CODES[code]} | `{kind.__name__}` |" in README


@pytest.mark.parametrize("kind", [Meeting, Participant, AgendaItem, DealLink])
def test_every_key_of_a_meeting_is_in_the_example(kind: type) -> None:
    keys = {field.name for field in fields(kind)} - {"voices"}
    assert keys <= set(re.findall(r'"(\w+)":', example("json")))


def test_the_example_of_a_meeting_is_read(tmp_path: Path) -> None:
    (tmp_path / "meeting.json").write_text(example("json"), "utf-8")
    meeting = load_meeting(tmp_path / "meeting.json")
    assert [item.id for item in meeting.agenda] == ["a1", "pain"]


def test_the_metrics_of_the_page_are_those_measured() -> None:
    page = PAGES[DOCS / "metrics.md"]
    assert [one.slug for one in DEFINITIONS if f"| `{one.slug}` |" not in page] == []
    assert metric_tables() in page, "run: python -m tests.docs_metrics --write"


def test_the_weights_of_the_page_are_those_loaded() -> None:
    sums = {
        f"`{one.package}/{one.file}`": one.sha256
        for one in vars(weights).values()
        if isinstance(one, Weight)
    }
    sums |= {f"`{one.package}/{one.folder}/`": one.sha256 for one in weights.GRAMMAR.values()}
    sums |= {f"`{name}/{file}`": weights._WHISPER_SHA256 for name, file in weights._WHISPER_PARTS}
    rows = PAGES[DOCS / "weights.md"].splitlines()
    for file, sha256 in sums.items():
        assert [row for row in rows if file in row and f"`{sha256}`" in row], file
    told = re.findall(r"\b[0-9a-f]{64}\b", "\n".join(rows))
    assert set(told) == set(sums.values())


@each_page
def test_versions_are_those_of_the_lock(page: Path) -> None:
    locked = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    told = re.findall(r"`([\w.-]+==[\w.]+)`", PAGES[page])
    assert set(told) <= set(locked)


@each_page
def test_links_and_paths_lead_somewhere(page: Path) -> None:
    text = PAGES[page]
    links = {page.parent / link for link in re.findall(r"\]\(([^)#:]+)[^):]*\)", text)}
    named = re.findall(r"`((?:analyzer|api|tests|fixtures|docs)/[\w./]+)`", text)
    assert [
        path for path in sorted({*links, *(ROOT / n for n in named)}) if not path.exists()
    ] == []


@pytest.mark.parametrize(
    ("page", "packages"), [("tour.md", ("analyzer",)), ("service.md", ("models", "api"))]
)
def test_a_tour_passes_every_module(page: str, packages: tuple[str, ...]) -> None:
    paths = [path for name in packages for path in (ROOT / name).rglob("*.py")]
    modules = {str(path.relative_to(ROOT)) for path in paths if path.parent.name != "versions"}
    doors = {f"{name}/__init__.py" for name in packages}
    assert {one for one in modules if f"`{one}`" not in PAGES[DOCS / page]} == doors


@pytest.mark.parametrize("page", sorted(DOCS.glob("decisions/*.md")), ids=lambda page: page.stem)
def test_a_decision_is_short_and_complete(page: Path) -> None:
    lines = PAGES[page].splitlines()
    assert len(lines) <= 40
    assert [line.removeprefix("## ") for line in lines if line.startswith("## ")] == [
        "Context",
        "Decision",
        "Consequences",
        "Alternatives",
        "What checks it",
    ]


@pytest.mark.engine
def test_the_example_of_the_library_runs(tmp_path: Path) -> None:
    audio = load_audio(CALL / "audio.flac", tmp_path)
    with wave.open(str(tmp_path / "call.mp3"), "wb") as sound:
        sound.setparams((audio.channels, 2, SAMPLE_RATE, 0, "NONE", ""))
        sound.writeframes((audio.read(0, HEARD_S).T * 32767).astype("<i2").tobytes())
    shutil.copy(CALL / "meeting.json", tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[0] = {str(ROOT)!r}\n{example('python')}"],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "Marcus Bell seller" in done.stdout
    assert "talk time" in done.stdout
