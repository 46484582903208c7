"""The words that go into a CRM, and those that say why a deal was taken for a call's."""

from functools import cache
from importlib.resources import files

from analyzer.formats.wording import Wording, extended


@cache
def crm_words(language: str) -> Wording:
    """The words of a language, by its code; English when there are none of it."""
    return extended(language, files(__package__))
