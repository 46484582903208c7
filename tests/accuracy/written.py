"""Calls whose words are known exactly: the corpus' truth and the scripts of fixtures/scripts."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from analyzer.codec import hearing_from_json
from analyzer.meeting_file import meeting_from
from analyzer.recording import Meeting
from analyzer.speech import Diarization, Hearing, Span, SpeakerId, Turn, Word
from tests.benchmarks.measured import ROOT

CALLS = ROOT / "fixtures" / "calls"
SCRIPTS = ROOT / "fixtures" / "scripts"
WORD_S = 0.36
GAP_S = 0.3

Truth = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WrittenCall:
    """A call's labels in the corpus' form, what was known before it, and a hearing of it."""

    id: str
    truth: Truth
    meeting: Meeting
    hearing: Hearing

    @property
    def language(self) -> str:
        """The language of the call."""
        return str(self.truth["language"])


def corpus_calls(folder: Path) -> tuple[WrittenCall, ...]:
    """The corpus' calls as their truth says they were spoken."""
    return tuple(_corpus_call(folder, path) for path in sorted(folder.glob("*.meeting.json")))


def fixture_calls(*, is_heard: bool = False) -> tuple[WrittenCall, ...]:
    """The calls of fixtures/, as truly spoken or as their frozen hearing says."""
    return tuple(_fixture_call(path, is_heard=is_heard) for path in sorted(CALLS.iterdir()))


def _fixture_call(path: Path, *, is_heard: bool) -> WrittenCall:
    truth, meeting, stored = (
        json.loads((path / name).read_text("utf-8"))
        for name in ("truth.json", "meeting.json", "hearing.json")
    )
    hearing = hearing_from_json(stored) if is_heard else spoken(truth)
    return WrittenCall(path.name, truth, meeting_from(meeting, path.name), hearing)


def heard_calls(folder: Path, hearings: Path) -> tuple[WrittenCall, ...]:
    """The corpus' calls as Talktrack heard them, where HEARINGS/FOLDER/ID.hearing.json is there."""
    found = []
    for call in corpus_calls(folder):
        path = hearings / folder.name / f"{call.id}.hearing.json"
        if path.is_file():
            hearing = hearing_from_json(json.loads(path.read_text("utf-8")))
            found.append(WrittenCall(call.id, call.truth, call.meeting, hearing))
    return tuple(found)


@cache
def script_calls() -> tuple[WrittenCall, ...]:
    """The scripts of fixtures/ that rules were checked on, spoken at an even pace."""
    return tuple(
        _script_call(path)
        for path in sorted((*SCRIPTS.glob("en/*.yaml"), *SCRIPTS.glob("fr/*.yaml")))
    )


@cache
def unseen_calls() -> tuple[WrittenCall, ...]:
    """The scripts of fixtures/ that were written after the rules, to measure alone."""
    return tuple(_script_call(path) for path in sorted(SCRIPTS.glob("unseen/*.yaml")))


def _corpus_call(folder: Path, path: Path) -> WrittenCall:
    name = path.name.removesuffix(".meeting.json")
    truth = json.loads((folder / f"{name}.json").read_text("utf-8"))
    meeting = meeting_from(json.loads(path.read_text("utf-8")), path.name)
    return WrittenCall(name, truth, meeting, spoken(truth))


def _script_call(path: Path) -> WrittenCall:
    script = yaml.safe_load(path.read_text("utf-8"))
    people = script["participants"]
    truth = {
        **script,
        "turns": list(_timed(script["turns"])),
        "speakers": [{"name": one["name"], "internal": one["side"] == "seller"} for one in people],
    }
    known = {
        "title": script["title"],
        "started_at": str(script["started_at"]),
        "participants": people,
        "agenda": [{"id": item["id"], "title": item["title"]} for item in script["agenda"]],
        "competitors": script.get("competitors_known", []),
    }
    return WrittenCall(script["id"], truth, meeting_from(known, path.name), spoken(truth))


def _timed(turns: Sequence[Truth]) -> Iterator[Truth]:
    at = 0.5
    for turn in turns:
        end = at + WORD_S * len(turn["text"].split())
        yield {"acts": [], **turn, "start": at, "end": end}
        at = end + GAP_S


def spoken(truth: Truth) -> Hearing:
    """The hearing that flawless models would make: a channel each, words spread over the turn."""
    channels = {one["name"]: channel for channel, one in enumerate(truth["speakers"])}
    turns = [
        Turn(Span(said["start"], said["end"]), SpeakerId(f"T{channel}"), channel)
        for said in truth["turns"]
        for channel in (channels[said["speaker"]],)
    ]
    words = (
        word
        for turn, said in zip(turns, truth["turns"], strict=True)
        for word in _words(turn, said["text"])
    )
    return Hearing(
        duration_s=max(turn.span.end for turn in turns) + 1.0,
        language=truth["language"],
        words=tuple(sorted(words, key=lambda word: word.span)),
        diarization=Diarization(tuple(turns), tuple(turns)),
        channels=len(channels),
    )


def _words(turn: Turn, text: str) -> Iterator[Word]:
    texts = text.split()
    step = turn.span.seconds / len(texts)
    for n, word in enumerate(texts):
        start = turn.span.start + n * step
        yield Word(Span(start, start + 0.9 * step), word, 1.0, turn.channel)
