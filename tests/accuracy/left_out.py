"""What is calibrated, on calls left out of the calibration: part of `make accuracy`.

Weights of the agenda, of tips, of who talks like a seller and of what objects are fitted on every
labelled call but one, and tried on that one. Nothing else is fitted; phrases were written by
people who had read the corpus and the scripts.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from tests.accuracy.tables import write_between
from tests.benchmarks.measured import ROOT

FITS = ("agenda_fit", "readings_fit", "tips_fit")


def main(
    corpus: Annotated[str, typer.Option(envvar="TALKTRACK_CORPUS")] = "",
    markdown: Annotated[Path | None, typer.Option()] = None,
) -> None:
    """Print what each calibration does on calls left out; nothing without a corpus."""
    folders = [Path(folder) / "calls" for folder in corpus.split(os.pathsep) if folder]
    told = [_run(fit, folder) for folder in folders if folder.is_dir() for fit in FITS]
    for text in told:
        typer.echo(text)
    if markdown and told:
        write_between(markdown, "left-out", "\n\n".join(f"```text\n{text}\n```" for text in told))


def _run(fit: str, folder: Path) -> str:
    command = [sys.executable, "-W", "ignore", "-m", f"tests.accuracy.{fit}", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return f"{fit}\n{done.stdout.strip()}"


if __name__ == "__main__":
    typer.run(main)
