"""Simulated sales are like real ones: every row holds, points somewhere, and is as likely."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine
from sqlalchemy import text as sql
from sqlmodel import Session

from models.database import plain_url
from tests.benchmarks.bulk import connect
from tests.benchmarks.simulated_customers import SURVEYS
from tests.benchmarks.simulated_deals import DEALS
from tests.benchmarks.simulated_people import ADMINS, NOW
from tests.benchmarks.simulated_recorded import RECORDED
from tests.benchmarks.simulated_sales import HEAR_ANEW, ORDERED, Sold, fill_sales, sales_rows, touch
from tests.benchmarks.simulated_work import ACTIVITIES, INVITATIONS, LEADS, MEETINGS

SCALE = 0.01
POINTERS = """
SELECT con.conrelid::regclass::text, child.attname, con.confrelid::regclass::text, parent.attname
FROM pg_constraint con
JOIN pg_attribute child ON child.attrelid = con.conrelid AND child.attnum = con.conkey[1]
JOIN pg_attribute parent ON parent.attrelid = con.confrelid AND parent.attnum = con.confkey[1]
WHERE con.contype = 'f'
"""
HAPPENED = {
    "deal": ("opened_at", "closed_at", "updated_at"),
    "stage_change": ("entered_at",),
    "offer": ("sent_at",),
    "lead": ("arrived_at", "mql_at", "sql_at", "first_response_at", "followed_up_at"),
    "invitation": ("sent_at", "responded_at"),
    "activity": ("at",),
    "call": ("started_at",),
    "survey": ("at",),
}


@pytest.fixture(scope="module")
def sold_engine(new_database: Callable[[], Engine]) -> Engine:
    return new_database()


@pytest.fixture(scope="module")
def sold(sold_engine: Engine) -> Sold:
    return fill_sales(plain_url(sold_engine), SCALE, tell=lambda _line: None)


@pytest.fixture
def filled(sold_engine: Engine, sold: Sold) -> Iterator[Session]:
    with Session(sold_engine) as session:
        yield session


def number(session: Session, query: str, **values: object) -> float:
    return float(session.execute(sql(query), values).scalar_one())


def count(session: Session, rows: str, where: str = "true", **values: object) -> float:
    query = f"SELECT count(*) FROM {rows} WHERE {where}"  # noqa: S608 (words of the test)
    return number(session, query, **values)


def share(session: Session, table: str, part: str, where: str = "true") -> float:
    return count(session, table, f"({where}) AND ({part})") / count(session, table, where)


def test_every_table_has_as_many_rows_as_the_scale_says(filled: Session, sold: Sold) -> None:
    for table, rows in sold.rows.items():
        assert count(filled, f'"{table}"') == rows
    required = {
        "activity": ACTIVITIES,
        "deal": DEALS,
        "lead": LEADS,
        "invitation": INVITATIONS,
        "meeting": MEETINGS,
        "call": RECORDED,
        "survey": SURVEYS,
    }
    assert {table: sold.rows[table] for table in required} == {
        table: rows * SCALE for table, rows in required.items()
    }
    assert 4 < sold.rows["stage_change"] / sold.rows["deal"] < 6
    assert sold.rows["user"] == ADMINS + 2 + 20


def test_every_key_points_to_a_row(filled: Session) -> None:
    for child, column, parent, key in filled.execute(sql(POINTERS)).all():
        both = f"{child} c LEFT JOIN {parent} p ON p.{key} = c.{column}"
        lost = f"c.{column} IS NOT NULL AND p.{key} IS NULL"
        assert count(filled, both, lost) == 0, f"{child}.{column}"


def test_it_has_the_indexes_of_the_schema(filled: Session, session: Session) -> None:
    made = sql("SELECT indexname FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1")
    names = filled.execute(made).scalars().all()
    assert names == session.execute(made).scalars().all()
    assert "ix_activity_rep_at" in names


def test_nothing_has_happened_after_now(filled: Session) -> None:
    assert datetime(2026, 6, 24, 15, tzinfo=UTC) == NOW
    for table, columns in HAPPENED.items():
        for column in columns:
            late = count(filled, table, f"{column} > :now", now=NOW)
            assert late == 0, f"{table}.{column}"
    assert count(filled, "meeting", "(scheduled_at > :now) <> (was_held IS NULL)", now=NOW) == 0
    assert count(filled, "meeting", "was_held IS NULL") > 0


def test_stages_lead_from_the_opening_to_the_stage_of_the_deal(filled: Session) -> None:
    steps = """
        SELECT count(*) FROM (
            SELECT position, stage, from_stage, entered_at,
                row_number() OVER w AS place, lag(stage) OVER w AS before,
                lag(entered_at) OVER w AS earlier
            FROM stage_change WINDOW w AS (PARTITION BY deal_id ORDER BY position)
        ) s WHERE position <> place OR from_stage IS DISTINCT FROM before OR entered_at < earlier
    """
    assert number(filled, steps) == 0
    ends = """
        SELECT count(*) FROM deal d JOIN LATERAL (
            SELECT stage, entered_at FROM stage_change WHERE deal_id = d.id
            ORDER BY position DESC LIMIT 1
        ) s ON true
        WHERE s.stage <> d.stage OR (d.outcome = 'won') <> (s.stage = 'closed_won')
            OR abs(extract(epoch FROM s.entered_at - d.closed_at)) > 1
    """
    assert number(filled, ends) == 0
    again = "from_stage = 'closed_lost'"
    assert 0.001 < share(filled, "stage_change", again) < 0.02


def test_what_triggers_keep_is_as_they_keep_it(sold_engine: Engine, filled: Session) -> None:
    kept_right = (*ORDERED, "next_step")
    of_ours = "NOT tgisinternal AND tgrelid::regclass::text = ANY(:tables)"
    query = f"SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE {of_ours}"  # noqa: S608
    loaded = [rows.table for rows in sales_rows(0.001, 1)]
    assert {*filled.execute(sql(query), {"tables": loaded}).scalars()} == {*kept_right, "call"}

    def kept(table: str) -> str:
        whole = f"SELECT md5(string_agg(r::text, '' ORDER BY id)) FROM {table} r"  # noqa: S608
        return str(filled.execute(sql(whole)).scalar_one())

    before = {table: kept(table) for table in kept_right}
    filled.rollback()
    with connect(plain_url(sold_engine)) as connection:
        touch(connection)
        connection.execute(HEAR_ANEW)
    assert {table: kept(table) for table in kept_right} == before
    assert count(filled, "stage_change", "is_end AND left_at IS NOT NULL") > 0
    assert share(filled, "lead", "first_activity_at IS NOT NULL") > 0.5
    assert share(filled, "lead", "first_heard_at IS NOT NULL", "deal_id IS NOT NULL") > 0.1
    assert share(filled, "next_step", "followed_at IS NOT NULL") > 0.5


def test_what_happens_is_about_as_likely_as_in_a_real_company(filled: Session) -> None:
    assert share(filled, "deal", "outcome = 'won'", "outcome <> 'open'") == pytest.approx(
        0.39, abs=0.05
    )
    assert share(filled, "deal", "outcome = 'open'") == pytest.approx(0.09, abs=0.04)
    assert share(filled, "invitation", "response = 'accepted'") == pytest.approx(0.65, abs=0.05)
    assert share(filled, "invitation", "response IS NULL") == pytest.approx(0.12, abs=0.04)
    assert share(filled, "lead", "account_id IS NOT NULL") == pytest.approx(0.037, abs=0.015)
    assert share(filled, "lead", "mql_at IS NOT NULL") == pytest.approx(0.47, abs=0.04)
    assert share(filled, "activity", "deal_id IS NOT NULL") == pytest.approx(0.63, abs=0.03)
    assert share(filled, "meeting", "was_held", "was_held IS NOT NULL") == pytest.approx(
        0.64, abs=0.03
    )


def test_some_values_are_missing_as_in_a_real_company(filled: Session) -> None:
    for table, column, most in (
        ("deal", "amount_minor", 0.04),
        ("deal", "cost_minor", 0.06),
        ("deal", "region", 0.05),
        ("deal", "first_contact_at", 0.06),
        ("deal", "rep_id", 0.02),
        ("lead", "channel", 0.02),
        ("invitation", "meeting_id", 0.12),
    ):
        assert 0 < share(filled, table, f"{column} IS NULL") < most, f"{table}.{column}"
    assert count(filled, "deal", "amount_minor = 0") > 0
    late = "outcome = 'lost' AND closed_at IS NULL"
    assert 0 < share(filled, "deal", late) < 0.03
    alike = "SELECT count(*) - count(DISTINCT lower(trim(email))) FROM lead"
    assert 0 < number(filled, alike) < 100


def test_customers_are_those_who_bought(filled: Session) -> None:
    never = """
        SELECT count(*) FROM deal d JOIN account a ON a.id = d.account_id
        WHERE d.outcome = 'won' AND (a.became_customer_on IS NULL
            OR a.became_customer_on > (d.closed_at AT TIME ZONE 'UTC')::date)
    """
    assert number(filled, never) == 0
    assert 0.3 < share(filled, "account", "became_customer_on IS NOT NULL") < 0.9
    ended = """
        SELECT count(*) FROM subscription s JOIN account a ON a.id = s.account_id
        WHERE s.ended_on > a.churned_on OR s.started_on < a.became_customer_on
    """
    assert number(filled, ended) == 0


def test_the_numbers_of_calls_are_those_of_their_next_steps(filled: Session) -> None:
    apart = """
        SELECT count(*) FROM call_facts f LEFT JOIN (
            SELECT call_id, count(*) AS steps, count(due_on) AS dated FROM next_step GROUP BY 1
        ) n USING (call_id)
        WHERE f.next_steps <> coalesce(n.steps, 0) OR f.next_steps_dated <> coalesce(n.dated, 0)
    """
    assert number(filled, apart) == 0
    without = "state = 'ready' AND id NOT IN (SELECT call_id FROM call_facts)"
    assert count(filled, "call", without) == 0


def test_the_same_seed_makes_the_same_rows_and_another_seed_others() -> None:
    def lines(seed: int) -> list[str]:
        return [line for rows in sales_rows(0.001, seed) for line in rows.lines()]

    assert lines(7) == lines(7)
    assert lines(7) != lines(8)
