import json
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.corrections import (
    NO_CORRECTIONS,
    DismissTip,
    FixWords,
    GiveWords,
    MergeSpeakers,
    NameSpeaker,
    SetSide,
    SwapSides,
    apply_corrections,
)
from analyzer.corrections_codec import correction_from_json, correction_to_json
from analyzer.playbook import Playbook
from analyzer.recording import Meeting, Side
from analyzer.speech import Diarization, Span, SpeakerId, Word
from analyzer.transcript import assemble, with_owners
from analyzer.understanding import Readers, understand_with
from tests.builders import conversation, hearing, turn, words

NEUTRAL = "Well, it was raining the whole of the week end and the garden looks very green."
CALL = conversation([("A", NEUTRAL), ("B", "Really?"), ("A", "Fine."), ("B", "Good, bye.")])
A, B, C, NEW = map(SpeakerId, ("A", "B", "C", "added 1.500"))


def said(call, *corrections):
    """(label, text) of each utterance."""
    transcript = assemble(apply_corrections(call, corrections).hearing)
    return [(transcript.heard_as[one.speaker], one.text) for one in transcript.utterances]


def turns(call, *corrections):
    """(label, start, end) of each turn."""
    found = apply_corrections(call, corrections).hearing.diarization.turns
    return [(one.speaker, one.span.start, one.span.end) for one in found]


def skipped(call, *corrections):
    return [(one.place, one.why) for one in apply_corrections(call, corrections).skipped]


def test_merged_speakers_are_one_with_the_voice_of_the_one_kept():
    call = conversation([("A", "One."), ("B", "Two."), ("C", "Three.")])
    voices = {A: (1.0, 0.0), B: (0.0, 1.0)}
    call = replace(call, diarization=replace(call.diarization, voices=voices))
    merged = apply_corrections(call, [MergeSpeakers(B, A)]).hearing
    assert said(call, MergeSpeakers(B, A)) == [("A", "One. Two."), ("C", "Three.")]
    assert merged.diarization.voices == {A: (1.0, 0.0)}
    assert apply_corrections(call, [MergeSpeakers(B, C)]).hearing.diarization.voices == {
        A: (1.0, 0.0),
        C: (0.0, 1.0),
    }


def test_overlapping_turns_of_merged_speakers_become_one():
    call = hearing(words("one two", 0), [turn("A", 0, 2), turn("B", 1, 3), turn("B", 1, 2, 1)])
    assert turns(call, MergeSpeakers(B, A)) == [("A", 0, 3), ("A", 1, 2)]


def test_merging_leaves_the_words_of_a_third_where_they_are():
    heard = [Word(Span(1.0, 2.0), "mine", 0.9)]
    spoken = [turn("A", 0, 1.35), turn("B", 1.35, 1.6), turn("C", 1.6, 2.0)]
    call = hearing(heard, spoken, exclusive=spoken)  # of the word B and A have less than C
    assert said(call) == [("C", "mine")]
    assert said(call, MergeSpeakers(B, A)) == [("C", "mine")]


def test_given_words_take_their_turns_along():
    call = conversation([("A", "One two three four five six.")])  # a word each third of a second
    given = GiveWords(Span(1.5, 2.6), NEW)
    assert said(call, given) == [
        ("A", "One two three"),
        (NEW, "four five six."),
    ]
    assert turns(call, given) == [("A", 0.5, 1.5), (NEW, 1.5, call.duration_s - 0.4)]


def test_what_is_left_of_a_turn_goes_along_unless_it_holds_a_word():
    call = hearing(
        [*words("mine", 1.0), *words("yours", 2.0)],
        [turn("A", 0.8, 2.9), turn("B", 5, 6)],
    )
    assert turns(call, GiveWords(Span(2.0, 2.5), B)) == [
        ("A", 0.8, 2.0),
        ("B", 2.0, 2.9),
        ("B", 5, 6),
    ]
    assert turns(call, GiveWords(Span(1.0, 2.5), B)) == [("B", 0.8, 2.9), ("B", 5, 6)]


def test_a_long_rest_of_a_turn_stays_though_no_word_was_recognised_in_it():
    call = hearing(words("yours", 2.0), [turn("A", 0, 4), turn("B", 5, 6)])
    assert turns(call, GiveWords(Span(2.0, 2.5), B)) == [
        ("A", 0, 2.0),
        ("B", 2.0, 2.5),
        ("A", 2.5, 4),
        ("B", 5, 6),
    ]


