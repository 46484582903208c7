"""Talk that is like real talk: the sentences of fixtures/scripts, cut up and put together anew.

Words, their endings and how often they are said are those of the scripts; a long tail of names and
products makes the vocabulary as large as that of thousands of calls. Some words belong to a season
and are said in the calls of a few months only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import yaml

from analyzer.speech import SpeakerId
from analyzer.transcript import Transcript, assemble
from tests.builders import conversation

SCRIPTS = Path(__file__).resolve().parents[2] / "fixtures" / "scripts"
LANGUAGES = ("en", "fr")
_AGREEMENTS = {"en": "Okay,", "fr": "D'accord,"}
"""What every fifth thing said begins with."""
SEASONS = 24
NAMES = 150_000
_POOL = 40_000
_CONSONANTS, _VOWELS = "bcdfghjklmnprstvwz", "aeiou"


@dataclass(frozen=True, slots=True)
class Line:
    """What one person says, and how long it takes."""

    text: str
    is_buyer: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Talk:
    """Everything that may be said in one language: replies, and stretches of sentences."""

    agreement: str
    replies: tuple[str, ...]
    stretches: tuple[str, ...]

    def lines(self, rng: np.random.Generator, count: int, season: int) -> Iterator[Line]:
        """A call of so many lines, in turns; about twelve words each."""
        kinds = rng.random(count)
        parts = rng.integers(1, 4, count)
        picks = rng.integers(0, len(self.stretches), (count, 3))
        shorts = rng.integers(0, len(self.replies), count)
        tail = _zipf(rng, count)
        for n in range(count):
            if kinds[n] < 0.3:
                text = self.replies[shorts[n]]
            else:
                text = " ".join(self.stretches[pick] for pick in picks[n, : parts[n]])
                if kinds[n] < 0.5:
                    text = f"{self.agreement} {text}"
                if kinds[n] > 0.75:
                    text = f"{text} {name(int(tail[n]))}"
                if kinds[n] > 0.99:
                    text = f"{text} {season_word(season)}"
            yield Line(text, bool(n % 2), 0.4 * (text.count(" ") + 1))


def name(rank: int) -> str:
    """The name said `rank`-th most often."""
    rank, word = rank + 90, ""
    while rank:
        rank, first = divmod(rank, len(_CONSONANTS))
        rank, second = divmod(rank, len(_VOWELS))
        word += _CONSONANTS[first] + _VOWELS[second]
    return word.capitalize()


def season_word(season: int) -> str:
    """What everybody spoke of in those months."""
    return f"Projekt{name(1000 + season)}"


@cache
def talk(language: str) -> Talk:
    """The talk of a language, the same each time."""
    rng = np.random.default_rng(LANGUAGES.index(language))
    spoken = [turn["text"].split() for script in scripts(language) for turn in script["turns"]]
    longer = [words for words in spoken if len(words) > 3]
    stretches = [_cut(longer[n], rng) for n in rng.integers(0, len(longer), _POOL)]
    replies = tuple(" ".join(words) for words in spoken if len(words) <= 3)
    return Talk(_AGREEMENTS[language], replies, tuple(" ".join(words) for words in stretches))


@cache
def scripts(language: str) -> tuple[dict[str, list[dict[str, str]]], ...]:
    """The scripted calls of a language."""
    return tuple(
        yaml.safe_load(path.read_text("utf-8"))
        for path in sorted((SCRIPTS / language).glob("*.yaml"))
    )


def transcripts(language: str) -> Iterator[Transcript]:
    """The scripted calls as they would be heard."""
    for script in scripts(language):
        speakers: dict[str, str] = {}
        said = [
            (speakers.setdefault(turn["speaker"], SpeakerId(f"S{len(speakers) + 1}")), turn["text"])
            for turn in script["turns"]
        ]
        yield assemble(conversation(said, language))


def _cut(words: Sequence[str], rng: np.random.Generator) -> Sequence[str]:
    """Some words of a sentence that follow one another."""
    count = int(rng.integers(4, 12))
    start = int(rng.integers(0, max(1, len(words) - count)))
    return words[start : start + count]


def _zipf(rng: np.random.Generator, count: int) -> np.ndarray:
    """Ranks of names: the n-th is said about 1/n as often as the first."""
    return np.asarray(NAMES ** rng.random(count), dtype=np.int64)
