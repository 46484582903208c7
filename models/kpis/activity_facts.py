"""Facts of what people do: leads that come, invitations, meetings, activities."""

from dataclasses import replace
from typing import Any

from sqlalchemy import and_, case, func, literal, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from models.kpis.fact import At, Dimension, Expression, Fact, key_of
from models.kpis.terms import (
    DEAL,
    FOLLOW_UP_DAYS,
    MATURE_DAYS,
    NOW,
    by_rep,
    days,
    dimensions_of,
    hours_between,
    joins_of,
)
from models.tables import Activity, Deal, Invitation, Lead, PlannedMeeting

LEAD: Any = aliased(Lead, name="its_lead")


def _leads(name: str, at: Expression, *where: Expression) -> Fact:
    rep = col(Lead.rep_id)
    return Fact(
        name=name,
        table=Lead,
        when=At(at),
        rep=rep,
        where=where,
        by={
            **by_rep(rep),
            "region": col(Lead.region),
            "channel": col(Lead.channel),
            "customer": literal("new"),
        },
        joins=joins_of(rep),
        title=col(Lead.email),
        links={**key_of(Lead), "deal_id": col(Lead.deal_id), "account_id": col(Lead.account_id)},
    )


LEADS = _leads("leads", col(Lead.arrived_at))
QUALIFIED_LEADS = _leads("sales_qualified_leads", col(Lead.sql_at))
MARKETING_LEADS = _leads("marketing_qualified_leads", col(Lead.mql_at))
BECAME_CUSTOMER = col(Lead.account_id).is_not(None)


def _address(lead: Any) -> Any:
    return func.lower(func.btrim(lead.email))


_same: Any = aliased(Lead, name="same_prospect")
_bought: Any = aliased(Deal, name="bought")
_first: Any = aliased(Lead, name="first_of_prospect")
_buyers = (
    select(_first.id.label("lead_id"))
    .join(_same, and_(_address(_same) == _address(_first), _same.is_repeat))
    .join(_bought, _bought.id == _same.deal_id)
    .where(_bought.outcome == "won", ~_first.is_repeat)
    .distinct()
    .subquery("buyers")
)
"""First leads of those who came again, from the same address, and then bought."""
_first_of_each = LEADS.only(~col(Lead.is_repeat), name="prospects")
PROSPECTS = replace(
    _first_of_each,
    joins=(
        *_first_of_each.joins,
        (_buyers, _buyers.c.lead_id == col(Lead.id)),
        (_bought, and_(_bought.id == col(Lead.deal_id), _bought.outcome == "won")),
    ),
)
"""Leads, one for each e-mail address: the first."""
PROSPECT_BOUGHT = or_(_buyers.c.lead_id.is_not(None), _bought.id.is_not(None))

_followed_up_at = func.coalesce(Lead.followed_up_at, Lead.first_follow_up_at)
_in_time = col(Lead.arrived_at) + days(FOLLOW_UP_DAYS) >= _followed_up_at
LEADS_TO_FOLLOW_UP = LEADS.only(
    or_(
        col(Lead.arrived_at) <= NOW - days(FOLLOW_UP_DAYS),
        _in_time,
    ),
    name="leads_to_follow_up",
)
WAS_FOLLOWED_UP = func.coalesce(_in_time, False)
ANSWERS = LEADS.only(col(Lead.response).in_(("positive", "negative")), name="responses")
RESPONSE_HOURS = LEADS.only(col(Lead.first_response_at).is_not(None), name="answered_leads").valued(
    hours_between(Lead.arrived_at, Lead.first_response_at)
)
_responded = case((col(Lead.first_response_at) >= Lead.arrived_at, Lead.first_response_at))
_called = case(
    (
        and_(col(Lead.deal_id).is_not(None), col(Lead.first_heard_at) >= Lead.arrived_at),
        Lead.first_heard_at,
    )
)
_first_touch = func.least(_responded, Lead.first_activity_at, _called)
FIRST_TOUCH_HOURS = LEADS.only(_first_touch.is_not(None), name="touched_leads").valued(
    hours_between(Lead.arrived_at, _first_touch)
)
LINKEDIN_LEADS = _leads("leads_written_to_on_linkedin", col(Lead.first_linkedin_at))
ANSWERED = func.coalesce(col(Lead.response).in_(("positive", "negative")), False)


def _of_deal(
    name: str,
    table: Any,
    at: Expression,
    title: Expression,
    *where: Expression,
) -> Fact:
    rep = col(table.rep_id)
    return Fact(
        name=name,
        table=table,
        when=At(at),
        rep=rep,
        where=where,
        by={**by_rep(rep), **dimensions_of(DEAL)},
        joins=((DEAL, DEAL.id == table.deal_id), *joins_of(rep)),
        title=title,
        links={**key_of(table), "deal_id": col(table.deal_id)},
    )


INVITATIONS = _of_deal(
    "invitations",
    Invitation,
    col(Invitation.sent_at),
    col(Invitation.email),
    or_(col(Invitation.response).is_not(None), col(Invitation.sent_at) <= NOW - days(MATURE_DAYS)),
)
WAS_ACCEPTED = func.coalesce(col(Invitation.response) == "accepted", False)
INVITATION_HOURS = _of_deal(
    "answered_invitations",
    Invitation,
    col(Invitation.sent_at),
    col(Invitation.email),
    col(Invitation.response).is_not(None),
).valued(hours_between(Invitation.sent_at, Invitation.responded_at))
MEETINGS = _of_deal(
    "meetings", PlannedMeeting, col(PlannedMeeting.scheduled_at), col(PlannedMeeting.kind)
)
DEMOS = MEETINGS.only(
    col(PlannedMeeting.kind).in_(("demo", "onboarding")),
    col(PlannedMeeting.was_held).is_(True),
    name="demos_held",
)

_BY_ACTIVITY: dict[Dimension, Expression] = {
    "region": func.coalesce(DEAL.region, LEAD.region),
    "channel": func.coalesce(DEAL.channel, LEAD.channel),
    "product": DEAL.product,
    "customer": case((LEAD.id.is_not(None), "new"), else_=dimensions_of(DEAL)["customer"]),
}
_activities = _of_deal("activities", Activity, col(Activity.at), col(Activity.kind))
ACTIVITIES = replace(
    _activities,
    by={**_activities.by, **_BY_ACTIVITY},
    joins=((LEAD, LEAD.id == col(Activity.lead_id)), *_activities.joins),
    links={**_activities.links, "lead_id": col(Activity.lead_id)},
)


def activities(name: str, *kinds: str) -> Fact:
    """Activities of some kinds."""
    return ACTIVITIES.only(col(Activity.kind).in_(kinds), name=name)


CALLS_LOGGED = activities("calls_logged", "call")
CALLS_OF_DEALS = CALLS_LOGGED.only(col(Activity.deal_id).is_not(None), name="calls_of_deals")
EMAILS = activities("emails", "email")
CALLS_AND_EMAILS = activities("calls_and_emails", "call", "email")
TOUCHES = ACTIVITIES.only(col(Activity.lead_id).is_not(None), name="touches")
