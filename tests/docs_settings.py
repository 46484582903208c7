"""docs/settings.md, made from the settings themselves.

python -m tests.docs_settings            print it
python -m tests.docs_settings --write    write the page
"""

import ast
import inspect
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer
from pydantic.fields import FieldInfo

from api import settings
from api.settings import Settings

PAGE = Path(__file__).parent.parent / "docs" / "settings.md"
_HEAD = """# Settings

Every setting is an environment variable; what is left out, or empty, has its default. There is no
settings file: put the variables into the unit, the container or the shell that starts Talktrack.
`talktrack serve` and every `talktrack worker` need the same ones.

This page is made from the program: `python -m tests.docs_settings --write`.
"""


def settings_page() -> str:
    """Every setting with its variable, its default and what it does."""
    texts = _texts()
    parts = [_HEAD]
    own = Settings.__annotations__
    for name, field in sorted(Settings.model_fields.items(), key=lambda one: one[0] not in own):
        parts.append(
            f"## `TALKTRACK_{name.upper()}`\n\n{texts[name]}\n\nDefault: {_default(field)}.\n"
        )
    return "\n".join(parts)


def _texts() -> Mapping[str, str]:
    """The words under each field, which Python itself does not keep."""
    tree = ast.parse(inspect.getsource(settings))
    bodies = [one.body for one in tree.body if isinstance(one, ast.ClassDef)]
    texts: dict[str, str] = {}
    for before, after in (pair for body in bodies for pair in pairwise(body)):
        if (
            isinstance(before, ast.AnnAssign)
            and isinstance(before.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
        ):
            texts[before.target.id] = inspect.cleandoc(str(after.value.value))
    return texts


def _default(field: FieldInfo) -> str:
    if field.default_factory is not None:
        return "`{}`" if field.annotation != Path else "`talktrack` in the user's data folder"
    if field.default in {None, ()}:
        return "none"
    if isinstance(field.default, tuple):
        return f"`{','.join(field.default)}`"
    if isinstance(field.default, bool):
        return f"`{str(field.default).lower()}`"
    return f"`{field.default}`"


def main(write: Annotated[bool, typer.Option(help="Write the page.")] = False) -> None:
    """Print the page, or write it."""
    if write:
        PAGE.write_text(settings_page(), "utf-8")
    else:
        print(settings_page())  # noqa: T201


if __name__ == "__main__":
    typer.run(main)
