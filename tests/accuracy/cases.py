"""The recordings that are measured, in groups: fixtures, a corpus, real clips, nasty files."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from math import inf
from pathlib import Path

from tests.accuracy.reference import Reference, load_reference, truth_path

AUDIO = {".flac", ".wav", ".mp3", ".m4a", ".ogg", ".webm", ".aiff", ".opus", ".mp4"}
_LONGEST_WITHOUT_WORDS_S = 0.3
_NO_SPEECH = re.compile(r"silence|no speech|empty|tone\b|music")
_WORDS_FROM = re.compile(r"words before (\d+) s")
_SECONDS = re.compile(r"([\d.]+) s$")


@dataclass(frozen=True, slots=True)
class Case:
    """One recording; the report of it is written to ID.json.

    `quiet_until` is the instant before which nobody speaks: infinite where nobody ever does.
    """

    id: str
    audio: Path
    language: str = ""
    reference: Reference | None = None
    meeting: Path | None = None
    quiet_until: float = 0.0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Recordings of one kind, pooled together; the slug chooses the limits it is held to."""

    slug: str
    title: str
    cases: tuple[Case, ...]

    @property
    def scored(self) -> tuple[Case, ...]:
        """The cases whose truth is known."""
        return tuple(case for case in self.cases if case.reference)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages spoken."""
        return tuple(sorted({case.language for case in self.scored if case.language}))

    def only(self, pattern: str) -> "Group":
        """The cases whose `slug/id`, or any part of it, matches a shell pattern."""
        kept = (case for case in self.cases if fnmatch(f"{self.slug}/{case.id}", f"*{pattern}*"))
        return replace(self, cases=tuple(kept))


def fixture_group(folder: Path) -> Group:
    """The calls of fixtures/calls: one folder a call."""
    audios = sorted(folder.glob("*/audio.*"))
    cases = tuple(_case(folder, audio.parent.name, audio) for audio in audios)
    return Group("fixtures", "Calls of fixtures/", cases)


def corpus_groups(folder: Path) -> Iterator[Group]:
    """Whatever a folder named by TALKTRACK_CORPUS holds: calls, variants, speech, nasty."""
    yield from _call_groups(folder / "calls", folder / "variants")
    yield from _speech_groups(folder / "speech")
    if (folder / "nasty").is_dir():
        yield Group("nasty", "Nasty files", tuple(_nasty_cases(folder / "nasty")))


def _call_groups(calls: Path, variants: Path) -> Iterator[Group]:
    if calls.is_dir():
        mono = tuple(_case(calls, audio.stem, audio) for audio in _audio_files(calls))
        yield Group("calls", "Calls, mono 16 kHz", mono)
    by_variant: dict[str, list[Case]] = {}
    for audio in _audio_files(variants) if variants.is_dir() else ():
        call, _, rest = audio.name.partition(".")
        by_variant.setdefault(rest.partition(".")[0], []).append(_case(calls, call, audio))
    for variant, cases in sorted(by_variant.items()):
        yield Group(variant, f"The same calls, {variant}", tuple(cases))


def _speech_groups(folder: Path) -> Iterator[Group]:
    kinds = {
        "ami": ("Real meetings (AMI)", "en-ami-trn*"),
        "fleurs": ("Single voices (FLEURS)", "fleurs-*"),
        "speech": ("Other real recordings", "*"),
    }
    left = _audio_files(folder) if folder.is_dir() else ()
    for slug, (title, pattern) in kinds.items():
        taken = [audio for audio in left if fnmatch(audio.name, pattern)]
        left = [audio for audio in left if audio not in taken]
        cases = (_case(folder, audio.stem, audio) for audio in taken)
        if scored := tuple(case for case in cases if case.reference):
            yield Group(slug, title, scored)


def _case(truth: Path, name: str, audio: Path) -> Case:
    reference = load_reference(truth, name)
    is_known = reference.turns is not None or reference.lines is not None
    meetings = (truth / f"{name}.meeting.json", truth / name / "meeting.json")
    return Case(
        name,
        audio,
        language=_language(truth, name),
        reference=reference if is_known else None,
        meeting=next((path for path in meetings if path.is_file()), None),
    )


def _language(folder: Path, name: str) -> str:
    """As the call's truth, or the folder's index.tsv (id and language first), says."""
    if truth := truth_path(folder, name, "json"):
        return str(json.loads(truth.read_text("utf-8"))["language"])
    index = folder / "index.tsv"
    rows = index.read_text("utf-8").splitlines() if index.is_file() else ()
    languages = dict(row.split("\t", 2)[:2] for row in rows if row.count("\t") > 1)
    return str(languages.get(name, ""))


def _nasty_cases(folder: Path) -> Iterator[Case]:
    """Files and what is expected of them: name, description and decoding, one a line."""
    for line in (folder / "expectations.tsv").read_text("utf-8").splitlines():
        name, description, decoding = (*line.split("\t"), "", "")[:3]
        if not (folder / name).is_file() or name.endswith(".csv"):
            continue
        quiet = _quiet_until(name, description, decoding)
        yield Case(
            name.replace(".", "-"), folder / name, quiet_until=quiet, note=description or name
        )


def _quiet_until(name: str, description: str, decoding: str) -> float:
    if found := _WORDS_FROM.search(description):
        return float(found[1])
    if "text:" in description:
        return 0.0
    seconds = _SECONDS.search(decoding)
    is_too_short = seconds is not None and float(seconds[1]) < _LONGEST_WITHOUT_WORDS_S
    return inf if is_too_short or _NO_SPEECH.search(f"{name} {description}") else 0.0


def _audio_files(folder: Path) -> Sequence[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in AUDIO)
