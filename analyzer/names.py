"""Names of people and companies, found also where the recogniser misspelled them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from analyzer.lexicon import fold

ALIKE = 0.8
"""How alike, 0 to 1, two spellings must be to be one name."""
_SOUNDS = tuple(
    (re.compile(written), sound)
    for written, sound in (
        (r"ph", "f"),
        (r"g(?=[eiy])", "j"),
        (r"c(?=[eiy])|z", "s"),
        (r"ck|ch(?=r)|c(?!h)|qu?", "k"),
        (r"eaux?|aux?|ault", "o"),
        (r"y|ie", "i"),
        (r"w", "v"),
        (r"h", ""),
        (r"(.)\1+", r"\1"),
        (r"(?<=..)[est]$", ""),
    )
)


@dataclass(frozen=True, slots=True)
class Alias:
    """One way to say a name; `owners` are the places in the invitation of those who bear it."""

    words: tuple[str, ...]
    owners: frozenset[int]


@dataclass(frozen=True, slots=True)
class Match:
    """Whose name was said, in how many words, and how closely, 0 to 1."""

    owners: frozenset[int]
    length: int
    likeness: float

    @property
    def is_exact(self) -> bool:
        """Whether it was spelled as the invitation spells it."""
        return self.likeness == 1.0


def person_aliases(names: Sequence[str]) -> tuple[Alias, ...]:
    """Full names, first names and last names."""
    ways: dict[tuple[str, ...], set[int]] = {}
    for owner, name in enumerate(names):
        words = plain(name)
        for way in {words, words[:1], words[-1:]} - {()}:
            ways.setdefault(way, set()).add(owner)
    return _longest_first(ways)


def company_aliases(companies: Sequence[str | None]) -> tuple[Alias, ...]:
    """Full names, and their first or last words unless two companies share those."""
    ways: dict[tuple[str, ...], set[int]] = {}
    for owner, company in enumerate(companies):
        words = plain(company or "")
        shorter = {way for way in (words[:1], words[1:]) if len("".join(way)) > 3}
        for way in ({words} | shorter) - {()}:
            ways.setdefault(way, set()).add(owner)
    return _longest_first(
        {
            way: owners
            for way, owners in ways.items()
            if len({plain(companies[owner] or "") for owner in owners}) == 1
        }
    )


def find(words: Sequence[str], aliases: Iterable[Alias]) -> Match | None:
    """The name that `words` start with, if any: the longest, then the likest."""
    best: Match | None = None
    for alias in aliases:
        if best is not None and len(alias.words) < best.length:
            break
        said = words[: len(alias.words)]
        if len(said) == len(alias.words):
            close = min(likeness(*pair) for pair in zip(said, alias.words, strict=True))
            if close >= ALIKE and (best is None or close > best.likeness):
                best = Match(alias.owners, len(said), close)
    return best


@lru_cache(maxsize=100_000)
def likeness(said: str, name: str) -> float:
    """How alike two folded words are, as written or as they sound; 1 only for the same word."""
    if said == name:
        return 1.0
    if min(len(said), len(name)) < 3:
        return 0.0
    written = SequenceMatcher(None, said, name).ratio()
    heard = SequenceMatcher(None, _sound(said), _sound(name)).ratio()
    return min(0.99, max(written, heard))


def whose_name(name: str, names: Sequence[str]) -> int | None:
    """The place of the one name that means the same person; None of several or of none.

    The same words in any order ("Bell, Tom"), else all the words of one among the other's ("Ann"
    and "Ann Lee", "Tom Bell (Acme)").
    """
    said = frozenset(plain(name))
    known = [frozenset(plain(other)) for other in names]
    same = [place for place, words in enumerate(known) if words == said]
    inside = [
        place
        for place, words in enumerate(known)
        if (words < said or said < words) and any(len(word) > 2 for word in words & said)
    ]
    found = same or inside
    return found[0] if len(found) == 1 else None


def plain(name: str) -> tuple[str, ...]:
    """The words of a name, folded."""
    return tuple(re.findall(r"[^\W_]+", fold(name)))


def _sound(word: str) -> str:
    for written, sound in _SOUNDS:
        word = written.sub(sound, word)
    return word


def _longest_first(ways: dict[tuple[str, ...], set[int]]) -> tuple[Alias, ...]:
    aliases = (Alias(way, frozenset(owners)) for way, owners in ways.items())
    return tuple(sorted(aliases, key=lambda alias: (-len(alias.words), alias.words)))
