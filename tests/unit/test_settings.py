import pytest
import typer

from analyzer.rewriting import Endpoint
from api.cli import _endpoint
from api.settings import Settings


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
