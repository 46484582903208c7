"""`talktrack serve` as its user runs it: an upload with curl, the report by the API."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.make_calls import CALLS
from tests.e2e.running import cut, environment, served, started, talktrack, wait_for

CALL = CALLS / "en04_coldcall_vantage"
OPENING_S, ASKED = 40, "Qualify team size and current tool"
"""By then the seller has asked for it."""


@pytest.mark.engine
@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_a_recording_uploaded_with_curl_becomes_a_report(tmp_path: Path) -> None:
    env, recording = environment(tmp_path), tmp_path / "opening.wav"
    cut(CALL / "audio.flac", recording, OPENING_S)
    with served(env) as server:
        token = server.client.headers["authorization"]
        call = json.dumps({"title": "Cold call", "agenda": [ASKED]})
        done = subprocess.run(
            [
                *("curl", "-sS", "--fail", "-H", f"Authorization: {token}"),
                *("-F", f"files=@{recording}", "-F", f"call={call}"),
                f"{server.url}/api/v1/recordings",
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        (result,) = json.loads(done.stdout)["items"]
        path = f"/calls/{result['call']['id']}"
        stages: set[str] = set()

        def ready() -> bool:
            shown = server.client.get(path).json()
            assert shown["state"] not in {"failed", "cancelled"}, shown["failure"]
            if shown["progress"]:
                stages.add(shown["progress"]["stage"])
            return bool(shown["state"] == "ready")

        wait_for(ready, 300)
        # Which ones are met depends on how often one asks; that there are some must not.
        assert stages & {"decoding", "transcribing", "diarizing", "understanding"}
        report = server.client.get(f"{path}/report").json()
        assert report["language"] == "en"
        assert len(report["speakers"]) == 2
        assert report["agenda"][0]["status"] in {"covered", "touched"}
        assert server.client.get(f"{path}/files/playable").status_code == 200
    assert server.process.returncode == 0


def test_a_server_ends_when_asked_and_leaves_nothing_behind(tmp_path: Path) -> None:
    env = environment(tmp_path)
    with started(env, "--workers", "1") as (process, url):
        assert url.startswith("http://127.0.0.1:")
    assert process.returncode == 0
    running = subprocess.run(["ps", "ax", "-o", "args"], capture_output=True, text=True, check=True)
    assert str(tmp_path) not in running.stdout


def test_a_wrong_setting_is_told_in_a_line(tmp_path: Path) -> None:
    for settings, said in (
        ({"port": "no"}, "TALKTRACK_PORT"),
        ({"database_url": "mysql://h/d"}, "keeps to PostgreSQL"),
        ({"database_url": "postgresql://nobody@127.0.0.1:9/none"}, "cannot be reached"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "api.cli", "serve", "--port", "0"],
            env=environment(tmp_path, **settings),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in {2, 9}
        assert said in " ".join(done.stderr.split())
        assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    env = environment(tmp_path)
    with started(env, "--workers", "0") as (_process, url):
        port = url.rsplit(":", 1)[1]
        done = subprocess.run(
            [sys.executable, "-m", "api.cli", "serve", "--port", port],
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 9
    assert "in use" in done.stderr


def test_all_is_backed_up_and_restored_by_command(tmp_path: Path) -> None:
    env, archive = environment(tmp_path), tmp_path / "backup.tar"
    talktrack(env, "user", "add", "ann@beacon.example", "--team", "EMEA")
    assert "0 calls" in talktrack(env, "backup", str(archive))
    elsewhere = environment(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").mkdir()
    assert "restored 0 calls" in talktrack(elsewhere, "restore", str(archive))
    assert talktrack(elsewhere, "token", "ann@beacon.example").startswith("tt_")
