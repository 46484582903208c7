"""How well calls are understood, from true words or from what Talktrack heard.

`python -m tests.accuracy.understanding CORPUS --set corpus|heard|scripts|unseen --show question`
"""

import json
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer

from analyzer import load_engines
from analyzer.codec import report_to_json
from analyzer.engines import Engines
from analyzer.playbook_file import standard_playbook
from analyzer.understanding import Readers, understand_with
from tests.accuracy.findings import Findings
from tests.accuracy.reports import HEARINGS
from tests.accuracy.written import (
    WrittenCall,
    corpus_calls,
    heard_calls,
    script_calls,
    unseen_calls,
)


@cache
def readers() -> Readers:
    """The bundled reader and embedder, loaded once."""
    engines: Engines = load_engines()
    return Readers(engines.reader, engines.embedder)


def report_of(call: WrittenCall) -> dict[str, Any]:
    """The report of a call, through JSON as any user of it sees it."""
    report = understand_with(call.hearing, call.meeting, standard_playbook(), readers())
    found: dict[str, Any] = json.loads(json.dumps(report_to_json(report)))
    return found


def score(calls: Iterable[WrittenCall]) -> Findings:
    """The findings of several calls together."""
    findings = Findings()
    for call in calls:
        before = len(findings.misses)
        findings.score(call.truth, report_of(call))
        findings.misses[before:] = [
            (key, f"{call.id[:4]} {text}") for key, text in findings.misses[before:]
        ]
    return findings


def main(
    corpus: Path,
    which: Annotated[str, typer.Option("--set")] = "corpus",
    show: Annotated[str, typer.Option()] = "",
    only: Annotated[str, typer.Option()] = "",
) -> None:
    """Print the figures per language, and what was missed of some kinds."""
    calls: Sequence[WrittenCall]
    match which:
        case "scripts":
            calls = script_calls()
        case "unseen":
            calls = unseen_calls()
        case "heard":
            calls = heard_calls(corpus, HEARINGS)
        case _:
            calls = corpus_calls(corpus)
    calls = [call for call in calls if call.id.startswith(only)]
    found = {code: score(c for c in calls if c.language == code) for code in ("en", "fr")}
    rates = {code: one.rates() for code, one in found.items()}
    sys.stdout.write(f"{'':20}" + "".join(f"{code:>8}" for code in rates) + "\n")
    for key in rates["en"]:
        row = "".join(f"{one.get(key, 0.0):8.3f}" for one in rates.values())
        sys.stdout.write(f"{key:20}{row}\n")
    shown = set(show.split(",")) if show else set()
    for one in found.values():
        for key, text in one.misses:
            if key in shown or "all" in shown:
                sys.stdout.write(f"{key:14} {text}\n")


if __name__ == "__main__":
    typer.run(main)
