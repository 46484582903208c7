"""The words of digests, in the language of whoever reads them."""

import tomllib
from functools import cache
from importlib.resources import files

from analyzer.formats.wording import Wording, typeset, wording


@cache
def digest_words(language: str) -> Wording:
    """The words of a language, by its code; English when there are none of it."""
    common = wording(language)
    source = files(__package__) / f"{common.language}.toml"
    tables = tomllib.loads(source.read_text(encoding="utf-8"))
    own = {
        f"{table}.{name}": typeset(str(phrase), common.language)
        for table, phrases in tables.items()
        for name, phrase in phrases.items()
    }
    return Wording(common.language, {**common.phrases, **own})
