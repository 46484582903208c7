"""The page on imports says what is so."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from models.importing import SHAPES, ImportOptions, ImportReport
from tests.docs_import import PAGE, import_tables

TEXT = PAGE.read_text("utf-8")


@pytest.mark.parametrize("kind", SHAPES)
def test_every_kind_and_column_is_explained(kind: str) -> None:
    _, _, rest = TEXT.partition(f"\n### {kind}\n")
    section = rest.partition("\n### ")[0]
    columns = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
    assert columns == {column.name for column in SHAPES[kind].columns}


def test_the_tables_are_those_of_the_shapes() -> None:
    assert import_tables() in TEXT, "run: python -m tests.docs_import --write"


def test_every_option_and_count_is_explained() -> None:
    assert [one.name for one in fields(ImportOptions) if f"| `{one.name}` |" not in TEXT] == []
    counts = {one.name for one in fields(ImportReport)} - {"name", "kind", "new", "changed"}
    assert [name for name in counts - {"same", "refused"} if f"`{name}`" not in TEXT] == []


def test_every_kind_has_a_file_to_try_but_two() -> None:
    folder = Path(__file__).parent.parent.parent / "fixtures" / "sales"
    assert {path.stem for path in folder.glob("*.csv")} == set(SHAPES) - {"contacts", "figures"}


@pytest.mark.parametrize("kind", SHAPES)
def test_a_kind_fills_columns_that_there_are(kind: str) -> None:
    shape = SHAPES[kind]
    filled = {column.field for column in shape.columns} - {None}
    needed = {
        one.name
        for one in shape.table.c
        if not one.nullable and one.default is None and one.server_default is None
    }
    assert needed <= filled <= set(shape.table.c.keys())
    assert set(shape.key) <= set(shape.by_name)
    assert shape.key or "id" in shape.by_name
    assert list(SHAPES).index(kind) == max(
        [list(SHAPES).index(kind)]
        + [
            at
            for at, other in enumerate(SHAPES.values())
            for column in shape.columns
            if column.link and column.link.model is other.model
        ]
    )