def test_given_words_of_one_leave_those_of_others_at_the_same_time():
    heard = [Word(Span(1.0, 1.4), "yes", 0.9, 0), Word(Span(1.0, 1.4), "right", 0.9, 1)]
    spoken = [turn("A", 0.9, 1.5, 0), turn("B", 0.9, 1.5, 1), turn("C", 3, 4, 0)]
    call = hearing(heard, spoken, exclusive=spoken, channels=2)
    stretch = Span(1.0, 1.4)
    own = GiveWords(stretch, C, of=A)
    assert sorted(said(call, own)) == [("B", "right"), ("C", "yes")]
    assert turns(call, own) == [("B", 0.9, 1.5), ("C", 0.9, 1.5), ("C", 3, 4)]
    assert {who for who, _ in said(call, GiveWords(stretch, C))} == {"C"}
    given = apply_corrections(call, [own]).hearing
    assert [one.channel for one in given.diarization.exclusive] == [1, 0, 0]


def test_given_words_that_lay_in_no_turn_make_one():
    call = hearing(words("far away", 8.0), [turn("A", 0, 1), turn("B", 2, 3)])
    assert turns(call, GiveWords(Span(8, 9), A)) == [
        ("A", 0, 1),
        ("B", 2, 3),
        ("A", 8.0, pytest.approx(8.9)),
    ]


def test_a_given_stretch_that_only_grazes_a_turn_leaves_it_whole():
    call = hearing(
        [*words("mine", 0.0), *words("yours", 1.0)],
        [turn("A", 0, 1.01), turn("A", 1.02, 1.6), turn("B", 5, 6)],
    )
    assert turns(call, GiveWords(Span(1.0, 1.5), B)) == [
        ("A", 0, 1.01),
        ("B", 1.02, 1.6),
        ("B", 5, 6),
    ]


def test_fixed_words_share_the_time_by_their_length():
    call = conversation([("A", "One toot tree."), ("B", "Yes.")])
    start, _, end = (word.span for word in call.words[:3])
    fixed = FixWords(Span(start.start, end.end), A, " to  three ")
    found = [w for w in apply_corrections(call, [fixed]).hearing.words if w.text != "Yes."]
    middle = start.start + (end.end - start.start) * 2 / 7
    assert found == [
        Word(Span(start.start, pytest.approx(middle)), "to", 1.0),
        Word(Span(pytest.approx(middle), end.end), "three", 1.0),
    ]


def test_no_text_takes_words_away_and_a_fix_keeps_the_channel():
    heard = [replace(word, channel=1) for word in words("one two", 0)]
    call = hearing(heard, [turn("A", 0, 2, 1)], channels=2)
    assert said(call, FixWords(Span(0, 0.5), A, "")) == [("A", "two")]
    assert said(call, FixWords(Span(0, 2), A, "")) == []
    fixed = apply_corrections(call, [FixWords(Span(0, 0.5), A, "won")]).hearing.words
    assert [(word.text, word.channel) for word in fixed] == [("won", 1), ("two", 1)]


def test_fixed_words_are_only_those_of_the_speaker():
    heard = [Word(Span(1.0, 1.4), "yes", 0.9, 0), Word(Span(1.0, 1.4), "right", 0.9, 1)]
    call = hearing(heard, [turn("A", 0.9, 1.5, 0), turn("B", 0.9, 1.5, 1)], channels=2)
    assert said(call, FixWords(Span(1, 2), B, "light")) == [("A", "yes"), ("B", "light")]


@pytest.mark.parametrize(
    ("corrections", "expected"),
    [
        ((NameSpeaker(C, "Olga"),), [(0, "there is no speaker 'C' any more")]),
        ((SetSide(C, Side.SELLER),), [(0, "there is no speaker 'C' any more")]),
        ((MergeSpeakers(B, A), NameSpeaker(B, "Olga")), [(1, "there is no speaker 'B' any more")]),
        ((MergeSpeakers(A, C),), [(0, "there is no speaker 'C' any more")]),
        ((GiveWords(Span(0, 1), C),), [(0, "there is no speaker 'C' any more")]),
        ((GiveWords(Span(90, 91), B),), [(0, "no words of anyone else between 90 and 91 s")]),
        ((GiveWords(Span(0, 1), A),), [(0, "no words of anyone else between 0 and 1 s")]),
        ((FixWords(Span(0, 1), B, "x"),), [(0, "no words of 'B' between 0 and 1 s")]),
        (
            (FixWords(Span(0, 1), A, ""), FixWords(Span(0, 1), A, "x")),
            [(1, "no words of 'A' between 0 and 1 s")],
        ),
        ((NameSpeaker(A, "Olga"), SwapSides(), DismissTip("x")), []),
    ],
)
def test_what_is_about_nothing_any_more_is_skipped_and_reported(corrections, expected):
    assert skipped(CALL, *corrections) == expected


