import dataclasses
import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.speech import Span, Word
from tests.builders import BUYER, SELLER, call_report, words
from tests.rendered import render


def cues(subtitles: str) -> list[tuple[float, float, list[str]]]:
    """Start, end and lines of every cue, read as a player reads them."""
    read = []
    for block in subtitles.removeprefix("WEBVTT\n\n").split("\n\n"):
        _number, times, *lines = block.strip().split("\n")
        start, end = (seconds(moment) for moment in times.split(" --> "))
        spoken = [unescape(re.sub(r"</?v[^>]*>", "", line)) for line in lines]
        read.append((start, end, spoken))
    return read


def seconds(moment: str) -> float:
    hours, minutes, rest = moment.replace(",", ".").split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([SELLER, BUYER]),
            st.floats(0, 5000),
            st.lists(
                st.tuples(st.text(" abc<>&.-\n\u2028", max_size=12), st.floats(0, 9)), min_size=1
            ),
        ),
        max_size=6,
    )
)
@pytest.mark.parametrize("name", ["srt", "vtt"])
def test_cues_are_short_ordered_and_lose_nothing(
    name: str, said: list[tuple[object, float, list[tuple[str, float]]]]
) -> None:
    utterances = []
    for who, start, texts in said:
        spoken, at = [], start
        for text, length in texts:
            spoken.append(Word(Span(at, at + length), text, 0.9))
            at += length
        utterances.append((who, tuple(spoken)))
    report = call_report(utterances)  # type: ignore[arg-type]
    written = render(report, name)
    read = cues(written) if "-->" in written else []
    starts = [start for start, _, _ in read]
    assert starts == sorted(starts)
    for start, end, lines in read:
        assert 0 < end - start <= 6.01
        assert 1 <= len(lines) <= 2
        assert all(len(line) <= 42 for line in lines)
    heard = "".join(word.text for _, spoken in utterances for word in spoken)
    kept = "".join("".join(lines) for _, _, lines in read)
    assert kept.count("b") == heard.count("b")


def test_cues_break_at_words_by_their_own_times() -> None:
    report = call_report([(SELLER, words("word " * 40, 10.0))])
    read = cues(render(report, "vtt"))
    assert [start for start, _, _ in read] == [10.0, 16.0, 22.0, 28.0]
    assert all(len(line) <= 42 for _, _, lines in read for line in lines)


def test_srt_names_the_speaker_only_when_it_changes() -> None:
    said = [(SELLER, words("One.", 1)), (SELLER, words("Two.", 3)), (BUYER, words("Three.", 5))]
    assert [lines for _, _, lines in cues(render(call_report(said), "srt"))] == [
        ["Tom: One."],
        ["Two."],
        ["Speaker 2: Three."],
    ]


def test_vtt_escapes_text_and_names() -> None:
    report = call_report([(SELLER, (Word(Span(1, 2), "a<b>&-->", 0.9),))])
    speakers = (dataclasses.replace(report.speakers[0], name="R&D <i>"), report.speakers[1])
    written = render(dataclasses.replace(report, speakers=speakers), "vtt")
    assert "<v R&amp;D &lt;i&gt;>a&lt;b&gt;&amp;--&gt;</v>" in written
    assert written.count("-->") == 1


def test_srt_cannot_be_split_by_an_arrow() -> None:
    report = call_report([(SELLER, (Word(Span(1, 2), "a --> b", 0.9),))])
    assert render(report, "srt").count("-->") == 1


def test_subtitles_count_hours() -> None:
    report = call_report([(SELLER, words("Late.", 3 * 3600 + 62.5))], duration_s=11_000)
    assert "03:01:02.500 -->" in render(report, "vtt")
    assert "03:01:02,500 -->" in render(report, "srt")
