"""The project's scorer gives the figures of the shared one, to the ninth decimal."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.accuracy.reference import Reference, load_heard, load_reference
from tests.accuracy.score import Score, pool, score
from tests.benchmarks.measured import ROOT

CALLS = ROOT / "fixtures" / "calls"
SHARED = Path(os.environ.get("TALKTRACK_SHARED", ROOT.parent / "shared"))  # noqa: TID251
SCORER = SHARED / "measure" / "score.py"


@pytest.mark.skipif(not SCORER.is_file(), reason="TALKTRACK_SHARED names no folder with a scorer")
def test_both_scorers_agree_on_damaged_calls(tmp_path: Path) -> None:
    truth, reports = tmp_path / "truth", tmp_path / "reports"
    truth.mkdir()
    reports.mkdir()
    calls = sorted(path.name for path in CALLS.iterdir())
    for seed, call in enumerate(calls):
        for suffix in ("rttm", "stm"):
            shutil.copy(CALLS / call / f"truth.{suffix}", truth / f"{call}.{suffix}")
        report = damaged(load_reference(CALLS, call), np.random.default_rng(seed), call[:2])
        (reports / f"{call}.json").write_text(json.dumps(report), "utf-8")

    command = [sys.executable, "-W", "ignore", str(SCORER), str(truth), str(reports), "--json"]
    theirs = json.loads(subprocess.check_output(command))
    heard = [load_heard(reports / f"{call}.json") for call in calls]
    ours = [score(load_reference(CALLS, one.id), one) for one in heard]

    assert [row["id"] for row in theirs["rows"]] == calls
    for row, one in zip(theirs["rows"], ours, strict=True):
        assert one.speakers is not None
        assert row["speakers"] == f"{one.speakers[0]}/{one.speakers[1]}"
        assert shown(one) == pytest.approx({name: row[name] for name in shown(one)}, abs=1e-9)
    pooled = shown(pool(ours, "all"))
    assert pooled == pytest.approx({name: theirs["all"][name] for name in pooled}, abs=1e-9)
    assert min(pooled.values()) > 0.01, "damage that no figure shows proves nothing"


def shown(one: Score) -> dict[str, float]:
    """What both scorers print."""
    names = ("WER", "cpWER", "DER", "miss", "fa", "conf", "talk")
    return {name: rate for name in names if (rate := one.rates[name]) is not None}


def damaged(truth: Reference, chance: np.random.Generator, language: str) -> dict[str, Any]:
    """A report of a call in which words, speakers and times went wrong."""
    assert truth.turns is not None
    assert truth.lines is not None
    speakers = sorted({turn.speaker for turn in truth.turns})

    def mistaken(speaker: str) -> str:
        heard = speaker if chance.random() > 0.2 else str(chance.choice(speakers))
        return f"S{speakers.index(heard)}"  # type: ignore[arg-type]

    turns = [
        {
            "speaker": mistaken(turn.speaker),
            "start": turn.span.start + chance.normal(0, 0.2),
            "end": turn.span.end + chance.normal(0.1, 0.2),
        }
        for turn in truth.turns
        if chance.random() > 0.05
    ]
    odds = (0.85, 0.05, 0.05, 0.05)  # of a word heard right, lost, followed by another, wrong
    utterances = []
    for line in truth.lines:
        words = [
            {"start": line.start + 0.3 * n, "end": line.start + 0.3 * n + 0.2, "text": f" {word}"}
            for n, word in enumerate(line.text.split())
            for word in chance.choice([word, "", f"{word} again", "wrong"], 1, p=odds)
        ]
        span = {"start": line.start, "end": line.start + 0.3 * len(words)}
        utterances.append({"speaker": mistaken(line.speaker), "words": words} | span)
    return {"language": language, "turns": turns, "utterances": utterances}
