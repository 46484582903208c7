"""The stock pipeline lays words over turns as anyone would."""

from types import SimpleNamespace

from tests.benchmarks.stock import utterances


def word(text: str, start: float, end: float) -> SimpleNamespace:
    return SimpleNamespace(word=text, start=start, end=end)


def test_a_word_goes_to_the_speaker_who_overlaps_it_most() -> None:
    turns = [{"speaker": "A", "start": 0, "end": 2}, {"speaker": "B", "start": 2, "end": 4}]
    words = [word("one", 0.5, 1), word("two", 1.5, 2.2), word("three", 1.9, 2.5), word("on", 5, 6)]
    got = [(one["speaker"], [w["text"] for w in one["words"]]) for one in utterances(words, turns)]
    assert got == [("A", ["one", "two"]), ("B", ["three", "on"])]


def test_without_turns_everybody_is_one_speaker() -> None:
    (only,) = utterances([word("one", 0, 1), word("two", 1, 2)], [])
    assert (only["speaker"], only["start"], only["end"]) == ("S0", 0, 2)
