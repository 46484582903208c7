"""Fit how sellers and buyers talk, and tell how it does on calls left out.

`python -m tests.accuracy.sides_fit CORPUS [--write]`: each call in turn is read by weights that
were fitted on all the others; "apart" is how much more its least sellerlike seller sounds like
one than its most sellerlike buyer. Below 0 they would be mixed up.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from analyzer.lexicon import load_lexicon
from analyzer.manner import LEAST_WORDS, Manner, as_json
from analyzer.reading import Vectors, cut_sentences
from analyzer.transcript import assemble
from tests.accuracy.understanding import readers
from tests.accuracy.written import WrittenCall, corpus_calls, script_calls
from tests.benchmarks.measured import ROOT

FITTED = ROOT / "analyzer" / "calibrated" / "sides.json"
SPREAD = 10.0
"""Vectors lie close together; spread out, the penalty below means what it does elsewhere."""
PENALTY = 0.03


@dataclass(frozen=True, slots=True)
class Talk:
    """The sentences of a call as vectors, and who says each."""

    id: str
    vectors: Vectors
    speakers: NDArray[np.int_]
    sells: NDArray[np.bool_]

    def apart(self, manner: Manner) -> float:
        """How far the sides are apart; see the module."""
        read = manner.read(self.vectors)
        means = {
            one: (float(read[own].mean()), bool(self.sells[own][0]))
            for one in np.unique(self.speakers)
            for own in (self.speakers == one,)
        }
        sellers = [mean for mean, sells in means.values() if sells]
        buyers = [mean for mean, sells in means.values() if not sells]
        return min(sellers) - max(buyers)


def talk_of(call: WrittenCall) -> Talk:
    """What is said in a call, without what anybody may say."""
    transcript = assemble(call.hearing)
    said = cut_sentences(transcript, load_lexicon(call.language))
    embedder = readers().embedder
    assert embedder is not None
    vectors = embedder.embed([one.text for one in said])
    people = [int(transcript.heard_as[one.speaker].removeprefix("T")) for one in said]
    kept = [n for n, s in enumerate(said) if len(s.words) >= LEAST_WORDS and not s.is_backchannel]
    speakers = np.asarray([people[n] for n in kept])
    sides = np.asarray([one["internal"] for one in call.truth["speakers"]])
    return Talk(call.id, vectors[kept], speakers, sides[speakers])


def fitted(talks: Sequence[Talk]) -> Manner:
    """The weights that tell sellers' sentences from buyers' in these calls."""
    vectors = np.concatenate([talk.vectors for talk in talks])
    mean = vectors.mean(axis=0)
    model = LogisticRegression(C=PENALTY, max_iter=2000, class_weight="balanced")
    model.fit((vectors - mean) * SPREAD, np.concatenate([talk.sells for talk in talks]))
    return Manner(mean, (model.coef_[0] * SPREAD).astype(np.float32))


def main(corpus: Path, *, write: Annotated[bool, typer.Option()] = False) -> None:
    """Print how far apart the sides are in each call left out; write the weights of all."""
    talks = [talk_of(call) for call in (*corpus_calls(corpus), *script_calls())]
    apart = {
        left.id: left.apart(fitted([talk for talk in talks if talk is not left])) for left in talks
    }
    for name, value in sorted(apart.items(), key=lambda item: item[1]):
        typer.echo(f"{name:28} {value:6.2f}")
    right = sum(value > 0 for value in apart.values())
    typer.echo(f"right in {right} of {len(apart)} calls, median {np.median([*apart.values()]):.2f}")
    if write:
        FITTED.write_text(json.dumps(as_json(fitted(talks))) + "\n", "utf-8")


if __name__ == "__main__":
    typer.run(main)
