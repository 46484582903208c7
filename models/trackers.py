"""The trackers of a playbook, changed one by one in its text; the rest stays as it was written."""

import tomllib
from collections.abc import Callable
from typing import Any

import tomlkit
from tomlkit import TOMLDocument
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Array

from analyzer import read_playbook
from analyzer.playbook_file import standard_playbook
from models.errors import Conflict, Missing
from models.tables.columns import Json

_Table = dict[str, Any]


def put_tracker(text: str, tracker: Json) -> str:
    """The text with a tracker added, or in place of the one with its id.

    Raises Conflict when the text is written in a way that cannot be changed piece by piece.
    """

    def change(table: Any) -> None:
        _drop_own(table, tracker["id"])
        _allow(table, tracker["id"])
        if "trackers" not in table:
            table["trackers"] = AoT([]) if isinstance(table, TOMLDocument) else []
        table["trackers"].append(_written(tracker, table["trackers"]))

    return _changed(text, change)


def drop_tracker(text: str, tracker_id: str) -> str:
    """The text without a tracker; a standard one is disabled. Raises Missing or Conflict."""
    is_standard = any(one.id == tracker_id for one in standard_playbook().trackers)
    if tracker_id not in {one.id for one in read_playbook(text, "playbook.toml").trackers}:
        raise Missing(f"there is no tracker {tracker_id} in this playbook")

    def change(table: Any) -> None:
        _drop_own(table, tracker_id)
        if is_standard:
            table["disabled"] = [*table.get("disabled", []), tracker_id]

    return _changed(text, change)


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


def _drop_own(table: Any, tracker_id: str) -> None:
    trackers = table.get("trackers", [])
    for index in reversed(range(len(trackers))):
        if trackers[index].get("id") == tracker_id:
            del trackers[index]
    if "trackers" in table and not trackers:
        del table["trackers"]


def _allow(table: Any, tracker_id: str) -> None:
    """Take an id from what is disabled."""
    disabled = list(table.get("disabled", []))
    if tracker_id in disabled:
        table["disabled"] = [one for one in disabled if one != tracker_id]


def _written(value: Json, among: Any) -> Any:
    """A tracker as those are written that it is put among."""
    if isinstance(among, Array):
        return _inline(value)
    if not isinstance(among, AoT):
        return value
    table = tomlkit.table()
    for key, one in value.items():
        table.add(key, _inline(one) if isinstance(one, dict) else one)
    table.add(tomlkit.nl())
    return table


def _inline(value: Json) -> Any:
    table = tomlkit.inline_table()
    for key, one in value.items():
        table.add(key, _inline(one) if isinstance(one, dict) else one)
    return table
