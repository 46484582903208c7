"""The rows behind a number: as many as were counted, those of its group, and whose one sees."""

from typing import Any

import pytest
from sqlmodel import Session, select

from models.errors import BadInput
from models.kpis import KPIS, Question, Rules, answer
from models.kpis.answering import opened
from models.kpis.catalogue import BY_SLUG
from models.kpis.evaluating import facts_in
from models.kpis.exchange import read_rates
from models.kpis.figure import Count, Months, Share
from models.kpis.frame import Filters, Frame, Ground
from models.kpis.listing import FactRows, rows_behind
from models.kpis.periods import parse_period
from models.tables import Deal, User
from tests.kpis.conftest import NOW

MARCH = parse_period("2026-03", NOW.date())
COUNTED = [one for one in KPIS if isinstance(one.figure, Count | Share)]


def framed(
    session: Session, user: User, slug: str, filters: Filters | None = None
) -> tuple[Frame, Any]:
    question = Question(BY_SLUG[slug], MARCH, filters=filters or {})
    frame, figure, _unit = opened(Ground(session, user, Rules(), NOW), question)
    return frame, figure


def listed(
    session: Session, user: User, slug: str, filters: Filters | None = None, **options: Any
) -> FactRows:
    frame, figure = framed(session, user, slug, filters)
    return rows_behind(frame, figure, MARCH.span(frame.today), **options)


@pytest.mark.parametrize("kpi", COUNTED, ids=lambda one: one.slug)
def test_there_are_as_many_rows_as_were_counted(year: Session, admin: User, kpi: Any) -> None:
    lines = answer(year, admin, Question(kpi, MARCH, compare=False), Rules(), now=NOW).lines
    found = listed(year, admin, kpi.slug, limit=10_000)
    counted = sum(one.measured.n or 0 for one in lines)
    if isinstance(kpi.figure, Share):
        assert sum(one.is_part is not None for one in found.rows) == counted
        parts = sum(one.measured.part or 0 for one in lines)
        assert sum(bool(one.is_part) for one in found.rows) == parts
    else:
        assert found.count == counted
    assert len(found.rows) == found.count


@pytest.mark.parametrize("kpi", KPIS, ids=lambda one: one.slug)
def test_every_fact_of_every_kpi_has_its_rows(year: Session, admin: User, kpi: Any) -> None:
    for fact in facts_in(kpi.figure):
        found = listed(year, admin, kpi.slug, fact=fact.name, limit=3)
        assert found.fact == fact.name
        assert len(found.rows) == min(found.count, 3)
        for row in found.rows:
            assert row.links, "a row leads somewhere"


def test_sums_are_those_of_their_rows(year: Session, admin: User) -> None:
    found = listed(year, admin, "sales_revenue", limit=1000)
    rates, month = read_rates(year), MARCH.start_on
    euros = sum(
        one.value * (rates.factor(one.currency, "EUR", month) or 0)
        for one in found.rows
        if one.value is not None
    )
    assert len({one.currency for one in found.rows}) > 1
    question = Question(BY_SLUG["sales_revenue"], MARCH, compare=False, currency="EUR")
    (line,) = answer(year, admin, question, Rules(), now=NOW).lines
    assert line.measured.value == pytest.approx(euros)


def test_the_rows_of_groups_are_all_rows(year: Session, admin: User) -> None:
    question = Question(BY_SLUG["win_rate"], MARCH, by=("region",), compare=False)
    lines = answer(year, admin, question, Rules(), now=NOW).lines
    assert None in {line.groups[0].id for line in lines}, "some deals have no region"
    for line in lines:
        found = listed(year, admin, "win_rate", {"region": [line.groups[0].id]}, limit=1000)
        assert found.count == line.measured.n
    every = listed(year, admin, "win_rate", {"region": [one.groups[0].id for one in lines]})
    assert every.count == sum(one.measured.n or 0 for one in lines)


def test_pages_follow_one_another_without_gaps(year: Session, admin: User) -> None:
    whole = listed(year, admin, "new_leads", limit=10_000).rows
    pages = [
        row
        for start in range(0, len(whole), 37)
        for row in listed(year, admin, "new_leads", limit=37, offset=start).rows
    ]
    assert tuple(pages) == whole
    instants = [one.at for one in whole]
    assert instants == sorted(instants, reverse=True)  # type: ignore[type-var]


def test_one_sees_the_rows_of_ones_own(year: Session, admin: User) -> None:
    everything = listed(year, admin, "win_rate", limit=1000)
    reps = year.exec(select(User).where(User.role == "rep", User.is_active)).all()
    counts = []
    for rep in reps:
        own = listed(year, rep, "win_rate", limit=1000)
        assert {one.rep_id for one in own.rows} <= {rep.id}
        counts.append(own.count)
    assert 0 < sum(counts) <= everything.count
    first = reps[0]
    leader = leading(first)
    team = listed(year, leader, "win_rate", limit=1000)
    members = {one.id for one in year.exec(select(User).where(User.team_id == first.team_id))}
    assert {one.rep_id for one in team.rows} <= members
    assert team.count >= counts[0]


def leading(user: User) -> User:
    """Somebody who leads the user's team."""
    return User(email="lead@beacon.example", name="Lead", role="manager", team_id=user.team_id)


def test_links_lead_to_the_deal(year: Session, admin: User) -> None:
    for row in listed(year, admin, "win_rate").rows:
        deal = year.get(Deal, row.links["deal_id"])
        assert deal is not None
        assert (deal.rep_id, deal.name) == (row.rep_id, row.title)
        assert row.is_part is (deal.outcome == "won")


def test_a_fact_it_does_not_count_is_refused(year: Session, admin: User) -> None:
    with pytest.raises(BadInput, match="fact: there is no 'leads'"):
        listed(year, admin, "win_rate", fact="leads")


def test_a_figure_without_rows_says_so(year: Session, admin: User) -> None:
    frame, _figure = framed(year, admin, "win_rate")
    with pytest.raises(BadInput, match="none"):
        rows_behind(frame, Months(), MARCH.span(frame.today))
