"""The words of channels, in the language of whoever reads them."""

from functools import cache
from importlib.resources import files

from analyzer.formats.wording import Wording, extended


@cache
def channel_words(language: str) -> Wording:
    """The words of a language, by its code; English when there are none of it."""
    return extended(language, files(__package__))
