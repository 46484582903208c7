"""What is known before listening, read from a file: the whole meeting, or its agenda alone."""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta, timezone
from difflib import get_close_matches
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from analyzer.errors import BadMeeting
from analyzer.recording import AgendaItem, DealLink, Meeting, Participant

_MEETING: TypeAdapter[Meeting] = TypeAdapter(Meeting)
_PARTS = {"participants": Participant, "agenda": AgendaItem, "deal": DealLink}
_NOT_IN_FILES = {"voices"}
_BULLET = re.compile(r"^\s*(?:[-*•\u2013]\s+|\(?(?:\d{1,2}|[a-zA-Z])[.)]\s+)?(?:\[[ xX]?\]\s+)?")


def load_meeting(path: Path) -> Meeting:
    """Read a .json or .toml file in which any key may be left out.

    A time without a zone is taken as UTC, a participant without a name goes by the e-mail, and
    an agenda may be a list of titles. Raises `BadMeeting`, in one line with the file and the key,
    for a key that does not exist or a value of the wrong kind.
    """
    table = _parse(path)
    if not isinstance(table, dict):
        raise BadMeeting(f"{path.name}: expected keys such as title and participants")
    return _validate(path, table)


def load_agenda(path: Path) -> tuple[AgendaItem, ...]:
    """Read an agenda: one item a line, or a list in a .json or .toml file (under `agenda`).

    Bullets, numbers and blank lines do not count. Raises `BadMeeting`.
    """
    if path.suffix.lower() not in {".json", ".toml"}:
        titles = (_BULLET.sub("", line, count=1).strip() for line in _read(path).splitlines())
        return _validate(path, {"agenda": [title for title in titles if title]}).agenda
    parsed = _parse(path)
    return _validate(path, parsed if isinstance(parsed, dict) else {"agenda": parsed}).agenda


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadMeeting(f"{path.name}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise BadMeeting(f"{path.name}: is not UTF-8 text; save it as UTF-8") from None


def _parse(path: Path) -> object:
    text = _read(path)
    try:
        return tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
    except ValueError as error:  # of both parsers
        raise BadMeeting(f"{path.name}: {str(error).splitlines()[0]}") from None


def _validate(path: Path, table: dict[str, object]) -> Meeting:
    for problem in _unknown_keys(table):
        raise BadMeeting(f"{path.name}: {problem}")
    filled = {key: value for key, value in table.items() if value is not None}
    agenda, people = filled.get("agenda"), filled.get("participants")
    if isinstance(agenda, list):
        filled["agenda"] = _with_ids(agenda)
    if isinstance(people, list):
        filled["participants"] = [_with_name(person) for person in people]
    try:
        # By way of JSON, where "2026-09-03" may be a date but "4" is no number.
        meeting = _MEETING.validate_json(json.dumps(filled, default=_instant), strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadMeeting(f"{path.name}: {place}: {first['msg'].lower()}") from None
    twice = [key for key, n in Counter(item.id for item in meeting.agenda).items() if n > 1]
    if twice:
        raise BadMeeting(f"{path.name}: agenda: two items have the id {twice[0]!r}")
    return replace(meeting, started_at=_zoned(meeting.started_at))


def _unknown_keys(table: dict[str, object]) -> list[str]:
    """What is wrong with the keys, at the top and one level down."""
    problems = _misspelled(table, Meeting, "")
    for key, kind in _PARTS.items():
        part = table.get(key)
        parts = part if isinstance(part, list) else [part]
        for place, one in enumerate(parts):
            where = f"{key}.{place}." if isinstance(part, list) else f"{key}."
            problems += _misspelled(one, kind, where) if isinstance(one, dict) else []
    return problems


def _misspelled(table: dict[str, object], kind: type, where: str) -> list[str]:
    known = [field.name for field in fields(kind) if field.name not in _NOT_IN_FILES]
    problems = []
    for key in table:
        if key not in known:
            close = get_close_matches(key, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known keys: {', '.join(known)}"
            problems.append(f"{where}{key}: there is no such key; {hint}")
    return problems


def _with_ids(items: Sequence[object]) -> list[object]:
    """Agenda items as tables, those without an id numbered a1, a2..."""
    tables = [{"title": item} if isinstance(item, str) else item for item in items]
    return [
        {"id": f"a{n}", **item} if isinstance(item, dict) else item
        for n, item in enumerate(tables, start=1)
    ]


def _with_name(person: object) -> object:
    """A participant known by e-mail only: jim.kowalski@... is Jim Kowalski."""
    if not isinstance(person, dict) or person.get("name") or not person.get("email"):
        return person
    words = re.split(r"[._+-]+", str(person["email"]).partition("@")[0])
    return {**person, "name": " ".join(word.capitalize() for word in words if word)}


def _instant(value: object) -> str:
    """TOML's own dates, as JSON writes them."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"{value!r} has no JSON form")


def _zoned(instant: datetime | None) -> datetime | None:
    """A plain aware instant; pydantic's own zones go no further than here."""
    if instant is None:
        return None
    offset = instant.utcoffset()
    return instant.replace(
        tzinfo=UTC if not offset else timezone(timedelta(seconds=offset.total_seconds()))
    )
