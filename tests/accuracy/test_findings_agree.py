"""The project's scorer of findings gives the figures of the shared one."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.accuracy.findings import Findings
from tests.benchmarks.measured import ROOT

CALLS = ROOT / "fixtures" / "calls"
SHARED = Path(os.environ.get("TALKTRACK_SHARED", ROOT.parent / "shared"))  # noqa: TID251
SCORER = SHARED / "measure" / "score_report.py"


@pytest.mark.skipif(not SCORER.is_file(), reason="TALKTRACK_SHARED names no folder with a scorer")
def test_both_scorers_agree_on_the_golden_reports(tmp_path: Path) -> None:
    truths, reports, ours = tmp_path / "truth", tmp_path / "reports", Findings()
    truths.mkdir()
    reports.mkdir()
    for call in sorted(CALLS.iterdir()):
        shutil.copy(call / "truth.json", truths / f"{call.name}.json")
        shutil.copy(call / "report.json", reports / f"{call.name}.json")
        truth, report = (
            json.loads((call / name).read_text("utf-8")) for name in ("truth.json", "report.json")
        )
        ours.score(truth, report)

    command = [sys.executable, str(SCORER), str(truths), str(reports), "--json"]
    theirs = json.loads(subprocess.check_output(command))
    del theirs["calls"]

    assert ours.rates() == pytest.approx(theirs, abs=1e-9)
    assert 0 < theirs["question_f1"] < 1, "a perfect score would prove little"
