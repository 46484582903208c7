from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.corrections import (
    FixWords,
    GiveWords,
    MergeSpeakers,
    NameSpeaker,
    SetSide,
    SwapSides,
    apply_corrections,
)
from analyzer.corrections_codec import (
    KINDS,
    correction_from_json,
    correction_from_page,
    correction_to_json,
)
from analyzer.errors import BadCorrection
from analyzer.recording import Side
from analyzer.speech import Span, SpeakerId
from analyzer.transcript import assemble
from models.tables.notes import CORRECTIONS
from tests.builders import conversation

CALL = conversation([("Z", "One two three."), ("A", "Four five."), ("Z", "Six.")])
TALK = assemble(CALL)
Z, A = SpeakerId("Z"), SpeakerId("A")
END = "seconds from 0 to 1000000"


def test_the_kinds_are_those_that_are_kept():
    assert KINDS == CORRECTIONS


@pytest.mark.parametrize(
    ("kind", "what", "correction"),
    [
        ("name_speaker", {"speaker": "S1", "name": " Olga  Marsh "}, NameSpeaker(Z, "Olga Marsh")),
        ("set_side", {"speaker": "S2", "side": "buyer"}, SetSide(A, Side.BUYER)),
        ("swap_sides", {}, SwapSides()),
        ("merge_speakers", {"from": "S2", "into": "S1"}, MergeSpeakers(A, Z)),
        ("give_words", {"start": 0, "end": 1, "speaker": "S2"}, GiveWords(Span(0, 1), A)),
        (
            "give_words",
            {"start": 0, "end": 1, "speaker": "S2", "from": "S1"},
            GiveWords(Span(0, 1), A, Z),
        ),
        (
            "give_words",
            {"start": 0.5, "end": 1, "speaker": "new"},
            GiveWords(Span(0.5, 1), SpeakerId("added 0.500")),
        ),
        (
            "fix_words",
            {"start": 0, "end": 1, "speaker": "S1", "text": " won "},
            FixWords(Span(0, 1), Z, "won"),
        ),
        ("fix_words", {"start": 0, "end": 3, "text": ""}, FixWords(Span(0, 3), Z, "")),
        ("fix_words", {"start": 1.5, "end": 9, "text": "x"}, FixWords(Span(1.5, 9), A, "x")),
    ],
)
def test_a_page_speaks_of_the_speakers_it_shows(kind, what, correction):
    assert correction_from_page(kind, what, TALK) == correction
    assert correction_from_json(*correction_to_json(correction)) == correction


def test_a_correction_outlasts_another_count_of_the_speakers():
    first = GiveWords(Span(0, 1.5), A)
    renamed = correction_from_page("name_speaker", {"speaker": "S2", "name": "Olga"}, TALK)
    counted_anew = assemble(apply_corrections(CALL, [first]).hearing)
    assert counted_anew.heard_as["S1"] == A
    assert apply_corrections(CALL, [first, renamed]).known[0].names == {A: "Olga"}


def test_someone_new_gets_a_label_of_their_own():
    first = correction_from_page("give_words", {"start": 0, "end": 1, "speaker": "new"}, TALK)
    talk = assemble(apply_corrections(CALL, [first]).hearing)
    second = correction_from_page("give_words", {"start": 0, "end": 9, "speaker": "new"}, talk)
    assert second.to not in talk.heard_as.values()
    assert set(apply_corrections(CALL, [first, second]).hearing.owners) == {second.to}


@pytest.mark.parametrize(
    ("kind", "what", "message"),
    [
        (
            "name_speaker",
            {"speaker": "Z", "name": "Olga"},
            "speaker: there is no 'Z' in the report, but S1, S2",
        ),
        ("merge_speakers", {"from": "S9", "into": "S1"}, "from: there is no 'S9' in the report"),
        (
            "set_side",
            {"speaker": "new", "side": "buyer"},
            "speaker: there is no 'new' in the report",
        ),
        (
            "give_words",
            {"start": 50, "end": 51, "speaker": "S1"},
            "start: no such words are said between 50 and 51 s",
        ),
        (
            "give_words",
            {"start": 0, "end": 1, "speaker": "S1", "from": "S2"},
            "start: no such words",
        ),
        ("fix_words", {"start": 50, "end": 51, "text": "x"}, "start: no such words"),
        ("fix_words", {"start": 0, "end": 1, "speaker": "S2", "text": "x"}, "start: no such words"),
        ("fix_words", {"start": "a", "text": "x"}, f"fix_words: start: is 'a'; allowed: {END}"),
    ],
)
def test_a_page_that_is_out_of_date_is_told(kind, what, message):
    with pytest.raises(BadCorrection) as caught:
        correction_from_page(kind, what, TALK)
    assert message in str(caught.value)


