"""Nothing leaves the machine: no telemetry, no connection, not even a name looked up."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.engine

ROOT = Path(__file__).parent.parent.parent
SCRIPT = """
import json, os, sys
reached = []
calls = ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname")
sys.addaudithook(lambda event, _: reached.append(event) if event in calls else None)

from analyzer import load_engines
engines = load_engines()
names = [engines.diarizer.name, engines.transcriber.name]

from pyannote.audio.telemetry.metrics import is_metrics_enabled
switch = os.environ["PYANNOTE_METRICS_ENABLED"]
sends = is_metrics_enabled()
print(json.dumps({"names": names, "sends": sends, "switch": switch, "reached": reached}))
"""


def test_loading_the_engines_tells_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYANNOTE_METRICS_ENABLED", "true")
    loaded = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=ROOT, check=True, capture_output=True, text=True
    )
    said = json.loads(loaded.stdout.splitlines()[-1])
    assert said["names"] == ["pyannote segmentation-3.0 + CAM++ zh-en", "faster-whisper base"]
    assert (said["switch"], said["sends"]) == ("0", False)
    assert said["reached"] == []
