"""Connections and pushes as the API shows them: never a secret, reasons in words."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from analyzer.formats.wording import Wording
from api.crm.match_codec import KeptCandidate, candidates_of, why_of
from api.crm.matching import found_text, reason_text
from api.crm_connecting import WAY
from api.crm_preview import Preview
from api.views import View
from models.crm.push_lists import PushRow
from models.tables import CrmConnection, CrmPush

Kind = Literal["hubspot", "salesforce", "pipedrive", "tryton", "console"]
PushState = Literal["waiting", "held", "asking", "unmatched", "pushed", "skipped", "failed"]
PushWhen = Literal["by_hand", "rule", "always"]


class AccountView(View):
    """Whom a connection's credentials speak for, as its CRM said when it was checked."""

    name: str
    user: str | None = None
    scopes: list[str] = Field(default_factory=list)
    lacks: list[str] = Field(default_factory=list, description="What it would need besides.")
    limits: list[str] = Field(default_factory=list)
    api_version: str | None = None
    web_url: str | None = None


class ConnectionView(View):
    """A connection to a CRM, without its secrets."""

    id: UUID
    name: str
    kind: Kind
    origin: str = Field(description="What is copied from it has this as its `origin`.")
    address: str
    way: str | None = Field(description="How it is let in.")
    options: dict[str, Any]
    state: Literal["new", "ready", "needs_login", "off"]
    last_error: str | None
    account: AccountView | None = Field(description="null until it was checked.")
    checked_at: datetime | None
    parked_until: datetime | None = Field(description="Until then its CRM is left alone.")
    push_when: PushWhen
    rule: dict[str, list[str]]
    language: str | None
    template: str | None
    with_tasks: bool
    fields: dict[str, str]
    is_synced: bool
    sync_every_min: int
    synced_at: datetime | None
    sync_error: str | None
    created_at: datetime


class ConnectionShown(ConnectionView):
    """A connection with how much it has to do with."""

    deals: int = Field(description="Deals copied from it.")
    pushes: dict[str, int] = Field(description="How many calls are in each state there.")


class CheckView(View):
    """What a CRM answered when it was asked who we are."""

    is_ok: bool
    problem: str | None
    account: AccountView | None


class CandidateView(View):
    """A deal that was thought of, best first."""

    id: str
    name: str
    status: str
    stage: str
    url: str | None
    pipeline: str | None
    amount: Decimal | None
    currency: str | None
    company: str | None
    owner: str | None
    score: int = Field(ge=0, le=100)
    is_fit: bool
    reasons: list[str] = Field(description="In the language of who asks.")


class PushView(View):
    """What became of one call at one connection."""

    connection_id: UUID
    connection: str
    kind: Kind
    state: PushState | None = Field(description="null: nothing was asked of it yet.")
    is_asked: bool = False
    deal_id: str | None = Field(default=None, description="The CRM's own id.")
    deal_name: str | None = None
    deal_url: str | None = None
    is_chosen: bool = Field(default=False, description="Whether a person chose the deal.")
    why: str | None = Field(default=None, description="Why it is that deal, or none.")
    candidates: list[CandidateView] = Field(default_factory=list)
    matched_at: datetime | None = None
    note_url: str | None = None
    pushed_at: datetime | None = None
    attempts: int = 0
    next_try_at: datetime | None = None
    last_error: str | None = None
    updated_at: datetime | None = None


class PushLine(View):
    """A push on an admin's list."""

    connection_id: UUID
    connection: str
    call_id: UUID
    title: str
    state: PushState
    deal_name: str | None
    deal_url: str | None
    note_url: str | None
    pushed_at: datetime | None
    attempts: int
    next_try_at: datetime | None
    last_error: str | None
    created_at: datetime
    updated_at: datetime


class TaskView(View):
    """A to-do that would be written."""

    title: str
    text: str
    due_on: str | None
    owner_email: str | None


class FieldChangeView(View):
    """A field that would be written."""

    name: str
    label: str
    was: str | None
    becomes: str
    is_change: bool


class PreviewView(View):
    """All that a push would write now."""

    title: str
    format: Literal["html", "text"] = Field(description="Which of the two the CRM shows.")
    html: str
    text: str
    tasks: list[TaskView]
    fields: list[FieldChangeView]
    problem: str | None = Field(description="Why the fields could not be compared.")


def connection_view(one: CrmConnection) -> ConnectionView:
    """A connection as it is shown."""
    return ConnectionView(**_connection(one))


def connection_shown(one: CrmConnection, deals: int, pushes: dict[str, int]) -> ConnectionShown:
    """The same with its counts."""
    return ConnectionShown(**_connection(one), deals=deals, pushes=pushes)


def push_view(connection: CrmConnection, push: CrmPush | None, t: Wording) -> PushView:
    """What became of a call, with reasons in words."""
    named: dict[str, Any] = {
        "connection_id": connection.id,
        "connection": connection.name,
        "kind": connection.kind,
        "state": push.state if push else None,
    }
    if push is None:
        return PushView(**named)
    why = why_of(push)
    return PushView(
        **named,
        is_asked=push.is_asked,
        deal_id=push.deal_ref,
        deal_name=push.deal_name,
        deal_url=push.deal_url,
        is_chosen=push.chosen_by_id is not None,
        why=found_text(why, t) if why else None,
        candidates=_candidates(candidates_of(push), t),
        matched_at=push.matched_at,
        note_url=push.note_url,
        pushed_at=push.pushed_at,
        attempts=push.attempts,
        next_try_at=push.next_try_at,
        last_error=push.last_error,
        updated_at=push.updated_at,
    )


def push_line(row: PushRow) -> PushLine:
    """A push on a list."""
    values = row.push.model_dump(include=set(PushLine.model_fields))
    return PushLine(**values, connection=row.connection_name, title=row.title)


def preview_view(preview: Preview) -> PreviewView:
    """What would be written."""
    return PreviewView(
        title=preview.note.title,
        format=preview.note_format,
        html=preview.note.html,
        text=preview.note.text,
        tasks=[
            TaskView(
                title=one.title,
                text=one.text,
                due_on=one.due_on.isoformat() if one.due_on else None,
                owner_email=one.owner_email,
            )
            for one in preview.tasks
        ],
        fields=[FieldChangeView.model_validate(one) for one in preview.fields],
        problem=preview.problem,
    )


def _connection(one: CrmConnection) -> dict[str, Any]:
    values = one.model_dump(exclude={"secrets", "account", "options"})
    kept = set(ConnectionView.model_fields)
    options = {name: value for name, value in one.options.items() if name != WAY}
    return {
        **{name: value for name, value in values.items() if name in kept},
        "account": AccountView(**one.account) if one.account else None,
        "options": options,
        "way": one.options.get(WAY),
    }


def _candidates(found: Sequence[KeptCandidate], t: Wording) -> list[CandidateView]:
    return [
        CandidateView(
            **{
                name: getattr(one, name) for name in CandidateView.model_fields if name != "reasons"
            },
            reasons=[reason_text(reason, t) for reason in one.reasons],
        )
        for one in found
    ]
