"""KPIs as files to keep, print or calculate on, with what each figure means inside."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import Query, Response

from api.dependencies import SessionDep, UserDep
from api.kpi_exports import FORMATS
from api.kpi_questions import AskingDep, CurrencyDep, EachDep, PeriodDep, RulesDep, Slug, Variant
from api.routing import signed_router
from models.kpis import Answer
from models.kpis.asking import Asking, ask
from models.kpis.dashboards import answer_tile, choice_of
from models.kpis.frame import Ground

router = signed_router("kpis")
Form = Literal["csv", "xlsx", "json", "pdf"]
FormQuery = Annotated[Form, Query(alias="format", description="The kind of file.")]
LanguageQuery = Annotated[
    Literal["en", "fr"] | None, Query(description="Of headings and numbers; left out: one's own.")
]
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {one.media_type: {} for one in FORMATS.values()},
    }
}


@router.get("/kpis/{slug}/file", response_class=Response, responses=_FILE)
def read_values_file(  # noqa: PLR0913, PLR0917 (one parameter a part of the question)
    slug: Slug,
    session: SessionDep,
    user: UserDep,
    asking: AskingDep,
    rules: RulesDep,
    variant: Variant = None,
    form: FormQuery = "csv",
    language: LanguageQuery = None,
) -> Response:
    """What a KPI came to, as a file."""
    found = ask(Ground(session, user, rules), slug, asking, variant=variant)
    return _file([found], slug, form, language or user.language)


@router.get("/dashboard/file", response_class=Response, responses=_FILE)
def read_dashboard_file(  # noqa: PLR0913, PLR0917 (one parameter a part of the question)
    session: SessionDep,
    user: UserDep,
    rules: RulesDep,
    period: PeriodDep,
    currency: CurrencyDep,
    each: EachDep,
    form: FormQuery = "pdf",
    language: LanguageQuery = None,
) -> Response:
    """The KPIs one sees first, as a file; those that cannot be answered are left out."""
    asking = Asking(period, each=each, currency=currency)
    ground = Ground(session, user, rules)
    tiles = [answer_tile(ground, one, asking) for one in choice_of(session, user).tiles]
    found = [one.answer for one in tiles if one.answer is not None]
    return _file(found, "dashboard", form, language or user.language)


def _file(answers: Sequence[Answer], name: str, form: Form, language: str) -> Response:
    made = FORMATS[form]
    return Response(
        made.write(answers, language),
        media_type=made.media_type,
        headers={
            "content-disposition": f'attachment; filename="{name}.{form}"',
            "cache-control": "private, no-store",
        },
    )
