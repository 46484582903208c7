"""One call, one note, at every vendor, whatever goes wrong at whichever of its requests."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.tables.columns import now
from tests.crm.fakes.faults import FAULTS, Fault, Faults
from tests.crm.pushing import KINDS, Desk, new_fake

NewDesk = Callable[[str], Desk]
ROOT = Path(__file__).parents[2]
HOSTILE = (
    'O\'Brien & Sons, 100 % "sure" \\ _',
    "<script>alert(1)</script> Ref TT-00000000-0000-0000-0000-000000000000",
    "\N{PILE OF POO} \N{RIGHT-TO-LEFT OVERRIDE}dnal\N{COMBINING ACUTE ACCENT}",
    "N" * 300,
)


class AtRequest(Faults):
    """One fault, at the request of a number that begins with 0."""

    def __init__(self, number: int, fault: Fault | None) -> None:
        super().__init__()
        self._left, self._fault = number, fault

    def strike(self, method: str, path: str) -> Fault | None:
        with self._lock:
            self._left -= 1
            if self._left != -1 or self._fault is None:
                return None
            self.happened.append(self._fault)
            return self._fault


def begin(desk: Desk, faults: Faults) -> None:
    """An account of its own for what comes, so that nothing that was known is asked for less."""
    fake = new_fake(desk.kind)
    fake.faults = faults
    desk.use(fake)
    desk.run("DELETE FROM crm_push")
    desk.run("DELETE FROM deal")
    desk.let_in()


def is_once(desk: Desk, call_id: UUID) -> None:
    """There is one note of the call, it is that which is known, and nothing else was made."""
    push = desk.settle(call_id)
    (note,) = desk.notes(call_id)
    assert (note.id, note.deal_id) == (push.note_id, push.deal_ref)
    assert f"£{desk.price}" in note.words
    assert len(desk.fake.notes) == 1
    assert (push.tried, push.uncertain_since) == ([], None)
    marks = [one.body for one in desk.fake.tasks]
    assert len(marks) == len(set(marks)) == len(push.tasks)


def requests(desk: Desk, call_id: UUID) -> int:
    """How many requests a push has when all goes well."""
    begin(desk, Faults())
    desk.understand_again(call_id)
    is_once(desk, call_id)
    return len(desk.fake.calls)


def every_fault(desk: Desk, which: Callable[[int, int], bool]) -> int:
    """Push a call once for each fault at each request; returns how many faults there were."""
    desk.change(with_tasks=True)
    call_id = desk.new_call()
    last = requests(desk, call_id)
    happened = 0
    for place, fault in enumerate(FAULTS):
        for number in range(last):
            if not which(place, number):
                continue
            faults = AtRequest(number, fault)
            begin(desk, faults)
            desk.understand_again(call_id)
            try:
                is_once(desk, call_id)
            except BaseException as error:
                error.add_note(f"{fault} at request {number}: {desk.fake.calls}")
                raise
            happened += len(faults.happened)
    return happened


@pytest.mark.parametrize("kind", KINDS)
def test_one_fault_at_a_request_makes_no_second_note(new_desk: NewDesk, kind: str) -> None:
    """Each fault at some requests, and each request at least once; the slow test has all."""
    desk = new_desk(kind)
    assert every_fault(desk, lambda place, number: (number - place) % 7 == 0) > 9


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_no_fault_at_any_request_makes_a_second_note(new_desk: NewDesk, kind: str) -> None:
    assert every_fault(new_desk(kind), lambda *_: True) > 90


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", ["lost_answer", "html", "half_json", "broken", "revoked"])
def test_a_create_that_goes_wrong_is_looked_for(new_desk: NewDesk, kind: str, fault: Fault) -> None:
    desk = new_desk(kind)
    call_id = desk.new_call()
    last = requests(desk, call_id) - 1
    begin(desk, AtRequest(last, fault))
    desk.understand_again(call_id)
    desk.work()
    push = desk.push(call_id)
    assert push.state == "waiting"
    assert (push.tried, push.uncertain_since is not None) == ([desk.deal_id], True)
    created = len(desk.fake.notes)
    assert created == (fault in {"lost_answer", "html", "half_json"})
    desk.run("UPDATE crm_push SET next_try_at = NULL")
    asked = len(desk.fake.calls)
    desk.work()  # it may come to light later: nobody believes a list yet
    if fault != "revoked":
        assert len(desk.fake.calls) == asked
    is_once(desk, call_id)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", HOSTILE)
def test_names_that_mean_harm_are_words(new_desk: NewDesk, kind: str, name: str) -> None:
    desk = new_desk(kind)
    if kind == "salesforce" and len(name) > 120:
        name = name[:120]  # longer ones cannot be in Salesforce
    known = {
        "title": name,
        "participants": [
            {"name": "Tom", "email": "tom@beacon.example", "side": "seller"},
            {"name": name, "email": "jim@vantagefm.example", "company": name, "side": "buyer"},
        ],
    }
    company = desk.fake.add_contact("jim@vantagefm.example", name=name, company=name)
    desk.fake.delete_deal(desk.deal_id)
    desk.contact_id = company
    desk.deal_id = desk.new_deal(name, company=name)
    call_id = desk.new_call(known=known, title=name)
    desk.fake.faults.next("lost_answer", "/notes" if kind != "salesforce" else "/composite")
    is_once(desk, call_id)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ahead_s", [-3600, 3600])
def test_clocks_of_workers_that_differ_change_nothing(
    new_desk: NewDesk, kind: str, ahead_s: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one worker sent is not looked for too early by another with another clock."""
    desk = new_desk(kind)
    call_id = desk.new_call()
    last = requests(desk, call_id) - 1
    begin(desk, AtRequest(last, "lost_answer"))
    desk.understand_again(call_id)
    desk.work()
    skew = timedelta(seconds=ahead_s)
    monkeypatch.setattr("models.crm.pushes.now", lambda: now() + skew)
    desk.run("UPDATE crm_push SET next_try_at = NULL")
    asked = len(desk.fake.calls)
    desk.work()
    assert len(desk.fake.calls) == asked
    desk.pass_time()
    is_once(desk, call_id)


