"""The files of sales: who sells, to whom, which deals, and what was done for them."""

from collections.abc import Mapping

from models.importing.cells import (
    boolean,
    chance,
    currency,
    email,
    email_if_any,
    integer,
    money,
    one_of,
    text,
    zone,
)
from models.importing.shape import (
    Column,
    Flaw,
    Link,
    Need,
    Shape,
    id_column,
    link_column,
    never_before,
    rep_column,
)
from models.importing.times import (
    day,
    instant,
    instant_or_day,
)
from models.tables import (
    Account,
    Activity,
    Call,
    Contact,
    Deal,
    Invitation,
    Lead,
    PlannedMeeting,
    StageChange,
    Team,
    User,
)
from models.tables.market import ACTIVITIES, DEAL_KINDS, OUTCOMES, RESPONSES

_ACCOUNT = Link(Account, "account")
_MAYBE_ACCOUNT = Link(Account, "account", is_optional=True)
_DEAL = Link(Deal, "deal")
_MAYBE_DEAL = Link(Deal, "deal", is_optional=True)
_LEAD = Link(Lead, "lead")
_MEETING = Link(PlannedMeeting, "meeting", is_optional=True)
_CALL = Link(Call, "call", is_optional=True, any_origin=True)
_TEAM = Link(Team, "team", by="name")
_CURRENCY = Column("currency", "currency", currency, "ISO 4217 code of the row's sums")


def _closing(row: Mapping[str, object]) -> Flaw | None:
    if row.get("outcome") not in {"won", "lost"} or row.get("closed_at", "untold") is not None:
        return None
    return Flaw("closed_at", "is empty though the deal is closed; the day stays unknown")


