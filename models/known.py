"""What was known of a call before anyone listened: in the call's row, and as the library reads it.

The JSON is that of a meeting file. A call's title and start stand in columns of their own, which
go before what the JSON says of them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from enum import Enum
from math import isfinite
from typing import Any

from sqlmodel import Session

from analyzer import AnalyzerError, Meeting, Participant
from analyzer.meeting_file import meeting_from
from analyzer.recording import DealLink
from models.errors import BadInput
from models.storable import readable
from models.tables import Call, Deal, User
from models.tables.columns import Json
from models.users import zone_for

_MOST = {"participants": 200, "agenda": 200, "competitors": 500, "vocabulary": 2000}
"""Entries of a list."""
_KEYWORDS = 100
_LONGEST = 1000
"""Characters of a text."""
_SHORTER = {"title": 300, "call_type": 100}
_YEARS = range(1970, 2100)
_LANGUAGE = re.compile(r"[a-z]{2,3}")


def check_known(known: object, source: str = "known") -> Json:
    """What is known as it is kept: with ids for the agenda, without what is empty.

    Raises BadInput, which names the key after `source`.
    """
    return known_of(read_known(known, source))


def read_known(known: object, source: str = "known") -> Meeting:
    """What is known as a meeting; a time without a zone is UTC, signs no row can hold are U+FFFD.

    Raises BadInput, which names the key after `source`, for a key that does not exist, a value of
    the wrong kind, or more than a call can hold.
    """
    if not isinstance(known, Mapping):
        raise BadInput(f"{source}: expected keys such as participants and agenda")
    try:
        meeting = meeting_from(readable(dict(known)), source)
    except AnalyzerError as error:
        raise BadInput(str(error)) from None
    except (RecursionError, TypeError):
        raise BadInput(f"{source}: holds something that JSON cannot say; see the API") from None
    meeting = replace(meeting, language=_language(meeting.language, source))
    for wrong in _misfits(meeting):
        raise BadInput(f"{source}: {wrong}")
    return meeting


def known_of(meeting: Meeting) -> Json:
    """The meeting as a meeting file says it; what is not known is left out, and so are voices."""
    return _written(replace(meeting, voices=()))  # type: ignore[no-any-return]


def load_meeting(session: Session, call: Call) -> Meeting:
    """All that is known of a call: with its own title, start and deal.

    The start is in the zone it was given in, else the rep's or the team's, else UTC: "tomorrow"
    is the day after the one they had. Raises BadInput when what was kept fits no more.
    """
    meeting = read_known(call.known, f"what is known of call {call.id}")
    began = meeting.started_at
    zone = began.tzinfo if began else zone_for(session, session.get(User, call.rep_id))
    deal = session.get(Deal, call.deal_id) if call.deal_id else None
    return replace(
        meeting,
        title=call.title,
        started_at=call.started_at.astimezone(zone),
        deal=DealLink(deal.ref, deal.name) if deal else meeting.deal,
    )


def _language(language: str | None, source: str) -> str | None:
    """A language code: "fr" for "fr-CA"."""
    told = (language or "").strip()
    code = told.lower().replace("_", "-").partition("-")[0]
    if code and not _LANGUAGE.fullmatch(code):
        raise BadInput(f"{source}: language: {told[:40]!r} is no code such as en or fr")
    return code or None


def _misfits(meeting: Meeting) -> Iterator[str]:
    """What a call cannot hold, by its key."""
    for key, most in _MOST.items():
        if len(getattr(meeting, key)) > most:
            yield f"{key}: {len(getattr(meeting, key))} entries; at most {most} are kept"
    for place, item in enumerate(meeting.agenda):
        if len(item.keywords) > _KEYWORDS:
            yield f"agenda.{place}.keywords: at most {_KEYWORDS} are kept"
        if item.minutes is not None and not (isfinite(item.minutes) and item.minutes >= 0):
            yield f"agenda.{place}.minutes: input should be 0 or more"
    if meeting.started_at and meeting.started_at.year not in _YEARS:
        yield f"started_at: the year should be from {_YEARS.start} to {_YEARS.stop - 1}"
    yield from _long_texts("", known_of(meeting))
    yield from _bad_channels(meeting.participants)


def _bad_channels(people: tuple[Participant, ...]) -> Iterator[str]:
    for place, one in enumerate(people):
        if one.channel is not None and not 0 <= one.channel < 100:
            yield f"participants.{place}.channel: input should be from 0 to 99"


def _long_texts(place: str, value: object) -> Iterator[str]:
    """Every text that is too long."""
    if isinstance(value, str):
        most = _SHORTER.get(place, _LONGEST)
        if len(value) > most:
            yield f"{place}: {len(value)} characters; at most {most} are kept"
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _long_texts(f"{place}.{key}".lstrip("."), one)
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from _long_texts(f"{place}.{index}", one)


def _written(value: Any) -> Any:
    """A value of the library as JSON, without what is empty or not known."""
    if is_dataclass(value):
        pairs = ((field, getattr(value, field.name)) for field in fields(value))
        return {field.name: _written(one) for field, one in pairs if one != field.default}
    if isinstance(value, tuple):
        return [_written(one) for one in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value
