"""No next step: none was agreed on the last call, or none that was is still to come."""

from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    Select,
    case,
    cast,
    exists,
    func,
    or_,
    true,
)
from sqlmodel import col

from models.coaching.replay import CLOSING_S
from models.risks.sign import Terms, heard_calls, last_calls, sign
from models.selecting import pick
from models.tables import Deal, NextStep, PlannedMeeting, Team, User


def no_next_step(terms: Terms, deals: CTE) -> Select[Any]:
    """Deals whose last call was heard and left nothing to come; a planned meeting is to come."""
    last = last_calls(terms, deals, "last_call")
    planned = exists(
        pick(PlannedMeeting.id).where(
            col(PlannedMeeting.deal_id) == last.c.deal_id,
            col(PlannedMeeting.scheduled_at) > terms.now,
            col(PlannedMeeting.was_held).is_not(False),
        )
    )
    is_none_agreed = last.c.next_steps == 0
    step = _last_step(last)
    return (
        sign(
            "no_next_step",
            last.c.deal_id,
            why=case((is_none_agreed, "none_agreed"), else_="none_open"),
            since=last.c.started_at,
            what=case((is_none_agreed, "call"), else_="next_step"),
            id=last.c.id,
            call_id=last.c.id,
            title=last.c.title,
            at=last.c.started_at,
            start_s=func.coalesce(step.c.start_s, func.greatest(last.c.duration_s - CLOSING_S, 0)),
            end_s=func.coalesce(step.c.end_s, last.c.duration_s),
            quote=step.c.quote,
        )
        .select_from(last)
        .outerjoin(step, true())
        .where(
            last.c.next_steps.is_not(None),
            ~planned,
            or_(is_none_agreed, ~_has_open_step(terms, deals, last)),
        )
    )


def _last_step(last: Any) -> Any:
    """Of the last call's next steps, the one that was due last."""
    return (
        pick(NextStep.start_s, NextStep.end_s, NextStep.quote)
        .where(col(NextStep.call_id) == last.c.id)
        .order_by(col(NextStep.due_on).desc().nulls_last(), col(NextStep.start_s).desc())
        .limit(1)
        .lateral("last_step")
    )


def _has_open_step(terms: Terms, deals: CTE, last: Any) -> ColumnElement[bool]:
    """Whether anything promised on any call of a deal is not due yet, where its rep works."""
    heard = heard_calls(terms, deals).subquery("heard")
    zone = func.coalesce(Team.time_zone, terms.zone)
    today = cast(func.timezone(zone, terms.now), Date)
    said_on = cast(func.timezone(zone, heard.c.started_at), Date)
    due_on = func.coalesce(NextStep.due_on, said_on + terms.follow_up_days, type_=Date)
    promised = (
        pick(heard.c.deal_id)
        .select_from(NextStep)
        .join(heard, heard.c.id == NextStep.call_id)
        .join(Deal, col(Deal.id) == heard.c.deal_id)
        .outerjoin(User, col(User.id) == Deal.rep_id)
        .outerjoin(Team, col(Team.id) == User.team_id)
        .where(due_on >= today)
    )
    is_open: ColumnElement[bool] = last.c.deal_id.in_(promised)
    return is_open