SPAN = {"start": 1, "end": 2}


@pytest.mark.parametrize(
    ("kind", "what", "message"),
    [
        ("rename", {}, "kind: 'rename' is none; allowed: name_speaker, set_side"),
        ("set_side", None, "set_side: must be an object with its keys; allowed: speaker, side"),
        ("set_side", [], "set_side: must be an object"),
        ("swap_sides", {"x": 1}, "swap_sides: 'x' is no key of it; allowed: none"),
        ("set_side", {7: 1}, "set_side: 'int' is no key of it"),
        ("set_side", {"speaker": "A"}, "set_side: side: is missing"),
        (
            "set_side",
            {"speaker": "A", "side": "sells"},
            "side: is 'sells'; allowed: seller, buyer, unknown",
        ),
        ("set_side", {"speaker": "A", "side": []}, "side: is 'list'; allowed: seller"),
        ("set_side", {"speaker": 1, "side": "buyer"}, "speaker: is 'int'; allowed: a text"),
        ("set_side", {"speaker": None, "side": "buyer"}, "speaker: is 'NoneType'; allowed: a text"),
        ("name_speaker", {"speaker": "A", "name": " \n"}, "name: has 0 signs; allowed: 1 to 200"),
        (
            "name_speaker",
            {"speaker": "A", "name": "x" * 201},
            "name: has 201 signs; allowed: 1 to 200",
        ),
        (
            "name_speaker",
            {"speaker": "A", "name": "a\0b"},
            "name: has signs that cannot be printed",
        ),
        (
            "name_speaker",
            {"speaker": "A", "name": "a\ud800b"},
            "name: has signs that cannot be printed",
        ),
        ("merge_speakers", {"from": "A", "into": "A"}, "into: must be another speaker than from"),
        ("give_words", {**SPAN, "speaker": "A", "from": "A"}, "speaker: must be another"),
        ("give_words", {"end": 2, "speaker": "A"}, "give_words: start: is missing"),
        ("give_words", {**SPAN, "end": 1, "speaker": "A"}, "end: must be after start (1 s)"),
        ("give_words", {**SPAN, "start": -1, "speaker": "A"}, f"start: is 'int'; allowed: {END}"),
        ("give_words", {**SPAN, "end": 10**400, "speaker": "A"}, "end: is 'int'"),
        ("give_words", {**SPAN, "end": float("nan"), "speaker": "A"}, "end: is 'float'"),
        ("give_words", {**SPAN, "end": float("inf"), "speaker": "A"}, "end: is 'float'"),
        ("give_words", {**SPAN, "end": True, "speaker": "A"}, "end: is 'bool'"),
        ("fix_words", {**SPAN, "speaker": "A", "text": 7}, "text: is 'int'; allowed: a text"),
        ("fix_words", {**SPAN, "speaker": "A", "text": "x" * 10_001}, "text: has 10001 signs"),
        ("fix_words", {**SPAN, "text": "x"}, "fix_words: speaker: is missing"),
        ("dismiss_tip", {"rule": ""}, "dismiss_tip: rule: has 0 signs"),
        ("rename" * 50, {}, "kind: 'renamerename"),
        ("swap_sides", {"x\n" * 50: 1}, r"swap_sides: 'x\nx\n"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(kind, what, message):
    with pytest.raises(BadCorrection) as caught:
        correction_from_json(kind, what)
    told = str(caught.value)
    assert message in told
    assert "\n" not in told
    assert len(told) < 200
    assert told.isprintable()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)
keys = st.sampled_from(["speaker", "name", "side", "from", "into", "start", "end", "text", "rule"])


@given(
    st.sampled_from(KINDS) | st.text(max_size=9), st.dictionaries(keys, json_values) | json_values
)
def test_anything_is_read_or_refused(kind, what):
    kept = []
    for read in (
        lambda: correction_from_json(kind, what),
        lambda: correction_from_page(kind, what, TALK),
    ):
        with suppress(BadCorrection):
            kept.append(read())
    assert [correction_from_json(*correction_to_json(one)) for one in kept] == kept
