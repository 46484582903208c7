"""The report of each fixture follows from its frozen hearing, to the byte, and is kept as it is.

`python -m fixtures.make_calls` renews the golden files; read the difference before you keep it.
"""

import json
from dataclasses import fields
from functools import cache

import pytest

from analyzer import load_engines
from analyzer.codec import dumps_report, hearing_from_json
from analyzer.formats import FORMATS, Rendering
from analyzer.report import CallReport
from analyzer.report_codec import report_from_kept, report_to_kept
from analyzer.transcript import assemble
from fixtures.make_calls import CALLS, SOURCES, understand_call

engines = cache(load_engines)


@cache
def report_of(call):
    """Understood once, with weights that are read once for all calls."""
    return understand_call(CALLS / call, engines())


def golden(call):
    return (CALLS / call / "report.json").read_text("utf-8")


@pytest.mark.parametrize("call", SOURCES)
def test_the_same_hearing_gives_the_same_report(call):
    assert dumps_report(report_of(call)) == golden(call)


@pytest.mark.parametrize("call", SOURCES)
def test_a_report_comes_back_exactly(call):
    """From what the store keeps of it."""
    report = report_of(call)
    hearing = hearing_from_json(json.loads((CALLS / call / "hearing.json").read_text("utf-8")))
    kept = json.loads(json.dumps(report_to_kept(report)))
    back = report_from_kept(kept, assemble(hearing))
    for field in fields(CallReport):
        assert getattr(back, field.name) == getattr(report, field.name), field.name
    assert dumps_report(back) == golden(call)
    for write in FORMATS.values():
        assert write(back, Rendering()) == write(report, Rendering())


@pytest.mark.parametrize("call", SOURCES)
def test_the_sides_of_a_fixture_are_told(call):
    told = json.loads(golden(call))["speakers"]
    assert {one["side"] for one in told} == {"seller", "buyer"}
