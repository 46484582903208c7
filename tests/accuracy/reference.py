"""What was truly said, and what was heard: both sides of every score."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analyzer.speech import Span, SpeakerId, Turn

Content = Mapping[str, Any]
_TAG = re.compile(r"^<[^>]*>\s*")


@dataclass(frozen=True, slots=True)
class Line:
    """Text of one speaker from `start` on: a turn of the reference, or one word as heard."""

    speaker: str
    start: float
    text: str


@dataclass(frozen=True, slots=True)
class Reference:
    """The truth of a recording; None is what nobody wrote down."""

    id: str
    turns: tuple[Turn, ...] | None = None
    lines: tuple[Line, ...] | None = None
    sellers: Mapping[str, bool] = field(default_factory=dict)
    """By speaker: whether they sell."""

    @property
    def talk_ratio(self) -> float | None:
        """Seller / (seller + buyer) speech, when every speaker's side is known."""
        turns = self.turns or ()
        if not turns or any(turn.speaker not in self.sellers for turn in turns):
            return None
        selling = sum(turn.span.seconds for turn in turns if self.sellers[turn.speaker])
        return selling / sum(turn.span.seconds for turn in turns)


@dataclass(frozen=True, slots=True)
class Heard:
    """A report, as far as it is scored; `sides` is None where a report tells none."""

    id: str
    language: str
    turns: tuple[Turn, ...]
    words: tuple[Line, ...]
    sides: Mapping[str, str] | None = None
    talk_ratio: float | None = None


def truth_path(folder: Path, case: str, suffix: str) -> Path | None:
    """A file of the reference: FOLDER/ID.suffix, or FOLDER/ID/truth.suffix as in fixtures."""
    places = (folder / f"{case}.{suffix}", folder / case / f"truth.{suffix}")
    return next((place for place in places if place.is_file()), None)


def load_reference(folder: Path, case: str) -> Reference:
    """Read whatever truth a folder holds of one recording."""
    rttm, stm, truth = (truth_path(folder, case, suffix) for suffix in ("rttm", "stm", "json"))
    return Reference(
        case,
        turns=tuple(_rttm_turns(rttm)) if rttm else None,
        lines=tuple(sorted(_stm_lines(stm), key=lambda line: line.start)) if stm else None,
        sellers=_sellers(json.loads(truth.read_text("utf-8"))) if truth else {},
    )


def load_heard(path: Path) -> Heard:
    """Read a report written as JSON; the recording's id is the file's stem."""
    return heard(path.stem, json.loads(path.read_text("utf-8")))


def heard(case: str, report: Content) -> Heard:
    """Take from a report what is scored."""
    turns = report.get("turns") or report["utterances"]
    words = [
        Line(utterance["speaker"], word["start"], word["text"].strip())
        for utterance in report["utterances"]
        for word in utterance["words"]
    ]
    speakers = report.get("speakers")
    return Heard(
        case,
        report.get("language", "en"),
        turns=tuple(
            Turn(Span(turn["start"], turn["end"]), SpeakerId(turn["speaker"]))
            for turn in turns
            if turn["end"] > turn["start"]
        ),
        words=tuple(sorted(words, key=lambda word: word.start)),
        sides=None if speakers is None else {one["id"]: one["side"] for one in speakers},
        talk_ratio=report.get("metrics", {}).get("talk_ratio", {}).get("value"),
    )


def _rttm_turns(path: Path) -> Iterator[Turn]:
    for line in path.read_text("utf-8").splitlines():
        fields = line.split()
        if fields and fields[0] == "SPEAKER":
            start = float(fields[3])
            yield Turn(Span(start, start + float(fields[4])), SpeakerId(fields[7]))


def _stm_lines(path: Path) -> Iterator[Line]:
    for line in path.read_text("utf-8").splitlines():
        fields = line.split(maxsplit=5)
        if len(fields) == 6 and not line.startswith(";;"):
            yield Line(fields[2], float(fields[3]), _TAG.sub("", fields[5]))


def _sellers(truth: Content) -> dict[str, bool]:
    return {
        speaker["label"]: speaker["internal"]
        for speaker in truth.get("speakers", ())
        if "internal" in speaker
    }
