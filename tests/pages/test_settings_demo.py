"""The demo data: loaded by a click, heard as any call, told apart, and taken back whole."""

import re
from datetime import date, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, SQLModel, col, func, select

from api.demo import demo_folder
from api.settings import Settings
from models.database import session_scope
from models.demo import ORIGIN, find_demo
from models.demo_dates import check_folder, days_until, moved
from models.errors import BadInput
from models.files import Files
from models.new_calls import NewCall, add_call
from models.tables import Call, Deal, FxRate, Target, User
from tests.api.conftest import People
from tests.api.working import work, workshop_of
from tests.pages.conftest import Pages

_SOON = timedelta(minutes=5)
_UNCOUNTED = {
    "audit_link",
    "stage_odds",
    "job_time",
    "audit_entry",
    "alembic_version",
    "user_session",
}


def _counts(engine: Engine) -> dict[str, int]:
    with Session(engine) as session:
        return {
            table.name: session.execute(select(func.count()).select_from(table)).scalar_one()
            for table in SQLModel.metadata.sorted_tables
            if table.name not in _UNCOUNTED
        }


def test_the_demo_comes_is_heard_leads_on_and_goes_again(
    pages: Pages, people: People, settings: Settings, engine: Engine, files: Files
) -> None:
    admin, before = pages(people.admin), _counts(engine)
    assert 'action="/settings/demo"' in admin.get("/welcome/start").text
    loaded = admin.post("/settings/demo", data={"next": "/welcome/start"})
    assert loaded.headers["location"] == "/welcome/start"
    admin.post("/settings/demo")  # twice is once
    with engine.connect() as connection:
        asked = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'load_demo'"
        assert connection.execute(text(asked)).scalar_one() == 1
    assert 'hx-trigger="every 2s"' in admin.get("/welcome/start").text
    assert admin.post("/settings/demo/remove").status_code == 409
    work(workshop_of(settings, engine, files), ("housekeeping",))
    waiting = admin.get("/welcome/start").text
    assert waiting.count("Waiting to be analysed") == 4
    work(workshop_of(settings, engine, files))
    page = admin.get("/welcome/start").text
    assert "every 2s" not in page
    assert len(re.findall(r'href="/calls/[0-9a-f-]{36}"', page)) == 5
    assert re.search(r'href="/coaching/[0-9a-f-]{36}"', page) is not None
    with Session(engine) as session:
        demo = find_demo(session)
        assert (demo.deals, len(demo.ready)) == (608, 4)
        assert all(one.deal_id for one in session.exec(select(Call)))
    _takes_back_all_but_what_is_others(pages, people, settings, engine, files, before)


def _takes_back_all_but_what_is_others(
    pages: Pages,
    people: People,
    settings: Settings,
    engine: Engine,
    files: Files,
    before: dict[str, int],
) -> None:
    with session_scope(engine) as session:
        deal = session.exec(select(Deal).where(Deal.origin == ORIGIN).limit(1)).one()
        admin = session.get_one(User, people.admin.id)
        own = add_call(session, admin, NewCall(title="Ours", deal_id=deal.id))
        rep = session.exec(select(User).where(User.origin == ORIGIN).limit(1)).one()
        theirs = add_call(session, admin, NewCall(title="For a rep of the demo", rep_id=rep.id))
    assert pages(people.admin).post("/settings/demo/remove").status_code == 303
    work(workshop_of(settings, engine, files))
    with session_scope(engine) as session:
        assert session.get_one(Call, own.id).deal_id is None
        kept = session.get_one(User, rep.id)
        assert (kept.origin, kept.ref) == ("talktrack", None)
        for call_id in (own.id, theirs.id):
            session.delete(session.get_one(Call, call_id))
        session.delete(kept)
    left = {name: count for name, count in _counts(engine).items() if count != before[name]}
    assert left in ({}, {"team": before["team"] + 1})
    assert not [one for one in files.older(-_SOON) if one.startswith("recordings")]


def test_rates_of_one_s_own_are_left_alone(
    pages: Pages, people: People, settings: Settings, engine: Engine, files: Files
) -> None:
    with session_scope(engine) as session:
        session.add(FxRate(month=date(2026, 10, 1), currency="GBP", eur_per_unit=2.0))
    pages(people.admin).post("/settings/demo")
    work(workshop_of(settings, engine, files), ("housekeeping",))
    with Session(engine) as session:
        assert [one.eur_per_unit for one in session.exec(select(FxRate))] == [2.0]
        assert session.exec(select(Target).where(col(Target.origin) == ORIGIN)).first() is not None


def test_a_load_that_failed_is_told_and_may_be_tried_again(
    pages: Pages, people: People, engine: Engine
) -> None:
    admin = pages(people.admin)
    admin.post("/settings/demo")
    with engine.begin() as connection:
        connection.execute(text("UPDATE procrastinate_jobs SET status = 'failed'"))
    page = admin.get("/settings/demo").text
    assert "The last try went wrong" in page
    assert 'action="/settings/demo"' in page
    admin.post("/settings/demo")
    assert "The last try went wrong" not in admin.get("/settings/demo").text


def test_days_move_by_whole_weeks_and_months_with_them() -> None:
    content = b"id,at,month\nlead_2026-01,2026-11-20T10:00:00+01:00,2026-11\nx,2025-12-31,2025-12\n"
    assert moved(content, 0) == content
    assert moved(content, 42) == (
        b"id,at,month\nlead_2026-01,2027-01-01T10:00:00+01:00,2027-01\nx,2026-02-11,2026-02\n"
    )
    for before, after in pairwise((date(2026, 11, 20), date(2026, 11, 26), date(2026, 11, 27))):
        assert days_until(after) - days_until(before) in {0, 7}
    assert days_until(date(2026, 11, 19)) == -7


def test_the_demo_lies_where_it_is_looked_for() -> None:
    assert len(list((demo_folder() / "calls").glob("*/audio.flac"))) == 4
    with pytest.raises(BadInput, match="install Talktrack anew"):
        check_folder(demo_folder() / "nowhere")
