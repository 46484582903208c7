from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import typer

from analyzer.rewriting import Endpoint
from api.cli import _endpoint
from api.settings import Settings
from tests.docs_settings import PAGE, settings_page


def test_the_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALKTRACK_SUMMARY_KEY", "s3cret")
    key = Settings.read().summary_key
    assert key is not None
    assert key.get_secret_value() == "s3cret"
    assert "s3cret" not in repr(Settings.read())
    assert _endpoint("http://127.0.0.1:9/v1", "m") == Endpoint(
        "http://127.0.0.1:9/v1", "m", "s3cret"
    )


@pytest.mark.parametrize("value", [None, ""])
def test_no_key_is_none(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TALKTRACK_SUMMARY_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("TALKTRACK_SUMMARY_KEY", value)
    assert Settings.read() == Settings()


def test_nothing_is_asked_unless_both_are_told() -> None:
    assert _endpoint(None, None) is None


@pytest.mark.parametrize(
    ("url", "model"), [("http://127.0.0.1", None), (None, "m"), ("", "m"), ("file:///etc", "m")]
)
def test_half_an_endpoint_is_a_wrong_option(url: str | None, model: str | None) -> None:
    with pytest.raises(typer.BadParameter):
        _endpoint(url, model)


def test_the_page_says_what_every_setting_does() -> None:
    assert PAGE.read_text("utf-8") == settings_page(), "run: python -m tests.docs_settings --write"


def test_lists_are_written_with_commas_or_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALKTRACK_URL_HOSTS", "zoom.us, files.example.com  127.0.0.1:80")
    assert Settings.read().url_hosts == ("zoom.us", "files.example.com", "127.0.0.1:80")


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECRET_KEY", "DATABASE_URL", "DIARIZATION_TOKEN"):
        monkeypatch.setenv(f"TALKTRACK_{name}", "s3cret")
    monkeypatch.setenv("TALKTRACK_FILES_OPTIONS", '{"secret_access_key": "s3cret"}')
    assert "s3cret" not in repr(Settings.read())
    assert "s3cret" not in str(Settings.read())


def test_the_key_is_made_once_for_all_processes(tmp_path: Path) -> None:
    settings = Settings(data_folder=tmp_path / "new")
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _one: settings.signing_key(), range(32)))
    assert len(keys) == 1
    assert (tmp_path / "new" / "secret.key").stat().st_mode & 0o077 == 0
    assert [one.name for one in (tmp_path / "new").iterdir()] == ["secret.key"]
