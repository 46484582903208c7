"""Import of sales rows, from CSV files or as JSON: what is new, what changed, what is wrong.

    with path.open("rb") as file:
        reports = import_files(session, [SalesFile(path.name, file)], ImportOptions())

Nothing is committed here. `docs/import.md` says which columns each kind has.
"""

from models.importing.csv_file import read_table
from models.importing.findings import ImportOptions, ImportReport, Notice, Problem
from models.importing.run import SalesFile, import_files, import_rows
from models.importing.shapes import SHAPES
from models.importing.table import SalesTable

__all__ = [
    "SHAPES",
    "ImportOptions",
    "ImportReport",
    "Notice",
    "Problem",
    "SalesFile",
    "SalesTable",
    "import_files",
    "import_rows",
    "read_table",
]
