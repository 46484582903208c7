"""Who says a line: names in front of what is said, and names that are none."""

import re
from collections import Counter
from collections.abc import Sequence

from analyzer.lexicon import fold
from analyzer.recording import Side
from analyzer.speech import UNPRINTABLE

LONGEST = 100
"""Characters kept of a name."""
_LABEL = 60
_LABEL_WORDS = 6
_ANYONE = re.compile(
    r"(?:(?:unknown|unnamed|unidentified)(?:[ _-]*(?:speaker|person|participant))?"
    r"|(?:speaker|spk|spkr|s|channel|chan|ch|participant|person|guest|voix|voice|locuteur"
    r"|intervenant|interlocuteur|sprecher)?[ _.#-]*(?:\d{1,3}|[a-z])(?:[ _-]+\d{1,3})?|\?+)",
    re.IGNORECASE,
)
_LEADS = """
action items|affaire|agenda|and|answer|applause|attendees|attention|beep|bruit|but|crosstalk
date|deal|duration|duree|example|exemple|finally|first|for example|heure|http|https|inaudible
invites|laughs|laughter|length|link|location|meeting|music|musique|nb|noise|nota|note|objet
ordre du jour|par exemple|participants|pause|presents|price|prix|ps|question|re|recording
remarque|remember|reponse|resume|rires|silence|so|speakers|subject|summary|time|title|titre
topic|transcript|url|warning|www
"""
_NO_LABELS = frozenset(_LEADS.strip().replace("\n", "|").split("|"))
"""Words that stand before a colon, or in brackets, and name nobody."""
_ROLES = {
    **dict.fromkeys(("agent", "rep", "sales rep", "sales", "salesperson", "seller"), Side.SELLER),
    **dict.fromkeys(("vendeur", "vendeuse", "commercial", "commerciale"), Side.SELLER),
    **dict.fromkeys(("customer", "client", "cliente", "prospect", "buyer", "lead"), Side.BUYER),
}
_COLON = re.compile(r"(?:>>+\s*)?([^:\n]{1,80}?)\s*:(?:\s+(.*)|)$", re.DOTALL)
_BRACKETS = re.compile(r"(?:>>+\s*)?[\[(]([^\[\]()\n]{1,80})[\])]\s*:?\s*(.*)$", re.DOTALL)
_SENTENCE = re.compile(r"[?!;:…]|\w{4,}\.\s|\w{3,}[.,]$|//")
_AROUND = ' :,*_"\u201c\u201d'


def clean(name: str) -> str:
    """A name as one line without signs that cannot be shown."""
    line = " ".join(UNPRINTABLE.sub(" ", name).split()).strip(_AROUND)
    return (line.strip("[]() ") if line[:1] in ("[", "(") else line)[:LONGEST]


def is_anyone(label: str) -> bool:
    """Whether a label only tells speakers apart: "Speaker 2", "spk_0", "A", a number, a path."""
    is_key = "/" in label and " " not in label
    return is_key or label.strip().isdigit() or bool(_ANYONE.fullmatch(label.strip()))


def side_of(label: str) -> Side:
    """The side that a label tells of, where it is a role: "Agent", "Customer"."""
    return _ROLES.get(fold(label).strip(), Side.UNKNOWN)


def is_label(text: str) -> bool:
    """Whether a text may stand in front of what someone says, as their name."""
    words = text.split()
    if fold(text) in _ROLES:
        return True
    if not 0 < len(words) <= _LABEL_WORDS or len(text) > _LABEL or _SENTENCE.search(text):
        return False
    if fold(text).strip(" .") in _NO_LABELS or not re.match(r"\+\d|.*[^\W\d_]", text):
        return False
    return is_anyone(text) or "@" in text or _is_proper(words)


def _is_proper(words: list[str]) -> bool:
    """Whether the words are written as a name's: "Ann van der Berg", not "the price"."""
    bare = [word.strip("\"'“”«»().,&|/-") for word in words]
    long = [word for word in bare if len(word) > 3] or [word for word in bare if word]
    return bool(long) and all(any(not c.islower() for c in word) for word in long)


def signed(line: str) -> tuple[str, str] | None:
    """The name that a line starts with, and what is said; None where it starts with none."""
    for form in (_COLON, _BRACKETS):
        if (match := form.match(line.strip())) and is_label(clean(match[1])):
            return clean(match[1]), (match[2] or "").strip()
    return None


def told_names(names: Sequence[str | None], *, is_talk: bool) -> frozenset[str]:
    """Of the names that lines start with, those of people: who speaks again and, `is_talk`, others.

    `is_talk` where the very first line has a name. "Remember: nothing is free" has none, so one
    word that comes once is a name only where half of the lines have one.
    """
    counts = Counter(name for name in names if name)
    is_usual = 2 * counts.total() >= len(names)
    return frozenset(
        name
        for name, count in counts.items()
        if count > 1 or (is_talk and (is_usual or " " in name))
    )
