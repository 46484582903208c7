from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from analyzer import BadPlaybook, EngineChoice, Recording
from analyzer.engines.scripted import ScriptedEngines
from analyzer.playbook_file import standard_playbook
from api import analysis
from api.analysis import Order, analyze_files
from api.cli import app
from tests.builders import conversation
from tests.unit.test_pipeline import silence

PLAYBOOK = """
products = ["Rotago"]
[[agendas]]
id = "any"
items = ["Pricing of Rotago"]
"""


def saved(folder: Path, text: str) -> Path:
    path = folder / "team.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_bad_playbook_ends_the_command_before_anything_is_heard(tmp_path: Path) -> None:
    playbook = saved(tmp_path, "[[tipps]]")
    done = CliRunner().invoke(app, ["analyze", "no.wav", "--playbook", str(playbook)])
    assert done.exit_code == 8
    assert "team.toml, line 1: tipps: there is no such key; did you mean 'tips'?" in done.stderr


def test_an_order_keeps_its_playbook(tmp_path: Path) -> None:
    order = Order((Recording(tmp_path / "call.wav"),))
    assert order.playbook is None
    own = order.under(saved(tmp_path, PLAYBOOK))
    assert own.recordings == order.recordings
    assert own.playbook
    assert own.playbook.products == ("Rotago",)
    assert own.playbook.tips == standard_playbook().tips
    with pytest.raises(BadPlaybook):
        order.under(tmp_path / "none.toml")


def test_the_report_is_made_under_the_playbook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = ScriptedEngines(conversation([("A", "Shall we talk about pricing?")]))
    engines = SimpleNamespace(
        diarizer=heard.diarizer, transcriber=heard.transcriber, reader=None, embedder=None
    )
    monkeypatch.setattr(analysis, "load_engines", lambda _choice: engines)
    order = Order((Recording(silence(tmp_path / "call.wav")),)).under(saved(tmp_path, PLAYBOOK))
    assert analyze_files(order, EngineChoice(), ["json"], tmp_path) == 0
    assert "Pricing of Rotago" in (tmp_path / "call.json").read_text("utf-8")
