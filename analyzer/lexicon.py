"""The words of a language that rules look for: one TOML file a language, none is required."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

Phrase = re.Pattern[str]
"""Searched in `Lexicon.tokens` joined by single spaces, with one space at either end."""

_LETTERS = str.maketrans({"\u2019": "'", "\u02bc": "'", "œ": "oe", "æ": "ae", "ß": "ss"})
_SLOTS = {
    "^": r"\^ ",
    "_": r"[^ ^]+ ",
    "*": r"(?:[^ ^]+ ){0,3}",
    "{name}": r"\{(?P<name>\d+)\} ",
    "{company}": r"\{(?P<company>\d+)\} ",
}


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What a language file holds, ready to search; `analyzer/lexicons/en.toml` explains it.

    Everything is empty for a language without a file.
    """

    contractions: tuple[tuple[str, str], ...] = ()
    hesitations: frozenset[str] = frozenset()
    honorifics: frozenset[str] = frozenset()
    backchannels: tuple[Phrase, ...] = ()
    question_starts: tuple[Phrase, ...] = ()
    greetings: tuple[Phrase, ...] = ()
    introductions: tuple[Phrase, ...] = ()
    presentations: tuple[Phrase, ...] = ()
    belonging: tuple[Phrase, ...] = ()
    seller_clear: tuple[Phrase, ...] = ()
    seller_slight: tuple[Phrase, ...] = ()
    buyer_clear: tuple[Phrase, ...] = ()
    buyer_slight: tuple[Phrase, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)

    def why(self, key: str, quote: str = "", **values: object) -> str:
        """A reason in this language, else in English, with `quote` in its quotation marks."""
        return self._reason(key).format(quote=self.quoted(quote), **values)

    def quoted(self, said: str) -> str:
        """What was said, between the language's quotation marks."""
        return self._reason("quote").format(said=said)

    def listed(self, parts: Sequence[str]) -> str:
        """One or more parts as a list: "a, b and c"."""
        *others, last = parts
        return f"{', '.join(others)} {self._reason('and')} {last}" if others else last

    def _reason(self, key: str) -> str:
        return self.reasons.get(key) or load_lexicon("en").reasons[key]

    def tokens(self, text: str) -> tuple[str, ...]:
        """The words as phrases see them: no case, accents, marks, contractions, hesitations."""
        plain = "".join(c if c.isalnum() else " " for c in _expand(text, self.contractions))
        return tuple(word for word in plain.split() if word not in self.hesitations)

    def is_backchannel(self, text: str) -> bool:
        """Whether the text is nothing but words that say "I am listening"."""
        left = f" {' '.join(self.tokens(text))} "
        for phrase in self.backchannels:
            left = phrase.sub("", left)
        return bool(self.backchannels) and not left.strip()

    def is_question(self, sentence: str) -> bool:
        """Whether a sentence asks, by its mark or, where the mark is missing, its first words."""
        if sentence.rstrip().endswith("?"):
            return True
        start = f" {' '.join(self.tokens(sentence))} "
        return any(phrase.match(start, 1) for phrase in self.question_starts)


def fold(text: str) -> str:
    """Lower case without accents, with straight apostrophes."""
    apart = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    return "".join(c for c in apart if not unicodedata.combining(c))


@cache
def load_lexicon(language: str) -> Lexicon:
    """The lexicon of a language code, "en" or "fr-CA"; an empty one when there is no file."""
    code = fold(language).replace("_", "-").split("-")[0]
    path = files("analyzer") / "lexicons" / f"{code}.toml"
    if not code.isalpha() or not path.is_file():
        return Lexicon()
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    contractions = tuple(table.get("contractions", {}).items())
    names, sides = table.get("names", {}), table.get("sides", {})

    def phrases(section: dict[str, list[str]], key: str) -> tuple[Phrase, ...]:
        return tuple(_compile(phrase, contractions) for phrase in section.get(key, ()))

    return Lexicon(
        contractions=contractions,
        hesitations=frozenset(table.get("hesitations", ())),
        honorifics=frozenset(names.get("honorifics", ())),
        backchannels=phrases(table, "backchannels"),
        question_starts=phrases(table, "question_starts"),
        greetings=phrases(names, "greetings"),
        introductions=phrases(names, "introductions"),
        presentations=phrases(names, "presentations"),
        belonging=phrases(names, "belonging"),
        seller_clear=phrases(sides.get("seller", {}), "clear"),
        seller_slight=phrases(sides.get("seller", {}), "slight"),
        buyer_clear=phrases(sides.get("buyer", {}), "clear"),
        buyer_slight=phrases(sides.get("buyer", {}), "slight"),
        reasons=table.get("why", {}),
    )


def _expand(text: str, contractions: Iterable[tuple[str, str]]) -> str:
    folded = fold(text)
    for short, long in contractions:
        folded = folded.replace(short, long)
    return folded


def _compile(phrase: str, contractions: Iterable[tuple[str, str]]) -> Phrase:
    """A phrase of a lexicon as an expression that matches whole words."""
    parts = (re.sub(r"['-]", " ", part) for part in _expand(phrase, contractions).split())
    return re.compile(r"(?<= )" + "".join(_SLOTS.get(part, f"(?:{part}) ") for part in parts))
