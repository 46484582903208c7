"""Makes models/calibrated/middles.json: where the passages of a language lie on the whole.

    python -m tests.accuracy.middles_fit [--check]

From the calls of fixtures/scripts. Vectors that are kept already were made with the middles of
their day: when these change, every passage has to be read again.
"""

import json
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
import yaml

from analyzer.engines.e5 import E5Embedder
from analyzer.reading import Embedder
from analyzer.transcript import assemble
from models.meaning_space import MIDDLES
from models.passages import CutPassage, cut_passages
from tests.builders import conversation

SCRIPTS = Path(__file__).resolve().parents[2] / "fixtures" / "scripts"
ENGINE = "multilingual-e5-small"


def passages_by_language() -> Mapping[str, list[CutPassage]]:
    """The passages of every scripted call."""
    found: dict[str, list[list[CutPassage]]] = {}
    for path in sorted(SCRIPTS.glob("*/*.yaml")):
        script = yaml.safe_load(path.read_text("utf-8"))
        speakers: dict[str, str] = {}
        said = [
            (speakers.setdefault(turn["speaker"], f"S{len(speakers) + 1}"), turn["text"])
            for turn in script["turns"]
        ]
        transcript = assemble(conversation(said, script["language"]))
        found.setdefault(script["language"], []).append([*cut_passages(transcript, ())])
    return {language: [*chain.from_iterable(some)] for language, some in sorted(found.items())}


def middles(embedder: Embedder) -> str:
    """The file."""
    lines = []
    for language, passages in passages_by_language().items():
        rows = np.concatenate([embedder.embed([one.text]) for one in passages])
        rounded = [round(float(value), 4) for value in rows.mean(axis=0)]
        lines.append(f'"{language}": {json.dumps(rounded)}')
    text = ",\n".join(lines)
    return f'{{\n"engine": "{ENGINE}",\n"middles": {{\n{text}\n}}\n}}\n'


def main(check: Annotated[bool, typer.Option(help="Only compare.")] = False) -> None:
    """Make the middles anew, or say how far the kept ones are off."""
    made = middles(E5Embedder())
    if not check:
        MIDDLES.write_text(made, "utf-8")
        return
    now, kept = (json.loads(text)["middles"] for text in (made, MIDDLES.read_text("utf-8")))
    off = max(float(np.abs(np.subtract(now[name], kept[name])).max()) for name in now)
    print(f"largest difference {off:.4f}")
    raise typer.Exit(off > 0.001)


if __name__ == "__main__":
    typer.run(main)
