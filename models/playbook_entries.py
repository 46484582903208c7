"""A playbook's text changed entry by entry; all else stays as it was written."""

import tomllib
from collections.abc import Callable, Sequence
from typing import Any, Literal, get_args

import tomlkit
from tomlkit import TOMLDocument
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Array

from analyzer import read_playbook
from analyzer.playbook import Playbook, key_of
from analyzer.playbook_file import standard_playbook
from models.errors import Conflict, Missing
from models.tables.columns import Json

Part = Literal["agendas", "trackers", "competitors", "tips", "scorecards", "call_types"]
PARTS: tuple[Part, ...] = get_args(Part)
_Table = dict[str, Any]


def put_entry(text: str, part: Part, entry: Json, former: str | None = None) -> str:
    """The text with an entry in place of the one of its key, or of the key it had before.

    An entry that the text does not have is added at the end. Raises Conflict when the text is
    written in a way that cannot be changed piece by piece.
    """
    key = _key(entry)

    def change(table: Any) -> None:
        _allow(table, key)
        if part not in table:
            table[part] = AoT([]) if isinstance(table, TOMLDocument) else []
        entries = table[part]
        keys = [_key(one) for one in entries]
        place = keys.index(former or key) if (former or key) in keys else None
        if place is None:
            entries.append(_written(entry, entries))
        else:
            entries[place] = _written(entry, entries)

    return _changed(text, change)


def drop_entry(text: str, part: Part, key: str) -> str:
    """The text without an entry; a standard one is disabled. Raises Missing or Conflict."""
    noun = part.removesuffix("s").replace("_", " ")
    if key not in keys_of(read_playbook(text, "playbook.toml"), part):
        raise Missing(f"there is no {noun} {key} in this playbook")

    def change(table: Any) -> None:
        _drop_own(table, part, key)
        if key in keys_of(standard_playbook(), part):
            table["disabled"] = [*table.get("disabled", []), key]

    return _changed(text, change)


def restore_entry(text: str, part: Part, key: str) -> str:
    """The text with the standard entry of a key as it comes with Talktrack. Raises Conflict."""

    def change(table: Any) -> None:
        _drop_own(table, part, key)
        _allow(table, key)

    return _changed(text, change)


def put_names(text: str, key: str, names: Sequence[str]) -> str:
    """The text with a list of plain names, such as products; none takes the list away."""

    def change(table: Any) -> None:
        if names:
            table[key] = list(names)
        elif key in table:
            del table[key]

    return _changed(text, change)


def keys_of(playbook: Playbook, part: Part) -> tuple[str, ...]:
    """What the entries of a part are called."""
    return tuple(key_of(one) for one in getattr(playbook, part))


def _key(entry: Any) -> str | None:
    """What an entry is called as it is written: a competitor may be its name alone."""
    if isinstance(entry, str):
        return str(entry)
    key = entry.get("id", entry.get("name")) if isinstance(entry, dict) else None
    return key if isinstance(key, str) else None


def _changed(text: str, change: Callable[[Any], None]) -> str:
    """The text changed; what it says then is compared with the same change of what it said."""
    wanted: _Table = tomllib.loads(text)
    change(wanted)
    try:
        # Whatever is added must not end up on the line of a last comment.
        written = tomlkit.parse(text if text.endswith("\n") or not text else f"{text}\n")
        change(written)
        made = tomlkit.dumps(written)
        is_right = tomllib.loads(made) == wanted
    except (TOMLKitError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError):
        is_right = False
    if not is_right:
        raise Conflict("this playbook cannot be changed piece by piece; send its whole text anew")
    return made


def _drop_own(table: Any, part: Part, key: str) -> None:
    entries = table.get(part, [])
    for index in reversed(range(len(entries))):
        if _key(entries[index]) == key:
            del entries[index]
    if part in table and not entries:
        del table[part]


def _allow(table: Any, key: str | None) -> None:
    """Take a key from what is disabled."""
    disabled = list(table.get("disabled", []))
    if key in disabled:
        table["disabled"] = [one for one in disabled if one != key]


def _written(value: Json, among: Any) -> Any:
    """An entry as those are written that it is put among."""
    if isinstance(among, Array):
        return _inline(value)
    if not isinstance(among, AoT):
        return value
    table = tomlkit.table()
    for key, one in value.items():
        table.add(key, _member(one))
    table.add(tomlkit.nl())
    return table


def _member(value: Any) -> Any:
    if isinstance(value, dict):
        return _inline(value)
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        array = tomlkit.array()
        for one in value:
            array.append(_member(one))
        return array.multiline(True)
    return value


def _inline(value: Json) -> Any:
    table = tomlkit.inline_table()
    for key, one in value.items():
        table.add(key, _member(one))
    return table
