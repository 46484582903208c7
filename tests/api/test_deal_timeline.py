"""The time line of a deal over the API: in order, without gaps, without what one may not see."""

from fastapi.testclient import TestClient
from sqlalchemy import Engine

from models.database import session_scope
from models.tables import Activity, Call, CrmConnection, CrmPush, Offer
from tests.api.conftest import People
from tests.api.test_deals import START, changed, fill, made, pages


def test_the_time_line_is_in_order_and_paged(
    rep: TestClient, manager: TestClient, engine: Engine, people: People
) -> None:
    deal = made(rep, stage="demo", opened_at="2026-03-02T09:00:00Z")
    fill(engine, people, deal["id"])
    path = f"/deals/{deal['id']}/timeline"
    whole = rep.get(path).json()["items"]
    invited = [one["what"] for one in whole if one["kind"] == "invitation"]
    assert sorted(invited, key=str) == [None, None, "accepted"]
    told = [one for one in whole if one["kind"] != "invitation"]
    assert [(one["kind"], one["what"]) for one in told] == [
        ("stage", "demo"),
        ("call", "a"),
        ("moment", "pricing"),
        ("moment", "objection"),
        ("call", "b"),
        ("moment", "pricing"),
        ("moment", "objection"),
        ("meeting", "demo"),
        ("offer", "quote"),
        ("activity", "email"),
        ("meeting", "closing"),
    ]
    assert [one["amount_minor"] for one in told] == [None] * 8 + [500] + [None] * 2
    said = told[3]
    place = (said["quote"], said["start_s"], said["call_id"])
    assert place == ("objection!", 90.0, told[1]["call_id"])
    for limit in (1, 2, 4, 7):
        assert list(pages(rep, path, limit=limit)) == whole
        assert list(pages(rep, path, limit=limit, newest_first=True)) == whole[::-1]
    theirs = manager.get(path).json()["items"]
    of_calls = [one["what"] for one in theirs if one["kind"] in {"call", "moment"}]
    assert of_calls == ["a", "pricing", "objection"]
    assert rep.get(path, params={"cursor": "x"}).status_code == 422


def test_what_happened_at_one_instant_is_told_in_the_order_of_its_causes(
    rep: TestClient, engine: Engine, people: People
) -> None:
    deal = made(rep, stage="demo", opened_at=START.isoformat())
    changed(rep, deal, stage="offer", stage_entered_at=START.isoformat())
    call = Call(title="a", rep_id=people.rep.id, started_at=START, deal_id=deal["id"])
    with session_scope(engine) as session:
        session.add_all(
            [
                call,
                Offer(deal_id=deal["id"], kind="quote", sent_at=START),
                Activity(deal_id=deal["id"], rep_id=people.rep.id, kind="email", at=START),
            ]
        )
    told = rep.get(f"/deals/{deal['id']}/timeline").json()["items"]
    assert [one["what"] for one in told] == ["a", "email", "quote", "demo", "offer"]


def test_a_note_in_a_crm_is_told_to_those_who_see_its_call(
    rep: TestClient, manager: TestClient, engine: Engine, people: People
) -> None:
    deal = made(rep, opened_at=START.isoformat())
    crm = CrmConnection(name="Our CRM", kind="console", origin="console", address="", secrets=b"")
    titles = {"open": False, "private": True, "not pushed": False}
    calls = [
        Call(
            title=title,
            rep_id=people.rep.id,
            started_at=START,
            deal_id=deal["id"],
            is_private=is_private,
        )
        for title, is_private in titles.items()
    ]
    with session_scope(engine) as session:
        session.add_all([crm, *calls])
        session.flush()
        for call in calls:
            push = CrmPush(connection_id=crm.id, call_id=call.id)
            if call.title != "not pushed":
                push.note_id, push.pushed_at = f"note of {call.title}", START
            session.add(push)
    told = {
        who: [
            (one["what"], one["quote"])
            for one in client.get(f"/deals/{deal['id']}/timeline").json()["items"]
            if one["kind"] == "note"
        ]
        for who, client in (("rep", rep), ("manager", manager))
    }
    assert sorted(told["rep"]) == [("Our CRM", "open"), ("Our CRM", "private")]
    assert told["manager"] == [("Our CRM", "open")]
