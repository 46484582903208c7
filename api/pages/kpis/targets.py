"""Targets: what reps, teams and the company are to reach month by month, and how far they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Form, Query, Request, Response
from pydantic import BaseModel, Field, StringConstraints
from sqlmodel import Session

from api.dependencies import SessionDep, SettingsDep
from api.fields import MOST_MINOR
from api.kpi_questions import rules_for, today_of
from api.pages.frame import Reader, ReaderDep
from api.pages.kpis.amounts import read_amount, written_amount
from api.pages.kpis.asked import Choice, people, teams
from api.pages.kpis.figures import TargetShown, amount, spoken, target_shown
from api.pages.kpis.names import FAMILIES
from api.pages.kpis.reached import Reach, reached_of, whose_of
from api.pages.rendering import go, show
from api.pages.routing import page_router
from api.pages.words import Words
from models.currencies import minor_units
from models.errors import BadInput, Forbidden, Missing
from models.kpis import Kpi, Rules, all_kpis
from models.kpis.setting_targets import (
    NewTarget,
    TargetFilters,
    TargetRow,
    delete_target,
    find_target,
    list_targets,
    set_target,
)
from models.rights import require
from models.tables import Target

router = page_router("targets")
_PATH = "/targets"
_LIMIT = 50
_YEARS = range(1990, 2200)
_Text = Annotated[str, StringConstraints(max_length=200, strip_whitespace=True)]
_COMPANY = "company"


class TargetQuery(BaseModel):
    """Which targets are listed; `whose` is company, rep:ID or team:ID."""

    kpi: _Text = ""
    whose: _Text = ""
    year: _Text = ""
    cursor: Annotated[str, StringConstraints(max_length=1000)] = ""


class TargetForm(BaseModel):
    """What was typed into the form of a target."""

    kpi: _Text = ""
    month: _Text = ""
    whose: _Text = ""
    value: _Text = ""
    currency: _Text = ""


class Deleted(BaseModel):
    """A target that was deleted, as the way to take that back has it."""

    kpi: _Text
    month: date
    whose: _Text
    amount_minor: Annotated[int | None, Field(ge=0, le=MOST_MINOR)] = None
    currency: Annotated[str | None, Field(pattern="^[A-Z]{3}$")] = None
    value: Annotated[float | None, Field(allow_inf_nan=False)] = None


@dataclass(frozen=True, slots=True)
class Filled:
    """The form as it is shown: what is in it, and what is wrong with that, by field."""

    form: TargetForm
    wrong: Mapping[str, str] = field(default_factory=dict)
    is_changed: bool = False


@dataclass(frozen=True, slots=True)
class RowShown:
    """A target and how far it is; `edit` fills the form with it."""

    id: UUID
    month: str
    kpi: str
    path: str
    whose: str
    target: str
    value: str
    reached: TargetShown | None
    note: str
    is_theirs: bool
    edit: str


@dataclass(frozen=True, slots=True)
class TargetsPage:
    """The targets one may see, and the form for one more or another."""

    rows: Sequence[RowShown]
    query: TargetQuery
    kpis: Sequence[tuple[str, Sequence[Choice]]]
    whose: Sequence[Choice]
    years: Sequence[int]
    next: str
    start: str
    may_set: bool
    filled: Filled


QueryDep = Annotated[TargetQuery, Query()]
FormDep = Annotated[TargetForm, Form()]


@router.get(_PATH)
def show_targets(
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    settings: SettingsDep,
    query: QueryDep,
) -> Response:
    """The targets one may see, the latest month first."""
    rules = rules_for(session, reader.user, settings)
    return show(request, reader, "targets.html", targets_page(session, reader, rules, query))


@router.get(f"{_PATH}/{{target_id}}")
def show_target(
    target_id: UUID,
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    settings: SettingsDep,
) -> Response:
    """The targets, and the form filled with one of them."""
    rules = rules_for(session, reader.user, settings)
    require(reader.user, "manager")
    target = find_target(session, reader.user, target_id)
    kpi = next((one for one in all_kpis(session) if one.slug == target.kpi), None)
    whose = _whose_text(target)
    form = TargetForm(
        kpi=target.kpi,
        month=f"{target.month:%Y-%m}",
        whose=whose,
        value=written_amount(target, kpi, reader.words.language) if kpi else "",
        currency=target.currency or rules.currency,
    )
    query = TargetQuery(kpi=target.kpi, year=str(target.month.year))
    page = targets_page(session, reader, rules, query, Filled(form, is_changed=True))
    return show(request, reader, "targets.html", page)


@router.post(_PATH)
def put_target(
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    settings: SettingsDep,
    form: FormDep,
) -> Response:
    """Set a target, in place of that for the same KPI, month and whom."""
    require(reader.user, "manager")
    rules = rules_for(session, reader.user, settings)
    kpis = {one.slug: one for one in all_kpis(session)}
    wrong: dict[str, str] = {}
    new = _read(form, kpis, rules, reader.words, wrong)
    if new is not None:
        try:
            request.state.made_id = set_target(session, reader.user, new).id
        except (Missing, Forbidden):
            wrong["whose"] = reader.words("These are not yours to set; choose one of the list.")
        except BadInput:
            wrong["value"] = reader.words("This cannot be kept as a target of the KPI.")
    if wrong or new is None:
        query = TargetQuery(kpi=form.kpi if form.kpi in kpis else "")
        page = targets_page(session, reader, rules, query, Filled(form, wrong))
        return show(request, reader, "targets.html", page, 422)
    asked = urlencode({"kpi": new.kpi, "year": new.month.year})
    return go(request, f"{_PATH}?{asked}", reader.words("The target is set."))


@router.post(f"{_PATH}/{{target_id}}/delete")
def remove_target(
    target_id: UUID, request: Request, reader: ReaderDep, session: SessionDep
) -> Response:
    """Delete a target; it can be set again at once."""
    undo = _again(find_target(session, reader.user, target_id))
    delete_target(session, reader.user, target_id)
    return go(request, _PATH, reader.words("The target was deleted."), undo)


@router.post(f"{_PATH}/again")
def put_target_again(
    request: Request, reader: ReaderDep, session: SessionDep, was: Annotated[Deleted, Query()]
) -> Response:
    """Take a deletion back."""
    new = NewTarget(was.kpi, was.month, *_ids(was.whose), was.amount_minor, was.currency, was.value)
    set_target(session, reader.user, new)
    return go(request, _PATH, reader.words("The target is set."))


def targets_page(
    session: Session,
    reader: Reader,
    rules: Rules,
    query: TargetQuery,
    filled: Filled | None = None,
) -> TargetsPage:
    """A page of targets with what each came to, in as many questions as it has KPIs."""
    kpis = {one.slug: one for one in all_kpis(session)}
    found = list_targets(
        session, reader.user, _filters(query), limit=_LIMIT, cursor=query.cursor or None
    )
    reached = reached_of(session, reader.user, found.items, kpis, rules)
    today = today_of(rules)
    usual = TargetForm(kpi=query.kpi, month=f"{today:%Y-%m}", currency=rules.currency)
    kept = query.model_dump(exclude={"cursor"}, exclude_defaults=True)
    return TargetsPage(
        rows=[_row(one, kpis, reached, reader, today) for one in found.items],
        query=query,
        kpis=_choices(kpis, reader.words),
        whose=_everyone(session, reader),
        years=range(today.year + 1, today.year - 4, -1),
        next=f"{_PATH}?{urlencode(kept | {'cursor': found.next})}" if found.next else "",
        start=f"{_PATH}?{urlencode(kept)}" if query.cursor else "",
        may_set=reader.is_at_least("manager"),
        filled=filled or Filled(usual),
    )


def _filters(query: TargetQuery) -> TargetFilters:
    rep_id, team_id = _ids(query.whose)
    year = int(query.year) if query.year.isdecimal() and int(query.year) in _YEARS else None
    since, until = (date(year, 1, 1), date(year, 12, 1)) if year else (None, None)
    return TargetFilters(query.kpi or None, rep_id, team_id, since, until)


def _ids(whose: str) -> tuple[UUID | None, UUID | None]:
    """The rep or team of `rep:ID` or `team:ID`; neither for anything else."""
    kind, _, text = whose.partition(":")
    try:
        found = UUID(text) if text else None
    except ValueError:
        raise BadInput("whose: choose one of the list") from None
    return (found if kind == "rep" else None, found if kind == "team" else None)


def _row(
    row: TargetRow,
    kpis: Mapping[str, Kpi],
    reached: Mapping[UUID, Reach],
    reader: Reader,
    today: date,
) -> RowShown:
    target, words = row.target, reader.words
    kpi, reach = kpis.get(target.kpi), reached.get(target.id)
    value = "" if reach is None else amount(reach.answer, reach.line.measured.value, spoken(words))
    return RowShown(
        id=target.id,
        month=_month(target.month, words),
        kpi=kpi.name[words.language] if kpi else target.kpi.replace("_", " "),
        path=_kpi_path(target),
        whose=row.rep_name or row.team_name or words("The company"),
        target=_target(target, kpi, words),
        value=value,
        reached=target_shown(reach.answer, reach.line.reached, words) if reach else None,
        note=words("not begun") if target.month > today else "",
        is_theirs=_may_set(reader, target),
        edit=f"{_PATH}/{target.id}#set",
    )


def _may_set(reader: Reader, target: Target) -> bool:
    """Whether it is offered; what is set and by whom is decided where it is set."""
    if reader.user.role == "manager":
        return whose_of(target) == "rep" or target.team_id == reader.user.team_id is not None
    return reader.user.role == "admin"


def _month(month: date, words: Words) -> str:
    t = spoken(words)
    return t("period.month", month=t(f"month.{month.month}"), year=month.year)


def _kpi_path(target: Target) -> str:
    whose = {"rep_id": target.rep_id, "team_id": target.team_id}
    asked = {"period": f"{target.month:%Y-%m}"} | {
        name: str(one) for name, one in whose.items() if one
    }
    return f"/kpis/{target.kpi}?{urlencode(asked)}"


def _target(target: Target, kpi: Kpi | None, words: Words) -> str:
    t = spoken(words)
    if target.amount_minor is not None and target.currency is not None:
        sum_ = target.amount_minor / minor_units(target.currency)
        return t.amount(sum_, "money", target.currency)
    return t.amount(target.value or 0.0, kpi.unit if kpi else "number")


def _whose_text(target: Target) -> str:
    if target.rep_id:
        return f"rep:{target.rep_id}"
    return f"team:{target.team_id}" if target.team_id else _COMPANY


def _again(target: Target) -> str:
    kept = {
        "kpi": target.kpi,
        "month": target.month.isoformat(),
        "whose": _whose_text(target),
        "amount_minor": target.amount_minor,
        "currency": target.currency,
        "value": target.value,
    }
    return f"{_PATH}/again?{urlencode({k: one for k, one in kept.items() if one is not None})}"


def _choices(kpis: Mapping[str, Kpi], words: Words) -> Sequence[tuple[str, Sequence[Choice]]]:
    return [
        (words(name), [Choice(one.slug, one.name[words.language]) for one in some])
        for family, name in FAMILIES.items()
        if (some := [one for one in kpis.values() if one.family == family])
    ]


def _everyone(session: Session, reader: Reader) -> Sequence[Choice]:
    company = [Choice(_COMPANY, reader.words("The company"))]
    return [
        *(company if reader.user.role == "admin" else ()),
        *(Choice(f"team:{one.value}", one.name) for one in teams(session, reader.user)),
        *(Choice(f"rep:{one.value}", one.name) for one in people(session, reader)),
    ]


def _read(
    form: TargetForm, kpis: Mapping[str, Kpi], rules: Rules, words: Words, wrong: dict[str, str]
) -> NewTarget | None:
    """What was typed; what is wrong with it is put into `wrong`, by field."""
    kpi = kpis.get(form.kpi)
    if kpi is None:
        wrong["kpi"] = words("Choose a KPI.")
    month = _day(form.month)
    if month is None:
        wrong["month"] = words("Give a month, such as 2026-11.")
    if not form.whose:
        wrong["whose"] = words("Choose whose target it is.")
    currency = form.currency.upper() or rules.currency
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        wrong["currency"] = words("Give a currency by its three letters, such as EUR.")
    try:
        found = read_amount(form.value, kpi, currency, words.language) if kpi else None
    except ValueError:
        wrong["value"] = words("Give a number, such as 80000 or 45 %.")
        return None
    if wrong or kpi is None or month is None or found is None:
        return None
    rep_id, team_id = _ids(form.whose)
    return NewTarget(
        kpi.slug, month, rep_id, team_id, found.amount_minor, found.currency, found.value
    )


def _day(month: str) -> date | None:
    try:
        found = date.fromisoformat(f"{month}-01")
    except ValueError:
        return None
    return found if found.year in _YEARS else None
