"""Secrets at rest: what is sealed is not read without a key, and keys can be changed."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlmodel import Session
from typer.testing import CliRunner

from api.cli import app
from api.settings import Settings
from models.errors import BadDatabase, BadInput
from models.resealing import reseal_all
from models.sealing import Seal, new_key
from models.tables import Channel, CrmConnection
from tests.models.market import person

SECRETS = {"access_token": "pat-na1-s3cret", "név": "ő'\u202e"}


def test_what_is_sealed_comes_back_and_shows_nothing_by_itself() -> None:
    seal = Seal([new_key()])
    sealed = seal.close(SECRETS)
    assert seal.open(sealed) == SECRETS
    assert b"s3cret" not in sealed
    assert seal.close(SECRETS) != sealed


def test_another_key_opens_nothing_and_a_changed_seal_is_noticed() -> None:
    sealed = Seal([new_key()]).close(SECRETS)
    with pytest.raises(BadDatabase, match="TALKTRACK_SEAL_KEYS"):
        Seal([new_key()]).open(sealed)
    seal = Seal([new_key()])
    broken = bytearray(seal.close(SECRETS))
    broken[-1] ^= 1
    with pytest.raises(BadDatabase):
        seal.open(bytes(broken))


@pytest.mark.parametrize("key", ["short", "", "x" * 44, "ő" * 44])
def test_a_key_that_is_none_is_told_without_showing_it(key: str) -> None:
    with pytest.raises(BadInput, match="TALKTRACK_SEAL_KEYS") as told:
        Seal([key])
    assert not key or key not in str(told.value)


def test_after_a_rotation_the_old_key_is_not_needed(session: Session) -> None:
    old, new = new_key(), new_key()
    sealed = Seal([old]).close(SECRETS)
    crm = CrmConnection(
        name="HubSpot", kind="hubspot", origin="hubspot", address="", secrets=sealed
    )
    user = person(session, "tom")
    slack = Channel(user_id=user.id, kind="slack", name="Mine", address=sealed, host="x", events=[])
    mail = Channel(user_id=user.id, kind="email", name="Mail", events=[])
    session.add_all([crm, slack, mail])
    session.flush()
    assert reseal_all(session, Seal([new, old])) == 2
    assert slack.address is not None
    assert Seal([new]).open(crm.secrets) == Seal([new]).open(slack.address) == SECRETS
    with pytest.raises(BadDatabase):
        reseal_all(session, Seal([old]))


def test_the_key_is_made_once_and_a_listed_one_goes_before(tmp_path: Path) -> None:
    settings = Settings(data_folder=tmp_path)
    sealed = settings.seal().close(SECRETS)
    assert Settings(data_folder=tmp_path).seal().open(sealed) == SECRETS
    assert (tmp_path / "seal.key").stat().st_mode & 0o077 == 0
    old = (tmp_path / "seal.key").read_text()
    keys = settings.model_copy(update={"seal_keys": _secret(f"{new_key()}, {old}")})
    assert keys.seal().open(sealed) == SECRETS


def test_the_command_prints_a_key_that_seals() -> None:
    printed = CliRunner().invoke(app, ["secrets", "key"])
    assert Seal([printed.output.strip()]).open(Seal([printed.output.strip()]).close({})) == {}


def _secret(text: str) -> SecretStr:
    return SecretStr(text)
