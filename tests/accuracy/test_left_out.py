from pathlib import Path

import pytest

from tests.accuracy.left_out import main


def test_without_a_corpus_nothing_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    main(corpus=str(tmp_path / "nowhere"), markdown=page)
    assert capsys.readouterr().out == ""
    assert not page.exists()
