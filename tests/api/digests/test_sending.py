"""Digests: what comes of a mail server's whims, of deaths, and of two workers at once."""

import logging
from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlmodel import Session

from api.mailing import send_round
from api.settings import Settings
from api.workshop import Workshop
from models import digests
from models.database import session_scope
from models.files import Files
from models.tables import Dashboard, Digest
from tests.api.conftest import People
from tests.api.digests.conftest import (
    DIALLED,
    MONDAY,
    QUICK,
    Asking,
    change,
    digest_of,
    rounds,
)
from tests.api.post_office import PostOffice, check_password, free_port, post_office
from tests.api.working import workshop_of


def test_who_may_not_sign_in_gets_nothing(
    workshop: Workshop, engine: Engine, office: PostOffice, people: People, asked: Asking
) -> None:
    asked(people.rep, people.peer)
    change(engine, people.rep, is_active=False)
    assert rounds(workshop) == 1
    assert office.asked == ["paul@beacon.example"]


def test_what_is_put_off_is_tried_again_later(
    workshop: Workshop,
    engine: Engine,
    office: PostOffice,
    people: People,
    asked: Asking,
    rep: TestClient,
) -> None:
    asked(people.rep, people.peer)
    office.answers = {"rita@beacon.example": "451 4.7.1 come back later"}
    assert rounds(workshop) == 1
    assert "451 4.7.1 come back later" in rep.get("/me/digest").json()["failure"]
    assert rounds(workshop, MONDAY + timedelta(seconds=299)) == 0
    assert len(office.asked) == 2
    office.answers = {}
    assert rounds(workshop, MONDAY + timedelta(seconds=300)) == 1
    told = rep.get("/me/digest").json()
    assert told["failure"] is None
    assert told["sent_at"] is not None


def test_trying_comes_to_an_end(
    workshop: Workshop, engine: Engine, office: PostOffice, people: People, asked: Asking
) -> None:
    asked(people.rep)
    office.answers = {"rita@beacon.example": "451 not now"}
    tried = []
    for minutes in range(0, 4 * 24 * 60, 5):
        before = len(office.asked)
        rounds(workshop, MONDAY + timedelta(minutes=minutes))
        tried += [minutes] * (len(office.asked) - before)
    assert tried == [0, 5, 20, 80, 260, 620, 1340]
    assert "451 not now" in (digest_of(engine, people.rep).failure or "")
    office.answers = {}
    assert rounds(workshop, MONDAY + timedelta(days=7)) == 1
    assert digest_of(engine, people.rep).failure is None


def test_tries_of_a_week_that_was_left_out_do_not_count_for_the_next(
    workshop: Workshop, engine: Engine, office: PostOffice, people: People, asked: Asking
) -> None:
    asked(people.rep)
    office.answers = {"rita@beacon.example": "451 not now"}
    for hours in (0, 1, 2, 6):  # and then all workers are down for days
        rounds(workshop, MONDAY + timedelta(hours=hours))
    assert digest_of(engine, people.rep).attempts == 4
    rounds(workshop, MONDAY + timedelta(days=4))
    rounds(workshop, MONDAY + timedelta(days=7))
    assert len(office.asked) == 5
    assert digest_of(engine, people.rep).attempts == 1


def test_what_is_refused_for_good_waits_for_the_next_week(
    workshop: Workshop,
    engine: Engine,
    office: PostOffice,
    people: People,
    asked: Asking,
    rep: TestClient,
) -> None:
    asked(people.rep)
    office.answers = {"rita@beacon.example": "550 5.1.1 no such mailbox"}
    for hours in range(48):
        assert rounds(workshop, MONDAY + timedelta(hours=hours)) == 0
    assert len(office.asked) == 1
    assert "550 5.1.1 no such mailbox" in rep.get("/me/digest").json()["failure"]
    office.answers = {}
    assert rounds(workshop, MONDAY + timedelta(days=7)) == 1


def test_a_server_that_is_away_is_not_dialled_for_everybody(
    settings: Settings, engine: Engine, files: Files, people: People, asked: Asking
) -> None:
    asked(people.rep, people.peer, people.stranger)
    away = SecretStr(f"smtp://127.0.0.1:{free_port()}")
    workshop = workshop_of(settings.model_copy(update={"smtp_url": away}), engine, files)
    DIALLED.clear()
    assert rounds(workshop) == rounds(workshop, MONDAY + timedelta(minutes=4)) == 0
    assert len(DIALLED) == 1
    assert rounds(workshop, MONDAY + timedelta(minutes=5)) == 0
    assert len(DIALLED) == 2
    assert (
        digest_of(engine, people.stranger).failure
        == "the mail server cannot be reached; it is tried again"
    )


def test_a_server_that_closes_gets_the_others_over_a_new_connection(
    workshop: Workshop, office: PostOffice, people: People, asked: Asking
) -> None:
    asked(people.rep, people.peer, people.stranger)
    office.answers = {"rita@beacon.example": "421 4.3.2 closing"}
    assert rounds(workshop) == 2


