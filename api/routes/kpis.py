"""KPIs: the catalogue, what each came to, the rows behind it, and a company's own."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from sqlmodel import Session, col, select

from api.answer_views import AnswerView, FactRowsView
from api.dependencies import DEFAULT_LIMIT, AdminDep, LimitQuery, SessionDep, UserDep
from api.fields import Text100, Text200
from api.kpi_questions import AskingDep, FiltersDep, PeriodDep, RulesDep, Slug, Variant
from api.kpi_views import KpiChange, KpiGiven, KpiView
from api.routing import signed_router
from models.kpis import all_kpis, find_kpi, search_kpis
from models.kpis.answering import Question, opened
from models.kpis.asking import ask
from models.kpis.frame import Ground
from models.kpis.kpi import Family
from models.kpis.listing import rows_behind
from models.kpis.own import NewKpi, add_kpi, change_kpi, delete_kpi
from models.tables import User

router = signed_router("kpis")
_MOST_OFFSET = 10_000_000


@router.get("/kpis")
def list_kpis(
    session: SessionDep,
    search: Annotated[
        Text200 | None, Query(description="Words of a name or alias, in either language.")
    ] = None,
    family: Annotated[list[Family] | None, Query(max_length=7)] = None,
) -> list[KpiView]:
    """The catalogue and the company's own KPIs; found by words, the nearest come first."""
    among = all_kpis(session)
    found = among if search is None else search_kpis(search, among)
    return [KpiView.of(one) for one in found if family is None or one.family in family]


@router.post("/kpis", status_code=201)
def make_kpi(given: KpiGiven, request: Request, session: SessionDep, user: AdminDep) -> KpiView:
    """Add a KPI of the company's own: a formula over those of the catalogue.

    Names of KPIs, numbers, `+ - * /`, parentheses, `min`, `max`, `abs` and `if ... else`.
    """
    new = NewKpi(
        slug=given.slug,
        names=given.names.model_dump(exclude_none=True),
        definitions=given.definitions.model_dump(exclude_none=True),
        formula=given.formula,
        unit=given.unit,
        better=given.better,
    )
    made = add_kpi(session, user, new)
    request.state.made_id = made.slug
    return KpiView.of(made)


@router.get("/kpis/{slug}")
def read_kpi(slug: Slug, session: SessionDep) -> KpiView:
    """What a KPI is, how it is counted and by what it can be asked."""
    return KpiView.of(find_kpi(session, slug))


@router.patch("/kpis/{slug}")
def alter_kpi(slug: Slug, given: KpiChange, session: SessionDep, user: AdminDep) -> KpiView:
    """Change a KPI of the company's own."""
    return KpiView.of(change_kpi(session, user, slug, given.model_dump(exclude_unset=True)))


@router.delete("/kpis/{slug}", status_code=204)
def remove_kpi(slug: Slug, session: SessionDep, user: AdminDep) -> None:
    """Delete a KPI of the company's own with its targets; it leaves all dashboards."""
    delete_kpi(session, user, slug)


@router.get("/kpis/{slug}/values")
def read_values(
    slug: Slug,
    session: SessionDep,
    user: UserDep,
    asking: AskingDep,
    rules: RulesDep,
    variant: Variant = None,
) -> AnswerView:
    """What a KPI came to, of the rows one may see: by group, by piece of time, beside before."""
    return AnswerView.of(ask(Ground(session, user, rules), slug, asking, variant=variant))


@router.get("/kpis/{slug}/rows")
def read_rows(  # noqa: PLR0913, PLR0917 (one parameter a part of the question)
    slug: Slug,
    session: SessionDep,
    user: UserDep,
    rules: RulesDep,
    period: PeriodDep,
    filters: FiltersDep,
    variant: Variant = None,
    fact: Annotated[
        Text100 | None, Query(description="One of `facts`; left out: the first.")
    ] = None,
    limit: LimitQuery = DEFAULT_LIMIT,
    offset: Annotated[int, Query(ge=0, le=_MOST_OFFSET)] = 0,
) -> FactRowsView:
    """The rows that a KPI counts, the latest first, of those one may see.

    The group of a number is asked for by filters: what has none there by `without`.
    """
    kpi = find_kpi(session, slug)
    question = Question(kpi, period, filters=filters, variant=variant)
    frame, figure, _unit = opened(Ground(session, user, rules), question)
    span = period.span(frame.today)
    found = rows_behind(frame, figure, span, fact=fact, limit=limit, offset=offset)
    names = _names(session, {one.rep_id for one in found.rows if one.rep_id})
    return FactRowsView.of(found, names, offset)


def _names(session: Session, reps: set[UUID]) -> dict[UUID, str]:
    return dict(session.exec(select(User.id, User.name).where(col(User.id).in_(reps))).all())
