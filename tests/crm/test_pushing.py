"""Calls on their way to CRMs: when one is written, on which deal, and what becomes of it later."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlmodel import Session

from api.crm_access import open_connection
from models.crm import pushes
from models.crm.connections import switch
from models.tables import Call, CallFacts, Deal, Team, User
from tests.crm.pushing import KINDS, Desk

NewDesk = Callable[[str], Desk]


def call_of(desk: Desk, call_id: UUID) -> Call:
    with desk.session() as session:
        return session.get_one(Call, call_id)


def deal_of(desk: Desk, call_id: UUID) -> str | None:
    """The CRM's id of the deal that the call belongs to here."""
    with desk.session() as session:
        call = session.get_one(Call, call_id)
        return None if call.deal_id is None else session.get_one(Deal, call.deal_id).ref


@pytest.mark.parametrize("kind", KINDS)
def test_a_call_is_written_on_its_deal(new_desk: NewDesk, kind: str) -> None:
    desk = new_desk(kind)
    call_id = desk.new_call()
    assert desk.jobs() == 1
    push = desk.pushed(call_id)
    (note,) = desk.notes(call_id)
    assert note.deal_id == push.deal_ref == push.note_deal_ref == deal_of(desk, call_id)
    assert note.deal_id == desk.deal_id
    assert f"It costs {desk.price} pounds a month." in note.words
    assert (push.note_id, push.deal_name) == (note.id, "Vantage - Outbound")
    assert push.note_url
    assert push.pushed_at
    assert (push.attempts, push.tried, push.uncertain_since) == (0, [], None)


def test_by_hand_a_call_is_matched_and_waits_for_somebody(desk: Desk) -> None:
    desk.change(push_when="by_hand")
    call_id = desk.new_call()
    push = desk.pushed(call_id, "held")
    assert (push.deal_ref, desk.notes(call_id)) == (desk.deal_id, [])
    desk.ask(call_id)
    assert desk.pushed(call_id).asked_by_id == desk.admin.id
    assert len(desk.notes(call_id)) == 1


def test_what_was_asked_for_once_follows_its_report(desk: Desk) -> None:
    desk.change(push_when="by_hand")
    call_id = desk.new_call()
    desk.ask(call_id)
    first = desk.pushed(call_id)
    desk.change_report(call_id)
    assert desk.pushed(call_id).note_id == first.note_id
    assert f"£{desk.price}" in desk.notes(call_id)[0].words


@pytest.mark.parametrize("part", ["teams", "stages", "call_types"])
def test_a_rule_lets_through_what_it_names(desk: Desk, part: str) -> None:
    with desk.session() as session:
        team = Team(name="EMEA")
        session.add(team)
        session.flush()
    call_id = desk.new_call()
    with desk.session() as session:
        call = session.get_one(Call, call_id)
        session.get_one(User, call.rep_id).team_id = team.id
    call_type = _call_type(desk, call_id)
    named = {"teams": str(team.id), "stages": "Appointment scheduled", "call_types": call_type}
    desk.change(push_when="rule", rule={part: ["another"]})
    desk.pushed(call_id, "skipped")
    assert desk.notes(call_id) == []
    desk.change(rule={part: [named[part], "another"], **({"teams": []} if part != "teams" else {})})
    desk.understand_again(call_id)
    desk.pushed(call_id)


def test_no_rule_keeps_back_what_somebody_asked_for(desk: Desk) -> None:
    desk.change(push_when="rule", rule={"stages": ["Closed won"]})
    call_id = desk.new_call()
    desk.pushed(call_id, "skipped")
    desk.ask(call_id)
    desk.pushed(call_id)


def test_of_deals_that_are_alike_somebody_chooses_and_is_remembered(desk: Desk) -> None:
    other = desk.new_deal("Vantage - Renewal")
    call_id = desk.new_call()
    push = desk.pushed(call_id, "asking")
    assert {one["id"] for one in push.candidates} == {desk.deal_id, other}
    assert desk.notes(call_id) == []
    desk.choose(call_id, other)
    assert desk.pushed(call_id).chosen_by_id == desk.admin.id
    desk.fake.delete_deal(desk.deal_id)  # now the other would be found, too
    desk.change_report(call_id)
    desk.pushed(call_id)
    assert [one.deal_id for one in desk.notes(call_id)] == [other]
    assert deal_of(desk, call_id) == other


