"""How much of what is to be struck out is found, and how much else: by kind and language.

python -m tests.accuracy.redaction [--count 400] [--seed 7] [--calls ../shared]
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from analyzer import Recording, hear
from analyzer.engines import load_engines
from analyzer.engines.presidio import PresidioRecogniser
from analyzer.redaction import KINDS, Finders, Wanted, find_in, find_in_text, mask
from analyzer.speech import Diarization, Hearing, Span, SpeakerId, Turn, Word
from tests.accuracy.planted import Planted, plant
from tests.accuracy.planted_templates import HELD_OUT, SEEN

LANGUAGES = ("en", "fr")


@dataclass(slots=True)
class Score:
    """Values planted and found whole; findings, and those that touch a value of any kind."""

    planted: Counter[tuple[str, str]] = field(default_factory=Counter)
    found: Counter[tuple[str, str]] = field(default_factory=Counter)
    told: Counter[tuple[str, str]] = field(default_factory=Counter)
    right: Counter[tuple[str, str]] = field(default_factory=Counter)
    missed: list[tuple[str, str]] = field(default_factory=list)
    wrong: list[tuple[str, str]] = field(default_factory=list)

    def recall(self, kind: str, language: str) -> float:
        """The share of values of which no word is left."""
        return self.found[kind, language] / max(1, self.planted[kind, language])

    def precision(self, kind: str, language: str) -> float:
        """The share of what was struck out that holds some of a value."""
        told = self.told[kind, language]
        return self.right[kind, language] / told if told else 1.0


def score(texts: Iterable[Planted], finders: Finders) -> Score:
    """How every text is read, looking for all kinds."""
    kept = Score()
    for one in texts:
        findings = find_in_text(one.text, one.language, Wanted(KINDS), finders)
        struck = {place for found in findings for place in found.places}
        truth = {place for _, places in one.values for place in places}
        for kind, places in one.values:
            kept.planted[kind, one.language] += 1
            if struck >= set(places):
                kept.found[kind, one.language] += 1
            else:
                kept.missed.append((kind, one.text))
        for found in findings:
            kept.told[found.kind, one.language] += 1
            if truth & set(found.places):
                kept.right[found.kind, one.language] += 1
            else:
                kept.wrong.append((found.kind, one.text))
    return kept


def finders() -> Finders:
    """What the service finds with."""
    return Finders(PresidioRecogniser(), load_engines().reader)


def false_hits(folder: Path, tools: Finders) -> Iterator[tuple[str, int, Counter[str], list[str]]]:
    """What is struck out of calls in which nothing is to be, but names."""
    kinds = [one for one in KINDS if one != "name"]
    for path in sorted((folder / "corpus" / "calls").glob("*.stm")):
        hearing = _of_stm(path)
        found = find_in(hearing, Wanted(kinds), tools)
        texts = [" ".join(hearing.words[n].text for n in one.places) for one in found]
        yield path.stem, len(hearing.words), Counter(one.kind for one in found), texts


def _of_stm(path: Path) -> Hearing:
    words: list[Word] = []
    owners: list[SpeakerId] = []
    turns: list[Turn] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith(";;") or not line.strip():
            continue
        _, _, speaker, start, end, _, text = line.split(maxsplit=6)
        own = text.split()
        step = (float(end) - float(start)) / max(1, len(own))
        turns.append(Turn(Span(float(start), float(end)), SpeakerId(speaker)))
        for n, word in enumerate(own):
            at = float(start) + n * step
            words.append(Word(Span(at, at + step), word, 1.0))
            owners.append(SpeakerId(speaker))
    diarization = Diarization(tuple(turns), tuple(turns))
    return Hearing(
        max(turn.span.end for turn in turns),
        path.stem[:2],
        tuple(words),
        diarization,
        owners=tuple(owners),
    )


def heard(folder: Path, tools: Finders) -> tuple[str, Counter[str]]:
    """The real recording, heard by the engines and struck out, as one text."""
    path = folder / "eval" / "speech" / "en-pii-sallybrown.flac"
    hearing = hear(Recording(path), load_engines())
    masked, spans = mask(hearing, find_in(hearing, Wanted(KINDS), tools))
    return " ".join(word.text for word in masked.words), Counter(one.kind for one in spans)


def main() -> None:
    """Print the tables of docs/redaction.md."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--count", type=int, default=400)
    asked.add_argument("--seed", type=int, default=7)
    asked.add_argument("--calls", type=Path, default=Path("../shared"))
    asked.add_argument("--show", choices=("seen",), help="print what was missed of seen templates")
    given = asked.parse_args()
    tools = finders()
    for title, templates in (("seen templates", SEEN), ("held-out templates", HELD_OUT)):
        kept = score(plant(templates, given.seed, given.count, LANGUAGES), tools)
        print(f"\n{title}, {given.count} texts a language, seed {given.seed}")
        print("| kind | en recall | en precision | fr recall | fr precision |")
        print("|---|---|---|---|---|")
        for kind in KINDS:
            cells = [
                f"{kept.recall(kind, one):.3f} ({kept.planted[kind, one]}) | "
                f"{kept.precision(kind, one):.3f}"
                for one in LANGUAGES
            ]
            print(f"| {kind} | {' | '.join(cells)} |")
        if given.show == "seen" and templates is SEEN:
            for label, lines in (("missed", kept.missed), ("wrong", kept.wrong)):
                for line in lines:
                    print(label, json.dumps(line, ensure_ascii=False))
    if (given.calls / "corpus").is_dir():
        print("\ncalls without any of it (structured kinds)")
        for stem, words, counts, texts in false_hits(given.calls, tools):
            print(f"{stem}: {words} words, {dict(counts)} {texts}")
        text, kinds = heard(given.calls, tools)
        print(f"\nen-pii-sallybrown, heard: {dict(kinds)}\n{text}")


if __name__ == "__main__":
    main()
