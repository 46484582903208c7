"""The tables of docs/playbook.md, made from the definitions themselves.

python -m tests.docs_playbook            print them
python -m tests.docs_playbook --write    put them into the page
"""

import ast
import inspect
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Annotated, get_args

import typer

from analyzer import playbook, recording
from analyzer.measures import MEASURES
from analyzer.moments import Kind
from analyzer.passages import PASSAGES
from analyzer.playbook import Playbook
from analyzer.playbook_file import standard_playbook
from tests.accuracy.tables import Table, show

PAGE = Path(__file__).parent.parent / "docs" / "playbook.md"
KEYS = {
    "Playbook": "At the top",
    "AgendaTemplate": "agendas",
    "AgendaItem": "agendas.items",
    "Tracker": "trackers",
    "Competitor": "competitors",
    "TipRule": "tips",
    "Condition": "tips.conditions and call_types.measures",
    "Scorecard": "scorecards",
    "Criterion": "scorecards.criteria",
    "CallTypeRule": "call_types",
}
_KINDS = {
    "str": "text",
    "bool": "true or false",
    "float": "number",
    "float | None": "number",
    "Side": "`seller`, `buyer` or `unknown`",
    "Texts": "texts by language",
    "Cues": "phrases by language",
    "Mapping[str, float]": "numbers by name",
    "tuple[str, ...]": "list of texts",
}


def playbook_tables() -> str:
    """Every key of every table, and the names that may be used."""
    tables = [_keys(node) for node in _dataclasses()]
    return "\n\n".join((*(table.markdown() for table in tables), *_names(standard_playbook())))


def _dataclasses() -> Iterator[ast.ClassDef]:
    """The definitions of what a playbook holds, in the order of `KEYS`."""
    sources = (ast.parse(inspect.getsource(module)) for module in (playbook, recording))
    nodes = {
        one.name: one for tree in sources for one in tree.body if isinstance(one, ast.ClassDef)
    }
    yield from (nodes[name] for name in KEYS)


def _keys(node: ast.ClassDef) -> Table:
    """A row for each field, with the words written below it."""
    rows = tuple(
        (
            f"`{ast.unparse(field.target)}`",
            _kind(ast.unparse(field.annotation)),
            "yes" if field.value is None else "",
            ast.literal_eval(words.value) if isinstance(words, ast.Expr) else "",
        )
        for field, words in pairwise([*node.body, node])
        if isinstance(field, ast.AnnAssign)
    )
    columns = (ast.get_docstring(node) or "").splitlines()[0]
    return Table(KEYS[node.name], ("key", "kind", "needed", columns), rows, names=4)


def _kind(annotation: str) -> str:
    member = annotation.removeprefix("tuple[").removesuffix(", ...]")
    return f"list of tables: {KEYS[member]}" if member in KEYS else _KINDS[annotation]


def _names(standard: Playbook) -> Iterator[str]:
    """Lists of names, one paragraph each."""
    yield _listed("Measures", MEASURES)
    yield _listed("Passages for evidence", PASSAGES)
    yield _listed("Kinds of moments", get_args(Kind))
    yield _listed("Areas of the standard tips", dict.fromkeys(tip.area for tip in standard.tips))
    yield _listed("Standard tips", (one.id for one in standard.tips))
    yield _listed("Standard scorecards", (one.id for one in standard.scorecards))
    yield _listed("Standard call types", (one.id for one in standard.call_types))


def _listed(title: str, names: Iterable[str]) -> str:
    return f"### {title}\n\n{', '.join(f'`{name}`' for name in names)}"


def main(*, write: Annotated[bool, typer.Option("--write")] = False) -> None:
    """Print the tables, or put them into docs/playbook.md."""
    show(playbook_tables(), PAGE, "playbook", write=write)


if __name__ == "__main__":
    typer.run(main)
