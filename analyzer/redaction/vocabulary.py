"""What is said around what is struck out, by language; folded."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any

from analyzer.redaction.kinds import Kind

_SETS = frozenset(
    {
        "hundreds",
        "thousands",
        "joins",
        "fillers",
        "months",
        "money",
        "honorifics",
        "streets",
        "linking",
        "stops",
    }
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of a language; phrases are words with blanks between."""

    units: Mapping[str, int]
    teens: Mapping[str, int]
    tens: Mapping[str, int]
    hundreds: frozenset[str]
    thousands: frozenset[str]
    repeats: Mapping[str, int]
    joins: frozenset[str]
    """Between the tens and the units of one number."""
    fillers: frozenset[str]
    """Between the digits of one number, also from who writes them down."""
    at: tuple[str, ...]
    dot: tuple[str, ...]
    dash: tuple[str, ...]
    underscore: tuple[str, ...]
    spelling: tuple[str, ...]
    """Between a letter and the word that tells which: B as in Bravo."""
    cues: Mapping[Kind, tuple[str, ...]]
    weak_cues: tuple[str, ...]
    """Of phones, where nothing else is said near."""
    code_cues: tuple[str, ...]
    """Before the three or four digits on the back of a card."""
    expiry_cues: tuple[str, ...]
    months: frozenset[str]
    money: frozenset[str]
    """Before or after numbers that are sums, shares or counts."""
    named_by: tuple[str, ...]
    """Before the name of a person."""
    honorifics: frozenset[str]
    streets: frozenset[str]
    linking: frozenset[str]
    """Inside names of streets and towns."""
    stops: frozenset[str]
    """Never in the name of a street or of a person."""
    lives: tuple[str, ...]
    """Before an address."""


@cache
def vocabulary_of(language: str) -> Vocabulary:
    """The words of a language, else English ones."""
    code = "fr" if language.lower().startswith("fr") else "en"
    path = files("analyzer.redaction") / "vocabularies" / f"{code}.toml"
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return Vocabulary(**{one.name: _read(one.name, table[one.name]) for one in fields(Vocabulary)})


def _read(name: str, value: Any) -> Any:
    if name == "cues":
        return {kind: tuple(own) for kind, own in value.items()}
    if isinstance(value, dict):
        return value
    return frozenset(value) if name in _SETS else tuple(value)
