"""Whether a text names a person, however it is written, and the text without them."""

import html
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

_APOSTROPHES = "'\N{RIGHT SINGLE QUOTATION MARK}\N{MODIFIER LETTER APOSTROPHE}`\u00b4"
_HYPHENS = "-\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{EN DASH}"
_SPACE = r"[\s\u200b\u2060]+"
_RUNS_TOGETHER = "\u2e80"
"""From here on scripts put no space between words."""
_SHORTEST_PART = 3
_SEAMS = re.compile("[^\\w'\N{RIGHT SINGLE QUOTATION MARK}]+")
"""Where the parts of a double name meet."""
_ESCAPED = re.compile(r"\\u[0-9a-fA-F]{4}|\\[\"\\/]")


@dataclass(frozen=True, slots=True)
class Mentions:
    """Finds a person in texts; `parts` are words of the name that alone mean them."""

    emails: tuple[str, ...]
    names: tuple[str, ...]
    parts: tuple[str, ...] = ()

    def in_text(self, text: str) -> bool:
        """Whether they are named, as it stands or under what JSON, HTML or an address escape."""
        return any(one.search(form) for form in _forms(text) for one in self._patterns())

    def in_value(self, value: Any) -> bool:
        """Whether they are named anywhere in a JSON value, its keys too."""
        return any(self.in_text(one) for one in _texts(value)) or any(
            self.in_text(" ".join(words)) for words in _word_lists(value)
        )

    def out_of(self, text: str, label: str) -> str:
        """The text with the label in their place; all of it where they are hidden in an escape."""
        for one in self._patterns():
            text = one.sub(label, text)
        text = re.sub(rf"{label}(?:[\s,-]+{label})+", label, text)
        return label if self.in_text(text) else text

    def out_of_value(self, value: Any, label: str) -> Any:
        """A JSON value without them; words that stand one by one are joined where they are."""
        if isinstance(value, str):
            return self.out_of(value, label)
        if isinstance(value, list):
            return [self.out_of_value(one, label) for one in self._joined(value, label)]
        if isinstance(value, dict):
            return self._out_of_mapping(value, label)
        return value

    def _out_of_mapping(self, value: dict[str, Any], label: str) -> dict[str, Any]:
        words, owners = value.get("words"), value.get("owners")
        if isinstance(words, list) and isinstance(owners, list) and len(words) == len(owners):
            kept = self._kept(words, label)  # a hearing: an owner a word
            value = {
                **value,
                "words": [words[n] for n in kept],
                "owners": [owners[n] for n in kept],
            }
        cleaned = {
            self.out_of(key, label): self.out_of_value(one, label) for key, one in value.items()
        }
        if isinstance(cleaned.get("email"), str) and cleaned["email"] == label:
            cleaned.pop("email")
        return cleaned

    def _joined(self, value: list[Any], label: str) -> list[Any]:
        return [value[n] for n in self._kept(value, label)]

    def _kept(self, words: list[Any], label: str) -> list[int]:
        """Which words of a list stay; the first of each name becomes the label, with its time."""
        texts = _as_words(words)
        if texts is None:
            return list(range(len(words)))
        starts, at = [], 0
        for one in texts:
            starts.append(at)
            at += len(one) + 1
        said, gone = " ".join(texts), set[int]()
        for found in (hit for one in self._patterns() for hit in one.finditer(said)):
            inside = [
                n
                for n, start in enumerate(starts)
                if start < found.end() and start + len(texts[n]) > found.start()
            ]
            if len(inside) > 1 and not gone & set(inside):
                _tell(words, inside, label)
                gone |= set(inside[1:])
        return [n for n in range(len(words)) if n not in gone]

    def _patterns(self) -> tuple[re.Pattern[str], ...]:
        return _compiled(self.emails, self.names, self.parts)


def parts_of(name: str, others: Iterable[str]) -> tuple[str, ...]:
    """The words of a name that nobody else of the same call has."""
    taken = {word for other in others for word in words_of(other)}
    words = dict.fromkeys(word for one in name.split() for word in (one, *_SEAMS.split(one)))
    return tuple(
        word
        for word in words
        if len(word) >= _SHORTEST_PART and word[:1].isupper() and not taken & {*words_of(word)}
    )


