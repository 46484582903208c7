"""Playbooks read from files: the standard one, and what a team lays over it."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from analyzer.errors import BadPlaybook
from analyzer.line_numbers import Place, json_lines, line_of, toml_lines
from analyzer.playbook import Playbook, merged
from analyzer.playbook_checks import misfits
from analyzer.typed_file import Misfit, Table, fit, numbered, parse, read_text

_AT_LINE = re.compile(r"\bline (\d+)")
_STANDARD = Path(__file__).parent / "playbooks" / "standard.toml"


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something wrong in a playbook's text: its line, if it is known, and the keys to it."""

    line: int | None
    place: Place
    what: str


def load_playbook(path: Path) -> Playbook:
    """Read a team's own playbook, .toml or .json, and lay it over the standard one.

    docs/playbook.md explains the keys, `merged` how the two become one. Raises `BadPlaybook`, in
    one line with the file, the line and the key.
    """
    return read_playbook(read_text(path, BadPlaybook), path.name)


def read_playbook(text: str, name: str) -> Playbook:
    """The same from a text; the end of its name, .toml or .json, says how it is written."""
    standard = standard_playbook()
    return merged(standard, _read(Path(name), text, lambda own: misfits(own, standard)))


def mistakes_in(text: str, name: str) -> tuple[Mistake, ...]:
    """Everything that keeps a text from being a playbook; none when it can be read."""
    path, standard = Path(name), standard_playbook()
    try:
        table = parse(path, text, BadPlaybook)
    except BadPlaybook as bad:
        what = str(bad).removeprefix(f"{path.name}: ")
        found = _AT_LINE.search(what)
        return (Mistake(int(found[1]) if found else None, (), what),)
    if not isinstance(table, dict):
        return (Mistake(None, (), "expected keys such as tips and competitors"),)
    try:
        misfitting = tuple(misfits(fit(Playbook, _filled(table)), standard))
    except Misfit as misfit:
        misfitting = (misfit,)
    if not misfitting:
        return ()
    lines = toml_lines(text) if path.suffix.lower() == ".toml" else json_lines(text)
    return tuple(
        Mistake(line_of(lines, one.place) if one.place else None, one.place, one.what)
        for one in misfitting
    )


@cache
def standard_playbook() -> Playbook:
    """What every team starts from; a test, not each run, looks for what is wrong with it."""
    return _read(_STANDARD, read_text(_STANDARD, BadPlaybook), lambda _own: ())


def _read(path: Path, text: str, wrong: Callable[[Playbook], Iterable[Misfit]]) -> Playbook:
    """A playbook as its file has it, unless anything is wrong. Raises `BadPlaybook`."""
    table = parse(path, text, BadPlaybook)
    if not isinstance(table, dict):
        raise BadPlaybook(f"{path.name}: expected keys such as tips and competitors")
    try:
        own = fit(Playbook, _filled(table))
        for misfit in wrong(own):
            raise misfit
    except Misfit as misfit:
        raise BadPlaybook(f"{path.name}{_line(path, text, misfit)}: {misfit}") from None
    return own


def _line(path: Path, text: str, misfit: Misfit) -> str:
    """Where a misfit stands, unless the whole file does not fit."""
    if not misfit.place:
        return ""
    lines = toml_lines(text) if path.suffix.lower() == ".toml" else json_lines(text)
    return f", line {line_of(lines, misfit.place)}"


def _filled(table: Table) -> Table:
    """Competitors and planned items written as plain names, in full."""
    competitors, agendas = table.get("competitors"), table.get("agendas")
    filled = dict(table)
    if isinstance(competitors, list):
        filled["competitors"] = [
            {"name": one} if isinstance(one, str) else one for one in competitors
        ]
    if isinstance(agendas, list):
        filled["agendas"] = [
            {**one, "items": numbered(one["items"])}
            if isinstance(one, dict) and isinstance(one.get("items"), list)
            else one
            for one in agendas
        ]
    return filled
