"""Nothing comes in under a licence that is not known, asks for too much or forbids some use."""

from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

from tests.docs_licences import (
    EXCEPTIONS,
    NATIVE,
    PAGE,
    UNKNOWN,
    Used,
    everything,
    licence_of,
    native_copyleft,
    page,
)


def test_every_licence_is_allowed_or_has_a_reason() -> None:
    assert len(everything()) > 250
    assert [one.name for one in everything() if one.licence == UNKNOWN] == []
    others = {one.name for one in everything() if not one.is_allowed}
    assert others == set(EXCEPTIONS), "write why that is all right, or take it out"


def test_libraries_under_the_gpl_in_wheels_are_told() -> None:
    assert native_copyleft() == set(NATIVE)


def test_the_page_is_what_is_installed() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m tests.docs_licences --write"


@pytest.mark.parametrize(
    ("licence", "is_allowed"),
    [
        ("MIT", True),
        ("Apache-2.0 WITH LLVM-exception AND MIT", True),
        ("GPL-3.0-only OR MIT", True),
        ("MIT AND GPL-2.0-or-later", False),
        ("GPL-3.0-only", False),
        ("AGPL-3.0-or-later", False),
        ("CC-BY-NC-4.0", False),
        ("SSPL-1.0 OR BUSL-1.1", False),
        (UNKNOWN, False),
    ],
)
def test_what_asks_for_more_than_a_notice_is_refused(licence: str, is_allowed: bool) -> None:
    assert Used("x", "1", licence, "run").is_allowed is is_allowed


@pytest.mark.parametrize(
    ("told", "text", "licence"),
    [
        ("License-Expression: AGPL-3.0-only", None, "AGPL-3.0-only"),
        ("License: CC BY-NC 4.0", None, UNKNOWN),
        ("License: GPL-3.0", None, "GPL-3.0"),
        ("Classifier: License :: OSI Approved :: MIT License", None, "MIT"),
        (
            "Classifier: License :: OSI Approved :: GNU Affero General Public License v3",
            None,
            UNKNOWN,
        ),
        ("License: Proprietary, ask us", "All rights reserved.", UNKNOWN),
        ("License: see below", "Permission is hereby granted, free of charge, to", "MIT"),
    ],
)
def test_a_licence_is_what_a_package_says(
    tmp_path: Path, told: str, text: str | None, licence: str
) -> None:
    folder = tmp_path / "thing-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.4\nName: thing\nVersion: 1.0\n{told}\n")
    (folder / "LICENSE").write_text(text or "")
    record = "thing-1.0.dist-info/LICENSE,,\n" if text else ""
    (folder / "RECORD").write_text(record)
    assert licence_of(PathDistribution(folder)) == licence
