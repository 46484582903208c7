"""The report of each fixture follows from its frozen hearing, to the byte.

`python -m fixtures.make_calls` renews the golden files; read the difference before you keep it.
"""

import pytest

from fixtures.make_calls import CALLS, SOURCES, understand_call


@pytest.mark.parametrize("call", SOURCES)
def test_the_same_hearing_gives_the_same_report(call):
    golden = (CALLS / call / "report.json").read_text("utf-8")
    assert understand_call(CALLS / call) == golden


@pytest.mark.parametrize("call", SOURCES)
def test_the_sides_of_a_fixture_are_told(call):
    import json

    told = json.loads((CALLS / call / "report.json").read_text("utf-8"))["speakers"]
    assert {one["side"] for one in told} == {"seller", "buyer"}
