"""Notes, fields and sessions at the real Tryton."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import httpx
import pytest

from api.crm.credentials import HeldGrant
from api.crm.errors import CrmError, CrmGone, CrmNeedsLogin, CrmRejected
from api.crm.tryton import Tryton, manners
from api.crm.wire import Wire
from tests.crm.tryton import running as real
from tests.crm.tryton.company import LOGIN
from tests.crm.tryton.sales import Sales
from tests.crm.tryton.wording import Connect, call_note, now


def test_a_note_is_written_as_it_is(crm: Tryton, sales: Sales) -> None:
    number = sales.deal(sales.party("Notes"), "Seats")
    note = call_note("<b>50 %</b> & O'Brien_\\ 🥞 " + "é" * 300)
    made = crm.create_note(str(number), note)
    assert sales.notes(number) == [note.text]
    (listed,) = crm.list_notes(str(number), note.mark)
    assert (listed.id, listed.url) == (made.id, None)
    assert listed.made_at is not None
    assert abs(listed.made_at - now()) < timedelta(minutes=1)


def test_a_mark_finds_only_itself(crm: Tryton, sales: Sales) -> None:
    number = sales.deal(sales.party("Marks"), "Seats")
    crm.create_note(str(number), call_note("One.", mark="Ref TT-a1b"))
    for other in ("Ref TT-a_b", "Ref TT-a%", "Ref TT-a\\1b", "ref tt-a1bc"):
        assert crm.list_notes(str(number), other) == []
    assert len(crm.list_notes(str(number), "Ref TT-a1b")) == 1


def test_an_update_leaves_one_note_that_says_the_new(crm: Tryton, sales: Sales) -> None:
    number = sales.deal(sales.party("Update"), "Seats")
    sales.note(number, "Somebody's own words.")
    first = call_note("Old.")
    made = crm.create_note(str(number), first)
    changed = call_note("New.", first.mark)
    replaced = crm.update_note(str(number), made.id, changed)
    assert sales.notes(number) == ["Somebody's own words.", changed.text]
    assert replaced.id != made.id
    same = crm.update_note(str(number), replaced.id, changed)
    assert same.id == replaced.id
    assert len(sales.notes(number)) == 2


def test_notes_that_are_there_twice_become_one(crm: Tryton, sales: Sales) -> None:
    number = sales.deal(sales.party("Twice"), "Seats")
    note = call_note()
    first = crm.create_note(str(number), note)
    crm.create_note(str(number), note)
    crm.create_note(str(number), call_note("Older words.", note.mark))
    assert len(crm.list_notes(str(number), note.mark)) == 3
    crm.update_note(str(number), first.id, note)
    assert sales.notes(number) == [note.text]


def test_a_note_that_a_user_deleted_is_gone(crm: Tryton, sales: Sales) -> None:
    number = sales.deal(sales.party("Deleted note"), "Seats")
    note = call_note()
    made = crm.create_note(str(number), note)
    sales.delete_notes(number)
    with pytest.raises(CrmGone, match="note was deleted"):
        crm.update_note(str(number), made.id, note)
    crm.delete_note(str(number), made.id)
    assert sales.notes(number) == []


def test_a_note_is_deleted_alone(crm: Tryton, sales: Sales) -> None:
    number = sales.deal(sales.party("Delete"), "Seats")
    sales.note(number, "Stays.")
    made = crm.create_note(str(number), call_note())
    crm.delete_note(str(number), made.id)
    assert sales.notes(number) == ["Stays."]


def test_a_deleted_deal_is_gone_for_everything(crm: Tryton, sales: Sales) -> None:
    number = sales.deal(sales.party("Gone"), "Seats")
    made = crm.create_note(str(number), call_note())
    sales.delete(number)
    deal = str(number)
    assert crm.deals([deal]) == []
    asked: list[Callable[[], object]] = [
        lambda: crm.list_notes(deal, "Ref"),
        lambda: crm.create_note(deal, call_note()),
        lambda: crm.update_note(deal, made.id, call_note()),
        lambda: crm.read_fields(deal, ["comment"]),
        lambda: crm.write_fields(deal, {"comment": "x"}),
        lambda: crm.create_note("no such", call_note()),
    ]
    for ask in asked:
        with pytest.raises(CrmGone, match="has no opportunity"):
            ask()
    crm.delete_note(deal, made.id)


def test_two_writers_at_once_leave_one_note(connect: Connect, sales: Sales) -> None:
    number = sales.deal(sales.party("Writers"), "Seats")
    mark = call_note().mark
    made = connect()[0].create_note(str(number), call_note("First.", mark))
    crms = [connect()[0] for _ in range(3)]
    start = threading.Barrier(len(crms))
    broken: list[CrmError] = []

    def write(writer: int) -> None:
        known = made.id
        start.wait(10)
        for turn in range(4):
            try:
                text = call_note(f"Writer {writer}, {turn}.", mark)
                known = crms[writer].update_note(str(number), known, text).id
            except CrmGone:
                # Another's note took its place: look which, as a push does.
                with suppress(IndexError):
                    known = crms[writer].list_notes(str(number), mark)[-1].id
            except CrmError as error:
                broken.append(error)

    threads = [threading.Thread(target=write, args=(one,)) for one in range(len(crms))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert broken == []
    assert len(crms[0].list_notes(str(number), mark)) == 1


def test_text_fields_are_listed_read_and_written(crm: Tryton, sales: Sales) -> None:
    number = str(sales.deal(sales.party("Fields"), "Seats"))
    names = {one.name: one.label for one in crm.fields()}
    assert names["comment"] == "Comment"
    assert names["description"] == "Description"
    assert not {"number", "state", "rec_name", "amount"} & names.keys()
    assert crm.read_fields(number, ["comment"]) == {"comment": None}
    crm.write_fields(number, {"comment": "Next: O'Brien 🥞", "reference": "R-1"})
    read = crm.read_fields(number, ["comment", "reference"])
    assert read == {"comment": "Next: O'Brien 🥞", "reference": "R-1"}
    with pytest.raises(CrmRejected, match="no text field state"):
        crm.write_fields(number, {"state": "won"})


def test_what_tryton_refuses_is_told_in_its_words(crm: Tryton, sales: Sales) -> None:
    number = str(sales.deal(sales.party("Refused"), "Seats"))
    with pytest.raises(CrmRejected, match=r"Tryton: .*[Dd]escription"):
        crm.write_fields(number, {"description": "two\nlines"})


def test_an_ended_session_is_opened_anew_once(
    tryton: real.Tryton, connect: Connect, sales: Sales
) -> None:
    crm, grant = connect()
    number = str(sales.deal(sales.party("Session"), "Seats"))
    crm.create_note(number, call_note())
    before = grant.current()["session"]
    headers = manners(tryton.url, tryton.options).headers(grant.current())
    body = {"id": 1, "method": "common.db.logout", "params": []}
    httpx.post(f"{tryton.url}/crm/rpc/", json=body, headers=headers).raise_for_status()
    assert grant.renewals == 1
    crm.create_note(number, call_note())
    assert grant.current()["session"] != before
    assert grant.renewals == 2
    assert len(sales.notes(int(number))) == 2


def test_a_wrong_password_is_tried_once(tryton: real.Tryton, connect: Connect) -> None:
    crm, _ = connect("wrong-password")
    with pytest.raises(CrmNeedsLogin, match="wrong login or password") as told:
        crm.check()
    assert "wrong-password" not in str(told.value)
    assert tryton.server.log.read_text().count(f"login failed for '{LOGIN}'") == 1


def test_a_database_that_is_not_there_is_said(tryton: real.Tryton) -> None:
    grant = HeldGrant(tryton.credentials())
    options = {"database": "nosuch"}
    with (
        Wire(manners(tryton.url, options), grant, (tryton.host,)) as wire,
        pytest.raises(CrmRejected, match="no such database"),
    ):
        Tryton(wire, options).fields()
