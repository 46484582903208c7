"""A playbook's text, changed piece by piece: what it says is right, the rest as it was written."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import Conflict, Missing
from models.trackers import drop_tracker, put_tracker

NEW = {"id": "x", "name": {"en": "X"}, "phrases": {"en": ["a b"]}, "side": "buyer"}
OWN = {"id": "y", "name": {"en": "Y"}, "phrases": {"en": ["q"]}}
WRITTEN = [
    "",
    "# nothing\n",
    "products = ['a']  # ours\n[weights]\nrapport = 0\n",
    "trackers = [{id = 'y', name = {en = 'Y'}, phrases = {en = ['q']}}]\n",
    "[[trackers]]\nid = 'y'\nname.en = 'Y'\nphrases.en = ['q']\n",
    "[[trackers]]\nid = 'y'\n[trackers.name]\nen = 'Y'\n[trackers.phrases]\nen = ['q']\n# end",
    "[[trackers]]\r\nid = 'y'\r\nname.en = 'Y'\r\nphrases.en = ['q']\r\n"
    "\r\n[weights]\r\nrapport = 0\r\n",
]


@pytest.mark.parametrize("text", WRITTEN)
def test_a_tracker_is_added_whatever_way_the_text_is_written(text: str) -> None:
    before = tomllib.loads(text)
    after = tomllib.loads(put_tracker(text, NEW))
    assert after.pop("trackers") == [*before.pop("trackers", []), NEW]
    assert after == before


@pytest.mark.parametrize("text", WRITTEN)
def test_what_was_added_can_be_taken_away_again(text: str) -> None:
    assert tomllib.loads(drop_tracker(put_tracker(text, NEW), "x")) == tomllib.loads(text)


def test_comments_and_order_stay() -> None:
    text = "# ours\nproducts = [ 'a',\n  'b' ] # both\n\n[[tips]]  # one\nid = 'n'\n"
    assert put_tracker(text, NEW).startswith(text)


def test_trackers_apart_from_one_another_are_found_or_nothing_is_changed() -> None:
    text = (
        "[[trackers]]\nid = 'x'\nname.en = 'A'\nphrases.en = ['q']\n"
        "[weights]\nrapport = 0\n"
        "[[trackers]]\nid = 'y'\nname.en = 'Y'\nphrases.en = ['q']\n"
    )
    try:
        after = tomllib.loads(put_tracker(text, NEW))
    except Conflict as refused:
        assert "whole text" in str(refused)  # noqa: PT017
    else:
        assert after == {"trackers": [NEW, OWN], "weights": {"rapport": 0}}


def test_what_is_not_there_cannot_be_taken_away() -> None:
    with pytest.raises(Missing, match="no tracker z"):
        drop_tracker("", "z")


@given(
    st.text(min_size=1, max_size=20),
    st.dictionaries(st.from_regex(r"\A[a-z]{2}\Z"), st.text(max_size=20), max_size=3),
    st.lists(st.text(max_size=20), max_size=3),
)
def test_any_words_come_back_as_they_were(
    tracker_id: str, name: dict[str, str], examples: list[str]
) -> None:
    tracker = {"id": tracker_id, "name": name, "examples": examples}
    try:
        text = put_tracker(WRITTEN[4], tracker)
    except Conflict:  # nothing was changed, which is right too
        return
    assert tracker in tomllib.loads(text)["trackers"]