labels = st.sampled_from([A, B, C, NEW])
seconds = st.floats(0, 40)
spans = st.builds(lambda start, seconds: Span(start, start + seconds), seconds, st.floats(0.1, 10))
texts = st.text("ab .?é", max_size=12).map(str.strip)
gives = st.builds(GiveWords, spans, labels, st.none() | labels).filter(lambda one: one.to != one.of)
fixes = st.builds(FixWords, spans, labels, texts)
merges = st.builds(MergeSpeakers, labels, labels).filter(lambda one: one.absorbed != one.into)
anything = st.one_of(
    gives,
    fixes,
    merges,
    st.builds(NameSpeaker, labels, st.sampled_from(["Nora", "Ivan", "Olga"])),
    st.builds(SetSide, labels, st.sampled_from(Side)),
    st.just(SwapSides()),
    st.builds(DismissTip, st.sampled_from("abc")),
)
texts_said = st.sampled_from([NEUTRAL, "Yes.", "Fine, thanks. What is it?"])
lines = st.lists(st.tuples(st.sampled_from("ABC"), texts_said), max_size=5)


def timed(call):
    """Every word with its speaker."""
    return Counter(zip(call.words, call.owners, strict=True))


def hits(one, word, owner, speaker):
    return one.span.start <= word.span.middle < one.span.end and speaker in (None, owner)


@given(lines)
def test_without_corrections_nothing_changes(said):
    call = conversation(said)
    assert apply_corrections(call, NO_CORRECTIONS).hearing is call
    assert assemble(with_owners(call)) == assemble(call)


@given(lines, gives)
def test_words_that_are_not_given_stay_and_those_that_are_change_hands(said, one):
    before, after = with_owners(conversation(said)), apply_corrections(conversation(said), [one])
    assert after.hearing.words == before.words
    for word, owner, now in zip(before.words, before.owners, after.hearing.owners, strict=True):
        is_given = not after.skipped and hits(one, word, owner, one.of)
        assert now == (one.to if is_given else owner)


@given(lines, gives)
def test_giving_words_changes_who_talks_but_not_when_anyone_does(said, one):
    call = conversation(said)
    before, after = call.diarization, apply_corrections(call, [one]).hearing.diarization
    for old, new in ((before.turns, after.turns), (before.exclusive, after.exclusive)):
        assert sum(t.span.seconds for t in new) == pytest.approx(sum(t.span.seconds for t in old))
        assert all(first.span.end <= second.span.start for first, second in pairwise(new))


@given(lines, fixes)
def test_a_fix_keeps_the_order_and_everyone_elses_words(said, one):
    before = with_owners(conversation(said))
    after = apply_corrections(conversation(said), [one]).hearing
    kept = Counter(
        {
            (word, owner): n
            for (word, owner), n in timed(before).items()
            if not hits(one, word, owner, one.speaker)
        }
    )
    assert kept <= timed(after)
    starts = [word.span.start for word in after.words]
    assert starts == sorted(starts)
    assert all(word.span.end >= word.span.start for word in after.words)
    new = [word for word, _ in (timed(after) - kept).elements()]
    if kept != timed(before):
        assert [word.text for word in sorted(new, key=lambda w: w.span)] == one.text.split()


@given(lines, merges)
def test_merging_leaves_one_speaker_fewer_and_every_word(said, one):
    call = conversation(said)
    before, after = assemble(call), apply_corrections(call, [one])
    assert len(assemble(after.hearing).speakers) == len(before.speakers) - (not after.skipped)
    assert sorted(w.text for w in after.hearing.words) == sorted(w.text for w in call.words)


@given(lines, st.lists(anything, max_size=6))
def test_corrections_apply_the_same_once_kept_as_json(said, corrections):
    call = conversation(said)
    kept = [json.loads(json.dumps(correction_to_json(one))) for one in corrections]
    back = [correction_from_json(kind, what) for kind, what in kept]
    assert back == corrections
    assert apply_corrections(call, back) == apply_corrections(call, corrections)


@given(lines, st.lists(anything, max_size=6))
def test_any_corrections_give_a_report(said, corrections):
    report = understand_with(conversation(said), Meeting(), Playbook(), Readers(), corrections)
    assert [one.id for one in report.speakers] == list(report.transcript.speakers)
    assert all(one.why[0].isupper() for one in report.speakers)


@given(lines, st.lists(anything, min_size=1, max_size=6))
def test_corrections_apply_to_a_hearing_without_turns(said, corrections):
    bare = replace(conversation(said), diarization=Diarization((), ()))
    corrected = apply_corrections(bare, corrections)
    assert len(corrected.hearing.owners) == len(corrected.hearing.words)
    assemble(corrected.hearing)
