"""What is wrong in a playbook, told to people in their language."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from analyzer.playbook_file import Mistake, mistakes_in
from api.pages.words import Words, marked

_TOLD = (
    (r"is empty", marked("This is empty.")),
    (r"a phrase needs a word", marked("A phrase needs a word.")),
    (
        r"'(?P<part>.*)' is no part of a phrase; .*",
        marked("“%(part)s” is no part of a phrase; use words without marks, a|b, _, * or ^."),
    ),
    (
        r"there is one called '(?P<name>.*)' before",
        marked("There is one called “%(name)s” before."),
    ),
    (r"an agenda needs an item", marked("An agenda needs an item.")),
    (
        r"a tracker needs phrases or examples",
        marked("A tracker needs phrases, or sentences that mean it."),
    ),
    (
        r"a condition needs a number, .*",
        marked("A condition needs a number above or below which it holds."),
    ),
    (
        r"nothing is above (?P<a>.*) and below (?P<b>.*)",
        marked("Nothing is above %(a)s and below %(b)s."),
    ),
    (r"a tip needs evidence to quote", marked("A tip needs something to quote.")),
    (r"a tip needs words for what was found", marked("A tip needs words for what was heard.")),
    (
        r"a tip that is no strength needs something to try next",
        marked("Advice needs something to try next."),
    ),
    (
        r"a criterion needs moments or phrases that answer it",
        marked("A question needs phrases or moments that answer it."),
    ),
    (r"a scorecard needs a criterion", marked("A scorecard needs a question.")),
    (
        r"a call type needs titles, phrases or measures to be told by",
        marked("A kind of call needs titles, phrases or measures to be told by."),
    ),
    (r"a weight is a number from 0", marked("A weight is a number from 0.")),
    (
        r"is no code of a language, such as en or fr",
        marked("This is not a language code, such as en or fr."),
    ),
    (
        r"there is no (?:.*) '(?P<name>.*)'; did you mean '(?P<known>.*)'\?",
        marked("“%(name)s” is not known; did you mean “%(known)s”?"),
    ),
    (
        r"there is no (?:.*) '(?P<name>.*)'; known: (?P<known>.*)",
        marked("“%(name)s” is not known; known are: %(known)s"),
    ),
    (
        r"there is no such key; did you mean '(?P<known>.*)'\?",
        marked("There is no such key; did you mean “%(known)s”?"),
    ),
    (r"field required", marked("This is needed.")),
)


@dataclass(frozen=True, slots=True)
class Told:
    """A mistake as people read it: its line in the file, the keys to it, and what is wrong."""

    line: int | None
    place: str
    what: str


def told(words: Words, what: str) -> str:
    """What is wrong, in the reader's language where it is known."""
    for pattern, template in _TOLD:
        found = re.fullmatch(pattern, what, re.DOTALL)
        if found:
            return words(template, **found.groupdict())
    return what[:1].upper() + what[1:]


def mistakes(words: Words, text: str) -> tuple[Told, ...]:
    """Everything wrong with a text, line by line."""
    found = mistakes_in(text, "playbook.toml")
    return tuple(
        Told(one.line, ".".join(map(str, one.place)), told(words, one.what)) for one in found
    )


def by_field(
    words: Words, found: Sequence[Mistake], part: str, index: int
) -> tuple[dict[str, str], tuple[str, ...]]:
    """What is wrong in the fields of one entry, and what is wrong beside them."""
    wrong: dict[str, str] = {}
    others: list[str] = []
    for one in found:
        what, place = told(words, one.what), one.place[2:]
        if one.place[:2] != (part, index):
            where = ".".join(map(str, one.place))
            others.append(f"{where}: {what}" if where else what)
        elif not place:
            others.append(what)
        else:
            _add(words, wrong, place, what)
    return wrong, tuple(others)


def _add(words: Words, wrong: dict[str, str], place: tuple[str | int, ...], what: str) -> None:
    """Note it at its field; a list is typed a line each, and rows are counted from one."""
    last = place[-1]
    if isinstance(last, int):
        number = words.number(last + 1)
        if place[0] in {"items", "conditions", "criteria", "measures"} and len(place) == 2:
            what = words("Row %(row)s: %(what)s", row=number, what=what)
        else:
            what = words("Line %(line)s: %(what)s", line=number, what=what)
            place = place[:-1]
    name = ".".join(map(str, place))
    wrong[name] = " ".join(filter(None, (wrong.get(name), what)))
