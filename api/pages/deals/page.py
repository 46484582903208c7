"""A deal: what may be going wrong, its story, who was heard, and what comes next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Form, Query, Request, Response
from sqlmodel import Session, col, select

from api.dependencies import SessionDep
from api.pages.deals.crm import DealCrm, deal_crm
from api.pages.deals.phrases import (
    KINDS,
    OUTCOMES,
    SIGN_ICONS,
    TONES,
    amount_of,
    meeting_name,
    sign_name,
    sign_reason,
    stage_name,
)
from api.pages.deals.story import Telling, story_of
from api.pages.frame import Reader, ReaderDep
from api.pages.rendering import go, show
from api.pages.routing import page_router
from api.pages.words import Words
from models.calls import CallFilters, CallRow, list_calls
from models.deal_course import DealCourse, course_of
from models.deal_people import Heard, people_of
from models.deal_steps import DealStep, open_steps
from models.deals import DealRow, name_deals
from models.new_calls import change_known
from models.rights import change_call, find_deal, visible_calls
from models.risks import Looking, Risk, risks_of
from models.tables import Call, Deal, StageChange, User
from models.timeline import Happening, timeline_of

router = page_router("deals")
LIMIT = 60
_CALLS = 20
_After = Annotated[str | None, Query(max_length=1000)]


@dataclass(frozen=True, slots=True)
class ShownQuote:
    """A stretch of a call to play; `text` is empty where it is about what was not said."""

    call_id: UUID
    at_s: float
    clock: str
    text: str


@dataclass(frozen=True, slots=True)
class ShownRisk:
    """A sign with why, and what it is seen by."""

    name: str
    icon: str
    reason: str
    quotes: tuple[ShownQuote, ...]


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step to come, or one whose day has passed."""

    text: str
    owner: str
    side: str
    due: str
    is_forgotten: bool
    quote: ShownQuote | None
    is_meeting: bool


@dataclass(frozen=True, slots=True)
class ShownStage:
    """A stage, since when, and how long the deal was in it."""

    name: str
    since: str
    lasted: str
    is_now: bool


@dataclass(frozen=True, slots=True)
class ShownCall:
    """A call of the deal; `seller_share` of the talking, None when it is not known."""

    id: UUID
    title: str
    when: str
    state: str
    seller_share: float | None


@dataclass(frozen=True, slots=True)
class DealPage:
    """A deal with all that belongs to it."""

    id: UUID
    name: str
    outcome: str
    tone: str
    stage: str
    account: str | None
    rep: str | None
    amount: str | None
    facts: tuple[tuple[str, str], ...]
    risks: tuple[ShownRisk, ...]
    is_open: bool
    steps: tuple[ShownStep, ...]
    stages: tuple[ShownStage, ...]
    people: tuple[Heard, ...]
    calls: tuple[ShownCall, ...]
    calls_count: int
    loose_calls: tuple[tuple[UUID, str], ...]
    counts: tuple[str, ...]
    story: tuple[Telling, ...]
    crm: DealCrm
    next_path: str
    first_path: str


@router.get("/deals/{deal_id}")
def show_deal(
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    deal_id: UUID,
    after: _After = None,
) -> Response:
    """A deal that one may see."""
    deal = find_deal(session, reader.user, deal_id)
    return show(request, reader, "deal.html", deal_page(session, reader, deal, after))


@router.post("/deals/{deal_id}/calls")
def link_call(
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    deal_id: UUID,
    call_id: Annotated[UUID, Form()],
) -> Response:
    """Say that a call belongs to a deal."""
    find_deal(session, reader.user, deal_id)
    call = change_call(session, reader.user, call_id)
    change_known(session, reader.user, call, {}, {"deal_id": deal_id})
    said = reader.words("%(title)s belongs to this deal now.", title=call.title)
    return go(request, f"/deals/{deal_id}", said, f"/deals/{deal_id}/calls/{call_id}/unlink")


@router.post("/deals/{deal_id}/calls/{call_id}/unlink")
def unlink_call(
    request: Request, reader: ReaderDep, session: SessionDep, deal_id: UUID, call_id: UUID
) -> Response:
    """Say that a call belongs to no deal."""
    find_deal(session, reader.user, deal_id)
    call = change_call(session, reader.user, call_id)
    if call.deal_id == deal_id:
        change_known(session, reader.user, call, {}, {"deal_id": None})
    said = reader.words("%(title)s belongs to no deal now.", title=call.title)
    return go(request, f"/deals/{deal_id}", said, f"/deals/{deal_id}/calls/{call_id}/link")


@router.post("/deals/{deal_id}/calls/{call_id}/link")
def link_again(
    request: Request, reader: ReaderDep, session: SessionDep, deal_id: UUID, call_id: UUID
) -> Response:
    """Take back that a call belongs to no deal."""
    return link_call(request, reader, session, deal_id, call_id)


def deal_page(session: Session, reader: Reader, deal: Deal, after: str | None = None) -> DealPage:
    """The page of a deal."""
    words, user = reader.words, reader.user
    looking = Looking(user, words.now, zone=str(words.zone))
    (row,) = name_deals(session, [deal])
    course = course_of(session, user, deal)
    happened = timeline_of(session, user, deal, limit=LIMIT, cursor=after, newest_first=True)
    calls = list_calls(session, user, CallFilters(deal_id=deal.id), limit=_CALLS)
    here = f"/deals/{deal.id}"
    return DealPage(
        id=deal.id,
        name=deal.name,
        outcome=words(OUTCOMES[deal.outcome]),
        tone=TONES[deal.outcome],
        stage=stage_name(words, deal.stage) or "",
        account=row.account_name,
        rep=row.rep_name,
        amount=amount_of(words, deal),
        facts=_facts(words, row),
        risks=tuple(_risk(words, one) for one in risks_of(session, looking, deal)),
        is_open=deal.outcome == "open",
        steps=tuple(_step(words, one) for one in open_steps(session, looking, deal.id)),
        stages=tuple(_stages(words, deal, course.stages)),
        people=people_of(session, looking, deal.id),
        calls=tuple(_call(words, one) for one in calls.items),
        calls_count=course.calls_count,
        loose_calls=_loose_calls(session, user),
        counts=_counts(words, course),
        story=story_of(words, happened.items, _names(session, happened.items)),
        crm=deal_crm(session, reader, deal),
        next_path=f"{here}?after={happened.next}#story" if happened.next else "",
        first_path=f"{here}#story" if after else "",
    )


