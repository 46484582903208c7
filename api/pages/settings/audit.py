"""The trail: who did what to which, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from api.dependencies import SessionDep
from api.pages.frame import Reader
from api.pages.rendering import show
from api.pages.routing import page_router
from api.pages.settings.shared import AdminReaderDep, address
from models.audit import AuditFilters, list_entries
from models.storable import readable
from models.tables import AuditEntry

router = page_router("audit")
_HERE, _EXPORT = "/settings/audit", "/api/v1/audit/export"
_AT_ONCE = 50


class AuditAsked(BaseModel):
    """What the trail is narrowed to; days are whole ones of the reader."""

    actor: str = Field(default="", max_length=320)
    noun: str = Field(default="", max_length=60)
    verb: str = Field(default="", max_length=60)
    subject: str = Field(default="", max_length=200)
    since: str = Field(default="", max_length=10)
    until: str = Field(default="", max_length=10)
    cursor: str | None = Field(default=None, max_length=1000)

    @property
    def is_narrow(self) -> bool:
        """Whether anything may be left out."""
        return bool(
            self.actor or self.noun or self.verb or self.subject or self.since or self.until
        )


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of the trail, the newest first."""

    entries: Sequence[AuditEntry]
    asked: AuditAsked
    next_path: str
    first_path: str
    export_path: str

    @staticmethod
    def told(entry: AuditEntry) -> str:
        """What was noted besides, in a line."""
        return ", ".join(f"{name}: {value}" for name, value in sorted(entry.detail.items()))


@router.get(_HERE)
def show_audit(
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    asked: Annotated[AuditAsked, Query()],
) -> Response:
    """The trail."""
    filters = _filters(reader, asked)
    found = list_entries(session, filters, limit=_AT_ONCE, cursor=asked.cursor)
    here = asked.model_dump(exclude={"cursor"})
    exported = {
        "format": "csv",
        "actor": filters.actor,
        "verb": filters.verb,
        "noun": filters.noun,
        "subject": filters.subject_id,
        "since": filters.since.isoformat() if filters.since else None,
        "until": filters.until.isoformat() if filters.until else None,
    }
    page = AuditPage(
        found.items,
        asked,
        address(_HERE, {**here, "cursor": found.next}) if found.next else "",
        address(_HERE, here) if asked.cursor else "",
        address(_EXPORT, exported),
    )
    return show(request, reader, "settings_audit.html", page)


def _filters(reader: Reader, asked: AuditAsked) -> AuditFilters:
    since, until = _day(asked.since), _day(asked.until)
    return AuditFilters(
        actor=_word(asked.actor),
        verb=_word(asked.verb),
        noun=_word(asked.noun),
        subject_id=_word(asked.subject),
        since=_start(reader, since) if since else None,
        until=_start(reader, until + timedelta(days=1)) if until and until < date.max else None,
    )


def _word(typed: str) -> str | None:
    return readable(typed.strip()) or None


def _day(typed: str) -> date | None:
    """A day as a browser sends it; None for none, or for what is no day."""
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def _start(reader: Reader, on: date) -> datetime:
    return datetime.combine(on, time(), reader.words.zone)
