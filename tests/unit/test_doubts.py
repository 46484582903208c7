from typing import TYPE_CHECKING

import pytest

from analyzer.engines.doubts import is_doubtful, without_loops
from tests.builders import words

if TYPE_CHECKING:
    from faster_whisper.transcribe import Segment


def segment(
    text: str = "we could start in march with ten seats",
    *,
    gzip_ratio: float = 1.4,
    likelihood: float = -0.3,
    silence: float = 0.02,
) -> "Segment":
    """What faster-whisper makes of a few seconds that it heard well."""
    from faster_whisper.transcribe import Segment, Word

    heard = [Word(n * 0.4, n * 0.4 + 0.3, f" {word}", 0.9) for n, word in enumerate(text.split())]
    return Segment(
        id=1,
        seek=0,
        start=0.0,
        end=3.0,
        text=text,
        tokens=[],
        avg_logprob=likelihood,
        compression_ratio=gzip_ratio,
        no_speech_prob=silence,
        words=heard,
        temperature=0.0,
    )


def test_what_was_heard_well_is_believed() -> None:
    assert not is_doubtful([segment(), segment()], 6.0)


@pytest.mark.parametrize(
    ("gzip_ratio", "likelihood", "silence"),
    [
        pytest.param(2.5, -0.3, 0.02, id="repeats itself"),
        pytest.param(1.4, -1.1, 0.02, id="unlikely"),
        pytest.param(1.4, -0.6, 0.7, id="words in silence"),
    ],
)
def test_one_bad_segment_makes_a_window_doubtful(
    gzip_ratio: float, likelihood: float, silence: float
) -> None:
    bad = segment(gzip_ratio=gzip_ratio, likelihood=likelihood, silence=silence)
    assert is_doubtful([segment(), bad], 6.0)


def test_words_that_are_certain_are_believed_in_silence() -> None:
    assert not is_doubtful([segment(silence=0.9, likelihood=-0.2)], 3.0)


@pytest.mark.parametrize(
    ("text", "seconds", "doubtful"),
    [
        ("", 4.0, False),
        ("", 20.0, True),
        ("thank you", 4.0, False),
        ("thank you", 20.0, True),
        ("we could start in march with ten seats", 20.0, False),
    ],
)
def test_an_almost_empty_page_after_much_speech_is_doubtful(
    text: str, seconds: float, doubtful: bool
) -> None:
    assert is_doubtful([segment(text)], seconds) is doubtful


def test_no_segment_at_all_is_doubtful_after_much_speech() -> None:
    assert is_doubtful([], 20.0)
    assert not is_doubtful([], 1.0)


def kept(text: str) -> str:
    return " ".join(word.text for word in without_loops(words(text, 0.0)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no no no that is fine",
        "yes yes yes",
        "we want it we want it we want it",
        "the price the term the price the term",
    ],
)
def test_people_repeat_themselves(text: str) -> None:
    assert kept(text) == text


@pytest.mark.parametrize(
    "phrase",
    ["okay", "thank you", "so we will see what comes next then"],
)
def test_a_loop_is_cut_to_three(phrase: str) -> None:
    looped = " ".join([phrase] * 40)
    assert kept(f"well {looped} goodbye") == f"well {phrase} {phrase} {phrase} goodbye"


def test_a_loop_is_seen_through_marks_and_capitals() -> None:
    assert kept("Merci. merci, MERCI! merci… Merci") == "Merci. merci, MERCI!"


def test_what_is_kept_keeps_its_time() -> None:
    spoken = words("one two two two two two three", 5.0)
    assert without_loops(spoken) == [*spoken[:4], spoken[-1]]
