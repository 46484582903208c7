"""What is known before listening, read from a file: the whole meeting, or its agenda alone."""

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from analyzer.errors import BadMeeting
from analyzer.invitation import agenda_in, agenda_lines, calendar_text
from analyzer.recording import AgendaItem, Meeting
from analyzer.typed_file import Misfit, fit, numbered, parse, read_text

_NOT_IN_FILES = frozenset({"voices"})


def load_meeting(path: Path) -> Meeting:
    """Read a .json or .toml file in which any key may be left out.

    A time without a zone is taken as UTC, a participant without a name goes by the e-mail, and
    an agenda may be a list of titles. Raises `BadMeeting`, in one line with the file and the key,
    for a key that does not exist or a value of the wrong kind.
    """
    table = parse(path, read_text(path, BadMeeting), BadMeeting)
    if not isinstance(table, dict):
        raise BadMeeting(f"{path.name}: expected keys such as title and participants")
    return meeting_from(table, path.name)


def load_agenda(path: Path) -> tuple[AgendaItem, ...]:
    """Read an agenda: a list in a .json or .toml file (under `agenda`), text, or an invitation.

    Of a text, what is listed under "Agenda" counts, in any language known; without such a
    heading, each line is an item. An .ics file must have one. Raises `BadMeeting`.
    """
    text = read_text(path, BadMeeting)
    match path.suffix.lower():
        case ".json" | ".toml":
            parsed = parse(path, text, BadMeeting)
            table = parsed if isinstance(parsed, dict) else {"agenda": parsed}
            return meeting_from(table, path.name).agenda
        case ".ics":
            agenda = agenda_in(calendar_text(text))
            if not agenda:
                message = 'no agenda in its description; list it there under a line "Agenda"'
                raise BadMeeting(f"{path.name}: {message}")
            return agenda
        case _:
            return agenda_in(text) or agenda_lines(text)


def meeting_from(table: dict[str, object], source: str) -> Meeting:
    """A meeting from keys already parsed; `source` is named in the errors. Raises `BadMeeting`."""
    filled = {key: value for key, value in table.items() if value is not None}
    agenda, people = filled.get("agenda"), filled.get("participants")
    if isinstance(agenda, list):
        filled["agenda"] = numbered(agenda)
    if isinstance(people, list):
        filled["participants"] = [_with_name(person) for person in people]
    try:
        meeting = fit(Meeting, filled, _NOT_IN_FILES)
    except Misfit as misfit:
        raise BadMeeting(f"{source}: {misfit}") from None
    twice = [key for key, n in Counter(item.id for item in meeting.agenda).items() if n > 1]
    if twice:
        raise BadMeeting(f"{source}: agenda: two items have the id {twice[0]!r}")
    return replace(meeting, started_at=_zoned(meeting.started_at))


def _with_name(person: object) -> object:
    """A participant known by e-mail only: jim.kowalski@... is Jim Kowalski."""
    if not isinstance(person, dict) or person.get("name") or not person.get("email"):
        return person
    words = re.split(r"[._+-]+", str(person["email"]).partition("@")[0])
    return {**person, "name": " ".join(word.capitalize() for word in words if word)}


def _zoned(instant: datetime | None) -> datetime | None:
    """A plain aware instant; pydantic's own zones go no further than here."""
    if instant is None:
        return None
    offset = instant.utcoffset()
    return instant.replace(
        tzinfo=UTC if not offset else timezone(timedelta(seconds=offset.total_seconds()))
    )
