"""Why something cannot be done, as errors say it, and whether it is there in French.

`python -m tests.reasons` tells what no file of `api/locale/fr/reasons` has, and what no error says
any more; `--add` adds what is missing, untranslated, to the file of its layer.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Annotated

import typer
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from typer import echo

from api.pages.reasons import LOCALES

ROOT = Path(__file__).parent.parent
LAYERS = ("analyzer", "models", "api")
_NOT_READ = {  # by somebody at a page: of programs, of commands, or only logged
    "AssertionError",
    "BadDatabase",
    "BadParameter",
    "Exit",
    "KeyError",
    "LookupError",
    "MailMisset",
    "ModuleNotFoundError",
    "NotAdmitted",
    "OSError",
    "OperationalError",
    "Replayed",
    "RuntimeError",
    "SignInRefused",
    "TypeError",
    "ValueError",
}
_MADE = {"Flaw"}  # what is told without being raised
_NO_PAGES = re.compile(r"api/(cli|doctor|console|backup_|.*command|pages/)")


def said() -> dict[str, list[str]]:
    """Every reason, values as `{name}`, with the files that give it."""
    found: dict[str, list[str]] = {}
    for layer in LAYERS:
        for path in sorted((ROOT / layer).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not _NO_PAGES.match(name):
                for reason in _raised(ast.parse(path.read_text(encoding="utf-8"))):
                    found.setdefault(reason, []).append(name)
    return found


def _raised(tree: ast.Module) -> Iterator[str]:
    named = _named(tree)
    for node in ast.walk(tree):
        made = node.exc if isinstance(node, ast.Raise) else node
        if isinstance(made, ast.Call):
            kind = made.func
            name = kind.id if isinstance(kind, ast.Name) else getattr(kind, "attr", "")
            is_raised = made is not node and name[:1].isupper() and name not in _NOT_READ
            if is_raised or name in _MADE:
                for given in made.args:
                    known = named.get(given.id, []) if isinstance(given, ast.Name) else [given]
                    for one in known:
                        words = "".join(_words(one, Counter()))
                        if re.search(r"[a-z]{2,}.* .*[a-z]{2,}", re.sub(r"\{.*?\}", "", words)):
                            yield " ".join(words.split())


def _named(tree: ast.Module) -> dict[str, list[ast.expr]]:
    """What a name stands for in a file, wherever."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(node.value)
    return found


def _words(node: ast.expr, used: Counter[str]) -> Iterator[str]:
    """What an expression says, piece by piece; nothing where that is not known."""
    match node:
        case ast.Constant(value=str(text)):
            yield text.replace("{", "{{").replace("}", "}}")
        case ast.JoinedStr(values=values):
            for one in values:
                yield from _words(one, used)
        case ast.FormattedValue(value=value):
            yield _place(value, used)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            yield from _words(left, used)
            yield from [*_words(right, used)] or [_place(right, used)]


def _place(value: ast.expr, used: Counter[str]) -> str:
    name = _name(value)
    used[name] += 1
    return f"{{{name}{used[name] if used[name] > 1 else ''}}}"


def _name(node: ast.expr) -> str:
    """What a translator is told of a value."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_").lower()
        case ast.Subscript(value=value) | ast.Call(args=[value, *_]) | ast.BinOp(left=value):
            return _name(value)
        case ast.Call(func=ast.Attribute(value=value)):
            return _name(value)
        case _:
            return "value"


def catalogues() -> dict[str, Catalog]:
    """The French files, by layer."""
    found = {}
    for path in sorted((LOCALES / "fr" / "reasons").glob("*.po")):
        with path.open("rb") as source:
            found[path.stem] = read_po(source, locale="fr")
    return found


def main(add: Annotated[bool, typer.Option(help="Add what is missing.")] = False) -> None:
    """Tell what is missing and what is left over."""
    spoken, files = said(), catalogues()
    known = {message.id: message for one in files.values() for message in one if message.id}
    for reason, where in spoken.items():
        if add and reason not in known:
            layer = where[0].partition("/")[0]
            files.setdefault(layer, Catalog(locale="fr")).add(reason)
        elif reason not in known or not known[reason].string:
            echo(f"missing: {reason!r} ({', '.join(sorted(set(where)))})")
    for reason in known.keys() - spoken.keys():
        echo(f"no error says: {reason!r}")
    for layer, catalogue in files.items() if add else ():
        written = BytesIO()
        write_po(written, catalogue, width=100, omit_header=True, sort_output=True)
        (LOCALES / "fr" / "reasons" / f"{layer}.po").write_bytes(written.getvalue())


if __name__ == "__main__":
    typer.run(main)