def _facts(words: Words, row: DealRow) -> tuple[tuple[str, str], ...]:
    deal = row.deal
    ended = words("Won on") if deal.outcome == "won" else words("Lost on")
    told = (
        (words("Kind"), words(KINDS[deal.kind])),
        (words("Product"), deal.product),
        (words("Region"), deal.region),
        (words("Channel"), deal.channel and deal.channel.replace("_", " ")),
        (words("Pipeline"), deal.pipeline),
        (words("Probability"), _likely(words, deal)),
        (words("Expected to close"), _expected(words, deal)),
        (words("Opened on"), words.day(deal.opened_at) if deal.opened_at else None),
        (ended, words.day(deal.ended_at) if deal.ended_at else None),
        (words("Why it was lost"), deal.lost_reason if deal.outcome == "lost" else None),
    )
    return tuple((name, value) for name, value in told if value)


def _likely(words: Words, deal: Deal) -> str | None:
    """How likely an open deal is to be won."""
    is_told = deal.outcome == "open" and deal.probability is not None
    return words.percent(deal.probability or 0.0) if is_told else None


def _expected(words: Words, deal: Deal) -> str | None:
    """When an open deal is thought to close."""
    is_told = deal.outcome == "open" and deal.expected_on is not None
    return words.day(deal.expected_on) if is_told and deal.expected_on else None


def _risk(words: Words, risk: Risk) -> ShownRisk:
    quotes = tuple(
        ShownQuote(one.call_id, one.start_s, words.clock(one.start_s), one.quote or "")
        for one in risk.evidence
        if one.call_id is not None and one.start_s is not None
    )
    icon = SIGN_ICONS[risk.kind]
    return ShownRisk(sign_name(words, risk), icon, sign_reason(words, risk), quotes)


def _step(words: Words, step: DealStep) -> ShownStep:
    quote = None
    if step.call_id is not None and step.start_s is not None:
        clock = words.clock(step.start_s)
        quote = ShownQuote(step.call_id, step.start_s, clock, step.quote or "")
    is_meeting = step.what == "meeting"
    day = words.moment(step.at) if step.at else words.weekday(step.due_on)
    due = day if step.is_dated else words("about %(day)s, no day was said", day=day)
    return ShownStep(
        text=meeting_name(words, step.text) if is_meeting else step.text or "",
        owner=step.owner or "",
        side=step.side or "unknown",
        due=due,
        is_forgotten=step.state == "forgotten",
        quote=quote,
        is_meeting=is_meeting,
    )


def _stages(words: Words, deal: Deal, stages: Sequence[StageChange]) -> Iterable[ShownStage]:
    if not stages:  # one that nobody ever moved
        return
    ends = [one.entered_at for one in stages[1:]] + [deal.ended_at or words.now]
    for position, (one, end) in enumerate(zip(stages, ends, strict=True), start=1):
        lasted_s = (end - one.entered_at).total_seconds()
        is_now = position == len(stages)
        lasted = "" if is_now and deal.outcome != "open" else words.length(lasted_s)
        name = stage_name(words, one.stage) or ""
        yield ShownStage(name, words.day(one.entered_at), lasted, is_now)


def _call(words: Words, row: CallRow) -> ShownCall:
    call, facts = row.call, row.facts
    share = facts.talk_ratio if facts else None
    return ShownCall(call.id, call.title, words.day(call.started_at), call.state, share)


def _loose_calls(session: Session, user: User) -> tuple[tuple[UUID, str], ...]:
    """The latest calls that belong to no deal yet."""
    statement = (
        select(Call.id, Call.title)
        .where(visible_calls(user), col(Call.deal_id).is_(None))
        .order_by(col(Call.started_at).desc())
        .limit(_CALLS)
    )
    return tuple((key, title) for key, title in session.exec(statement))


def _counts(words: Words, course: DealCourse) -> tuple[str, ...]:
    """Meetings, invitations and offers in a sentence each."""
    told = []
    held, missed, coming = (course.meetings.get(one, 0) for one in (True, False, None))
    if held or missed or coming:
        told.append(
            words(
                "Meetings: %(held)s held, %(missed)s not held, %(coming)s to come",
                held=held,
                missed=missed,
                coming=coming,
            )
        )
    sent = sum(course.invitations.values())
    if sent:
        accepted = course.invitations.get("accepted", 0)
        unanswered = course.invitations.get(None, 0)
        told.append(
            words(
                "Invitations: %(sent)s sent, %(accepted)s accepted, %(unanswered)s unanswered",
                sent=sent,
                accepted=accepted,
                unanswered=unanswered,
            )
        )
    if course.offers:
        told.append(
            words.plural("%(count)s offer sent", "%(count)s offers sent", len(course.offers))
        )
    return tuple(told)


def _names(session: Session, happened: Sequence[Happening]) -> dict[UUID, str]:
    ids = {one.rep_id for one in happened if one.rep_id is not None}
    named = select(User.id, User.name).where(col(User.id).in_(ids))
    return dict(session.exec(named).all())
