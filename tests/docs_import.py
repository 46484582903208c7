"""The tables of docs/import.md, made from the shapes themselves.

python -m tests.docs_import            print them
python -m tests.docs_import --write    put them into the page
"""

from pathlib import Path
from typing import Annotated

import typer

from models.importing import SHAPES
from models.importing.shape import Column, Need, Shape
from tests.accuracy.tables import Table, show

PAGE = Path(__file__).parent.parent / "docs" / "import.md"
_READ = {
    "text": "text",
    "ident": "id",
    "rep": "id or e-mail of a rep",
    "email": "e-mail",
    "email_if_any": "e-mail",
    "word": "one of a list",
    "boolean": "true or false",
    "fraction": "number",
    "chance": "number",
    "positive": "number",
    "integer": "whole number",
    "currency": "currency",
    "money": "sum",
    "instant": "time",
    "instant_or_day": "time",
    "day": "day",
    "month": "month",
    "zone": "time zone",
}


def import_tables() -> str:
    """Every kind of file and each of its columns."""
    return "\n\n".join(
        f"{_table(shape).markdown()}\n\n{_notes(shape)}" for shape in SHAPES.values()
    )


def _table(shape: Shape) -> Table:
    rows = tuple(
        (f"`{column.name}`", _kind(column), _need(column), column.about) for column in shape.columns
    )
    return Table(shape.kind, ("column", "read as", "needed", shape.about), rows, names=4)


def _kind(column: Column) -> str:
    if column.link is None:
        return _READ[column.read.__name__]
    what = "id" if column.link.by == "ref" else column.link.by
    return f"{what} of {'an' if column.link.noun[0] in 'aeiou' else 'a'} {column.link.noun}"


def _need(column: Column) -> str:
    return "" if column.need is Need.NOTHING else column.need.value


def _notes(shape: Shape) -> str:
    """What tells rows apart."""
    key = ", ".join(f"`{name}`" for name in shape.key)
    if not key:
        return "A row is known again by its `id`."
    if shape.is_unique and "id" in shape.by_name:
        return f"A row without an id is known again by {key}; there can be one row for each."
    if shape.is_unique:
        return f"A row is known again by {key}."
    return f"A row without an id is known again by {key}; rows alike in these are numbered."


def main(*, write: Annotated[bool, typer.Option("--write")] = False) -> None:
    """Print the tables, or put them into docs/import.md."""
    show(import_tables(), PAGE, "import", write=write)


if __name__ == "__main__":
    typer.run(main)
