"""Calendar invitations: what was planned, when, and with whom."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from icalendar import Calendar, Component

from analyzer.invitation import agenda_in, calendar_text
from analyzer.recording import AgendaItem
from models.errors import BadInput

MOST_EVENTS, MOST_GUESTS, MOST_ITEMS = 50, 60, 60
_LONGEST = 300
_ROOMS = {"ROOM", "RESOURCE"}
_REPLIES = ("re: ", "fw: ", "fwd: ", "invitation: ", "accepted: ", "updated invitation: ")


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody an invitation names; either may be empty, not both."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Invited:
    """An event of a calendar; `agenda` one title an item."""

    title: str
    starts_at: datetime | None
    guests: tuple[Guest, ...]
    agenda: tuple[str, ...]


def read_invitations(text: str, zone: tzinfo) -> tuple[Invited, ...]:
    """The events of an .ics file; a time without a zone is on the clock of `zone`.

    Raises BadInput for what is no calendar.
    """
    try:
        calendars = Calendar.from_ical(text, multiple=True)
        events = [one for calendar in calendars for one in calendar.walk("VEVENT")]
        return tuple(_event(one, zone) for one in events[:MOST_EVENTS])
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError):
        raise BadInput(
            "the invitation cannot be read; save it from the calendar again, as .ics"
        ) from None


def _event(event: Component, zone: tzinfo) -> Invited:
    lines = event.to_ical().decode("utf-8", "replace")
    agenda = agenda_in(calendar_text(lines))
    return Invited(
        title=_title(str(event.get("SUMMARY") or "")),
        starts_at=_start(event, zone),
        guests=tuple(dict.fromkeys(_guests(event)))[:MOST_GUESTS],
        agenda=tuple(_line(one) for one in agenda[:MOST_ITEMS]),
    )


def _line(item: AgendaItem) -> str:
    minutes = f" ({item.minutes:g} min)" if item.minutes else ""
    return item.title[:_LONGEST] + minutes


def _title(summary: str) -> str:
    title = " ".join(summary.split())
    for reply in _REPLIES:
        if title.lower().startswith(reply):
            title = title[len(reply) :]
    return title[:_LONGEST]


def _start(event: Component, zone: tzinfo) -> datetime | None:
    told = event.get("DTSTART")
    at: date | None = getattr(told, "dt", None)
    if not isinstance(at, datetime):  # a whole day says nothing of the hour
        return None
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def _guests(event: Component) -> Iterator[Guest]:
    for key in ("ORGANIZER", "ATTENDEE"):
        told = event.get(key)
        for one in told if isinstance(told, list) else [told] if told is not None else []:
            kind = str(one.params.get("CUTYPE", "")).upper()
            address = str(one).strip()
            email = address[7:] if address.lower().startswith("mailto:") else ""
            name = " ".join(str(one.params.get("CN", "")).split()).strip("'\"")
            if kind not in _ROOMS and (email or name):
                yield Guest("" if "@" in name else name[:_LONGEST], email[:320].lower())
