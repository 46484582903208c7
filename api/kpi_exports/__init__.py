"""Answers about KPIs as files, with what each figure means inside; any number in one file.

    content = FORMATS["xlsx"].write(answers, "fr")

CSV and workbooks are for calculating on, paper is for reading, JSON is what the API gives.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from api.kpi_exports.csv_file import to_csv
from api.kpi_exports.json_file import to_json
from api.kpi_exports.pdf_file import to_pdf
from api.kpi_exports.xlsx_file import to_xlsx
from models.kpis import Answer

Writer = Callable[[Sequence[Answer], str], bytes]


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file, and how answers are written as one in a language."""

    media_type: str
    write: Writer


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "csv": Format("text/csv; charset=utf-8", to_csv),
        "json": Format("application/json", to_json),
        "pdf": Format("application/pdf", to_pdf),
        "xlsx": Format(
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", to_xlsx
        ),
    }
)
"""By the ending of the file."""

__all__ = ["FORMATS", "Format", "Writer", "to_csv", "to_json", "to_pdf", "to_xlsx"]
