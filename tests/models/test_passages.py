"""A call is cut into passages that mean something, and nothing of it is lost."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analyzer.reading import Vectors
from analyzer.recording import Side
from analyzer.sides import Speaker
from analyzer.speech import SpeakerId
from analyzer.transcript import Transcript, Utterance
from models.meaning_space import centre_passages
from models.passages import MOST_WORDS, CutPassage, cut_passages, embed_passages, passage_rows
from tests.builders import BUYER, SELLER, words

SPEAKERS = (
    Speaker(SELLER, "Tom", Side.SELLER, "Told by the test"),
    Speaker(BUYER, None, Side.BUYER, "Told by the test"),
)


class Lengths:
    """Places texts by their length."""

    name = "lengths"

    def embed(self, texts: list[str]) -> Vectors:
        rows = [[np.cos(len(text)), np.sin(len(text))] for text in texts]
        return np.asarray(rows, np.float32)


def call(*said: tuple[SpeakerId, int], pause_s: float = 1.0) -> Transcript:
    """A call in which each speaker says so many words, two a second."""
    start, utterances = 0.0, []
    for n, (who, count) in enumerate(said):
        spoken = words(" ".join(f"w{n}.{k}" for k in range(count)), start)
        utterances.append(Utterance(n, who, spoken))
        start = spoken[-1].span.end + pause_s
    return Transcript("en", start, tuple(utterances), ())


def counts(passages: tuple[CutPassage, ...]) -> list[int]:
    return [len(one.text.split()) for one in passages]


def test_short_utterances_are_put_together() -> None:
    passages = cut_passages(call(*[(SELLER, 12), (BUYER, 8)] * 9), SPEAKERS)
    assert counts(passages) == [60, 60, 60]
    assert [(one.first_utterance, one.last_utterance) for one in passages] == [
        (0, 5),
        (6, 11),
        (12, 17),
    ]
    assert {one.side for one in passages} == {Side.SELLER}
    assert passages[0].start_s == 0.0
    assert passages[0].end_s < passages[1].start_s


def test_a_long_silence_parts_passages() -> None:
    passages = cut_passages(call((SELLER, 20), (BUYER, 20), pause_s=60), SPEAKERS)
    assert [(one.side, len(one.text.split())) for one in passages] == [
        (Side.SELLER, 20),
        (Side.BUYER, 20),
    ]


def test_a_monologue_is_cut_and_each_part_has_its_own_time() -> None:
    passages = cut_passages(call((SELLER, 1000)), SPEAKERS)
    assert max(counts(passages)) <= MOST_WORDS
    assert sum(counts(passages)) == 1000
    assert {one.first_utterance for one in passages} == {0}
    starts = [one.start_s for one in passages]
    assert starts == sorted(set(starts))


def test_a_few_last_words_belong_to_what_was_said_before() -> None:
    assert counts(cut_passages(call((SELLER, 70), (BUYER, 2)), SPEAKERS)) == [72]


def test_a_call_of_two_words_is_a_passage_and_silence_is_none() -> None:
    (only,) = cut_passages(call((BUYER, 2)), ())
    assert (only.text, only.side) == ("w0.0 w0.1", Side.UNKNOWN)
    assert cut_passages(Transcript("en", 9.0, (), ()), SPEAKERS) == ()
    assert [*passage_rows(Transcript("en", 9.0, (), ()), SPEAKERS, Lengths())] == []


def test_sides_that_say_as_much_leave_it_open() -> None:
    (only,) = cut_passages(call((BUYER, 20), (SELLER, 20)), SPEAKERS)
    assert only.side is Side.UNKNOWN


@given(
    st.lists(st.tuples(st.sampled_from([SELLER, BUYER]), st.integers(1, 300)), max_size=30),
    st.sampled_from([0.1, 1.0, 30.0]),
)
def test_every_word_is_in_one_passage_in_order(
    said: list[tuple[SpeakerId, int]], pause_s: float
) -> None:
    transcript = call(*said, pause_s=pause_s)
    passages = cut_passages(transcript, SPEAKERS)
    spoken = [word.text for one in transcript.utterances for word in one.words]
    assert [word for one in passages for word in one.text.split()] == spoken
    assert all(one.first_utterance <= one.last_utterance for one in passages)
    assert all(one.start_s < one.end_s for one in passages)
    assert all(count <= MOST_WORDS + 14 for count in counts(passages))


def test_each_passage_has_its_own_row() -> None:
    transcript = call(*[(SELLER, 70)] * 50)
    rows = [*passage_rows(transcript, SPEAKERS, Lengths())]
    passages = cut_passages(transcript, SPEAKERS)
    wanted = embed_passages(passages, "en", Lengths())
    assert [row["position"] for row in rows] == [*range(50)]
    assert np.allclose([row["vector"] for row in rows], wanted)
    assert {row["side"] for row in rows} == {"seller"}


def test_vectors_of_another_engine_are_kept_as_they_are() -> None:
    rows = np.eye(384, dtype=np.float32)[:3]
    assert np.array_equal(centre_passages(rows, "fr", Lengths()), rows)