def normalized(text: str) -> str:
    """A name or an address as it is compared: in small letters, with single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def hint_of(text: str) -> str | None:
    """The longest run of plain letters and figures, which every way to write the text has.

    None when there is none that would tell anything.
    """
    runs = re.findall(r"[A-Za-z0-9]+", unicodedata.normalize("NFC", text))
    longest = max(runs, key=len, default="")
    return longest.lower() if len(longest) >= _SHORTEST_PART else None


def words_of(name: str) -> list[str]:
    """The words of a name as they are compared, those of a double name apart."""
    return [one for one in _SEAMS.split(normalized(name)) if one]


_CACHE: dict[tuple[tuple[str, ...], ...], tuple[re.Pattern[str], ...]] = {}


def _compiled(
    emails: tuple[str, ...], names: tuple[str, ...], parts: tuple[str, ...]
) -> tuple[re.Pattern[str], ...]:
    key = (emails, names, parts)
    if key not in _CACHE:
        _CACHE.clear()  # whom one looked for is not kept
        whole = [*(_email(one) for one in emails), *(_name(one) for one in names)]
        found = [re.compile(one, re.IGNORECASE) for one in whole]
        _CACHE[key] = (*found, *(re.compile(_bounded(_letters(one), one)) for one in parts))
    return _CACHE[key]


def _email(address: str) -> str:
    return rf"(?<![\w.+-]){_letters(address)}(?![\w-]|\.\w)"


def _name(name: str) -> str:
    words = name.split()
    straight = _SPACE.join(map(_letters, words))
    turned = rf"{_letters(words[-1])},?{_SPACE}" + _SPACE.join(map(_letters, words[:-1]))
    return _bounded(f"(?:{straight}|{turned})" if len(words) > 1 else straight, name)


def _bounded(pattern: str, text: str) -> str:
    """Whole words only, where words are told apart by spaces."""
    before = r"(?<!\w)" if _is_letter(text[0]) else ""
    after = r"(?!\w)" if _is_letter(text[-1]) else ""
    return f"{before}{pattern}{after}"


def _is_letter(sign: str) -> bool:
    return sign.isalnum() and sign < _RUNS_TOGETHER


def _letters(text: str) -> str:
    return "".join(map(_letter, unicodedata.normalize("NFC", text)))


def _letter(sign: str) -> str:
    for alike in (_APOSTROPHES, _HYPHENS):
        if sign in alike:
            return f"[{re.escape(alike)}]"
    if sign.isspace():
        return _SPACE
    forms = dict.fromkeys((sign, unicodedata.normalize("NFD", sign)))
    written = [re.escape(one) for one in forms]
    return written[0] if len(written) == 1 else f"(?:{'|'.join(written)})"


def _forms(text: str) -> Iterator[str]:
    """A text as it stands, and as it reads where something escaped it."""
    yield text
    if "%" in text or "+" in text:
        yield unquote_plus(text)
    if "&" in text:
        yield html.unescape(text)
    if "\\" in text:
        yield _ESCAPED.sub(lambda found: str(json.loads(f'"{found.group()}"')), text)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _word_lists(value: Any) -> Iterator[list[str]]:
    if isinstance(value, dict):
        value = list(value.values())
    elif isinstance(value, list) and (words := _as_words(value)) is not None:
        yield words
    if isinstance(value, list):
        for one in value:
            yield from _word_lists(one)


def _as_words(value: list[Any]) -> list[str] | None:
    """The texts of a list of words with their times, as hearings and reports write them."""
    found = []
    for one in value:
        if isinstance(one, dict) and isinstance(one.get("text"), str):
            found.append(one["text"])
        elif isinstance(one, list) and len(one) == 5 and isinstance(one[2], str):
            found.append(one[2])
        else:
            return None
    return found or None


def _tell(words: list[Any], inside: list[int], label: str) -> None:
    first, last = words[inside[0]], words[inside[-1]]
    if isinstance(first, dict):
        words[inside[0]] = {
            **first,
            "text": label,
            **({"end": last["end"]} if "end" in last else {}),
        }
    else:
        words[inside[0]] = [first[0], last[1], label, *first[3:]]
