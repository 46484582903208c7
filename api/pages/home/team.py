"""What who coaches sees at home besides their own: the reps' week, and what stands still."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from sqlmodel import Session

from api.pages.frame import Reader
from models.team_week import Failing, RepWeek, failing, team_week


@dataclass(frozen=True, slots=True)
class RepLine:
    """A rep's calls; `to_hear_path` opens the newest that nobody who coaches has opened."""

    rep_id: UUID
    name: str
    week: int
    calls: int
    listened: int
    share: float | None
    to_hear_path: str | None
    to_hear_title: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands still in the system, for an admin."""

    failed_calls: int
    refused_files: int
    waiting: int
    waiting_since: str | None

    @property
    def is_fine(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.failed_calls or self.refused_files)


def rep_lines(session: Session, reader: Reader, now: datetime) -> tuple[RepLine, ...]:
    """The reps one coaches, by name, those with calls of late first."""
    monday = reader.words.today - timedelta(days=reader.words.today.weekday())
    since = datetime.combine(monday, time(), reader.words.zone)
    return tuple(_line(one) for one in team_week(session, reader.user, since, now))


def standing(session: Session, reader: Reader, now: datetime) -> Standing:
    """What stands still."""
    found: Failing = failing(session, now)
    since = reader.words.ago(found.waiting_since) if found.waiting_since else None
    return Standing(found.calls, found.files, found.waiting, since)


def _line(row: RepWeek) -> RepLine:
    return RepLine(
        row.rep_id,
        row.name,
        row.week,
        row.calls,
        row.listened,
        row.listened / row.calls if row.calls else None,
        f"/calls/{row.to_hear_id}" if row.to_hear_id else None,
        row.to_hear_title,
    )
