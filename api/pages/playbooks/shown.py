"""A playbook as its pages show it: what it consists of, its versions, and who may change it."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from sqlmodel import Session, col, select

from analyzer import read_playbook
from analyzer.playbook import Entry, key_of, text_in
from analyzer.playbook import Playbook as Rules
from analyzer.playbook_file import standard_playbook
from api.pages.frame import Reader
from api.pages.playbooks.fields import FORMS
from api.pages.words import Words
from models.playbook_entries import PARTS, Part, keys_of
from models.playbooks import latest
from models.rights import visible_calls
from models.tables import Call, Playbook, Team, User

_CALLS = 30


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry in the list; `is_own` when the team wrote it, or changed a standard one."""

    name: str
    path: str
    is_own: bool
    is_here: bool
    is_off: bool = False


@dataclass(frozen=True, slots=True)
class PartLines:
    """A part of a playbook with its entries."""

    part: Part
    name: str
    new_path: str
    is_here: bool
    entries: tuple[EntryLine, ...]
    own: int


@dataclass(frozen=True, slots=True)
class Book:
    """What surrounds every page of a playbook."""

    id: UUID
    name: str
    version: int
    whose: str
    is_active: bool
    is_latest: bool
    latest_path: str
    may_change: bool
    parts: tuple[PartLines, ...]
    calls: tuple[tuple[str, str], ...]
    here: str


def book_of(
    session: Session, reader: Reader, row: Playbook, here: str = "", part: str = "", key: str = ""
) -> Book:
    """The frame of a playbook's pages; `here` is overview, file, products, or entry."""
    newest = latest(session, row.name) or row
    return Book(
        id=row.id,
        name=row.name,
        version=row.version,
        whose=whose(session, reader.words, row.team_id),
        is_active=row.is_active,
        is_latest=newest.id == row.id,
        latest_path=f"/playbooks/{newest.id}",
        may_change=may_write(reader.user, row.team_id),
        parts=_parts(reader.words, row, part, key),
        calls=_calls(session, reader),
        here=here,
    )


def may_write(user: User, team_id: UUID | None) -> bool:
    """Whether a user may write the playbooks of a team, as the store will check."""
    if user.role == "admin":
        return True
    return user.role == "manager" and team_id is not None and team_id == user.team_id


def whose(session: Session, words: Words, team_id: UUID | None) -> str:
    """The team a playbook is for."""
    team = session.get(Team, team_id) if team_id else None
    return team.name if team else words("Everybody")


def entry_path(playbook_id: UUID, part: str, key: str = "", way: str = "entry") -> str:
    """The page of an entry, or of a new one."""
    return f"/playbooks/{playbook_id}/{way}?{urlencode({'part': part, 'key': key})}"


def entry_name(words: Words, entry: Entry) -> str:
    """What an entry is called in lists."""
    names = getattr(entry, "name", None)
    if isinstance(names, str):
        return names
    if names:
        return text_in(names, words.language)
    return key_of(entry).replace("_", " ").replace("-", " ").capitalize()


def find_entry(rules: Rules, part: Part, key: str) -> Entry | None:
    """An entry of a part by its key."""
    found: Entry | None = next((one for one in getattr(rules, part) if key_of(one) == key), None)
    return found


def own_keys(text: str, part: Part) -> tuple[str, ...]:
    """The keys of what a text says itself, in its order."""
    written = tomllib.loads(text).get(part, [])
    return tuple(
        one if isinstance(one, str) else one.get("id", one.get("name", "")) for one in written
    )


def _parts(words: Words, row: Playbook, part: str, key: str) -> tuple[PartLines, ...]:
    rules = read_playbook(row.text, f"{row.name}.toml")
    disabled = tuple(tomllib.loads(row.text).get("disabled", []))
    return tuple(
        PartLines(
            one,
            words(FORMS[one].name),
            entry_path(row.id, one),
            one == part,
            tuple(_lines(words, row, rules, one, (part, key), disabled)),
            len(own_keys(row.text, one)),
        )
        for one in PARTS
    )


def _lines(
    words: Words,
    row: Playbook,
    rules: Rules,
    part: Part,
    here: tuple[str, str],
    disabled: Sequence[str],
) -> list[EntryLine]:
    own = set(own_keys(row.text, part))
    lines = [
        EntryLine(
            entry_name(words, one),
            entry_path(row.id, part, key_of(one)),
            key_of(one) in own,
            (part, key_of(one)) == here,
        )
        for one in getattr(rules, part)
    ]
    standard = standard_playbook()
    for key in disabled:
        entry = find_entry(standard, part, key) if key in keys_of(standard, part) else None
        if entry is not None:
            path = entry_path(row.id, part, key)
            lines.append(
                EntryLine(entry_name(words, entry), path, False, (part, key) == here, True)
            )
    return sorted(lines, key=lambda one: (not one.is_own, one.is_off))


def _calls(session: Session, reader: Reader) -> tuple[tuple[str, str], ...]:
    """The last heard calls, to try a playbook on."""
    statement = (
        select(Call)
        .where(visible_calls(reader.user), col(Call.state) == "ready")
        .order_by(col(Call.started_at).desc())
        .limit(_CALLS)
    )
    return tuple(
        (str(one.id), f"{one.title} · {reader.words.day(one.started_at)}")
        for one in session.exec(statement)
    )
