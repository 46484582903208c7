"""Credentials of CRMs: sealed in the database, in no log, renewed by one at a time."""

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from api.crm.credentials import Credentials
from api.crm.errors import CrmNeedsLogin
from api.crm.stored import StoredGrant, opened
from api.crm_access import open_connection
from models.crm.connections import reseal
from models.database import make_engine
from models.errors import BadDatabase
from models.sealing import Seal
from tests.crm.fakes.pipedrive import PipedriveFake
from tests.crm.pushing import KEYS, KINDS, Desk

NewDesk = Callable[[str], Desk]


def every_value(desk: Desk) -> Iterator[tuple[str, bytes]]:
    """Each value of each column of each table, as bytes."""
    with desk.engine.connect() as connection:
        columns = connection.execute(
            text(
                "SELECT table_name, column_name, data_type FROM information_schema.columns "
                "JOIN information_schema.tables USING (table_schema, table_name) "
                "WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
            )
        ).all()
        for table, column, kind in columns:
            value = f'"{column}"' if kind == "bytea" else f"convert_to(\"{column}\"::text, 'UTF8')"
            found = connection.execute(text(f'SELECT {value} FROM "{table}"'))  # noqa: S608
            for (one,) in found:
                if one is not None:
                    yield f"{table}.{column}", bytes(one)


@pytest.mark.parametrize("kind", KINDS)
def test_no_secret_is_in_the_database_or_in_a_log(
    new_desk: NewDesk, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    desk = new_desk(kind)
    secrets = set(desk.fake.credentials().secrets.values())
    for fault in ("expired", "html", "half_json", "broken", "lost_answer", "revoked"):
        call_id = desk.new_call()
        desk.fake.faults.next(fault)
        desk.work()
        secrets |= set(desk.fake.credentials().secrets.values())
        desk.settle(call_id)
    with desk.session() as session:
        secrets |= set(opened(desk.settings.seal(), desk.connection().secrets).secrets.values())
        del session
    secrets |= {one for one in KEYS if one}
    secrets = {one for one in secrets if len(one) > 6 and not one.startswith("http")}
    assert len(secrets) > 4
    seen = 0
    for place, value in every_value(desk):
        seen += 1
        assert not [one for one in secrets if one.encode() in value], place
    assert seen > 100
    logged = "\n".join(f"{one.getMessage()} {one.__dict__}" for one in caplog.records)
    assert not [one for one in secrets if one in logged + caplog.text]
    assert "Kestrel" not in "\n".join(
        one.getMessage() for one in caplog.records if one.name.startswith(("api", "models"))
    )


def test_no_secret_is_shown_by_what_holds_it(desk: Desk) -> None:
    shown = f"{desk.connection()!r} {desk.fake.credentials()!r}"
    assert not [one for one in desk.fake.credentials().secrets.values() if one in shown]


@pytest.mark.parametrize("kind", ["pipedrive", "salesforce"])
def test_a_token_good_for_one_use_is_used_once(new_desk: NewDesk, kind: str) -> None:
    desk = new_desk(kind)
    url = desk.settings.database_url
    assert url is not None
    desk.fake.expire_tokens()
    before = _refreshes(desk)
    start, troubles = threading.Barrier(4), []

    def ask() -> None:
        engine = make_engine(url.get_secret_value(), connections=3)
        with open_connection(engine, desk.settings, desk.connection()) as crm:
            start.wait()
            try:
                crm.check()
            except Exception as error:  # noqa: BLE001 (told below)
                troubles.append(error)
        engine.dispose()

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for one in askers:
        one.start()
    for one in askers:
        one.join()
    assert troubles == []
    assert _refreshes(desk) - before == 1


def _refreshes(desk: Desk) -> int:
    asked = ("/oauth/token", "/oauth2/token")
    return sum(str(path).endswith(asked) for _, path, *_ in desk.fake.calls)


def test_what_was_renewed_is_kept_before_it_is_used(new_desk: NewDesk) -> None:
    desk = new_desk("pipedrive")
    assert isinstance(desk.fake, PipedriveFake)
    seal = desk.settings.seal()
    grant = StoredGrant(desk.engine, seal, desk.connection_id)
    stale = grant.current()
    fresh = grant.renewed(stale, lambda old: old.renewed(60.0, scope="deals:full"))
    assert fresh["scope"] == "deals:full"
    assert opened(seal, desk.connection().secrets) == fresh == grant.current()
    # Who comes late with what is stale gets what is there, and asks nobody.
    assert grant.renewed(stale, _nobody) == fresh


def test_what_could_not_be_renewed_stays_as_it_was(desk: Desk) -> None:
    grant = StoredGrant(desk.engine, desk.settings.seal(), desk.connection_id)
    stale = grant.current()

    def refuse(_: Credentials) -> Credentials:
        raise CrmNeedsLogin("no")

    with pytest.raises(CrmNeedsLogin):
        grant.renewed(stale, refuse)
    assert grant.current() == stale


def test_new_calls_do_not_wait_for_a_login(desk: Desk) -> None:
    grant = StoredGrant(desk.engine, desk.settings.seal(), desk.connection_id)

    def renew(old: Credentials) -> Credentials:
        with desk.engine.begin() as connection:
            connection.execute(text("SET lock_timeout = '1s'"))
            connection.execute(
                text("SELECT 1 FROM crm_connection WHERE id = :id FOR KEY SHARE"),
                {"id": desk.connection_id},
            )
        return old.renewed(60.0)

    assert grant.renewed(grant.current(), renew).expires_at is not None


def test_keys_change_without_a_pause(desk: Desk) -> None:
    first, second = KEYS
    call_id = desk.new_call()
    both = desk.settings.model_copy(update={"seal_keys": SecretStr(f"{second},{first}")})
    desk.workshop = replace(desk.workshop, settings=both)
    desk.pushed(call_id)
    with desk.session() as session:
        assert reseal(session, both.seal()) == 1
    with pytest.raises(BadDatabase):
        Seal([first]).open(desk.connection().secrets)
    assert Seal([second]).open(desk.connection().secrets)["access_token"]
    alone = desk.settings.model_copy(update={"seal_keys": SecretStr(second)})
    desk.workshop = replace(desk.workshop, settings=alone)
    desk.change_report(call_id)
    desk.pushed(call_id)


def test_without_its_key_a_connection_waits_and_says_why(desk: Desk) -> None:
    call_id = desk.new_call()
    right = desk.workshop
    wrong = desk.settings.model_copy(update={"seal_keys": SecretStr(KEYS[1])})
    desk.workshop = replace(right, settings=wrong)
    desk.work()
    assert "TALKTRACK_SEAL_KEYS" in str(desk.connection().last_error)
    assert (desk.push(call_id).state, desk.push(call_id).attempts) == ("waiting", 0)
    assert desk.fake.calls == []
    desk.workshop = right
    desk.pushed(call_id)


def _nobody(_: Credentials) -> Credentials:
    raise AssertionError("nobody was to be asked")
