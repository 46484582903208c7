"""The KPIs that somebody sees first: read, chosen, and given back."""

from pydantic import Field

from api.answer_views import TileView
from api.dependencies import SessionDep, UserDep
from api.fields import SLUG
from api.kpi_questions import By, CurrencyDep, EachDep, PeriodDep, RulesDep, dimension
from api.routing import signed_router
from api.views import Given, View
from models.kpis.asking import Asking
from models.kpis.dashboards import MOST_TILES, Tile, answer_tile, choice_of, choose, reset
from models.kpis.frame import Ground

router = signed_router("dashboards")


class TileGiven(Given):
    """A KPI to be shown."""

    kpi: str = Field(pattern=SLUG, examples=["meeting_acceptance"])
    variant: str | None = Field(default=None, pattern=SLUG, examples=[None])
    by: By | None = Field(default=None, description="Split into groups; `source` is `channel`.")


class DashboardGiven(Given):
    """What is to be shown, in this order."""

    tiles: list[TileGiven] = Field(min_length=1, max_length=MOST_TILES)


class DashboardView(View):
    """The tiles of who asks; `is_own` when they chose them, else they are their role's."""

    is_own: bool
    tiles: list[TileView]


@router.get("/dashboard")
def read_dashboard(
    session: SessionDep,
    user: UserDep,
    rules: RulesDep,
    period: PeriodDep,
    currency: CurrencyDep,
    each: EachDep,
) -> DashboardView:
    """The KPIs one chose, or those of one's role, each answered for a period.

    A tile that cannot be answered (any more) says why; the others are there all the same.
    """
    choice = choice_of(session, user)
    asking = Asking(period, each=each, currency=currency)
    ground = Ground(session, user, rules)
    tiles = [answer_tile(ground, one, asking) for one in choice.tiles]
    return DashboardView(is_own=choice.is_own, tiles=[TileView.of(one) for one in tiles])


@router.put("/dashboard", status_code=204)
def choose_dashboard(
    given: DashboardGiven, session: SessionDep, user: UserDep, rules: RulesDep
) -> None:
    """Choose the KPIs one sees first, ten at most, in this order."""
    tiles = [
        Tile(one.kpi, one.variant, dimension(one.by) if one.by else None) for one in given.tiles
    ]
    choose(session, user, tiles, rules)


@router.delete("/dashboard", status_code=204)
def reset_dashboard(session: SessionDep, user: UserDep) -> None:
    """Go back to the KPIs of one's role."""
    reset(session, user)