def test_a_choice_goes_before_what_was_found(desk: Desk) -> None:
    call_id = desk.new_call()
    desk.pushed(call_id)
    other = desk.new_deal("Another's", contacts=[], company="Somebody else")
    desk.choose(call_id, other)
    push = desk.pushed(call_id)
    assert (push.deal_ref, push.deal_name) == (other, "Another's")
    assert [one.deal_id for one in desk.notes(call_id)] == [other]
    assert deal_of(desk, call_id) == other
    desk.change_report(call_id)
    desk.pushed(call_id)
    assert [one.deal_id for one in desk.notes(call_id)] == [other]


def test_a_call_without_a_deal_waits_for_one(desk: Desk) -> None:
    desk.fake.delete_deal(desk.deal_id)
    call_id = desk.new_call()
    push = desk.pushed(call_id, "unmatched")
    assert push.why is not None
    assert desk.notes(call_id) == []
    made = desk.new_deal("Made later")
    desk.choose(call_id, None)
    assert desk.pushed(call_id).deal_ref == made


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_report_changes_the_note_that_is_there(new_desk: NewDesk, kind: str) -> None:
    desk = new_desk(kind)
    call_id = desk.new_call()
    first = desk.pushed(call_id)
    desk.change_report(call_id)
    second = desk.pushed(call_id)
    (note,) = desk.notes(call_id)
    assert (note.id, second.note_id) == (first.note_id, first.note_id)
    assert f"£{desk.price}" in note.words
    assert second.note_hash != first.note_hash


@pytest.mark.parametrize("kind", KINDS)
def test_what_says_the_same_costs_no_write(new_desk: NewDesk, kind: str) -> None:
    desk = new_desk(kind)
    desk.change(with_tasks=True)
    call_id = desk.new_call()
    first = desk.pushed(call_id)
    before = desk.writes()
    assert before
    desk.understand_again(call_id)
    assert desk.pushed(call_id).pushed_at != first.pushed_at
    assert desk.writes() == before


def test_a_private_call_stays_here(desk: Desk) -> None:
    call_id = desk.new_call(is_private=True)
    with desk.session() as session:
        assert pushes.pushes_of(session, call_id) == []
    assert desk.work() == 0
    assert desk.fake.calls == []


def test_a_call_that_became_private_on_its_way_stays_here(desk: Desk) -> None:
    call_id = desk.new_call()
    desk.run("UPDATE call SET is_private = true")
    desk.pushed(call_id, "held")
    assert desk.fake.calls == []
    desk.ask(call_id)
    desk.pushed(call_id)
    desk.change_report(call_id)
    desk.pushed(call_id)
    assert f"£{desk.price}" in desk.notes(call_id)[0].words


@pytest.mark.parametrize("kind", KINDS)
def test_a_note_somebody_deleted_comes_back_with_the_next_report(
    new_desk: NewDesk, kind: str
) -> None:
    desk = new_desk(kind)
    call_id = desk.new_call()
    first = desk.pushed(call_id)
    desk.fake.delete_note(desk.notes(call_id)[0].id)
    desk.understand_again(call_id)
    desk.pushed(call_id)
    assert desk.notes(call_id) == []
    desk.change_report(call_id)
    assert desk.pushed(call_id).note_id != first.note_id
    assert len(desk.notes(call_id)) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_when_its_deal_is_deleted_a_call_goes_to_the_one_that_is_left(
    new_desk: NewDesk, kind: str
) -> None:
    desk = new_desk(kind)
    call_id = desk.new_call()
    desk.pushed(call_id)
    desk.fake.delete_deal(desk.deal_id)
    desk.change_report(call_id)
    push = desk.pushed(call_id, "unmatched")
    assert (push.deal_ref, push.deal_name, push.deal_url) == (None, None, None)
    left = desk.new_deal("Vantage - Anew")
    desk.choose(call_id, left)
    desk.pushed(call_id)
    assert [one.deal_id for one in desk.notes(call_id)][-1:] == [left]


