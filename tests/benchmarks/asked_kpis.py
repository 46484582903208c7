"""What people ask of KPIs, as the benchmark asks it: with the JSON that they are sent."""

from datetime import date

from sqlmodel import Session

from api.answer_views import AnswerView, TileView
from models.kpis import KPIS, Kpi, Period, Rules
from models.kpis.asking import Asking, ask
from models.kpis.dashboards import answer_tile, choice_of
from models.kpis.evaluating import dimensions_in, is_companys
from models.kpis.frame import Ground
from models.tables import User
from tests.benchmarks.served_queries import EVERYBODY, Query
from tests.benchmarks.simulated_people import NOW

YEAR = Period(date(2025, 7, 1), date(2026, 7, 1))
"""Twelve months, the last of them running."""
MONTH = Period(date(2026, 6, 1), date(2026, 7, 1), "month")
RULES = Rules()


def kpi_queries(only: tuple[str, ...] = ()) -> list[Query]:
    """Every KPI, or some, by rep and by month over a year; by month alone where reps have none."""
    return [_by_rep_and_month(one) for one in KPIS if not only or one.slug in only]


def _by_rep_and_month(kpi: Kpi) -> Query:
    by_rep = ("rep",) if "rep" in dimensions_in(kpi.figure) else ()
    asking = Asking(YEAR, by_rep, "month", compare=False)

    def run(session: Session, user: User, _number: int) -> str:
        return AnswerView.of(ask(_ground(session, user), kpi.slug, asking)).model_dump_json()

    users = tuple(role for role in EVERYBODY if role != "rep" or not is_companys(kpi.figure))
    return Query("kpi", kpi.slug, run, users)


def _ground(session: Session, user: User) -> Ground:
    return Ground(session, user, RULES, NOW)


def dashboard_query() -> Query:
    """The ten KPIs that a role sees first, of the month that is running."""
    asking = Asking(MONTH)

    def run(session: Session, user: User, _number: int) -> list[str]:
        tiles = choice_of(session, user).tiles
        ground = _ground(session, user)
        found = [answer_tile(ground, one, asking) for one in tiles]
        return [TileView.of(one).model_dump_json() for one in found]

    return Query("dashboard", "dashboard of ten", run)
