"""What imports do to rows that are there, and what they refuse."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from models.errors import BadImport
from models.importing import ImportOptions, SalesFile, import_files
from models.tables import (
    Account,
    Activity,
    Call,
    Deal,
    Offer,
    PlannedMeeting,
    Spend,
    Subscription,
    Survey,
    Target,
    Team,
    User,
)
from tests.models.importing import DEAL, HASH, REP, Row, counts, problems, take


@pytest.fixture
def rep(session: Session) -> User:
    take(session, "reps", REP)
    return session.exec(select(User)).one()


def test_what_differs_changes_and_what_no_column_tells_stays(session: Session) -> None:
    first: Row = {"id": "a1", "name": "Saffron", "region": "France", "industry": "Food"}
    other: Row = {"id": "a2", "name": "Birch", "region": "DACH", "industry": "Tools"}
    assert counts(take(session, "accounts", first, other)) == (2, 0, 0, 0)
    again = take(session, "accounts", {"id": "a1", "name": "Saffron", "region": ""}, other)
    assert counts(again) == (0, 1, 1, 0)
    kept = session.exec(select(Account).where(Account.ref == "a1")).one()
    assert (kept.region, kept.industry) == (None, "Food")
    file = SalesFile("accounts.csv", b"id,name,domain\na1,Saffron,s.example\na2,Birch,\n")
    assert counts(import_files(session, [file])[0]) == (0, 1, 1, 0)
    session.refresh(kept)
    assert (kept.domain, kept.industry) == ("s.example", "Food")
    assert counts(take(session, "accounts", first, origin="elsewhere")) == (1, 0, 0, 0)


def test_a_dry_run_keeps_nothing_and_what_was_there_before_it_stays(session: Session) -> None:
    session.add(Account(name="Mine"))
    rows: list[Row] = [{"id": "a1", "name": "Saffron"}, {"id": "a1", "name": "Twice"}]
    dry = take(session, "accounts", *rows, is_dry_run=True)
    assert session.exec(select(Account.name)).all() == ["Mine"]
    assert take(session, "accounts", *rows) == dry
    assert counts(dry) == (1, 0, 0, 1)
    assert problems(dry) == [(2, "id", "a1")]


def test_a_strict_import_keeps_all_or_nothing(session: Session) -> None:
    files = [
        SalesFile("accounts.csv", b"id,name\na1,Saffron\n"),
        SalesFile("deals.csv", b"id,name,outcome\nd1,One,open\nd2,Two,perhaps\n"),
    ]
    accounts, deals = import_files(session, files, ImportOptions(is_strict=True))
    assert (counts(accounts), counts(deals)) == ((0, 0, 0, 1), (0, 0, 0, 2))
    assert problems(deals) == [(3, "outcome", "perhaps")]
    assert [session.exec(select(model)).first() for model in (Account, Deal)] == [None, None]
    accounts, deals = import_files(session, files)
    assert (counts(accounts), counts(deals)) == ((1, 0, 0, 0), (1, 0, 0, 1))


def test_files_are_taken_in_the_order_of_their_needs(session: Session) -> None:
    files = [
        SalesFile("3.csv", b"deal_id,seq,stage,entered_at\nd1,1,demo,2026-01-05T10:00Z\n"),
        SalesFile("2.csv", b"id,name,rep_id,outcome\nd1,One,rep_a,open\n"),
        SalesFile("1.csv", b"id,name,email,team\nrep_a,Ann,ann@x.example,North\n"),
    ]
    reports = import_files(session, files, ImportOptions(is_dry_run=True))
    assert [report.kind for report in reports] == ["stage_history", "deals", "reps"]
    assert [report.name for report in reports] == ["3.csv", "2.csv", "1.csv"]
    assert {counts(report) for report in reports} == {(1, 0, 0, 0)}


def test_nothing_is_kept_when_one_file_cannot_be_read(session: Session) -> None:
    files = [
        SalesFile("accounts.csv", b"id,name\na1,Saffron\n"),
        SalesFile("deals.csv", b'id,name,outcome\nd1,"' + b"x" * 200_000),
    ]
    with pytest.raises(BadImport, match="quote left open"):
        import_files(session, files)
    assert session.exec(select(Account)).all() == []


def test_every_wrong_cell_of_a_row_is_told(session: Session, rep: User) -> None:
    row: Row = {"id": "", "name": "x" * 301, "amount": "12,3", "currency": "euro", "outcome": "?"}
    row |= {"rep_id": "rep_z", "closed_at": "soon", "kind": "new"}
    report = take(session, "deals", row, DEAL, decimal=".")
    assert counts(report) == (1, 0, 0, 1)
    columns = [column for _, column, _ in problems(report)]
    assert columns == sorted(["amount", "closed_at", "currency", "id", "name", "outcome", "rep_id"])
    (long,) = (one for one in report.problems if one.column == "name")
    assert len(str(long.value)) == 80


def test_what_is_not_known_is_refused_or_told(session: Session, rep: User) -> None:
    take(session, "accounts", {"id": "a1", "name": "Saffron"}, origin="elsewhere")
    report = take(
        session,
        "deals",
        DEAL | {"account_id": "a1", "referred_by": ""},
        DEAL | {"id": "d2", "account_id": "", "referred_by": "a9"},
        DEAL | {"id": "d3", "account_id": "", "referred_by": "a8"},
    )
    assert problems(report) == [(1, "account_id", "a1")]
    (notice,) = report.notices
    assert (notice.column, notice.line, notice.value, notice.count) == ("referred_by", 2, "a9", 2)
    late = take(session, "accounts", {"id": "a9", "name": "Late"})
    assert counts(late) == (1, 0, 0, 0)
    again = take(session, "deals", DEAL | {"id": "d2", "referred_by": "a9"})
    assert counts(again) == (0, 1, 0, 0)


def test_problems_and_notices_are_told_up_to_a_bound(session: Session) -> None:
    rows = [
        {"deal_id": "d", "seq": n, "stage": "x", "entered_at": "2026-01-01T00:00Z"}
        for n in range(9)
    ]
    bad = [row | {"entered_at": "?"} for row in rows[:6]]
    report = take(session, "stage_history", *rows[6:], *bad, most_told=4)
    assert counts(report) == (0, 0, 0, 9)
    assert (len(report.problems), report.problems_untold) == (4, 5)


def test_a_user_with_the_address_becomes_the_rep(session: Session) -> None:
    boss = User(email="Ann@X.example", name="A", role="admin", password_hash=HASH)
    free = User(email="ben@x.example", name="B", role="manager")
    synced = User(email="cy@x.example", name="C", origin="hubspot", ref="17")
    session.add_all([boss, free, synced])
    rows: list[Row] = [
        REP,
        {"id": "rep_b", "name": "Ben", "email": "ben@x.example"},
        {"id": "rep_c", "name": "Cy", "email": "cy@x.example"},
        {"id": "rep_d", "name": "Dee", "email": "BEN@x.example"},
    ]
    report = take(session, "reps", *rows)
    assert counts(report) == (0, 2, 0, 2)
    assert problems(report) == [(3, "email", "cy@x.example"), (4, "email", "ben@x.example")]
    kept = {user.ref: user for user in session.exec(select(User))}
    assert set(kept) == {"rep_a", "rep_b", "17"}
    ann = kept["rep_a"]
    assert (ann.id, ann.role, ann.password_hash, ann.name) == (boss.id, "admin", HASH, "Ann")
    assert counts(take(session, "reps", *rows[:2])) == (0, 0, 2, 0)


def test_only_who_has_no_password_gets_another_address(session: Session, rep: User) -> None:
    moved = REP | {"email": "ann.new@x.example"}
    assert counts(take(session, "reps", moved)) == (0, 1, 0, 0)
    rep.password_hash = HASH
    report = take(session, "reps", REP)
    assert counts(report) == (0, 0, 1, 0)
    assert "signs in" in report.notices[0].message
    assert session.exec(select(User.email)).all() == ["ann.new@x.example"]


def test_times_without_an_offset_are_by_the_clock_of_the_rep(session: Session) -> None:
    team = Team(name="South", time_zone="America/Sao_Paulo")
    session.add(team)
    take(
        session,
        "reps",
        REP | {"time_zone": "America/Chicago"},
        {"id": "rep_b", "name": "Ben", "email": "ben@x.example", "team": "South"},
        {"id": "rep_c", "name": "Cy", "email": "cy@x.example"},
    )
    act: Row = {"kind": "call", "at": "2026-07-01 09:00"}
    rows = [act | {"rep_id": name} for name in ("rep_a", "rep_b", "CY@x.example")]
    take(
        session,
        "activities",
        *rows,
        act | {"rep_id": "rep_a", "at": "2026-07-02"},
        time_zone="Asia/Tokyo",
    )
    found = session.exec(
        select(Activity.at, Activity.is_whole_day).order_by(col(Activity.at))
    ).all()
    day = datetime(2026, 7, 1, tzinfo=UTC)
    assert [(at - day) / timedelta(hours=1) for at, _ in found] == [0, 12, 14, 29]
    assert [whole for _, whole in found] == [False, False, False, True]


def test_rows_that_are_alike_are_counted_and_known_again(session: Session, rep: User) -> None:
    call: Row = {"rep_id": "rep_a", "kind": "call", "at": "2026-07-01T09:00:00Z"}
    same = call | {"rep_id": "ann@x.example", "at": "2026-07-01T11:00:00+02:00", "kind": "CALL"}
    assert counts(take(session, "activities", call, same, call | {"kind": "email"})) == (3, 0, 0, 0)
    assert counts(take(session, "activities", same, call)) == (0, 0, 2, 0)
    assert counts(take(session, "activities", call, call, call)) == (1, 0, 2, 0)
    given = take(session, "activities", call | {"id": "x"}, call | {"id": "x"}, call | {"id": "~y"})
    assert counts(given) == (1, 0, 0, 2)
    refs = session.exec(select(Activity.ref)).all()
    assert len(set(refs)) == len(refs) == 5


def test_a_time_whose_zone_is_set_later_changes_the_row_it_was(session: Session, rep: User) -> None:
    act: Row = {"rep_id": "rep_a", "kind": "call", "at": "2026-07-01 09:00"}
    take(session, "activities", act)
    rep.time_zone = "America/Chicago"
    assert counts(take(session, "activities", act)) == (0, 1, 0, 0)
    assert session.exec(select(Activity.at)).one() == datetime(2026, 7, 1, 14, tzinfo=UTC)


def test_figures_without_ids_are_known_again_by_what_they_are_of(
    session: Session, rep: User
) -> None:
    take(session, "accounts", {"id": "a1", "name": "Saffron"})
    survey: Row = {"account_id": "a1", "kind": "nps", "score": 3, "at": "2026-07-01T09:00:00Z"}
    period: Row = {
        "account_id": "a1",
        "change": "new",
        "started_at": "2026-01-01",
        "mrr": 10,
        "currency": "JPY",
    }
    spend: Row = {"month": "2026-01", "kind": "sales", "amount": "1,5", "currency": "EUR"}
    target: Row = {"rep_id": "rep_a", "month": "2026-01", "quota": 0, "currency": "EUR"}
    rate: Row = {"month": "2026-01", "currency": "USD", "eur_per_unit": "0.9205"}
    for kind, row, change in (
        ("surveys", survey, {"score": 10}),
        ("subscriptions", period, {"ended_at": "2026-02-01", "mrr": 12}),
        ("spend", spend, {"amount": "2,5"}),
        ("targets", target, {"quota": "", "month": "2026-01-31", "kpi": "sales_revenue"}),
        ("fx_rates", rate, {"eur_per_unit": "0.93"}),
    ):
        assert counts(take(session, kind, row)) == (1, 0, 0, 0)
        assert counts(take(session, kind, row)) == (0, 0, 1, 0)
        assert counts(take(session, kind, row | change)) == (0, 1, 0, 0)
    assert session.exec(select(Survey.score)).one() == 10
    assert session.exec(select(Subscription.mrr_minor)).one() == 12
    assert session.exec(select(Spend.amount_minor)).one() == 250
    assert session.exec(select(Target.amount_minor)).one() is None


def test_targets_are_of_a_rep_a_team_or_everybody(session: Session, rep: User) -> None:
    goal: Row = {"month": "2026-01", "quota": 5}
    rows = [goal | {"rep_id": "rep_a"}, goal | {"team": "North"}, goal, goal | {"team": "Mars"}]
    report = take(
        session, "targets", *rows, goal | {"rep_id": "rep_a", "team": "North"}, currency="EUR"
    )
    assert counts(report) == (3, 0, 0, 2)
    assert problems(report) == [(4, "team", "Mars"), (5, "team", "North")]
    twice = take(session, "targets", goal, goal | {"kpi": "sales_revenue"}, currency="EUR")
    assert counts(twice) == (0, 0, 1, 1)


PERIOD: Row = {"change": "new", "started_at": "2026-02-02", "mrr": 1, "currency": "EUR"}


@pytest.mark.parametrize(
    ("kind", "row", "column"),
    [
        ("surveys", {"kind": "csat", "score": 0, "at": "2026-01-01T00:00Z"}, "score"),
        ("surveys", {"kind": "nps", "score": 11, "at": "2026-01-01T00:00Z"}, "score"),
        ("surveys", {"kind": "nps", "score": 1.5, "at": "2026-01-01T00:00Z"}, "score"),
        ("subscriptions", PERIOD | {"ended_at": "2026-02-01"}, "ended_at"),
        ("subscriptions", PERIOD | {"mrr": ""}, "mrr"),
    ],
)
def test_what_a_table_could_not_hold_is_told(
    session: Session, kind: str, row: Row, column: str
) -> None:
    take(session, "accounts", {"id": "a1", "name": "Saffron"})
    report = take(session, kind, {"account_id": "a1"} | row)
    assert [one.column for one in report.problems] == [column]


def test_what_single_rows_leave_out_stays(session: Session, rep: User) -> None:
    take(session, "accounts", {"id": "a1", "name": "Saffron"})
    full = DEAL | {"kind": "renewal", "account_id": "a1", "amount": 5, "currency": "EUR"}
    assert counts(take(session, "deals", full, DEAL | {"id": "d2"})) == (2, 0, 0, 0)
    assert counts(take(session, "deals", DEAL, full | {"id": "d2"})) == (0, 1, 1, 0)
    deals = session.exec(select(Deal)).all()
    assert {(one.kind, one.amount_minor, one.account_id is None) for one in deals} == {
        ("renewal", 500, False)
    }
    emptied = take(session, "deals", DEAL, full | {"id": "d2", "amount": None, "account_id": ""})
    assert counts(emptied) == (0, 1, 1, 0)
    act: Row = {"rep_id": "rep_a", "kind": "call", "at": "2026-07-01T09:00:00Z"}
    assert counts(take(session, "activities", act, act | {"deal_id": None})) == (2, 0, 0, 0)
    goal: Row = {"month": "2026-01", "rep_id": "rep_a", "quota": 5, "currency": "EUR"}
    take(session, "targets", goal)
    rows = [goal | {"quota": 6}, goal | {"kpi": "calls", "value": 8, "quota": None}]
    assert counts(take(session, "targets", *rows)) == (1, 1, 0, 0)
    valued: Row = {"month": "2026-01", "rep_id": "rep_a", "kpi": "calls", "value": 9}
    assert counts(take(session, "targets", valued, goal | {"quota": 6})) == (0, 1, 1, 0)


def test_offers_follow_their_deals(session: Session, rep: User) -> None:
    sent = DEAL | {"quote_sent_at": "2026-01-05T10:00Z", "proposal_sent_at": ""}
    assert counts(take(session, "deals", sent)) == (1, 0, 0, 0)
    assert counts(take(session, "deals", sent)) == (0, 0, 1, 0)
    later = sent | {"quote_sent_at": "2026-01-06T10:00Z", "proposal_sent_at": "2026-01-07T10:00Z"}
    assert counts(take(session, "deals", later)) == (0, 1, 0, 0)
    found = session.exec(select(Offer.kind, Offer.sent_at).order_by(Offer.kind)).all()
    assert [(kind, at.day) for kind, at in found] == [("proposal", 7), ("quote", 6)]


def test_a_recorded_call_is_linked_to_its_meeting_once(session: Session, rep: User) -> None:
    call = Call(title="x", rep_id=rep.id, started_at=datetime(2026, 1, 5, tzinfo=UTC), ref="en01")
    session.add(call)
    meeting: Row = {"id": "m1", "scheduled_at": "2026-01-05T10:00Z", "call_id": "en02"}
    report = take(session, "meetings", meeting)
    assert (report.new, report.notices[0].column) == (1, "call_id")
    found = [meeting | {"call_id": "en01"}, meeting | {"id": "m2", "call_id": "en01"}]
    assert counts(take(session, "meetings", *found)) == (1, 0, 1, 0)
    session.refresh(call)
    linked = session.exec(select(PlannedMeeting.id).where(PlannedMeeting.ref == "m2")).one()
    assert (call.meeting_id, call.version) == (linked, 2)
    assert counts(take(session, "meetings", *found)) == (0, 0, 2, 0)
    assert counts(take(session, "meetings", found[0])) == (0, 1, 0, 0)
