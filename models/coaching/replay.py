"""A stretch of a call to replay, as every finding of a coaching report has one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping
from sqlmodel import col

from models.tables import Call

CLOSING_S = 60.0
"""Before the end of a call, where a next step would have been agreed."""


@dataclass(frozen=True, slots=True)
class Replay:
    """Where to play, and what is said there; `quote` is None where it is about what is missing."""

    call_id: UUID
    title: str
    started_at: datetime
    start_s: float | None
    end_s: float | None
    quote: str | None


def replay_columns(finding: Any) -> tuple[ColumnElement[Any], ...]:
    """What a replay needs of a call and of one of its findings, which may be an alias."""
    return (
        col(Call.id).label("call_id"),
        col(Call.title).label("title"),
        col(Call.started_at).label("started_at"),
        finding.start_s.label("start_s"),
        finding.end_s.label("end_s"),
        finding.quote.label("quote"),
    )


def replay_of(row: RowMapping) -> Replay:
    """The replay in a row."""
    return Replay(**{name: row[name] for name in Replay.__dataclass_fields__})