REPS = Shape(
    "reps",
    User,
    "People who sell. They become users without a password; a team is made when there is none.",
    (
        id_column("the rep's id"),
        Column("name", "name", text, "their name", Need.CELL),
        Column(
            "email", "email", email, "their address; a user who has it becomes the rep", Need.CELL
        ),
        link_column("team", "team_id", _TEAM, "name of the team"),
        Column("region", "region", text, "where they sell"),
        Column("hired_at", "hired_on", day, "day of hiring"),
        Column("time_zone", "time_zone", zone, "their clock, such as Europe/Paris"),
    ),
)
ACCOUNTS = Shape(
    "accounts",
    Account,
    "Companies that buy, or may.",
    (
        id_column("the account's id"),
        Column("name", "name", text, "its name", Need.CELL),
        Column("domain", "domain", text, "its web domain"),
        Column("region", "region", text, "where it is"),
        Column("industry", "industry", text, "what it does"),
        Column("became_customer_at", "became_customer_on", day, "day of the first won deal"),
        Column("churned_at", "churned_on", day, "day it stopped being a customer"),
    ),
)
CONTACTS = Shape(
    "contacts",
    Contact,
    "People at accounts.",
    (
        id_column("the contact's id"),
        Column("name", "name", text, "their name", Need.CELL),
        link_column("account_id", "account_id", _ACCOUNT, "where they work"),
        Column("email", "email", email_if_any, "their address"),
        Column("phone", "phone", text, "their telephone"),
        Column("title", "title", text, "what they do"),
    ),
)
DEALS = Shape(
    "deals",
    Deal,
    "Sales being made, and those that were. Each quote or proposal sent is kept on its own.",
    (
        id_column("the deal's id"),
        Column("name", "name", text, "its name", Need.CELL),
        link_column("account_id", "account_id", _ACCOUNT, "who buys"),
        rep_column("who sells"),
        Column("region", "region", text, "where"),
        Column("channel", "channel", text, "where it came from"),
        Column("product", "product", text, "what is sold"),
        Column(
            "amount", "amount_minor", money, "contract value of a year; empty is unknown, 0 is 0"
        ),
        Column("cost", "cost_minor", money, "what delivering it costs"),
        _CURRENCY,
        Column("created_at", "opened_at", instant, "when it was opened"),
        Column(
            "first_contact_at", "first_contact_at", instant, "when the buyer was first spoken to"
        ),
        Column("quote_sent_at", None, instant, "when a quote was sent"),
        Column("proposal_sent_at", None, instant, "when a formal proposal was sent"),
        Column("pipeline", "pipeline", text, "the way it goes, where the CRM has several"),
        Column("stage", "stage", text, "where it stands now, in the CRM's words"),
        Column("probability", "probability", chance, "chance of being won, from 0 to 1"),
        Column("expected_at", "expected_on", day, "day it is expected to close"),
        Column("closed_at", "closed_at", instant, "when it was won or lost"),
        Column("outcome", "outcome", one_of(*OUTCOMES), "open, won or lost", Need.COLUMN),
        Column("lost_reason", "lost_reason", text, "why it was lost"),
        Column("url", "url", text, "opens it in the CRM"),
        Column(
            "kind", "kind", one_of(*DEAL_KINDS), "new (when empty), upsell, cross_sell, renewal"
        ),
        link_column("referred_by", "referred_by_id", _MAYBE_ACCOUNT, "customer who recommended us"),
        Column("updated_at", "updated_at", instant, "when the CRM last changed it"),
    ),
    checks=(
        _closing,
        never_before(
            "first_contact_at", "created_at", "comes before the first contact; kept as it is"
        ),
        never_before("created_at", "closed_at", "comes before the deal was opened; kept as it is"),
    ),
)
LEADS = Shape(
    "leads",
    Lead,
    "People who may become customers. Those that share an address stay apart.",
    (
        id_column("the lead's id"),
        Column("created_at", "arrived_at", instant, "when they came", Need.CELL),
        Column("source", "channel", text, "where they came from"),
        Column("region", "region", text, "where they are"),
        rep_column("who cares for them"),
        Column("email", "email", email_if_any, "their address"),
        Column("mql_at", "mql_at", instant, "when marketing thought them worth a call"),
        Column("sql_at", "sql_at", instant, "when sales agreed"),
        Column("first_response_at", "first_response_at", instant, "our first reply"),
        Column("followed_up_at", "followed_up_at", instant, "our first follow-up after that"),
        Column(
            "response_sentiment",
            "response",
            one_of("positive", "negative", "none"),
            "their answer: positive, negative or none",
        ),
        link_column("converted_customer_id", "account_id", _MAYBE_ACCOUNT, "account they became"),
        link_column("deal_id", "deal_id", _MAYBE_DEAL, "deal that was opened"),
    ),
    checks=(
        never_before("created_at", "mql_at", "comes before the lead; kept as it is"),
        never_before("created_at", "first_response_at", "comes before the lead; kept as it is"),
    ),
)
STAGE_HISTORY = Shape(
    "stage_history",
    StageChange,
    "Deals entering stages. A stage after a lost one means that the deal was reopened.",
    (
        link_column("deal_id", "deal_id", _DEAL, "the deal", Need.CELL),
        Column("seq", "position", integer, "1 for its first stage, and so on", Need.CELL),
        Column("from_stage", "from_stage", text, "the stage it left"),
        Column("stage", "stage", text, "the stage it entered", Need.CELL),
        Column("entered_at", "entered_at", instant, "when", Need.CELL),
        rep_column("who moved it"),
    ),
    key=("deal_id", "seq"),
    conflict=("deal_id", "position"),
)
MEETINGS = Shape(
    "meetings",
    PlannedMeeting,
    "Meetings in calendars.",
    (
        id_column("the meeting's id"),
        link_column("deal_id", "deal_id", _DEAL, "what it is about"),
        rep_column("who holds it"),
        Column("kind", "kind", text, "such as discovery, demo, negotiation"),
        Column("scheduled_at", "scheduled_at", instant, "when it is to begin", Need.CELL),
        Column("held", "was_held", boolean, "true or false; empty until its day"),
        link_column("call_id", None, _CALL, "id of the recorded call, which is linked to it"),
    ),
)
INVITATIONS = Shape(
    "invitations",
    Invitation,
    "People asked to meetings, one row for each.",
    (
        id_column("the invitation's id"),
        link_column("deal_id", "deal_id", _DEAL, "what it is about"),
        rep_column("who asked"),
        Column("prospect_email", "email", email_if_any, "who was asked"),
        Column("sent_at", "sent_at", instant, "when", Need.CELL),
        Column("response", "response", one_of(*RESPONSES), "accepted, declined or tentative"),
        Column("responded_at", "responded_at", instant, "when they answered"),
        link_column("meeting_id", "meeting_id", _MEETING, "the meeting, once in a calendar"),
    ),
    checks=(never_before("sent_at", "responded_at", "comes before the invitation; kept as it is"),),
)
ACTIVITIES_DONE = Shape(
    "activities",
    Activity,
    "What reps did for a deal or a lead. Rows that are alike count as many.",
    (
        id_column("the activity's id, where there is one", Need.NOTHING),
        rep_column("who did it", Need.CELL),
        link_column("deal_id", "deal_id", _DEAL, "the deal it was for"),
        link_column("lead_id", "lead_id", _LEAD, "the lead it was for"),
        Column("kind", "kind", one_of(*ACTIVITIES), "call, email, follow_up, linkedin", Need.CELL),
        Column("at", "at", instant_or_day, "when; a bare date is a whole day", Need.CELL),
    ),
    key=("rep_id", "deal_id", "lead_id", "kind", "at"),
    is_unique=False,
    whole_day="is_whole_day",
)
