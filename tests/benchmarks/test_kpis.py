"""The benchmark of KPIs asks for all of them, of a company that has something to tell of each."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from models.database import plain_url
from models.kpis import KPIS
from tests.benchmarks.asked_kpis import dashboard_query, kpi_queries
from tests.benchmarks.kpis import (
    Asked,
    Measured,
    checks,
    count_sold,
    measure,
    tables,
    users_by_role,
)
from tests.benchmarks.serving import Timed
from tests.benchmarks.simulated_sales import Sold, fill_sales

TINY = 0.002


@pytest.fixture(scope="module")
def engine(new_database: Callable[[], Engine]) -> Engine:
    """A database of this module's own; no test writes to it."""
    return new_database()


@pytest.fixture(scope="module")
def sold(engine: Engine) -> Sold:
    return fill_sales(plain_url(engine), TINY, tell=lambda _line: None)


def asked(what: str, **seconds: tuple[float, ...]) -> Asked:
    return Asked(what, {role: Timed("", what, of[0], of[1:]) for role, of in seconds.items()})


def measured(scale: float) -> Measured:
    fast = asked("fast", admin=(0.9, 0.1, 0.1), manager=(0.1, 0.1), rep=(0.1, 0.1))
    slow = asked("slow", admin=(0.1, 0.4, 0.4), manager=(0.1, 0.2))
    seen = asked("seen", admin=(0.1, 0.2), manager=(0.1, 0.2), rep=(0.1, 1.2))
    return Measured(Sold(scale, {"deal": 2_000}, 7.0), 2**31, (fast, slow), seen)


def test_every_kpi_is_asked_and_has_something_to_tell(engine: Engine, sold: Sold) -> None:
    queries = kpi_queries()
    assert [one.what for one in queries] == [one.slug for one in KPIS]
    with Session(engine) as session:
        admin = users_by_role(session)["admin"][0]
        for query in queries:
            told = json.loads(str(query.run(session, admin, 0)))
            assert any(line["value"] for line in told["lines"]), query.what


def test_every_role_sees_ten_kpis_first(engine: Engine, sold: Sold) -> None:
    with Session(engine) as session:
        for role, users in users_by_role(session).items():
            seen = [dashboard_query().run(session, user, 0) for user in users[:5]]
            told = [json.loads(tile) for tiles in seen if isinstance(tiles, list) for tile in tiles]
            assert [one["told"] for one in told] == [None] * 10 * len(seen), role
            assert any(one["answer"]["lines"][0]["value"] for one in told), role


def test_each_role_is_timed_by_itself(engine: Engine, sold: Sold) -> None:
    found = measure(engine, sold, 1, ["win_rate", "churn"], tell=lambda _line: None)
    win_rate, churn = found.kpis
    assert {*win_rate.by_role} == {"admin", "manager", "rep"}
    assert {*churn.by_role} == {"admin", "manager"}, "it tells of the whole company"
    assert [len(one.later_s) for one in win_rate.by_role.values()] == [1, 1, 1]
    assert {*found.dashboard.by_role} == {*dashboard_query().users}
    assert found.size_bytes > 2**20


def test_a_database_filled_before_is_known_again(engine: Engine, sold: Sold) -> None:
    assert count_sold(engine, TINY) == replace(sold, seconds=0)


def test_a_slow_kpi_fails_at_scale_1_and_is_told_first() -> None:
    verdicts = {check.what: check.passed for check in checks(measured(1.0))}
    assert verdicts == {
        "slowest KPI (slow), p95": False,
        "all KPIs, admin, p95": False,
        "all KPIs, manager, p95": True,
        "all KPIs, rep, p95": True,
        "dashboard, admin, p95": True,
        "dashboard, manager, p95": True,
        "dashboard, rep, p95": False,
    }
    sizes, times, _required = tables(measured(1.0))
    assert "2.0 GiB, filled in 7 s" in sizes.title
    assert [row[0] for row in times.rows] == ["slow", "fast", "seen"]
    assert times.rows[0][1:] == ("400.0", "400.0", "200.0", "200.0", "-", "-", "100.0", "FAIL")


def test_nothing_is_required_at_another_scale() -> None:
    assert {check.passed for check in checks(measured(0.1))} == {None}
    assert {row[-1] for row in tables(measured(0.1))[1].rows} == {"-"}
