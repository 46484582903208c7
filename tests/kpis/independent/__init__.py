"""Every KPI once more: by pandas from the words of CSV files, to hold the program's SQL against.

    book = Book.read(folder, {"EMEA": "Europe/Paris", "Americas": "America/Chicago"})
    compute("win_rate", book, date(2026, 1, 1), date(2026, 7, 1), "rep", now=now)

It shares no code with the program.
"""

from tests.kpis.independent.catalogue import KPIS, compute
from tests.kpis.independent.question import NotGroupedSo
from tests.kpis.independent.rows import Book
from tests.kpis.independent.values import Value, Values

__all__ = ["KPIS", "Book", "NotGroupedSo", "Value", "Values", "compute"]
