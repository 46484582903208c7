"""Recordings are found in the layouts of fixtures, a corpus, and real clips."""

from math import inf
from pathlib import Path

import pytest

from tests.accuracy.cases import corpus_groups, fixture_group
from tests.benchmarks.measured import ROOT

STM = "x 1 Ann 0.0 1.0 hello"


def touch(folder: Path, *names: str, text: str = "") -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")


def test_each_fixture_is_a_case_with_truth_meeting_and_language() -> None:
    group = fixture_group(ROOT / "fixtures" / "calls")
    assert len(group.cases) == 4
    assert group.languages == ("en", "fr")
    assert all(case.reference and case.meeting for case in group.cases)


def test_variants_are_scored_against_the_truth_of_their_call(tmp_path: Path) -> None:
    touch(tmp_path / "calls", "a.flac", "b.flac")
    touch(tmp_path / "calls", "a.stm", "b.stm", text=STM)
    touch(tmp_path / "variants", "a.mp3", "a.stereo.flac", "b.stereo.flac")
    groups = {group.slug: group for group in corpus_groups(tmp_path)}
    assert list(groups) == ["calls", "mp3", "stereo"]
    assert [case.id for case in groups["stereo"].cases] == ["a", "b"]
    assert groups["mp3"].cases[0].reference == groups["calls"].cases[0].reference


def test_real_clips_are_grouped_by_origin_and_need_a_truth(tmp_path: Path) -> None:
    clips = ("en-ami-trn00.wav", "fleurs-fr-000.ogg", "en-jfk.flac", "en-untold.wav")
    touch(tmp_path / "speech", *clips)
    touch(tmp_path / "speech", "en-ami-trn00.stm", "fleurs-fr-000.stm", "en-jfk.stm", text=STM)
    touch(tmp_path / "speech", "index.tsv", text="id\tlang\twhat\nfleurs-fr-000\tfr\tread\n")
    groups = {group.slug: group for group in corpus_groups(tmp_path)}
    assert {slug: [case.id for case in group.cases] for slug, group in groups.items()} == {
        "ami": ["en-ami-trn00"],
        "fleurs": ["fleurs-fr-000"],
        "speech": ["en-jfk"],
    }
    assert groups["fleurs"].languages == ("fr",)


@pytest.mark.parametrize(
    ("name", "rest", "quiet_until"),
    [
        ("silence.flac", "plain\tdecodes: flac 3.685 s", inf),
        ("a.wav", "1 s of digital silence\tdecodes: wav 1.000 s", inf),
        ("a.mp4", "video, music: VAD finds no speech\tdecodes: aac 3.853 s", inf),
        ("a.webm", "webm, a tone\tdecodes: opus 8.000 s", inf),
        ("a.wav", "RF64 WAV\tdecodes: pcm 0.100 s", inf),
        ("a.mp3", "music, then speech; Any words before 60 s are invented\tdecodes: 74.523 s", 60),
        ("a.wav", 'padded with silence; text: "how old"\tdecodes: pcm 5.811 s', 0),
        ("a.wav", "24-bit WAV\tdecodes: pcm 2.745 s", 0),
        ("a.mp3", "truncated mp3\tfails: InvalidDataError", 0),
    ],
)
def test_expectations_say_where_nobody_speaks(
    tmp_path: Path, name: str, rest: str, quiet_until: float
) -> None:
    touch(tmp_path / "nasty", name)
    touch(tmp_path / "nasty", "expectations.tsv", text=f"{name}\t{rest}\ngone.wav\tno speech\t\n")
    (group,) = corpus_groups(tmp_path)
    assert [case.quiet_until for case in group.cases] == [quiet_until]


def test_a_pattern_picks_groups_or_calls() -> None:
    group = fixture_group(ROOT / "fixtures" / "calls")
    assert len(group.only("").cases) == 4
    assert len(group.only("fixtures/fr").cases) == 2
    assert [case.id for case in group.only("meridian").cases] == ["en05_security_meridian"]
    assert group.only("stereo/*").cases == ()
