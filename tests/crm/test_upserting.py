"""A call's note and to-dos are there once, whatever goes wrong; and the CRM that prints."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.crm.console import Console, Memory
from api.crm.errors import CrmGone, CrmRejected, CrmUnavailable, CrmUncertain
from api.crm.note_rendering import mark_of
from api.crm.note_writing import note_hash
from api.crm.port import CallNote, CrmTask, DealHint, NoteRef
from api.crm.upserting import KnownNote, NoteReceipt, upsert_note, upsert_tasks
from models.crm.deal import CrmCompany, CrmDeal, CrmPerson

AT = datetime(2026, 9, 10, 15, 20, tzinfo=UTC)
MARK = mark_of(UUID(int=7))
DEALS = tuple(CrmDeal(ref, f"Deal {ref}", "open", "S", url=f"https://crm/{ref}") for ref in "123")


def note(words: str = "One") -> CallNote:
    return CallNote(MARK, "T", f"<p>{words}</p><p>{MARK}</p>", f"{words}\n{MARK}", AT)


def task(words: str = "Send it", mark: str = "Ref TT-a") -> CrmTask:
    return CrmTask(mark, words, f"{words}\n{mark}")


class Flawed(Console):
    """A CRM that prints, at which the next calls go wrong as they are told."""

    def __init__(self, memory: Memory | None = None) -> None:
        super().__init__(DEALS, StringIO(), memory=memory)
        self.calls: list[str] = []
        self.flaws: list[str] = []

    def _ask(self, name: str, ask: Callable[[], Any]) -> Any:
        self.calls.append(name)
        flaw = self.flaws.pop(0) if self.flaws else "none"
        is_create = name.startswith("create")
        if flaw == "away":
            raise CrmUnavailable("it is away")
        if flaw == "lost_before" and is_create:
            raise CrmUncertain("it never came")
        answer = ask()
        if flaw == "lost_after":
            raise CrmUncertain("it landed") if is_create else CrmUnavailable("it hung up")
        if flaw == "killed":
            raise KeyboardInterrupt
        return answer

    def list_notes(self, deal_id: str, mark: str) -> list[NoteRef]:
        return self._ask("list", lambda: Console.list_notes(self, deal_id, mark))

    def create_note(self, deal_id: str, note: CallNote) -> NoteRef:
        return self._ask("create", lambda: Console.create_note(self, deal_id, note))

    def update_note(self, deal_id: str, note_id: str, note: CallNote) -> NoteRef:
        return self._ask("update", lambda: Console.update_note(self, deal_id, note_id, note))

    def delete_note(self, deal_id: str, note_id: str) -> None:
        self._ask("delete", lambda: Console.delete_note(self, deal_id, note_id))

    def list_tasks(self, deal_id: str, mark: str) -> list[NoteRef]:
        return self._ask("list", lambda: Console.list_tasks(self, deal_id, mark))

    def create_task(self, deal_id: str, task: CrmTask) -> NoteRef:
        return self._ask("create", lambda: Console.create_task(self, deal_id, task))

    def there(self) -> list[tuple[str, str]]:
        """The deal and the words of each note."""
        return [(one.deal_id, one.said.text) for one in self._memory.notes.values()]


def known_of(receipt: NoteReceipt, deal_id: str) -> KnownNote:
    return KnownNote(receipt.id, receipt.hash, deal_id, receipt.url)


def test_a_first_note_is_looked_for_and_then_made() -> None:
    crm = Flawed()
    receipt = upsert_note(crm, "1", note())
    assert (receipt.outcome, receipt.url, receipt.hash) == (
        "created",
        "https://crm/1",
        note_hash(note()),
    )
    assert crm.calls == ["list", "create"]


def test_a_note_that_says_the_same_costs_no_call() -> None:
    crm = Flawed()
    first = upsert_note(crm, "1", note())
    crm.calls.clear()
    again = upsert_note(crm, "1", note(), known_of(first, "1"))
    assert again == replace(first, outcome="unchanged")
    assert crm.calls == []


def test_a_note_that_says_something_else_is_changed() -> None:
    crm = Flawed()
    first = upsert_note(crm, "1", note())
    crm.calls.clear()
    again = upsert_note(crm, "1", note("Two"), known_of(first, "1"))
    assert (again.outcome, again.id) == ("updated", first.id)
    assert (crm.calls, crm.there()) == (["update"], [("1", note("Two").text)])


def test_a_note_somebody_deleted_is_looked_for_before_it_is_made_again() -> None:
    crm = Flawed()
    first = upsert_note(crm, "1", note())
    crm.delete_note("1", first.id)
    crm.calls.clear()
    again = upsert_note(crm, "1", note("Two"), known_of(first, "1"))
    assert again.outcome == "created"
    assert crm.calls == ["update", "list", "create"]


def test_the_oldest_of_several_is_kept_and_the_rest_deleted() -> None:
    crm = Flawed()
    oldest = crm.create_note("1", note())
    crm.create_note("1", note())
    crm.create_note("1", note())
    other = crm.create_note("1", replace(note(), mark="Ref TT-other"))
    receipt = upsert_note(crm, "1", note("Two"))
    assert (receipt.outcome, receipt.id) == ("adopted", oldest.id)
    assert set(crm._memory.notes) == {oldest.id, other.id}


def test_nothing_is_made_twice_when_the_answer_was_lost() -> None:
    crm = Flawed()
    crm.flaws = ["none", "lost_after"]
    with pytest.raises(CrmUncertain):
        upsert_note(crm, "1", note())
    assert crm.calls == ["list", "create"]
    receipt = upsert_note(crm, "1", note(), is_uncertain=True)
    assert receipt.outcome == "adopted"
    assert len(crm.there()) == 1


def test_what_is_uncertain_is_looked_for_though_a_note_is_known() -> None:
    crm = Flawed()
    first = upsert_note(crm, "1", note())
    crm.calls.clear()
    receipt = upsert_note(crm, "1", note(), known_of(first, "1"), is_uncertain=True)
    assert (receipt.outcome, crm.calls) == ("adopted", ["list", "update"])


def test_a_note_moves_with_its_call_to_another_deal() -> None:
    crm = Flawed()
    first = upsert_note(crm, "1", note())
    crm.calls.clear()
    receipt = upsert_note(crm, "2", note(), known_of(first, "1"))
    assert receipt.outcome == "created"
    assert crm.calls == ["list", "create", "delete"]
    assert crm.there() == [("2", note().text)]


def test_a_note_that_came_along_when_deals_were_merged_is_not_deleted() -> None:
    crm = Flawed()
    first = upsert_note(crm, "1", note())
    kept = crm._memory.notes[first.id]
    crm._memory.notes[first.id] = replace(kept, deal_id="2")
    del crm._memory.deals["1"]
    receipt = upsert_note(crm, "2", note("Two"), known_of(first, "1"))
    assert (receipt.outcome, receipt.id) == ("adopted", first.id)
    assert crm.there() == [("2", note("Two").text)]


def test_a_create_nobody_answered_is_cleared_from_the_deal_it_was_for() -> None:
    crm = Flawed()
    crm.create_note("1", note())
    upsert_note(crm, "2", note(), is_uncertain=True, tried=["1", "2", "gone"])
    assert crm.there() == [("2", note().text)]


def test_an_old_note_that_the_crm_keeps_is_told_and_not_tried_again() -> None:
    class Strict(Flawed):
        def delete_note(self, deal_id: str, note_id: str) -> None:
            raise CrmRejected("console: you may not delete notes")

    crm = Strict()
    first = upsert_note(crm, "1", note())
    receipt = upsert_note(crm, "2", note(), known_of(first, "1"))
    assert receipt.leftover == f"{first.id}: console: you may not delete notes"


def test_a_deal_that_is_gone_is_told() -> None:
    with pytest.raises(CrmGone, match="no deal 9"):
        upsert_note(Flawed(), "9", note())


def test_tasks_are_made_once_and_changed_where_they_changed() -> None:
    crm = Flawed()
    tasks = [task(), task("Call back", "Ref TT-b")]
    receipts = dict(upsert_tasks(crm, "1", tasks, {}))
    assert [one.outcome for one in receipts.values()] == ["created", "created"]
    known = {mark: known_of(one, "1") for mark, one in receipts.items()}
    later = [replace(task(), due_on=AT.date()), tasks[1]]
    again = dict(upsert_tasks(crm, "1", later, known))
    assert [one.outcome for one in again.values()] == ["updated", "unchanged"]
    assert [one.outcome for _, one in upsert_tasks(crm, "1", tasks, {})] == ["adopted", "adopted"]
    assert len(crm._memory.tasks) == 2


def test_a_task_on_a_deal_no_more_the_calls_stays_there() -> None:
    crm = Flawed()
    ((_, first),) = upsert_tasks(crm, "1", [task()], {})
    moved = dict(upsert_tasks(crm, "2", [task()], {"Ref TT-a": known_of(first, "1")}))
    assert moved["Ref TT-a"].outcome == "created"
    assert len(crm._memory.tasks) == 2


def test_tasks_made_before_a_failure_are_told_before_it() -> None:
    crm = Flawed()
    crm.flaws = ["none", "none", "none", "lost_after"]
    made = upsert_tasks(crm, "1", [task(), task("B", "Ref TT-b")], {})
    assert next(made)[0] == "Ref TT-a"
    with pytest.raises(CrmUncertain):
        next(made)


def test_a_crm_without_tasks_gets_none() -> None:
    class Taskless(Flawed):
        has_tasks = False  # type: ignore[assignment]

    assert list(upsert_tasks(Taskless(), "1", [task()], {})) == []


flaws = st.lists(
    st.sampled_from(("none", "none", "away", "lost_before", "lost_after", "killed")), max_size=4
)
steps = st.lists(
    st.tuples(st.sampled_from("12"), st.sampled_from(("One", "Two")), flaws, st.booleans()),
    min_size=1,
    max_size=6,
)


@given(steps)
def test_whatever_goes_wrong_there_is_one_note_in_the_end(pushes: list[Any]) -> None:
    crm = Flawed()
    known: KnownNote | None = None
    tried: set[str] = set()
    for deal_id, words, crm.flaws, is_deleted in [*pushes, ("3", "Last", [], False)]:
        if is_deleted and crm._memory.notes:
            crm._memory.notes.popitem()
        is_uncertain = bool(tried)
        tried.add(deal_id)
        try:
            receipt = upsert_note(
                crm, deal_id, note(words), known, is_uncertain=is_uncertain, tried=tried
            )
        except (CrmUnavailable, KeyboardInterrupt):
            continue
        known, tried = known_of(receipt, deal_id), set()
        # One that a person deleted stays away until there is something else to say.
        expected = [(deal_id, note(words).text)]
        assert crm.there() in ([expected] if receipt.outcome != "unchanged" else [expected, []])
    assert crm.there() == [("3", note("Last").text)]


def test_the_console_keeps_the_promises_of_a_crm() -> None:
    out, memory = StringIO(), Memory()
    ann = CrmPerson("a", "Ann", "Ann@acme.example", "+33 6 12 34 56 78")
    acme = CrmCompany("c", "Acmé", "acme.example")
    open_deal = replace(DEALS[0], contacts=(ann,), company=acme, updated_at=AT)
    won = replace(DEALS[1], status="won", closed_at=AT - timedelta(days=20), company=acme)
    crm = Console([open_deal, won], out, memory=memory)
    ways = {
        "email": DealHint(AT, emails=("ann@acme.example",)),
        "phone": DealHint(AT, phones=("+33612345678", "0612345678")),
        "company": DealHint(AT, companies=("acme",)),
        "domain": DealHint(AT, domains=("acme.example",)),
    }
    for via, hint in ways.items():
        assert [(one.deal.id, one.via) for one in crm.find_deals(hint)] == [("1", via)]
    named = crm.find_deals(replace(ways["email"], deal_id="2"))
    assert {one.deal.id: one.via for one in named} == {"2": "id", "1": "email"}
    assert crm.find_deals(DealHint(AT)) == []
    assert [one.id for one in crm.deals(["2", "9"])] == ["2"]
    crm.write_fields("1", {"next_step": "Call\x1b[31m"})
    assert crm.read_fields("1", ["next_step", "summary"]) == {
        "next_step": "Call\x1b[31m",
        "summary": None,
    }
    with pytest.raises(CrmRejected, match="no field stage"):
        crm.write_fields("1", {"stage": "won"})
    ref = crm.create_note("1", note())
    assert Console(memory=memory).list_notes("1", MARK) == [ref]
    assert MARK in out.getvalue()
    assert "\x1b" not in out.getvalue()
    with pytest.raises(CrmRejected, match="at most 10 are taken"):
        Console(memory=memory, note_limit=10).create_note("1", note())


def test_the_console_pages_through_what_changed() -> None:
    many = [CrmDeal(str(n), "D", "open", "S", updated_at=AT + timedelta(n)) for n in range(250)]
    crm = Console(many, StringIO())
    seen, cursor = [], None
    while True:
        page = crm.changed_deals(AT + timedelta(days=20), cursor)
        seen += [one.id for one in page.deals]
        if (cursor := page.next) is None:
            break
    assert seen == [str(n) for n in range(20, 250)]
