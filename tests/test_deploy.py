"""Files for running it elsewhere name only what there is."""

import re
from pathlib import Path

import pytest
import typer.main
import yaml

from api.cli import app
from api.settings import Settings

FOLDER = Path(__file__).parent.parent / "docs" / "deploy"
SETTINGS = {f"TALKTRACK_{name.upper()}" for name in Settings.model_fields}
COMMANDS = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_every_setting_that_is_named_exists(path: Path) -> None:
    assert set(re.findall(r"TALKTRACK_[A-Z_]+", path.read_text("utf-8"))) <= SETTINGS


def test_the_services_run_commands_that_exist_and_serve_every_queue_once() -> None:
    services = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))["services"]
    ours = {name: one for name, one in services.items() if "build" in one}
    assert set(ours) == {"web", "hear", "work"}
    assert {one["command"][0] for one in ours.values()} <= COMMANDS
    queues = ",".join(ours[name]["command"][2] for name in ("hear", "work"))
    assert sorted(queues.split(",")) == sorted(["hear", "understand", "push", "housekeeping"])
    assert all(
        one["depends_on"]["database"]["condition"] == "service_healthy" for one in ours.values()
    )


def test_whatever_compose_asks_for_is_in_the_example() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", (FOLDER / "compose.yaml").read_text("utf-8")))
    given = set(
        re.findall(r"^([A-Z_]+)=", (FOLDER / "example.env").read_text("utf-8"), re.MULTILINE)
    )
    assert asked == given


def test_the_unit_and_the_image_start_commands_that_exist() -> None:
    unit = (FOLDER / "talktrack.service").read_text("utf-8")
    (started,) = re.findall(r"^ExecStart=\S+/talktrack (\w+)", unit, re.MULTILINE)
    image = (FOLDER / "Dockerfile").read_text("utf-8")
    (served,) = re.findall(r'^CMD \["(\w+)"', image, re.MULTILINE)
    assert {started, served} <= COMMANDS


def test_the_image_copies_what_there_is() -> None:
    image = (FOLDER / "Dockerfile").read_text("utf-8")
    for line in re.findall(r"^COPY (?!--from)(.+) \S+$", image, re.MULTILINE):
        for name in line.split():
            assert (FOLDER.parent.parent / name).exists(), name


def test_the_build_tools_of_the_image_are_locked() -> None:
    image = (FOLDER / "Dockerfile").read_text("utf-8")
    (named,) = re.findall(r"\^\(([a-z|-]+)\)==", image)
    locked = (FOLDER.parent.parent / "requirements-dev.lock").read_text("utf-8")
    locked += (FOLDER.parent.parent / "requirements.lock").read_text("utf-8")
    missing = [one for one in named.split("|") if f"\n{one}==" not in locked]
    assert missing == []
