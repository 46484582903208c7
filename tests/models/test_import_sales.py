"""A whole year of sales is imported, and is what the files say."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from time import monotonic
from uuid import uuid4

import pytest
from sqlalchemy import Engine, func, text
from sqlmodel import Session, SQLModel, col, select

from models.database import make_engine, session_scope
from models.importing import (
    SHAPES,
    ImportOptions,
    ImportReport,
    SalesFile,
    import_files,
    import_rows,
)
from models.tables import (
    Activity,
    Deal,
    FxRate,
    Invitation,
    Lead,
    Offer,
    PlannedMeeting,
    Spend,
    StageChange,
    Subscription,
    Target,
    Team,
    User,
)
from tests.conftest import _administer, _named

FOLDER = Path(__file__).parent.parent.parent / "fixtures" / "sales"
FILES = sorted(FOLDER.glob("*.csv"))
DRY = ImportOptions(is_dry_run=True)


@cache
def rows(kind: str) -> list[dict[str, str]]:
    with (FOLDER / f"{kind}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def imported(server_url: str, template: str) -> Iterator[Engine]:
    """A database of its own in which everything was imported once."""
    name = f"talktrack_{uuid4().hex[:12]}"
    _administer(server_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    engine = make_engine(_named(server_url, name), connections=1)
    with session_scope(engine) as session:
        import_all(session)
    yield engine
    engine.dispose()
    _administer(server_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def year(imported: Engine) -> Iterator[Session]:
    """A session on it; what it changes is undone."""
    with Session(imported) as session:
        yield session


def import_all(session: Session, options: ImportOptions | None = None) -> dict[str, ImportReport]:
    files = [SalesFile(path.name, path.read_bytes()) for path in FILES]
    return {report.kind: report for report in import_files(session, files, options)}


def count(session: Session, model: type[SQLModel], *where: object) -> int:
    statement = select(func.count()).select_from(model).where(*where)  # type: ignore[arg-type]
    return session.exec(statement).one()


def test_every_row_is_new_then_the_same_and_a_dry_run_says_so_before(session: Session) -> None:
    started = monotonic()
    dry = import_all(session, DRY)
    assert count(session, Deal) == count(session, User) == count(session, Team) == 0
    first = import_all(session)
    assert monotonic() - started < 60
    assert dry == first
    for kind, report in first.items():
        assert (report.lines, report.new, report.refused) == (len(rows(kind)), len(rows(kind)), 0)
        assert count(session, SHAPES[kind].model) == len(rows(kind))
        assert report.problems == ()
    for again in (import_all(session, DRY), import_all(session)):
        assert {report.same == report.lines for report in again.values()} == {True}
    assert count(session, Activity) == len(rows("activities"))


def test_an_import_is_as_quick_where_the_database_believes_that_there_is_nothing(
    session: Session, engine: Engine
) -> None:
    """As it does when it looks around while an import goes on, whose rows nobody else sees."""
    import_all(session)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE, SKIP_LOCKED)"))
    session.rollback()
    session.execute(text("SET LOCAL statement_timeout = '30s'"))
    assert import_all(session)["activities"].new == len(rows("activities"))


def test_what_is_kept_is_what_the_files_say(year: Session) -> None:
    total = func.sum(Deal.amount_minor)
    summed = select(Deal.currency, total).where(Deal.outcome == "won").group_by(col(Deal.currency))
    won = {str(currency): int(minor or 0) for currency, minor in year.exec(summed)}
    expected: Counter[str] = Counter()
    for row in rows("deals"):
        if row["outcome"] == "won":
            expected[row["currency"]] += int(Decimal(row["amount"]) * 100)
    assert won == dict(expected)
    assert len(won) == 4

    amounts = Counter(row["amount"] for row in rows("deals"))
    assert (amounts[""], amounts["0"]) == (9, 4)
    assert count(year, Deal, col(Deal.amount_minor).is_(None)) == 9
    assert count(year, Deal, Deal.amount_minor == 0) == 4
    assert count(year, Deal, col(Deal.cost_minor).is_(None)) == 18
    assert count(year, Deal, col(Deal.region).is_(None)) == 12
    is_open = [row for row in rows("deals") if row["outcome"] == "open"]
    assert count(year, Deal, Deal.outcome == "open") == len(is_open)
    lost = (Deal.outcome == "lost", col(Deal.closed_at).is_(None))
    assert count(year, Deal, *lost) == 5


def test_reopened_deals_are_those_with_a_stage_after_a_lost_one(year: Session) -> None:
    reopened = set(
        year.exec(
            select(Deal.ref)
            .join(StageChange, col(StageChange.deal_id) == Deal.id)
            .where(StageChange.from_stage == "closed_lost")
        )
    )
    lost: dict[str, int] = {}
    expected = set()
    for row in rows("stage_history"):
        if row["deal_id"] in lost:
            expected.add(row["deal_id"])
        if row["stage"] == "closed_lost":
            lost[row["deal_id"]] = int(row["seq"])
    assert reopened == expected
    assert reopened


def test_quotes_and_proposals_become_offers(year: Session) -> None:
    for kind, column in (("quote", "quote_sent_at"), ("proposal", "proposal_sent_at")):
        sent = {row["id"]: row[column] for row in rows("deals") if row[column]}
        kept = year.exec(
            select(Deal.ref, Offer.sent_at)
            .join(Offer, col(Offer.deal_id) == Deal.id)
            .where(Offer.kind == kind)
        ).all()
        assert {str(ref): at for ref, at in kept} == {
            ref: datetime.fromisoformat(at) for ref, at in sent.items()
        }
        assert len(kept) == len(sent)


def test_leads_that_share_an_address_stay_apart(year: Session) -> None:
    addresses = Counter(row["email"].strip().lower() for row in rows("leads"))
    kept = Counter(year.exec(select(Lead.email)))
    assert kept == addresses
    assert sum(number == 2 for number in kept.values()) == 40
    assert count(year, Lead, Lead.mql_at < Lead.arrived_at) == 8  # type: ignore[operator]
    assert count(year, Lead, col(Lead.channel).is_(None)) == 15


def test_links_instants_and_sums_are_exact(year: Session) -> None:
    statement = select(PlannedMeeting, Deal, User).where(
        PlannedMeeting.deal_id == Deal.id, PlannedMeeting.rep_id == User.id
    )
    by_ref = {row["id"]: row for row in rows("meetings")}
    for meeting, deal, rep in year.exec(statement):
        row = by_ref.pop(str(meeting.ref))
        assert (deal.ref, rep.ref) == (row["deal_id"], row["rep_id"])
        assert meeting.scheduled_at == datetime.fromisoformat(row["scheduled_at"])
        assert meeting.was_held == {"true": True, "false": False, "": None}[row["held"]]
    assert by_ref == {}
    spent = sum(int(Decimal(row["amount"]) * 100) for row in rows("spend"))
    assert int(year.exec(select(func.sum(Spend.amount_minor))).one()) == spent
    mrr = sum(int(Decimal(row["mrr"]) * 100) for row in rows("subscriptions"))
    assert int(year.exec(select(func.sum(Subscription.mrr_minor))).one()) == mrr
    assert count(year, Target, Target.amount_minor == 0) == 3
    assert count(year, Target, col(Target.amount_minor).is_(None)) == 1
    rates = {
        (f"{one.month:%Y-%m}", one.currency): one.eur_per_unit for one in year.exec(select(FxRate))
    }
    assert rates == {
        (r["month"], r["currency"]): float(r["eur_per_unit"]) for r in rows("fx_rates")
    }


def test_times_without_an_offset_and_bare_dates_are_told(session: Session) -> None:
    reports = import_all(session, ImportOptions(time_zone="Europe/Paris"))
    naive = [notice for notice in reports["activities"].notices if "offset" in notice.message]
    assert [(notice.count, "Europe/Paris" in notice.message) for notice in naive] == [(39, True)]
    assert count(session, Activity, col(Activity.is_whole_day)) == 28
    line = next(row for row in rows("activities") if len(row["at"]) == 19)
    at = datetime.fromisoformat(line["at"]).replace(tzinfo=UTC)
    early = datetime.fromtimestamp(at.timestamp() - 3600, UTC)  # Paris in winter
    assert count(session, Activity, Activity.at == early, Activity.kind == line["kind"]) >= 1
    addresses = {row["prospect_email"].lower() for row in rows("invitations")}
    assert set(session.exec(select(Invitation.email))) == addresses


def test_reps_become_users_who_cannot_sign_in(session: Session) -> None:
    reports = import_all(session)
    users = session.exec(select(User)).all()
    assert {user.ref for user in users} == {row["id"] for row in rows("reps")}
    assert {(user.role, user.password_hash, user.time_zone) for user in users} == {
        ("rep", None, None)
    }
    assert set(session.exec(select(Team.name))) == {"EMEA", "Americas"}
    assert [notice.count for notice in reports["reps"].notices] == [2]


@pytest.mark.parametrize("kind", ["reps", "accounts", "deals", "stage_history", "fx_rates"])
def test_the_same_rows_as_json_change_nothing(year: Session, kind: str) -> None:
    sent = json.loads(json.dumps([as_json(row) for row in rows(kind)]))
    report = import_rows(year, kind, sent)
    assert (report.same, report.lines) == (len(rows(kind)), len(rows(kind)))


def as_json(row: dict[str, str]) -> dict[str, object]:
    figures = {"amount", "cost", "seq", "eur_per_unit"}
    return {
        name: None if value == "" else float(value) if name in figures else value
        for name, value in row.items()
    }


def test_two_imports_at_once_add_every_row_once(engine: Engine) -> None:
    def import_once(_: int) -> dict[str, ImportReport]:
        with session_scope(engine) as session:
            return import_all(session)

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(import_once, range(2))
    for kind, report in one.items():
        assert sorted((report.new, other[kind].new)) == [0, len(rows(kind))]
        assert sorted((report.same, other[kind].same)) == [0, len(rows(kind))]