def test_when_a_chosen_deal_is_deleted_somebody_chooses_again(desk: Desk) -> None:
    other = desk.new_deal("Vantage - Renewal")
    call_id = desk.new_call()
    desk.choose(call_id, other)
    desk.pushed(call_id)
    desk.fake.delete_deal(other)
    desk.change_report(call_id)
    push = desk.pushed(call_id, "asking")
    assert "choose another" in str(push.last_error)
    assert push.chosen_by_id is None
    desk.choose(call_id, desk.deal_id)
    desk.pushed(call_id)


@pytest.mark.parametrize("kind", KINDS)
def test_a_note_goes_with_its_deal_into_another(new_desk: NewDesk, kind: str) -> None:
    desk = new_desk(kind)
    call_id = desk.new_call()
    first = desk.pushed(call_id)
    winner = desk.new_deal("Vantage - All")
    desk.fake.merge_deals(winner, desk.deal_id)
    desk.change_report(call_id)
    if kind != "hubspot":  # only there an id leads to what became of it
        push = desk.pushed(call_id, "asking")
        assert [one["id"] for one in push.candidates] == [winner]
        desk.choose(call_id, winner)
    push = desk.pushed(call_id)
    assert (push.deal_ref, push.note_id) == (winner, first.note_id)
    (note,) = desk.notes(call_id)
    assert note.deal_id == winner
    assert f"£{desk.price}" in note.words


@pytest.mark.parametrize("kind", KINDS)
def test_to_dos_and_fields_are_written_once(new_desk: NewDesk, kind: str) -> None:
    desk = new_desk(kind)
    desk.change(with_tasks=True, fields={_text_field(desk): "next_step"})
    call_id = desk.new_call()
    push = desk.pushed(call_id)
    made = [one.id for one in desk.fake.tasks]
    assert len(made) == len(push.tasks) > 0
    assert push.fields_hash
    before = desk.writes()
    desk.understand_again(call_id)
    desk.pushed(call_id)
    assert desk.writes() == before
    desk.change_report(call_id)
    desk.pushed(call_id)
    assert [one.id for one in desk.fake.tasks] == made


def test_a_push_is_there_with_its_report_or_not_at_all(desk: Desk) -> None:
    call_id = desk.new_call(is_pushed=False)
    with Session(desk.engine) as session:
        pushes.consider(session, session.get_one(Call, call_id))
        session.flush()
        session.rollback()
    with desk.session() as session:
        assert pushes.pushes_of(session, call_id) == []
    assert desk.jobs() == 0


def test_a_connection_that_is_off_gets_nothing(desk: Desk) -> None:
    waiting = desk.new_call()
    with desk.session() as session:
        switch(session, desk.admin, session.merge(desk.connection()), is_on=False)
    late = desk.new_call()
    assert desk.work() == 0
    assert desk.push(waiting).state == "waiting"
    with desk.session() as session:
        assert pushes.pushes_of(session, late) == []
        switch(session, desk.admin, session.merge(desk.connection()), is_on=True)
    desk.pushed(waiting)


def test_what_an_admin_changes_counts_from_the_next_call_on(desk: Desk) -> None:
    first, second = desk.new_call(), desk.new_call()

    desk.before("/notes", lambda: desk.change(state="off"))
    assert desk.work() == 1
    states = sorted(desk.push(one).state for one in (first, second))
    assert states == ["pushed", "waiting"]


def _call_type(desk: Desk, call_id: UUID) -> str:
    with desk.session() as session:
        return str(session.get_one(CallFacts, call_id).call_type)


def _text_field(desk: Desk) -> str:
    with open_connection(desk.engine, desk.settings, desk.connection()) as crm:
        return crm.fields()[0].name
