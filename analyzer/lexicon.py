"""The words of a language that rules look for: one TOML file a language, none is required."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
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
    "$": r"$",
}
_START = len(" ^ ")
_ASKS = re.compile(r"\?[^\w?]*$")
_BREAK = re.compile(r"(?:[,;:…]|\.\.\.)(?=\s|$)|\s-+(?=\s|$)|[\u2013\u2014]")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What a language file holds, ready to search; `analyzer/lexicons/en.toml` explains it.

    Everything is empty for a language without a file.
    """

    contractions: tuple[tuple[str, str], ...] = ()
    common: frozenset[str] = frozenset()
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
    cues: Mapping[str, tuple[Phrase, ...]] = field(default_factory=dict)
    examples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def cue(self, key: str) -> tuple[Phrase, ...]:
        """The phrases under a key of [cues], such as "objection.price"; none where it is absent."""
        return self.cues.get(key, ())

    def finds(self, key: str, plain: str) -> re.Match[str] | None:
        """The first match in a sentence's plain text of any phrase under a key of [cues]."""
        return next((m for phrase in self.cue(key) if (m := phrase.search(plain))), None)

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

    def clauses(self, sentence: str) -> tuple[str, ...]:
        """What stands between its commas as phrases see it, without words that only lead on."""
        parts = (self.tokens(part) for part in _BREAK.split(sentence))
        led = (self._after_leads(f" ^ {' '.join(part)} ") for part in parts if part)
        return tuple(clause for clause in led if clause != " ^ ")

    def is_question(self, sentence: str) -> bool:
        """Whether a sentence asks, by its mark or, where the mark is missing, its words."""
        if _ASKS.search(sentence):
            return True
        first, *others = self.clauses(sentence) or ("",)
        if self.finds("question.statement", first):
            return False
        asks = any(phrase.match(first, _START) for phrase in self.question_starts)
        return asks or bool(others and self.finds("question.after", others[-1]))

    def _after_leads(self, clause: str) -> str:
        """A clause without "and", "so", "okay" and the like at its start."""
        leads = self.cue("question.lead")
        while lead := next((m for one in leads if (m := one.match(clause, _START))), None):
            clause = f" ^ {clause[lead.end() :]}"
        return clause


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Lower case without accents, with straight apostrophes."""
    apart = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    return "".join(c for c in apart if not unicodedata.combining(c))


@cache
def load_lexicon(language: str) -> Lexicon:
    """The lexicon of a language code, "en" or "fr-CA"; an empty one when there is no file."""
    code = _code(language)
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
        common=frozenset(table.get("common", ())),
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
        cues={key: phrases({"": own}, "") for key, own in _leaves(table.get("cues", {}))},
        examples={key: tuple(own) for key, own in _leaves(table.get("examples", {}))},
        words=table.get("words", {}),
    )


@cache
def languages() -> tuple[str, ...]:
    """The codes of the languages that have a lexicon, in alphabetical order."""
    names = (path.name for path in (files("analyzer") / "lexicons").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def phrases_in(written: Mapping[str, tuple[str, ...]], language: str) -> tuple[Phrase, ...]:
    """Of the phrases that a playbook has by language, those of a call's; raises `re.error`."""
    code = _code(language)
    return phrases_of(written.get(code, ()), code)


@cache
def phrases_of(written: tuple[str, ...], language: str) -> tuple[Phrase, ...]:
    """The phrases that a playbook adds to a language, ready to search; raises `re.error`."""
    contractions = load_lexicon(language).contractions
    return tuple(_compile(phrase, contractions) for phrase in written)


def _code(language: str) -> str:
    """A language without its region: "fr" of "fr-CA"."""
    return fold(language).replace("_", "-").split("-")[0]


def _leaves(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, list[str]]]:
    """Every list of a nested table, by its dotted key."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{key}.")
        elif isinstance(value, list):
            yield f"{prefix}{key}", value


def _expand(text: str, contractions: Iterable[tuple[str, str]]) -> str:
    folded = fold(text)
    for short, long in contractions:
        folded = folded.replace(short, long)
    return folded


def _compile(phrase: str, contractions: Iterable[tuple[str, str]]) -> Phrase:
    """A phrase of a lexicon as an expression that matches whole words."""
    parts = (re.sub(r"['-]", " ", part) for part in _expand(phrase, contractions).split())
    return re.compile(r"(?<= )" + "".join(_SLOTS.get(part, f"(?:{part}) ") for part in parts))
