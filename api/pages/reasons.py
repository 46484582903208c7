"""Why something could not be done, in a reader's language.

Errors are raised in English far from any page, and kept as they are with calls that failed. They
are known again by the files of `api/locale/fr/reasons`, in which values are `{name}`;
`python -m tests.reasons` tells what is missing.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from string import Formatter

from babel.messages.pofile import read_po
from markupsafe import Markup

LOCALES = Path(__file__).parent.parent / "locale"
_ENGLISH = "en"
_VERBS = ("has", "is", "was", "takes", "cannot", "begins", "ends", "breaks", "needs")
_OF_SOMETHING = tuple(f"{verb} " for verb in _VERBS)
"""A reason that begins so follows what it is about: the name of a file, say."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason: the words around its values, their names, and what it is in another language."""

    pieces: tuple[str, ...]
    names: tuple[str, ...]
    said: str

    @classmethod
    def of(cls, english: str, said: str) -> "Reason":
        """The reason that a file has."""
        if english.startswith(_OF_SOMETHING):
            english, said = "{what_}" + english, "{what_}" + said
        pieces, names = [""], []
        for text, name, *_ in Formatter().parse(english):
            pieces[-1] += text
            if name is not None:
                names.append(name)
                pieces.append("")
        return cls(tuple(pieces), tuple(names), said)

    def values_in(self, text: str) -> dict[str, str] | None:
        """What stands for its values; None where a text gives another reason.

        Each piece is taken where it comes first: that finds all there is to find, without trying
        every place for every piece.
        """
        if not self.names:
            return {} if text == self.pieces[0] else None
        first, *middle, last = self.pieces
        if not text.startswith(first) or not text.endswith(last):
            return None
        found, at = list[str](), len(first)
        for piece in middle:
            start = text.find(piece, at)
            if start < 0:
                return None
            found.append(text[at:start])
            at = start + len(piece)
        end = len(text) - len(last)
        if end < at:
            return None
        return dict(zip(self.names, [*found, text[at:end]], strict=True))


@lru_cache(maxsize=8)
def _reasons(language: str) -> tuple[Reason, ...]:
    """Those of a language, the longest first: it says most of what it is about."""
    found = []
    for path in sorted((LOCALES / language / "reasons").glob("*.po")):
        with path.open("rb") as source:
            messages = read_po(source, locale=language)
        found += [Reason.of(str(one.id), str(one.string)) for one in messages if one.id]
    return tuple(sorted(found, key=lambda one: -sum(map(len, one.pieces))))


def reason_in(language: str, text: str) -> str:
    """A reason in a language, and any reason that it quotes; as it is when nobody knows it."""
    if language == _ENGLISH:
        return text
    words = " ".join(text.split())
    for one in _reasons(language):
        values = one.values_in(words)
        if values is not None:
            told = {name: reason_in(language, value) for name, value in values.items()}
            return one.said.format(**told)
    return text


def reason_in_html(language: str, text: str) -> str | Markup:
    """As `reason_in`, marked as English where it stays so on a page of another language."""
    said = reason_in(language, text)
    is_foreign = language != _ENGLISH and said == text
    return Markup('<span lang="en">{}</span>').format(text) if is_foreign else said
