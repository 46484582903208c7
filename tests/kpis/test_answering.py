"""What an answer holds: whose rows, in which zone and currency, compared with what."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import Session

from models.errors import BadInput, Forbidden
from models.kpis import KPIS, Kpi, Period, Question, Rules, answer, find_kpi
from models.kpis.evaluating import dimensions_in, is_companys
from models.tables import Activity, Call, CallFacts, FxRate, NextStep, Team, User
from tests.kpis.selling import (
    MARCH,
    NOON,
    NOW,
    ask,
    deals,
    invitations,
    leads,
    many,
    one,
    spent,
    target,
    told,
)

Q1 = Period(date(2026, 1, 1), date(2026, 4, 1), "quarter")


@pytest.fixture
def teams(session: Session) -> tuple[Team, Team]:
    north = Team(name="North", time_zone="Europe/Paris")
    west = Team(name="West", time_zone="America/Chicago")
    session.add_all([north, west])
    session.flush()
    return north, west


@pytest.fixture
def people(session: Session, teams: tuple[Team, Team]) -> dict[str, User]:
    north, west = teams
    found = {
        "boss": User(email="boss@beacon.example", name="Boss", role="admin"),
        "lead": User(email="lead@b.example", name="Lea", role="manager", team_id=north.id),
        "claire": User(email="claire@b.example", name="Claire", team_id=north.id),
        "paul": User(email="paul@b.example", name="Paul", team_id=north.id),
        "marcus": User(email="marcus@b.example", name="Marcus", team_id=west.id),
    }
    session.add_all(found.values())
    session.flush()
    return found


@pytest.fixture
def boss(people: dict[str, User]) -> User:
    return people["boss"]


def test_a_deal_counts_in_the_month_it_is_where_its_rep_works(
    session: Session, people: dict[str, User]
) -> None:
    late = datetime(2026, 4, 1, 3, tzinfo=UTC)  # still March in Chicago, April in Paris
    deals(session, 1, rep_id=people["marcus"].id, closed_at=late)
    deals(session, 1, rep_id=people["claire"].id, closed_at=late)
    deals(session, 1, closed_at=late)
    found = ask(session, people["boss"], "deals_won", by=("rep",))
    assert found[people["marcus"].id].measured.value == 1
    assert found[people["claire"].id].measured.value == 0
    assert one(session, people["boss"], "deals_won").measured.value == 1
    paris = Rules(zone="America/New_York")
    assert one(session, people["boss"], "deals_won", rules=paris).measured.value == 2


def test_a_rep_without_rows_has_a_line_and_an_unknown_rate(
    session: Session, people: dict[str, User]
) -> None:
    deals(session, 3, rep_id=people["claire"].id)
    found = ask(session, people["boss"], "win_rate", by=("rep",))
    assert found[people["claire"].id].measured.value == 1
    assert found[people["paul"].id].measured.value is None
    assert found[people["paul"].id].measured.why == "no_rows"
    assert people["boss"].id not in found  # who does not sell and sold nothing
    names = [line.groups[0].name for line in found.values()]
    assert names == sorted(names, key=str)


def test_sums_of_several_currencies_are_converted_and_what_cannot_be_is_told(
    session: Session, boss: User
) -> None:
    rates = {(2, "USD"): 0.5, (3, "GBP"): 2.0, (3, "CHF"): 4.0}
    for (month, currency), rate in rates.items():
        many(session, FxRate, 1, month=date(2026, month, 1), currency=currency, eur_per_unit=rate)
    deals(session, 1, amount_minor=10_000, currency="EUR")
    deals(session, 1, amount_minor=10_000, currency="USD")  # by the rate of February
    deals(session, 1, amount_minor=10_000, currency="GBP")
    deals(session, 1, amount_minor=10_000, currency="SEK")
    deals(session, 1, amount_minor=None)
    measured = one(session, boss, "sales_revenue").measured
    assert measured.value == pytest.approx(100 + 50 + 200)
    assert (measured.n, measured.missing) == (3, 2)
    in_francs = one(session, boss, "sales_revenue", currency="CHF").measured
    assert in_francs.value == pytest.approx(350 / 4)
    yen = one(session, boss, "sales_revenue", currency="JPY").measured
    assert (yen.value, yen.why, yen.missing) == (None, "no_values", 5)


def test_minor_units_are_those_of_the_currency(session: Session, boss: User) -> None:
    many(session, FxRate, 1, month=date(2026, 3, 1), currency="JPY", eur_per_unit=0.01)
    deals(session, 1, amount_minor=5_000, currency="JPY")
    assert one(session, boss, "sales_revenue").measured.value == pytest.approx(50)


def test_an_unanswered_invitation_counts_once_it_is_old_enough(
    session: Session, boss: User
) -> None:
    now = NOON + timedelta(days=8)
    invitations(session, 1, "accepted", sent_at=NOON + timedelta(days=7))
    invitations(session, 1, None)  # eight days old
    invitations(session, 1, None, sent_at=NOON + timedelta(days=3))
    assert one(session, boss, "meeting_acceptance", now=now).measured.whole == 2
    patient = Rules(maturity_days=9)
    found = one(session, boss, "meeting_acceptance", now=now, rules=patient).measured
    assert (found.part, found.whole) == (1, 1)


def test_a_young_lead_counts_only_when_it_was_followed_up(session: Session, boss: User) -> None:
    now = NOON + timedelta(days=3)
    leads(session, 1, followed_up_at=NOON + timedelta(days=1))
    leads(session, 1)
    leads(session, 1, arrived_at=NOON - timedelta(days=8))
    found = one(session, boss, "lead_follow_up", now=now).measured
    assert (found.part, found.whole) == (1, 2)


def test_a_lead_is_followed_up_by_an_activity_too(session: Session, boss: User) -> None:
    lead, late = leads(session, 2)
    for one_lead, days in ((lead, 6), (late, 8)):
        at = NOON + timedelta(days=days)
        many(session, Activity, 1, lead_id=one_lead.id, kind="follow_up", at=at)
    found = one(session, boss, "lead_follow_up").measured
    assert (found.part, found.whole) == (1, 2)


def test_open_deals_are_no_losses_and_a_reopened_one_counts_once(
    session: Session, boss: User
) -> None:
    deals(session, 2)
    deals(session, 1, outcome="lost")
    deals(session, 5, outcome="open", closed_at=None)
    measured = one(session, boss, "win_rate").measured
    assert (measured.part, measured.whole) == (2, 3)


def test_what_lies_in_the_future_does_not_count_yet(session: Session, boss: User) -> None:
    leads(session, 1, arrived_at=NOW + timedelta(days=1))
    november = Period(date(2026, 11, 1), date(2026, 12, 1), "month")
    line = one(session, boss, "new_leads", november)
    assert line.measured.value == 0
    assert line.span.is_running


def test_a_running_month_is_compared_with_as_many_days(session: Session, boss: User) -> None:
    now = datetime(2026, 3, 10, 18, tzinfo=UTC)
    leads(session, 2, arrived_at=datetime(2026, 3, 5, tzinfo=UTC))
    leads(session, 3, arrived_at=datetime(2026, 2, 10, 12, tzinfo=UTC))
    leads(session, 4, arrived_at=datetime(2026, 2, 11, 12, tzinfo=UTC))
    leads(session, 5, arrived_at=datetime(2025, 3, 10, 12, tzinfo=UTC))
    line = one(session, boss, "new_leads", now=now)
    assert line.before is not None
    assert line.year_before is not None
    assert (line.measured.value, line.before.value, line.year_before.value) == (2, 3, 5)


def test_a_quarter_is_cut_into_months_and_weeks(session: Session, boss: User) -> None:
    leads(session, 2, arrived_at=datetime(2026, 1, 5, 9, tzinfo=UTC))
    leads(session, 1)
    question = Question(find_kpi(session, "new_leads"), Q1, each="month")
    found = answer(session, boss, question, Rules(), now=NOW)
    assert [line.measured.value for line in found.lines] == [2, 0, 1]
    weeks = answer(
        session, boss, Question(find_kpi(session, "new_leads"), Q1, each="week"), Rules(), now=NOW
    )
    assert sum(line.measured.value or 0 for line in weeks.lines) == 3
    assert weeks.lines[0].span.start_on == date(2026, 1, 1)
    assert weeks.lines[1].span.start_on == date(2026, 1, 5)


def test_filters_leave_the_other_rows_out(session: Session, people: dict[str, User]) -> None:
    deals(session, 2, region="France", rep_id=people["claire"].id)
    deals(session, 3, region="DACH", kind="renewal")
    boss = people["boss"]
    asked = {"region": ["France"]}
    assert one(session, boss, "deals_won", filters=asked).measured.value == 2
    asked = {"rep": [people["claire"].id], "customer": ["new"]}
    assert one(session, boss, "deals_won", filters=asked).measured.value == 2
    asked = {"customer": ["existing"]}
    assert one(session, boss, "deals_won", filters=asked).measured.value == 3


def test_who_asks_counts_only_the_rows_they_may_see(
    session: Session, people: dict[str, User]
) -> None:
    for name, count in (("claire", 1), ("paul", 2), ("marcus", 4)):
        deals(session, count, rep_id=people[name].id)
    deals(session, 8)
    seen = {name: one(session, user, "deals_won").measured.value for name, user in people.items()}
    assert seen == {"boss": 15, "lead": 3, "claire": 1, "paul": 2, "marcus": 4}
    found = ask(session, people["lead"], "deals_won", by=("rep",))
    assert set(found) == {people["claire"].id, people["paul"].id}
    asked = {"rep": [people["marcus"].id]}
    assert one(session, people["lead"], "deals_won", filters=asked).measured.value == 0


def test_a_private_call_is_counted_for_its_rep_alone(
    session: Session, people: dict[str, User]
) -> None:
    claire = people["claire"].id
    for is_private in (True, False):
        many(
            session, Call, 1, title="Call", rep_id=claire, started_at=NOON, state="ready",
            is_private=is_private,
        )  # fmt: skip
    assert one(session, people["claire"], "recorded_calls").measured.value == 2
    assert one(session, people["lead"], "recorded_calls").measured.value == 1
    assert one(session, people["marcus"], "recorded_calls").measured.value == 0


def test_figures_of_the_whole_company_are_not_for_reps(
    session: Session, people: dict[str, User]
) -> None:
    deals(session, 2, rep_id=people["marcus"].id)
    spent(session, 100, "marketing", channel="event")
    assert one(session, people["lead"], "cac").measured.value == 50  # the company's, not the team's
    with pytest.raises(Forbidden, match="whole company"):
        one(session, people["claire"], "cac")


def test_a_kpi_says_by_what_it_cannot_be_asked(session: Session, boss: User) -> None:
    with pytest.raises(BadInput, match="cac: cannot be asked by rep; it can by channel"):
        ask(session, boss, "cac", by=("rep",))
    with pytest.raises(BadInput, match="has no 'net'"):
        one(session, boss, "win_rate", variant="net")


def test_monthly_figures_are_told_of_whole_months_only(session: Session, boss: User) -> None:
    spent(session, 100, "marketing", channel="event")
    leads(session, 4)
    half = Period(date(2026, 3, 1), date(2026, 3, 16))
    measured = one(session, boss, "cost_per_lead", half).measured
    assert (measured.value, measured.why) == (None, "whole_months")


def test_growth_from_nothing_is_unknown_and_so_is_a_rate_of_nothing(
    session: Session, boss: User
) -> None:
    deals(session, 2)
    growth = one(session, boss, "sales_growth").measured
    assert (growth.value, growth.why) == (None, "nothing_before")
    follow_up = one(session, boss, "lead_follow_up").measured
    assert (follow_up.value, follow_up.why) == (None, "no_rows")


def test_a_figure_nobody_told_of_is_unknown_rather_than_zero(session: Session, boss: User) -> None:
    assert one(session, boss, "complaints").measured.value is None
    told(session, "complaints", 0)
    assert one(session, boss, "complaints").measured.value == 0
    deals(session, 2)
    assert one(session, boss, "revenue_per_employee").measured.value is None
    told(session, "headcount", 4)
    assert one(session, boss, "revenue_per_employee").measured.value == pytest.approx(50)


def test_targets_of_reps_teams_and_the_company(
    session: Session, people: dict[str, User], teams: tuple[Team, Team]
) -> None:
    north, west = teams
    deals(session, 3, rep_id=people["claire"].id)
    target(session, 600, rep_id=people["claire"].id)
    target(session, None, rep_id=people["paul"].id, value=None)
    target(session, 400, rep_id=people["marcus"].id)
    boss = people["boss"]
    whole = one(session, boss, "sales_revenue").reached
    assert whole is not None
    assert (whole.target, whole.share) == (1000, pytest.approx(0.3))
    target(session, 900, team_id=north.id)
    by_team = ask(session, boss, "sales_revenue", by=("team",))
    reached = {key: line.reached and line.reached.target for key, line in by_team.items()}
    assert reached == {north.id: 900, west.id: 400}
    target(session, 5000)
    assert one(session, boss, "target_attainment").measured.value == pytest.approx(300 / 5000)
    mine = one(session, people["claire"], "sales_revenue").reached
    assert mine is not None
    assert mine.target == 600


def test_the_pace_of_a_running_month_is_what_was_due_by_now(session: Session, boss: User) -> None:
    now = datetime(2026, 3, 10, 18, tzinfo=UTC)  # the tenth of thirty-one days
    target(session, 310, rep_id=boss.id)
    deals(session, 1, rep_id=boss.id)
    reached = one(session, boss, "sales_revenue", now=now).reached
    assert reached is not None
    assert reached.share == pytest.approx(100 / 310)
    assert reached.pace == pytest.approx(1.0)


def test_promises_of_calls_are_kept_by_what_was_done_in_time(
    session: Session, people: dict[str, User]
) -> None:
    rep = people["claire"].id
    kept, late, never = deals(session, 3, rep_id=rep, outcome="open", closed_at=None)
    for deal, due in ((kept, date(2026, 3, 12)), (late, date(2026, 3, 12)), (never, None)):
        (call,) = many(
            session, Call, 1, title="Call", rep_id=rep, deal_id=deal.id, started_at=NOON,
            state="ready",
        )  # fmt: skip
        many(session, CallFacts, 1, call_id=call.id, **_FACTS)
        for side in ("seller", "buyer"):
            many(
                session, NextStep, 1, call_id=call.id, text="send it", owner_side=side, due_on=due,
                utterance=1, quote="I will send it", start_s=1.0, end_s=2.0,
            )  # fmt: skip
    in_time = datetime(2026, 3, 12, 22, 30, tzinfo=UTC)  # the due day is not over in Paris
    many(session, Activity, 1, deal_id=kept.id, kind="email", at=in_time)
    many(session, Activity, 1, deal_id=late.id, kind="email", at=in_time + timedelta(hours=1))
    found = one(session, people["boss"], "follow_up_kept").measured
    assert (found.part, found.whole) == (1, 3)
    before_due = one(session, people["boss"], "follow_up_kept", now=NOON + timedelta(days=1))
    assert before_due.measured.whole == 0


_FACTS = {
    "duration_s": 600.0,
    "language": "en",
    "people": 2,
    "sellers": 1,
    "buyers": 1,
    "source": "diarized",
}


def test_a_deal_closed_nobody_knows_when_is_not_open_for_ever(session: Session, boss: User) -> None:
    opened = NOON - timedelta(days=60)
    deals(session, 1, outcome="lost", closed_at=None, opened_at=opened)
    assert one(session, boss, "pipeline_value").measured.value == 0
    deals(session, 1, outcome="open", closed_at=None, opened_at=opened)
    assert one(session, boss, "pipeline_value").measured.value == 100


def test_a_private_call_keeps_no_promise_for_those_who_may_not_know_of_it(
    session: Session, people: dict[str, User]
) -> None:
    claire, paul = people["claire"].id, people["paul"].id
    (deal,) = deals(session, 1, rep_id=claire, outcome="open", closed_at=None)
    (call,) = many(
        session, Call, 1, title="Call", rep_id=claire, deal_id=deal.id, started_at=NOON,
        state="ready",
    )  # fmt: skip
    many(
        session, NextStep, 1, call_id=call.id, text="send it", owner_side="seller",
        utterance=1, quote="I will send it", start_s=1.0, end_s=2.0,
    )  # fmt: skip
    many(
        session, Call, 1, title="Private", rep_id=paul, deal_id=deal.id, is_private=True,
        started_at=NOON + timedelta(days=1), state="ready",
    )  # fmt: skip
    kept = {
        name: one(session, people[name], "follow_up_kept").measured.part
        for name in ("boss", "lead", "claire")
    }
    assert kept == {"boss": 1, "lead": 0, "claire": 0}


def test_more_lines_than_anybody_reads_are_refused(session: Session, boss: User) -> None:
    for n in range(60):
        deals(session, 1, region=f"Region {n}")
    year = Period(date(2025, 5, 1), date(2026, 5, 1))
    with pytest.raises(BadInput, match="lines, 20000 are allowed"):
        ask(session, boss, "deals_won", year, by=("region",), each="day")
    assert len(ask(session, boss, "deals_won", year, by=("region",), each="month")) == 60


@pytest.mark.parametrize("kpi", KPIS, ids=lambda one: one.slug)
def test_every_kpi_answers_an_empty_company(session: Session, boss: User, kpi: Kpi) -> None:
    for variant in (None, *kpi.variants):
        figure = kpi.variants[variant].figure if variant else kpi.figure
        for by in (None, *dimensions_in(figure)):
            line_of = ask(session, boss, kpi.slug, MARCH, by=(by,) if by else (), variant=variant)
            assert all(not line.measured.value for line in line_of.values())
    assert is_companys(kpi.figure) or "rep" in dimensions_in(kpi.figure)
