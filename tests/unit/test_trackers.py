from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from analyzer.conversation import Conversation
from analyzer.meaning import Meaning
from analyzer.moments.trackers import find_trackers
from analyzer.playbook import Playbook, Tracker
from analyzer.reading import Vectors
from analyzer.recording import Side
from tests.builders import BUYER, SELLER, talk

LINES = (
    (SELLER, "Did the board sign the contract?"),
    (BUYER, "Not yet, we've got a board meeting in May."),
    (BUYER, "I'm afraid our people would never open another app."),
    (SELLER, "Right."),
)


def found(*trackers: Tracker, call: Conversation | None = None) -> list[tuple[str | None, str]]:
    call = replace(call or talk(LINES), playbook=Playbook(trackers=trackers))
    return [(one.name, one.quote.text) for one in find_trackers(call)]


def test_phrases_are_searched_as_lexicons_write_them() -> None:
    board = Tracker("board", {"en": "The board"}, {"en": ("we have * board|committee",)})
    assert found(board) == [("board", LINES[1][1])]


def test_a_sentence_is_found_once_however_many_phrases_it_has() -> None:
    board = Tracker("board", {}, {"en": ("board", "meeting")})
    assert len(found(board)) == 2


def test_only_one_side_may_count() -> None:
    board = Tracker("board", {}, {"en": ("board",)}, side=Side.SELLER)
    assert found(board) == [("board", LINES[0][1])]


def test_phrases_of_another_language_are_not_searched() -> None:
    assert found(Tracker("board", {}, {"fr": ("board",)})) == []


class Compass:
    """Puts texts about apps in one direction, all others near another one."""

    name = "compass"

    def embed(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), 64), np.float32)
        for n, text in enumerate(texts):
            rows[n, 0] = 1.0
            rows[n, 1 + sum(text.encode()) % 60] = 0.3
            if "app" in text:
                rows[n] = 0.0
                rows[n, 63] = 1.0
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def meaning(lines: Sequence[tuple[str, str]]) -> Conversation:
    call = talk(lines)
    vectors = Compass().embed([sentence.text for sentence in call.sentences])
    return replace(call, meaning=Meaning(vectors, Compass()))


ADOPTION = Tracker("adoption", {}, examples=("Nobody will use the app.",))
FILLING = tuple((SELLER, f"Our number {n} is about something else.") for n in range(40))


def test_a_sentence_much_nearer_to_an_example_than_others_is_found() -> None:
    assert found(ADOPTION, call=meaning((*FILLING, *LINES))) == [("adoption", LINES[2][1])]


def test_nothing_is_found_where_nothing_stands_out() -> None:
    assert found(ADOPTION, call=meaning(FILLING)) == []
    assert found(ADOPTION, call=meaning(6 * LINES[2:3])) == []


def test_a_sentence_that_was_not_read_is_not_found_by_anothers_meaning() -> None:
    call = meaning((*FILLING, *LINES))
    assert call.meaning is not None
    unread = replace(call.meaning, borrowed=frozenset({len(FILLING) + 2}))
    assert found(ADOPTION, call=replace(call, meaning=unread)) == []


def test_examples_need_an_embedder() -> None:
    assert found(ADOPTION) == []


def test_an_empty_call_has_none() -> None:
    assert found(ADOPTION, Tracker("x", {}, {"en": ("x",)}), call=talk(())) == []
