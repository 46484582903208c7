"""The words of an export, beside those of all that Talktrack writes down."""

from functools import cache
from importlib.resources import files

from analyzer.formats.wording import Wording, extended


@cache
def export_words(language: str) -> Wording:
    """Headings, reasons and how numbers are written, in English or French."""
    return extended(language, files(__package__))
