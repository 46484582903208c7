"""The words of an export, beside those of all that Talktrack writes down."""

import tomllib
from functools import cache
from importlib.resources import files

from analyzer.formats.wording import Wording, typeset, wording


@cache
def export_words(language: str) -> Wording:
    """Headings, reasons and how numbers are written, in English or French."""
    base = wording(language)
    text = (files(__package__) / f"{base.language}.toml").read_text("utf-8")
    own = {
        f"{group}.{name}": typeset(phrase, base.language)
        for group, phrases in tomllib.loads(text).items()
        for name, phrase in phrases.items()
    }
    return Wording(base.language, {**base.phrases, **own})
