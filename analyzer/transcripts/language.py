"""Which language a transcript is in, by what it says of itself or by its commonest words."""

import re
from collections.abc import Iterable

from analyzer.lexicon import fold, languages, load_lexicon

UNKNOWN = "und"
"""The code for a language nobody told and no lexicon knows."""
_CODE = re.compile(r"[a-z]{2,3}(?:[-_].*)?", re.DOTALL)
_NAMES = {
    "arabic": "ar", "chinese": "zh", "danish": "da", "dutch": "nl", "english": "en",
    "finnish": "fi", "french": "fr", "german": "de", "greek": "el", "hebrew": "he", "hindi": "hi",
    "italian": "it", "japanese": "ja", "korean": "ko", "norwegian": "no", "polish": "pl",
    "portuguese": "pt", "russian": "ru", "spanish": "es", "swedish": "sv", "turkish": "tr",
    "ukrainian": "uk", "anglais": "en", "francais": "fr", "eng": "en", "fra": "fr", "fre": "fr",
    "deu": "de", "ger": "de", "spa": "es", "ita": "it", "por": "pt", "nld": "nl",
}  # fmt: skip
_NONE = ("und", "mul", "mis", "zxx")
"""What codes say where no language is told."""
_LEAST_SHARE = 0.1
"""Of the words, what the commonest ones of a language make of any talk in it."""
_ENOUGH = 10
_SAMPLE = 5000


def code_of(told: str | None) -> str | None:
    """The code of a language as files name it, "en_us" or "English"; None of no language."""
    plain = fold(told or "").strip()
    if plain in _NAMES:
        return _NAMES[plain]
    code = re.split("[-_]", plain)[0] if _CODE.fullmatch(plain) else None
    return None if code in _NONE else code


def tell_language(words: Iterable[str]) -> tuple[str, float]:
    """The language of some words and how sure that is, 0 to 1."""
    said = [
        re.sub(r"[^\w']", "", fold(word)) for word, _ in zip(words, range(_SAMPLE), strict=False)
    ]
    counts = {
        code: sum(word in common for word in said)
        for code in languages()
        if (common := load_lexicon(code).common)
    }
    best, *others = sorted(counts, key=lambda code: -counts[code]) or [UNKNOWN]
    most = counts.get(best, 0)
    if not said or most < _LEAST_SHARE * len(said) or not most:
        return UNKNOWN, 0.0
    second = counts[others[0]] if others else 0
    return best, (most - second) / (most + second) * min(1.0, most / _ENOUGH)
