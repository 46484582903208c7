"""`talktrack doctor` on a server: keys, database, files, and what an admin is told of."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, text

from api.checkup import served
from api.settings import Settings
from models.database import releases
from models.sealing import new_key


def wrong(settings: Settings) -> dict[str, str]:
    """What is not well, and what to do."""
    return {one.what.partition(" ")[0]: one.repair for one in served(settings) if not one.is_well}


def test_a_server_at_rest_is_well(settings: Settings, engine: Engine) -> None:
    told = settings.model_copy(
        update={"seal_keys": SecretStr(new_key()), "otlp_endpoint": "http://127.0.0.1:4318"}
    )
    assert wrong(told) == {}
    assert [one.what.partition(" ")[0] for one in served(told)] == [
        "seal",
        "OpenTelemetry",
        "files",
        "database,",
    ]


def test_nothing_is_started_to_be_looked_at(tmp_path: Path) -> None:
    settings = Settings(data_folder=tmp_path / "none")
    assert [one.what.partition(" ")[0] for one in served(settings)] == ["files"]
    assert not (tmp_path / "none" / "postgres").exists()


@pytest.mark.parametrize(
    ("update", "what", "repair"),
    [
        ({"seal_keys": SecretStr("short")}, "seal", "TALKTRACK_SEAL_KEYS"),
        (
            {"database_url": SecretStr("postgresql://u:pass-word-9@127.0.0.1:9/x")},
            "database",
            "TALKTRACK_DATABASE_URL",
        ),
        (
            {
                "files_url": "s3://calls",
                "files_options": {
                    "endpoint": SecretStr("http://127.0.0.1:9"),
                    "access_key_id": SecretStr("key"),
                    "secret_access_key": SecretStr("pass-word-9"),
                },
            },
            "files",
            "TALKTRACK_FILES_URL",
        ),
    ],
)
def test_what_is_set_up_wrong_is_named_without_secrets(
    settings: Settings, update: dict[str, object], what: str, repair: str
) -> None:
    found = wrong(settings.model_copy(update=update))
    assert repair in found[what]
    assert "pass-word-9" not in str(found)


def test_a_schema_of_another_release_is_told(settings: Settings, engine: Engine) -> None:
    change = text("UPDATE alembic_version SET version_num = :release")
    _current, newest = releases(engine)
    with engine.begin() as connection:
        connection.execute(change, {"release": "0011"})
    try:
        assert "talktrack serve" in wrong(settings)["database,"]
    finally:
        with engine.begin() as connection:
            connection.execute(change, {"release": newest})


def test_what_an_admin_is_told_of_is_among_it(settings: Settings, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO retention (id, is_on, turned_at) VALUES (1, true, '2026-01-01')")
        )
    assert "see that a worker runs" in wrong(settings)["retention_late"]
