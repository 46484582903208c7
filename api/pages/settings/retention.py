"""How long things are kept: rules, what would go, runs, and legal holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Form, Request, Response
from pydantic import BaseModel, Field
from sqlmodel import Session, func, select

from api.dependencies import SessionDep
from api.pages.frame import Reader
from api.pages.rendering import go, show
from api.pages.routing import page_router
from api.pages.settings.shared import AdminReaderDep
from api.pages.words import Words, marked
from api.retaining import next_run_at
from models import retention as kept
from models.errors import BadInput, Conflict
from models.holds import HoldKind, HoldRow, lift_hold, list_holds, place_hold
from models.retaining import Going, ask_run, what_would_go
from models.retention import KINDS, LONGEST_DAYS, Days, Kind, TeamDays
from models.tables import Account, Deal, Retention, RetentionRun

router = page_router("retention")
HERE = "/settings/retention"
KIND_NAMES: dict[Kind, str] = {
    "recording": marked("Recordings"),
    "transcript": marked("Transcripts"),
    "analysis": marked("Analyses"),
    "notes": marked("Comments and clips"),
}
HOLD_KINDS: dict[HoldKind, str] = {
    "call": marked("Call"),
    "deal": marked("Deal"),
    "account": marked("Account"),
}
_Typed = Annotated[str, Field(max_length=10)]


class RuleForm(BaseModel):
    """A rule as typed; no days are for good."""

    recording: _Typed = ""
    transcript: _Typed = ""
    analysis: _Typed = ""
    notes: _Typed = ""
    keep_percent: _Typed = "100"


class HoldForm(BaseModel):
    """A hold on a deal or an account, by its name."""

    kind: Literal["deal", "account"] = "deal"
    name: str = Field(default="", max_length=300)
    reason: str = Field(default="", max_length=1000)


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule with its form as it was filled in last; `key` is the team's id, or "everybody"."""

    rule: TeamDays
    form: RuleForm
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Whose it is."""
        return str(self.rule.team.id) if self.rule.team else "everybody"


@dataclass(frozen=True, slots=True)
class RetentionPage:
    """All of it; `seen` is what switching on asks for."""

    state: Retention | None
    is_on: bool
    is_late: bool
    rows: Sequence[RuleRow]
    going: Sequence[Going]
    seen: str
    runs: Sequence[RetentionRun]
    next_run_at: datetime
    holds: Sequence[HoldRow]
    hold: HoldForm
    hold_problems: dict[str, str]
    kinds: dict[Kind, str]
    hold_kinds: dict[HoldKind, str]

    @property
    def anything_goes(self) -> bool:
        """Whether a run would delete anything now."""
        return any(one.calls for one in self.going)


def retention_page(
    session: Session,
    wrong: RuleRow | None = None,
    hold: HoldForm | None = None,
    hold_problems: dict[str, str] | None = None,
) -> RetentionPage:
    """The page as things are; `wrong` is a form that could not be kept."""
    rows = [RuleRow(one, _form(one.days)) for one in kept.rules(session)]
    return RetentionPage(
        state=kept.turned(session),
        is_on=kept.is_on(session),
        is_late=kept.is_late(session),
        rows=[wrong if wrong and wrong.key == one.key else one for one in rows],
        going=what_would_go(session, first=10),
        seen=kept.seen_mark(session),
        runs=kept.last_runs(session),
        next_run_at=next_run_at(),
        holds=list_holds(session),
        hold=hold or HoldForm(),
        hold_problems=hold_problems or {},
        kinds=KIND_NAMES,
        hold_kinds=HOLD_KINDS,
    )


@router.get(HERE)
def show_retention(request: Request, reader: AdminReaderDep, session: SessionDep) -> Response:
    """How long things are kept."""
    return show(request, reader, "settings_retention.html", retention_page(session))


@router.post(f"{HERE}/rules/{{rule}}")
def change_rule(
    rule: str,
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    form: Annotated[RuleForm, Form()],
) -> Response:
    """Keep a rule; the next run goes by it."""
    row = next((one for one in retention_page(session).rows if one.key == rule), None)
    if row is None:
        return go(request, HERE, said=reader.words("That team is gone."))
    days, problems = _read(reader.words, form)
    if days is None:
        page = retention_page(session, RuleRow(row.rule, form, problems))
        return show(request, reader, "settings_retention.html", page, 422)
    kept.set_rule(session, row.rule.team.id if row.rule.team else None, days)
    return go(request, HERE, said=reader.words("The rule is kept."))


@router.post(f"{HERE}/rules/{{rule_id}}/follow")
def follow_everybody(
    rule_id: UUID, request: Request, reader: AdminReaderDep, session: SessionDep
) -> Response:
    """Have a team follow everybody's rule again."""
    kept.drop_rule(session, rule_id)
    return go(request, HERE, said=reader.words("The team has no rule of its own any more."))


