"""A result says what was invented, what is missing, and what crashed."""

from math import inf
from pathlib import Path

import pytest

from tests.accuracy.cases import Case, Group
from tests.accuracy.reference import Heard, Line, Reference
from tests.accuracy.reports import Reports, _batches, _links
from tests.accuracy.results import Result, result_checks
from tests.benchmarks.measured import Run

MUSIC = Case("music", Path("music.wav"), quiet_until=60.0)
SILENCE = Case("silence", Path("silence.wav"), quiet_until=inf)


def heard(case: str, *starts: float) -> Heard:
    return Heard(case, "en", (), tuple(Line("S1", start, "word") for start in starts))


def result(*cases: Case, heard: tuple[Heard, ...] = (), runs: tuple[Run, ...] = ()) -> Result:
    reports = Reports({one.id: one for one in heard}, runs)
    return Result(Group("quiet", "Quiet", cases), reports, {}, {})


def passed(one: Result) -> dict[str, bool | None]:
    return {check.what: check.passed for check in result_checks(one)}


def test_words_before_anyone_speaks_are_invented() -> None:
    one = result(MUSIC, SILENCE, heard=(heard("music", 59.9, 60.0), heard("silence", 200.0)))
    assert one.invented == {"music": 1, "silence": 1}
    assert passed(one)["quiet: words invented"] is False


def test_an_empty_transcript_passes_and_no_transcript_proves_nothing() -> None:
    assert passed(result(SILENCE, heard=(heard("silence"),)))["quiet: words invented"] is True
    assert passed(result(SILENCE))["quiet: words invented"] is None


def test_a_recording_with_a_truth_must_have_a_report() -> None:
    one = result(Case("call", Path("call.wav"), reference=Reference("call")))
    assert passed(one)["quiet: reports missing"] is False


@pytest.mark.parametrize(
    ("exit_code", "output", "crashes"),
    [(0, "", 0), (2, "call.wav: not audio", 0), (1, "Traceback (most recent", 1), (-11, "", 1)],
)
def test_refusing_is_no_crash(exit_code: int, output: str, crashes: int) -> None:
    assert Reports({}, (Run(1.0, 1, exit_code, output),)).crashes == crashes


def test_calls_with_a_meeting_are_heard_alone_when_it_is_told(tmp_path: Path) -> None:
    known = Case("known", Path("known.wav"), meeting=tmp_path)
    assert list(_batches((known, MUSIC), with_meeting=False)) == [([known, MUSIC], ())]
    assert list(_batches((known, MUSIC), with_meeting=True)) == [
        ([MUSIC], ()),
        ((known,), ("--meeting", str(tmp_path))),
    ]


def test_recordings_of_one_name_get_reports_of_their_own(tmp_path: Path) -> None:
    cases = [Case(f"call{n}", Path(f"calls/{n}/audio.flac")) for n in range(2)]
    assert [link.name for link in _links(cases, tmp_path)] == ["call0.flac", "call1.flac"]
