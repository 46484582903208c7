"""What nouns were said together: phrases that can name a topic."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from analyzer.lexicon import Lexicon, fold
from analyzer.reading import Sentence, Token

_LONGEST = 4
"""Words that matter in a phrase; a longer run of nouns is a list, or misheard."""
_LETTER = re.compile(r"[^\W\d_]")
_MARKS = ".,;:!?…\"'«»()“”"
_BREAK = "X"


@dataclass(frozen=True, slots=True)
class NounPhrase:
    """A phrase as said in words `first` to `last` of a sentence; only names keep capitals.

    `lemmas` are those of the words that matter, without case or accents.
    """

    sentence: int
    first: int
    last: int
    lemmas: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class _Unit:
    """A word as phrases see it; `role` is one letter: see `NounGrammar.role`."""

    text: str
    lemma: str
    role: str
    word: int


@dataclass(frozen=True, slots=True)
class NounGrammar:
    """How a language puts nouns together: `[words.phrases]` of its lexicon."""

    links: frozenset[str]
    fillers: frozenset[str]
    small: frozenset[str]
    general: frozenset[str]
    core: re.Pattern[str]

    @classmethod
    def of(cls, lexicon: Lexicon) -> "NounGrammar":
        """The grammar of a language; one without a lexicon joins nouns and adjectives freely."""
        table = lexicon.words.get("phrases", {})
        links, fillers, small, general = (frozenset(table.get(key, "").split()) for key in _LISTS)
        after = "[AN]*" if table.get("adjectives", "around") == "around" else ""
        return cls(links, fillers, small, general, re.compile(f"[ANG]*N{after}"))

    def role(self, plain: str, lemma: str, pos: str) -> str:
        """N noun, A adjective, G one that says little, L link, F filler, X anything else."""
        if plain in self.links:
            return "L"
        if plain in self.fillers:
            return "F"
        if len(lemma) < 3 or not _LETTER.search(plain) or {plain, lemma} & self.small:
            return _BREAK
        if pos == "ADJ":
            return "G" if {plain, lemma} & self.general else "A"
        return "N" if pos in {"NOUN", "PROPN"} else _BREAK


_LISTS = ("links", "fillers", "small", "general")


def noun_phrases(sentence: Sentence, grammar: NounGrammar) -> Iterator[NounPhrase]:
    """The phrases of a sentence from left to right, and those that a link makes of two.

    By grammar where the sentence was read ("price per seat", "logiciel de paie"), else words
    and pairs of words that are not among the language's small ones. People's names are no
    phrases.
    """
    units = _read_units(sentence, grammar) if sentence.tokens else _heard_units(sentence, grammar)
    roles = "".join(unit.role for unit in units)
    spans = [_trimmed(roles, *match.span()) for match in grammar.core.finditer(roles)]
    if not sentence.tokens:
        spans = [pair for start, end in spans for pair in _pairs(start, end)]
    for start, end in spans:
        yield from _phrase(sentence, units[start:end])
    for (start, before), (after, end) in pairwise(spans):
        if re.fullmatch("LF*", roles[before:after]):
            yield from _phrase(sentence, units[start:end])


def _read_units(sentence: Sentence, grammar: NounGrammar) -> list[_Unit]:
    people = {
        place
        for entity in sentence.entities
        if entity.label == "person"
        for place in range(entity.first, entity.last + 1)
    }
    return [
        _unit(parts, grammar, is_name=parts[0].word in people) for parts in _joined(sentence.tokens)
    ]


def _joined(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Tokens one by one, the parts of "follow-up" together."""
    for _, own in groupby(tokens, key=lambda token: token.word):
        parts = list(own)
        body = [part for part in parts if _LETTER.search(part.text)]
        if len(body) > 1 and any(part.text == "-" for part in parts):
            yield body
        else:
            yield from ([part] for part in parts)


def _unit(parts: Sequence[Token], grammar: NounGrammar, *, is_name: bool) -> _Unit:
    text = "-".join(part.text for part in parts)
    lemma = fold("-".join(part.lemma for part in parts)).strip("' ")
    kinds = {part.pos for part in parts}
    pos = next((kind for kind in ("PROPN", "NOUN", "ADJ") if kind in kinds), parts[0].pos)
    role = _BREAK if is_name else grammar.role(fold(text).strip("'"), lemma, pos)
    return _Unit(text if pos == "PROPN" else text.lower(), lemma, role, parts[0].word)


def _heard_units(sentence: Sentence, grammar: NounGrammar) -> list[_Unit]:
    """Words of a sentence whose grammar nobody has read; a mark ends a phrase."""
    units = []
    for place, word in enumerate(sentence.words):
        bare = word.text.strip(_MARKS).lower()
        lemma = fold(bare).split("'")[-1]
        pos = "NOUN" if len(lemma) > 3 and lemma.isalpha() else "X"
        units.append(_Unit(bare, lemma, grammar.role(lemma, lemma, pos), place))
        if word.text.endswith(tuple(_MARKS)):
            units.append(_Unit("", "", _BREAK, place))
    return units


def _trimmed(roles: str, start: int, end: int) -> tuple[int, int]:
    """A core without what says little at its start, no longer than people say."""
    while roles[start] == "G":
        start += 1
    return max(start, end - _LONGEST), end


def _pairs(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Every word of a run alone, and with the next: nobody knows which belong together."""
    for at in range(start, end):
        yield at, at + 1
        if at + 2 <= end:
            yield at, at + 2


def _phrase(sentence: Sentence, units: Sequence[_Unit]) -> Iterator[NounPhrase]:
    lemmas = tuple(unit.lemma for unit in units if unit.role in "NA")
    if len(lemmas) <= _LONGEST:
        text = units[0].text + "".join(
            f"{' ' * (before.word != unit.word)}{unit.text}" for before, unit in pairwise(units)
        )
        yield NounPhrase(sentence.index, units[0].word, units[-1].word, lemmas, text)