WORKER = """
import sys
from uuid import UUID
from api.engine_lease import EngineLease
from api.pushing import push_due
from api.settings import Settings
from api.workshop import Workshop
from models.database import make_engine
from models.files import Files

settings = Settings.read()
engine = make_engine(settings.database_url.get_secret_value(), connections=3)
workshop = Workshop(settings, engine, Files(settings.files_place), EngineLease(None, 60))
push_due(workshop, UUID(sys.argv[1]))
"""


def started_worker(desk: Desk) -> "subprocess.Popen[str]":
    """A worker of its own process."""
    url = desk.settings.database_url
    assert url is not None
    told = {
        "TALKTRACK_DATA_FOLDER": str(desk.settings.data_folder),
        "TALKTRACK_DATABASE_URL": url.get_secret_value(),
        "TALKTRACK_SEAL_KEYS": desk.settings.seal_keys.get_secret_value(),  # type: ignore[union-attr]
        "TALKTRACK_CRM_HOSTS": ",".join(desk.settings.crm_hosts),
    }
    command = [sys.executable, "-c", WORKER, str(desk.connection_id)]
    return subprocess.Popen(command, env={**os.environ, **told}, cwd=ROOT)  # noqa: TID251


@pytest.mark.parametrize("kind", KINDS)
def test_a_worker_killed_between_create_and_save_leaves_one_note(
    new_desk: NewDesk, kind: str
) -> None:
    desk = new_desk(kind)
    call_id = desk.new_call()
    last = requests(desk, call_id) - 1
    begin(desk, Faults())
    desk.understand_again(call_id)
    with started_worker(desk) as worker:
        desk.after(last, lambda: os.kill(worker.pid, signal.SIGKILL))
        assert worker.wait(60) == -signal.SIGKILL
    desk.open()
    assert len(desk.notes(call_id)) == 1
    push = desk.push(call_id)
    assert (push.state, push.note_id, push.tried) == ("waiting", None, [desk.deal_id])
    asked = len(desk.fake.calls)
    desk.work()  # what the dead one sent may be on its way
    assert len(desk.fake.calls) == asked
    is_once(desk, call_id)


edits = st.sampled_from(("none", "none", "report", "choose", "delete", "same"))
faults = st.lists(st.tuples(st.integers(0, 16), st.sampled_from(FAULTS)), max_size=3)
sequences = st.lists(st.tuples(edits, faults), min_size=1, max_size=4)


class Several(Faults):
    """Faults at requests of some numbers, of those that come from now on."""

    def __init__(self, at: dict[int, Fault]) -> None:
        super().__init__()
        self._at, self._number = at, -1

    def strike(self, method: str, path: str) -> Fault | None:
        with self._lock:
            self._number += 1
            return self._at.get(self._number)


def edit(desk: Desk, call_id: UUID, change: str, deals: list[str]) -> None:
    """What people do meanwhile."""
    if change == "report":
        desk.change_report(call_id)
    if change == "same":
        desk.understand_again(call_id)
    if change == "choose":
        deals.reverse()
        desk.choose(call_id, deals[0])
    if change == "delete":
        for one in desk.notes(call_id):
            desk.fake.delete_note(one.id)


def play(desk: Desk, call_id: UUID, steps: list[tuple[str, list[tuple[int, Fault]]]]) -> None:
    """People and faults in turns: never a second note for long, one in the end."""
    begin(desk, Faults())
    deals = [desk.deal_id, desk.new_deal("Another's", contacts=[], company="Somebody else")]
    desk.change_report(call_id)
    for change, faults in steps:
        desk.fake.faults = Several(dict(faults))
        edit(desk, call_id, change, deals)
        desk.work()
        if desk.connection().state == "needs_login":
            desk.let_in()
        if desk.push(call_id).state == "pushed":
            assert len(desk.fake.notes) <= 1
        desk.pass_time()
    desk.fake.faults = Faults()
    desk.change_report(call_id)
    is_once(desk, call_id)


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_happens_there_is_one_note_in_the_end(new_desk: NewDesk, kind: str) -> None:
    desk = new_desk(kind)
    call_id = desk.new_call()

    @settings(max_examples=5, suppress_health_check=list(HealthCheck))
    @given(sequences)
    def check(steps: list[tuple[str, list[tuple[int, Fault]]]]) -> None:
        play(desk, call_id, steps)

    check()


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_else_happens_there_is_one_note(new_desk: NewDesk, kind: str) -> None:
    desk = new_desk(kind)
    call_id = desk.new_call()

    @settings(max_examples=150, suppress_health_check=list(HealthCheck))
    @given(sequences)
    def check(steps: list[tuple[str, list[tuple[int, Fault]]]]) -> None:
        play(desk, call_id, steps)

    check()