@router.post(f"{HERE}/on")
def turn_on(
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    seen: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Have the rules enforced, as far as what they delete was seen."""
    said = reader.words("The rules are enforced from the next run on.")
    return _as_seen(request, reader, lambda: kept.turn_on(session, reader.user, seen), said)


@router.post(f"{HERE}/off")
def turn_off(request: Request, reader: AdminReaderDep, session: SessionDep) -> Response:
    """Delete nothing by rule any more."""
    kept.turn_off(session, reader.user)
    return go(request, HERE, said=reader.words("Nothing is deleted by rule any more."))


@router.post(f"{HERE}/run")
def run_now(
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    seen: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Delete what is over its days now, as far as it was seen."""
    said = reader.words("A worker deletes it now; it is told under Runs.")
    return _as_seen(request, reader, lambda: ask_run(session, reader.user, seen), said)


def _as_seen(request: Request, reader: Reader, do: Callable[[], None], said: str) -> Response:
    """Do what an admin wants who saw what it deletes, unless the rules changed since."""
    try:
        do()
    except Conflict:
        said = reader.words("The rules changed meanwhile: look at what would be deleted now.")
    return go(request, HERE, said=said)


@router.post(f"{HERE}/holds")
def hold_named(
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    form: Annotated[HoldForm, Form()],
) -> Response:
    """Place a hold on a deal or an account."""
    problems: dict[str, str] = {}
    found = _named(session, form)
    if len(found) != 1:
        several = reader.words("Several are called that; place the hold on their calls.")
        none = reader.words("Nothing is called that. Write the whole name.")
        problems["name"] = several if found else none
    if not form.reason.strip():
        problems["reason"] = reader.words("Say why nothing may be deleted.")
    if not problems:
        try:
            place_hold(session, reader.user, form.kind, found[0], form.reason)
        except (BadInput, Conflict):
            problems["name"] = reader.words("There is a hold on it already.")
    if problems:
        page = retention_page(session, hold=form, hold_problems=problems)
        return show(request, reader, "settings_retention.html", page, 422)
    return go(request, HERE, said=reader.words("Nothing of it is deleted any more."))


@router.post(f"{HERE}/holds/{{hold_id}}/lift")
def lift_here(
    hold_id: UUID, request: Request, reader: AdminReaderDep, session: SessionDep
) -> Response:
    """Lift a hold."""
    lift_hold(session, reader.user, hold_id)
    return go(request, HERE, said=reader.words("The hold is lifted."))


def _form(days: Days) -> RuleForm:
    typed = {kind: str(getattr(days, kind) or "") for kind in KINDS}
    return RuleForm(**typed, keep_percent=str(days.keep_percent))


def _read(words: Words, form: RuleForm) -> tuple[Days | None, dict[str, str]]:
    """The rule that was typed, or what is wrong with it."""
    problems: dict[str, str] = {}
    read: dict[Kind, int | None] = {}
    for kind in KINDS:
        typed = getattr(form, kind).strip()
        number = int(typed) if typed.isdecimal() and typed.isascii() else 0
        if typed and not 1 <= number <= LONGEST_DAYS:
            problems[kind] = words("Write a number of days, or nothing to keep it for good.")
        read[kind] = number or None
    percent = form.keep_percent.strip()
    if not (percent.isdecimal() and percent.isascii() and int(percent) <= 100):
        problems["keep_percent"] = words("Write a number from 0 to 100.")
    if problems:
        return None, problems
    return Days(**read, keep_percent=int(percent)), {}


def _named(session: Session, form: HoldForm) -> list[UUID]:
    """The ids of what is called that."""
    name = form.name.strip().lower()
    deals = select(Deal.id).where(func.lower(Deal.name) == name)
    accounts = select(Account.id).where(func.lower(Account.name) == name)
    found = deals if form.kind == "deal" else accounts
    return list(session.exec(found.limit(2)).all())
