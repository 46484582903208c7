"""Fit what tells sellers from buyers, and objections from the rest; tell how it does left out.

`python -m tests.accuracy.readings_fit CORPUS [--write]`: each call in turn is read by weights
that were fitted on all the others. "apart" is how much more the least sellerlike seller sounds
like one than the most sellerlike buyer; below 0 they would be mixed up. For objections: how much
higher a buyer's sentence of an objection reads than another one, as the share of such pairs.
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
from sklearn.metrics import roc_auc_score

from analyzer.lexicon import load_lexicon
from analyzer.linear import LinearReading, Name, as_json
from analyzer.manner import LEAST_WORDS
from analyzer.reading import Sentence, Vectors, cut_sentences
from analyzer.transcript import assemble
from tests.accuracy.understanding import readers
from tests.accuracy.written import WrittenCall, corpus_calls, script_calls, unseen_calls
from tests.benchmarks.measured import ROOT

FITTED = ROOT / "analyzer" / "calibrated"
SPREAD = 10.0
"""Vectors lie close together; spread out, the penalty below means what it does elsewhere."""
PENALTY = 0.03

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Talk:
    """The sentences of a call as vectors, who says each, who sells, and what objects."""

    id: str
    vectors: Vectors
    speakers: NDArray[np.int_]
    sells: Mask
    objects: Mask

    def apart(self, reading: LinearReading) -> float:
        """How far the sides are apart; see the module."""
        read = reading.read(self.vectors)
        means = [
            (float(read[own].mean()), bool(self.sells[own][0]))
            for one in np.unique(self.speakers)
            for own in (self.speakers == one,)
        ]
        sellers = [mean for mean, sells in means if sells]
        return min(sellers) - max(mean for mean, sells in means if not sells)


def talk_of(call: WrittenCall) -> Talk:
    """What is said in a call, without what anybody may say."""
    transcript = assemble(call.hearing)
    said = [
        one
        for one in cut_sentences(transcript, load_lexicon(call.language))
        if len(one.words) >= LEAST_WORDS and not one.is_backchannel
    ]
    embedder = readers().embedder
    assert embedder is not None
    people = [int(transcript.heard_as[one.speaker].removeprefix("T")) for one in said]
    sides = np.asarray([one["internal"] for one in call.truth["speakers"]])
    return Talk(
        call.id,
        embedder.embed([one.text for one in said]),
        np.asarray(people),
        sides[people],
        np.asarray([_objects(call, one) for one in said]),
    )


def _objects(call: WrittenCall, said: Sentence) -> bool:
    turns = (turn for turn in call.truth["turns"] if "objection" in (turn["acts"] or ()))
    return any(turn["start"] <= said.span.middle <= turn["end"] for turn in turns)


def fit_sides(talks: Sequence[Talk]) -> LinearReading:
    """What tells sellers' sentences from buyers' in these calls."""
    return _fit([talk.vectors for talk in talks], [talk.sells for talk in talks])


def fit_objections(talks: Sequence[Talk]) -> LinearReading:
    """What tells buyers' objections from what else they say."""
    buyers = [~talk.sells for talk in talks]
    return _fit(
        [talk.vectors[buys] for talk, buys in zip(talks, buyers, strict=True)],
        [talk.objects[buys] for talk, buys in zip(talks, buyers, strict=True)],
    )


def _fit(rows: Sequence[Vectors], labels: Sequence[Mask]) -> LinearReading:
    vectors = np.concatenate(rows)
    mean = vectors.mean(axis=0)
    model = LogisticRegression(C=PENALTY, max_iter=2000, class_weight="balanced")
    model.fit((vectors - mean) * SPREAD, np.concatenate(labels))
    weights = (model.coef_[0] * SPREAD).astype(np.float32)
    return LinearReading(mean, weights, float(model.intercept_[0]))


def main(corpus: Path, *, write: Annotated[bool, typer.Option()] = False) -> None:
    """Print how both readings do on each call left out; write the weights of all."""
    calls = (*corpus_calls(corpus), *script_calls(), *unseen_calls())
    talks = [talk_of(call) for call in calls]
    apart: dict[str, float] = {}
    read, objects = [], []
    for left in talks:
        others = [talk for talk in talks if talk is not left]
        apart[left.id] = left.apart(fit_sides(others))
        read.append(fit_objections(others).read(left.vectors[~left.sells]))
        objects.append(left.objects[~left.sells])
    for name, value in sorted(apart.items(), key=lambda item: item[1]):
        typer.echo(f"{name:28} {value:6.2f}")
    right = sum(value > 0 for value in apart.values())
    typer.echo(f"sides right in {right} of {len(apart)}, median {np.median([*apart.values()]):.2f}")
    share = roc_auc_score(np.concatenate(objects), np.concatenate(read))
    typer.echo(f"an objection reads higher in {share:.3f} of the pairs")
    fitted: dict[Name, LinearReading] = {
        "sides": fit_sides(talks),
        "objections": fit_objections(talks),
    }
    for key, reading in fitted.items() if write else ():
        (FITTED / f"{key}.json").write_text(json.dumps(as_json(reading)) + "\n", "utf-8")


if __name__ == "__main__":
    typer.run(main)
