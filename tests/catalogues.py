"""What the pages say, and whether it is there in French.

`python -m tests.catalogues` tells what no file of `api/locale/fr` has, and what nobody says any
more. `--into call "call*.html" "call*.py"` adds what those files say to `call.po`, untranslated.
"""

from collections.abc import Iterator
from fnmatch import fnmatch
from io import BytesIO
from pathlib import Path
from typing import Annotated

import typer
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract
from typer import echo

ROOT = Path(__file__).parent.parent
LOCALES = ROOT / "api" / "locale"
PYTHON, TEMPLATES = ROOT / "api" / "pages", ROOT / "api" / "templates" / "pages"
_KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "plural": (1, 2),
    "words": None,
    "marked": None,
}
_OPTIONS = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
MessageId = str | tuple[str, ...]


def said() -> dict[MessageId, list[str]]:
    """Every word of the pages, with the names of the files that say it."""
    found: dict[MessageId, list[str]] = {}
    for path in (*sorted(PYTHON.rglob("*.py")), *sorted(TEMPLATES.rglob("*.html"))):
        for words in _extracted(path):
            found.setdefault(words, []).append(path.relative_to(ROOT / "api").as_posix())
    return found


def _extracted(path: Path) -> Iterator[MessageId]:
    if path.suffix == ".py":
        with path.open("rb") as source:
            for _, found, _, _ in extract("python", source, _KEYWORDS):
                if found:
                    yield found if isinstance(found, str) else tuple(one or "" for one in found)
        return
    with path.open("rb") as source:
        for _, _, words, _ in babel_extract(source, tuple(_KEYWORDS), (), dict(_OPTIONS)):
            several = [one for one in (words if isinstance(words, tuple) else [words]) if one]
            if several:
                yield several[0] if len(several) == 1 else tuple(several[:2])


def catalogues() -> dict[str, Catalog]:
    """The French files, by name."""
    found = {}
    for path in sorted((LOCALES / "fr").glob("*.po")):
        with path.open("rb") as source:
            found[path.stem] = read_po(source, locale="fr")
    return found


def translated() -> dict[MessageId, list[tuple[str, Message]]]:
    """What French files have, with the name of the file."""
    found: dict[MessageId, list[tuple[str, Message]]] = {}
    for name, catalogue in catalogues().items():
        for message in catalogue:
            if message.id:
                found.setdefault(_key(message), []).append((name, message))
    return found


def _key(message: Message) -> MessageId:
    return message.id if isinstance(message.id, str) else tuple(message.id)


def add(name: str, patterns: list[str]) -> int:
    """Add what files say and no catalogue has, untranslated; returns how many words."""
    path = LOCALES / "fr" / f"{name}.po"
    known, catalogue = translated(), catalogues().get(name) or Catalog(locale="fr", charset="utf-8")
    new = [
        words
        for words, files in said().items()
        if words not in known
        and any(fnmatch(Path(one).name, pattern) for one in files for pattern in patterns)
    ]
    for words in new:
        catalogue.add(words)
    written = BytesIO()
    write_po(written, catalogue, width=100, omit_header=True, sort_output=True)
    path.write_bytes(written.getvalue())
    return len(new)


def main(
    patterns: Annotated[list[str] | None, typer.Argument(help="Such as 'call*.html'.")] = None,
    into: Annotated[str | None, typer.Option(help="The catalogue to add to.")] = None,
) -> None:
    """Tell what is missing and what is left over."""
    if into:
        echo(f"{add(into, patterns or ['*'])} added to {into}.po")
    spoken, known = said(), translated()
    for words, files in spoken.items():
        if words not in known:
            echo(f"missing: {words!r} ({', '.join(sorted(set(files)))})")
        elif not all(one.string and all(one.string) for _, one in known[words]):
            echo(f"untranslated: {words!r} ({', '.join(sorted(set(files)))})")
    for words in known.keys() - spoken.keys():
        echo(f"nobody says: {words!r} ({known[words][0][0]}.po)")


if __name__ == "__main__":
    typer.run(main)
