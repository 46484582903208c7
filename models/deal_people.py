"""Who was heard on a deal's calls, and how much of the talking was theirs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, and_, func
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlmodel import Session, col

from models.rights import heard_by
from models.risks import Looking
from models.selecting import pick
from models.tables import Call, Report, Utterance

SHOWN = 30


@dataclass(frozen=True, slots=True)
class Heard:
    """Somebody on calls of a deal; `name` is None of voices whose names are not known.

    `share` is of all the time in which somebody spoke on the calls that the viewer may hear.
    """

    name: str | None
    side: str
    calls: int
    speech_s: float
    share: float
    last_at: datetime
    last_call_id: UUID


def people_of(session: Session, looking: Looking, deal_id: UUID) -> tuple[Heard, ...]:
    """Who was heard, one name on one side being one person; who spoke most first."""
    said = _said(looking, deal_id).cte("said")
    last = func.max(said.c.started_at)
    rows = session.execute(
        pick(
            func.max(said.c.name).label("name"),
            said.c.side,
            func.count(said.c.call_id.distinct()).label("calls"),
            func.sum(said.c.speech_s).label("speech_s"),
            (func.sum(said.c.speech_s) / func.sum(func.sum(said.c.speech_s)).over()).label("share"),
            last.label("last_at"),
            func.array_agg(aggregate_order_by(said.c.call_id, said.c.started_at.desc())).label(
                "call_ids"
            ),
        )
        .group_by(func.lower(said.c.name), said.c.side)
        .order_by(func.sum(said.c.speech_s).desc())
        .limit(SHOWN)
    ).mappings()
    return tuple(_heard(dict(row)) for row in rows)


def _heard(row: dict[str, Any]) -> Heard:
    call_ids = row.pop("call_ids")
    return Heard(**row, last_call_id=call_ids[0])


def _said(looking: Looking, deal_id: UUID) -> Any:
    """A row a voice of a call: its name, its side, how long it spoke."""
    speaker: Any = func.jsonb_array_elements(col(Report.report)["speakers"], type_=JSONB)
    heard = (
        pick(col(Call.id), Call.started_at, speaker.label("speaker"))
        .join(Report, col(Report.call_id) == Call.id)
        .where(col(Call.deal_id) == deal_id, heard_by(looking.viewer, looking.now))
        .subquery("heard")
    )
    told = heard.c.speaker
    name = func.nullif(func.btrim(told["name"].astext), "", type_=Text)
    spoken = func.sum(col(Utterance.end_s) - col(Utterance.start_s))
    return (
        pick(
            heard.c.id.label("call_id"),
            heard.c.started_at,
            name.label("name"),
            told["side"].astext.label("side"),
            spoken.label("speech_s"),
        )
        .join(
            Utterance,
            and_(
                col(Utterance.call_id) == heard.c.id,
                col(Utterance.speaker) == told["id"].astext,
            ),
        )
        .group_by(heard.c.id, heard.c.started_at, told)
        .having(spoken > 0)
    )
