"""The coaching report of a rep as a file: a page, paper, or what the API gives."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from pydantic import TypeAdapter

from api.coaching_page import coaching_page
from api.document_files import to_html, to_pdf
from models.coaching.report import RepReport

Writer = Callable[[RepReport, str], bytes]
_REPORT = TypeAdapter(RepReport)


def coaching_html(report: RepReport, language: str) -> bytes:
    """A page that asks for nothing else and prints well."""
    return to_html(coaching_page(report, language)).encode()


def coaching_pdf(report: RepReport, language: str) -> bytes:
    """The same on A4 pages."""
    return to_pdf(coaching_page(report, language))


def coaching_json(report: RepReport, language: str = "en") -> bytes:
    """What the API gives; `language` changes nothing."""
    del language
    return _REPORT.dump_json(report, indent=2)


FORMATS: Mapping[str, Writer] = MappingProxyType(
    {"html": coaching_html, "json": coaching_json, "pdf": coaching_pdf}
)
"""By the ending of the file."""