def test_a_wrong_setting_is_told_to_admins_once(
    workshop: Workshop,
    engine: Engine,
    office: PostOffice,
    people: People,
    asked: Asking,
    caplog: pytest.LogCaptureFixture,
) -> None:
    asked(people.rep, people.peer)
    office.answers = {"MAIL": "550 5.7.1 sekret sender"}
    with caplog.at_level(logging.WARNING):
        for minutes in (0, 5, 20):
            assert rounds(workshop, MONDAY + timedelta(minutes=minutes)) == 0
    told = [one.getMessage() for one in caplog.records if one.name == "api.mailing"]
    assert len(told) == 1
    assert "TALKTRACK_MAIL_FROM" in told[0]
    failure = digest_of(engine, people.peer).failure or ""
    assert "tell an admin" in failure
    assert "sekret" not in failure


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_a_wrong_password_is_in_no_log_and_nothing_users_see(
    settings: Settings,
    engine: Engine,
    files: Files,
    people: People,
    asked: Asking,
    caplog: pytest.LogCaptureFixture,
) -> None:
    asked(people.rep)
    strict = {"auth_required": True, "auth_require_tls": False, "authenticator": check_password}
    with post_office(**strict) as office, caplog.at_level(logging.DEBUG):
        url = SecretStr(f"smtp://talktrack:not-this-one@127.0.0.1:{office.port}")
        workshop = workshop_of(settings.model_copy(update={"smtp_url": url}), engine, files)
        assert rounds(workshop) == rounds(workshop, MONDAY + timedelta(minutes=5)) == 0
        assert office.asked == []
    told = [one.getMessage() for one in caplog.records if one.name == "api.mailing"]
    assert len(told) == 1
    assert "refuses the user or the password" in told[0]
    assert "not-this-one" not in caplog.text
    assert "tell an admin" in (digest_of(engine, people.rep).failure or "")


def test_two_workers_at_once_send_once(
    workshop: Workshop, office: PostOffice, people: People, asked: Asking
) -> None:
    asked(people.rep, people.peer, people.stranger)
    office.slow_s = 0.2
    begin, sent = Barrier(2), []

    def work() -> None:
        begin.wait()
        sent.append(rounds(workshop))

    threads = [Thread(target=work) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(sent) == 3
    assert len(office.received) == len({to for to, _message in office.received}) == 3


def test_a_death_right_after_sending_sends_the_very_same_again(
    workshop: Workshop, engine: Engine, office: PostOffice, people: People, asked: Asking
) -> None:
    asked(people.rep)
    rounds(workshop)
    with session_scope(engine) as session:  # as the claim was, had nobody lived to write it down
        row = session.get_one(Digest, people.rep.id)
        row.sent_until, row.sent_at = date(2026, 11, 15), None
        row.trying_until, row.attempts = date(2026, 11, 22), 1
        row.next_try_at = MONDAY + digests.CLAIM
    assert rounds(workshop, MONDAY + timedelta(minutes=14)) == 0
    assert rounds(workshop, MONDAY + timedelta(minutes=15)) == 1
    first, second = (message for _to, message in office.received)
    assert first["Message-ID"] == second["Message-ID"]
    assert rounds(workshop, MONDAY + timedelta(days=7)) == 1
    assert office.received[2][1]["Message-ID"] != first["Message-ID"]


def test_one_that_always_kills_its_worker_is_given_up(
    workshop: Workshop, engine: Engine, office: PostOffice, people: People, asked: Asking
) -> None:
    asked(people.rep)
    with Session(engine) as session:
        (due,) = digests.due_digests(session, MONDAY, "UTC")
    claims = []
    for minutes in range(0, 300, 15):
        with session_scope(engine) as session:
            claims.append(digests.claim(session, due, MONDAY + timedelta(minutes=minutes)))
    assert [one is not None for one in claims] == [True] * 7 + [False] * 13
    assert "an admin" in (digest_of(engine, people.rep).failure or "")
    assert rounds(workshop, MONDAY + timedelta(days=1)) == 0


def test_what_goes_wrong_with_one_harms_no_other(
    workshop: Workshop, engine: Engine, office: PostOffice, people: People, asked: Asking
) -> None:
    asked(people.rep, people.peer)
    with session_scope(engine) as session:
        session.add(Dashboard(user_id=people.rep.id, tiles=[{"nonsense": 1}]))
    change(engine, people.peer, email="two words@beacon.example")
    asked(people.stranger)
    assert rounds(workshop) == 1
    assert office.asked == ["sam@beacon.example"]
    assert "something went wrong here" in (digest_of(engine, people.rep).failure or "")
    assert "cannot be written to" in (digest_of(engine, people.peer).failure or "")


def test_what_took_longer_than_its_claim_is_left_to_another(
    workshop: Workshop, engine: Engine, office: PostOffice, people: People, asked: Asking
) -> None:
    asked(people.rep)
    hours = iter(MONDAY + n * digests.CLAIM for n in range(100))
    assert send_round(workshop, limits=QUICK, clock=lambda: next(hours)) == 0
    assert office.asked == []
    assert digest_of(engine, people.rep).next_try_at == MONDAY + 2 * digests.CLAIM
    assert rounds(workshop, MONDAY + 2 * digests.CLAIM) == 1
