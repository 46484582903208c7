"""Fills a database with what a company sold and did over three years, or with a share of it.

    python -m tests.benchmarks.simulated_sales --scale 0.05 --url postgresql://...

Scale 1 is 150 reps, 200,000 deals, 1 million activities and 100,000 recorded calls, with all that
belongs to them. The database must have the schema and be empty. The same seed gives the same
company. Rows come in the order in which they happened, as in a database that grew with time.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import psycopg
import typer

from models.database import make_engine, migrate, plain_url
from tests.benchmarks.bulk import connect, copy_lines, drop_indexes, make_index
from tests.benchmarks.simulated_columns import Rows, make_ids
from tests.benchmarks.simulated_customers import (
    account_rows,
    make_customers,
    month_rows,
    subscription_rows,
    survey_rows,
)
from tests.benchmarks.simulated_deals import ACCOUNTS, deal_rows, make_deals, offer_rows, stage_rows
from tests.benchmarks.simulated_people import make_people, people_rows
from tests.benchmarks.simulated_recorded import (
    facts_rows,
    make_promised,
    make_recorded,
    recorded_rows,
    step_rows,
)
from tests.benchmarks.simulated_work import (
    activity_rows,
    invitation_rows,
    lead_rows,
    make_leads,
    make_meetings,
    meeting_rows,
)

_LARGE = (
    "account",
    "deal",
    "stage_change",
    "offer",
    "lead",
    "meeting",
    "invitation",
    "activity",
    "call_facts",
    "next_step",
    "subscription",
    "survey",
)
_MEMORY = "512MB"
ORDERED = {
    "deal": "opened_at",
    "stage_change": "entered_at",
    "offer": "sent_at",
    "lead": "arrived_at",
    "activity": "at",
}
"""Tables of which the database keeps something by triggers, which a bulk load passes by."""
HEAR_ANEW = (
    b"SELECT heard_again(ARRAY(SELECT DISTINCT deal_id FROM call WHERE deal_id IS NOT NULL))"
)
"""What next steps and leads are told of calls, which needs indexes."""


@dataclass(frozen=True, slots=True)
class Sold:
    """What was put in, by table, and how long all of it took."""

    scale: float
    rows: dict[str, int]
    seconds: float


def sales_rows(scale: float, seed: int) -> Iterator[Rows]:
    """Every table, those that others point to first."""
    rng = np.random.default_rng(seed)
    people = make_people(rng, scale)
    accounts = make_ids(rng, max(30, round(ACCOUNTS * scale)))
    deals = make_deals(rng, scale, people, len(accounts))
    customers = make_customers(rng, deals, len(accounts))
    leads = make_leads(rng, scale, people, deals)
    meetings = make_meetings(rng, scale, deals)
    recorded = make_recorded(rng, scale, people, deals, meetings)
    promised = make_promised(rng, len(recorded.ready))
    yield from people_rows(rng, people)
    yield account_rows(rng, customers, accounts)
    yield deal_rows(rng, deals, people, accounts)
    yield stage_rows(rng, deals, people)
    yield offer_rows(rng, deals)
    yield lead_rows(rng, leads, deals, people, accounts)
    yield meeting_rows(meetings, deals, people)
    yield invitation_rows(rng, scale, meetings, deals, people)
    yield activity_rows(rng, scale, leads, deals, people)
    yield recorded_rows(rng, recorded, deals, meetings, people, accounts)
    yield facts_rows(rng, recorded, promised)
    yield step_rows(rng, recorded, promised)
    yield subscription_rows(rng, customers, accounts)
    yield survey_rows(rng, scale, customers, accounts)
    yield from month_rows(rng, scale, people, accounts)


def fill_sales(
    url: str, scale: float, *, seed: int = 1, tell: Callable[[str], None] = print
) -> Sold:
    """Fill an empty database that has the schema."""
    started = time.perf_counter()
    copied: dict[str, int] = {}
    with connect(url) as connection:
        indexes = drop_indexes(connection, _LARGE)
        for rows in sales_rows(scale, seed):
            copy_lines(connection, rows.table, [*rows.columns], rows.lines())
            copied[rows.table] = rows.count
            tell(f"  {rows.table}: {rows.count:,} rows, {time.perf_counter() - started:.0f} s")
        _settle(connection, indexes)
    seconds = time.perf_counter() - started
    tell(f"  indexes and statistics, {seconds:.0f} s")
    return Sold(scale, copied, seconds)


def _settle(connection: psycopg.Connection[Any], indexes: list[str]) -> None:
    """Leave the database as it is after a night of rest: what triggers keep is there, in order."""
    touch(connection)
    for table, column in ORDERED.items():
        connection.execute(f"CREATE INDEX in_order ON {table} ({column})".encode())
        connection.execute(f"CLUSTER {table} USING in_order".encode())
        connection.execute("DROP INDEX in_order")
    for definition in indexes:
        make_index(connection, definition, _MEMORY)
    connection.execute(HEAR_ANEW)
    connection.execute("VACUUM FULL next_step")
    connection.execute("VACUUM ANALYZE")


def touch(connection: psycopg.Connection[Any]) -> None:
    """Change every row into itself, so that triggers see it."""
    connection.execute("SET session_replication_role = origin")
    connection.execute("SET work_mem = '256MB'")
    for table in ORDERED:
        connection.execute(f"UPDATE {table} SET id = id".encode())  # noqa: S608 (of ours)


def main(
    url: Annotated[str, typer.Option(help="An empty database.")],
    scale: Annotated[float, typer.Option(min=0.0005, help="1 is 200,000 deals.")] = 0.05,
    seed: Annotated[int, typer.Option()] = 1,
) -> None:
    """Fill a database with simulated sales."""
    engine = make_engine(url, connections=1)
    migrate(engine)
    plain = plain_url(engine)
    engine.dispose()
    sold = fill_sales(plain, scale, seed=seed)
    print(f"scale {scale:g}: {sum(sold.rows.values()):,} rows in {sold.seconds:.0f} s")


if __name__ == "__main__":
    typer.run(main)
