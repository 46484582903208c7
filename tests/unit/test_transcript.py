from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.speech import Span, Word
from analyzer.transcript import assemble
from tests.builders import conversation, hearing, turn, words
from tests.timing import seconds_of


def heard(*timed, channel=0):
    """Words from (start, end, text)."""
    return [Word(Span(start, end), text, 0.9, channel) for start, end, text in timed]


def said(transcript):
    return [(one.speaker, one.text) for one in transcript.utterances]


def test_a_word_goes_to_the_speaker_who_has_most_of_it():
    spoken = heard((0.0, 0.4, "yes"), (1.6, 2.2, "tomorrow"))
    transcript = assemble(hearing(spoken, [turn("A", 0, 1.7), turn("B", 1.7, 3)]))
    assert said(transcript) == [("S1", "yes"), ("S2", "tomorrow")]


def test_a_word_between_two_turns_goes_to_the_nearer_one():
    spoken = heard((0.5, 0.8, "one"), (3.0, 3.2, "two"), (4.5, 4.8, "three"))
    transcript = assemble(hearing(spoken, [turn("A", 0, 1), turn("B", 4, 5)]))
    assert said(transcript) == [("S1", "one"), ("S2", "two three")]


def test_exclusive_turns_decide_where_turns_overlap():
    spoken = heard((1.0, 1.4, "both"))
    turns = [turn("A", 0, 2), turn("B", 0.9, 2)]
    exclusive = [turn("A", 0, 0.9), turn("B", 0.9, 2)]
    transcript = assemble(hearing(spoken, turns, exclusive=exclusive))
    assert said(transcript) == [("S2", "both")]
    assert len(transcript.turns) == 2


def test_a_word_never_goes_to_a_turn_of_another_channel():
    spoken = heard((0.0, 0.5, "left")) + heard((0.0, 0.5, "right"), channel=1)
    turns = [turn("A", 0, 9, channel=0), turn("B", 5, 6, channel=1)]
    transcript = assemble(hearing(spoken, turns, channels=2))
    assert sorted(said(transcript)) == [("S1", "left"), ("S2", "right")]


def test_the_channel_does_not_matter_when_channels_were_heard_as_one():
    spoken = heard((0.0, 0.5, "hello"), channel=1)
    assert said(assemble(hearing(spoken, [turn("A", 0, 1)]))) == [("S1", "hello")]


def test_the_last_word_of_a_sentence_stays_with_it():
    spoken = heard((0.0, 0.4, "We"), (0.4, 0.8, "agree"), (0.8, 1.2, "then."), (1.2, 1.6, "Good"))
    transcript = assemble(hearing(spoken, [turn("A", 0, 0.85), turn("B", 0.85, 3)]))
    assert said(transcript) == [("S1", "We agree then."), ("S2", "Good")]


def test_the_first_word_of_a_sentence_goes_with_what_follows():
    spoken = heard((0.0, 0.4, "Agreed."), (0.4, 0.7, "So"), (0.8, 1.2, "when"), (1.2, 1.6, "then?"))
    transcript = assemble(hearing(spoken, [turn("A", 0, 0.75), turn("B", 0.75, 3)]))
    assert said(transcript) == [("S1", "Agreed."), ("S2", "So when then?")]


def test_a_sentence_is_not_followed_far_from_the_change_of_speaker():
    spoken = heard((0.0, 0.4, "We"), (0.4, 0.8, "agree"), (1.5, 2.0, "then."), (2.0, 2.4, "Good"))
    transcript = assemble(hearing(spoken, [turn("A", 0, 0.8), turn("B", 1.4, 3)]))
    assert said(transcript) == [("S1", "We agree"), ("S2", "then. Good")]


def test_a_lone_word_needs_more_than_an_edge_error_to_change_speaker():
    spoken = heard((0.0, 0.5, "we"), (0.5, 1.0, "could"), (1.0, 1.5, "begin"))
    turns = [turn("A", 0, 0.74), turn("B", 0.74, 1.0), turn("A", 1.0, 2)]
    assert said(assemble(hearing(spoken, turns))) == [("S1", "we could begin")]


def test_one_speaker_is_cut_at_a_long_pause():
    spoken = heard((0.0, 0.5, "Well."), (2.4, 2.8, "So"), (4.9, 5.2, "yes"))
    transcript = assemble(hearing(spoken, [turn("A", 0, 6)]))
    assert said(transcript) == [("S1", "Well. So"), ("S1", "yes")]


@pytest.mark.parametrize(("language", "nod"), [("en", "Mm-hm."), ("fr", "d'accord")])
def test_a_backchannel_does_not_cut_the_speaker_it_falls_into(language, nod):
    spoken = [*words("so we have two sites", 0), *heard((3.0, 3.4, nod)), *words("in town", 3.6)]
    turns = [turn("A", 0, 2.9), turn("B", 3, 3.4), turn("A", 3.6, 5)]
    transcript = assemble(hearing(spoken, turns, language=language))
    assert said(transcript) == [("S1", "so we have two sites in town"), ("S2", nod)]
    assert [one.is_backchannel for one in transcript.utterances] == [False, True]
    assert [one.index for one in transcript.utterances] == [0, 1]


@pytest.mark.parametrize(
    ("before", "reply", "language"),
    [
        ("does that work?", "yes", "en"),  # an answer
        ("it has two sites", "in Lyon", "en"),  # not a sign of listening
        ("it has two sites", "okay okay okay okay", "en"),  # four words
        ("it has two sites", "yes", "xx"),  # a language without a lexicon
    ],
)
def test_what_is_no_backchannel_cuts(before, reply, language):
    spoken = [*words(before, 0), *words(reply, 2.6, pace_s=0.2), *words("right then", 3.6)]
    turns = [turn("A", 0, 2.5), turn("B", 2.6, 3.5), turn("A", 3.6, 5)]
    transcript = assemble(hearing(spoken, turns, language=language))
    assert [one.speaker for one in transcript.utterances] == ["S1", "S2", "S1"]
    assert not any(one.is_backchannel for one in transcript.utterances)


def test_a_nod_on_another_channel_is_a_backchannel():
    nod = Word(Span(1.2, 1.5), "mm-hm", 0.9, 1)
    turns = [turn("A", 0, 5), turn("B", 1.2, 1.5, channel=1)]
    transcript = assemble(hearing([*words("so we have two sites", 0), nod], turns, channels=2))
    assert said(transcript) == [("S1", "so we have two sites"), ("S2", "mm-hm")]
    assert transcript.utterances[1].is_backchannel


def test_a_channel_without_exclusive_turns_falls_back_to_its_turns():
    spoken = heard((0.0, 0.5, "left")) + heard((2.0, 2.5, "right"), channel=1)
    turns = [turn("A", 0, 1), turn("B", 2, 3, channel=1)]
    transcript = assemble(hearing(spoken, turns, exclusive=turns[:1], channels=2))
    assert transcript.heard_as == {"S1": "A", "S2": "B"}


def test_an_exchange_of_nods_is_not_a_backchannel():
    transcript = assemble(conversation([("A", "okay"), ("B", "okay"), ("A", "right")]))
    assert not any(one.is_backchannel for one in transcript.utterances)


def test_two_channels_at_once_do_not_chop_each_other():
    left = words("we could start in the spring with one depot", 0)
    right = words("no that is far too late for us", 0.2)
    right = [Word(word.span, word.text, word.confidence, 1) for word in right]
    turns = [turn("A", 0, 5), turn("B", 0.2, 5, channel=1)]
    transcript = assemble(hearing([*left, *right], turns, channels=2))
    assert len(transcript.utterances) == 2


def test_speakers_are_numbered_as_they_appear_and_voices_can_be_found():
    transcript = assemble(conversation([("SPEAKER_07", "Hello."), ("SPEAKER_01", "Hi.")]))
    assert transcript.speakers == ("S1", "S2")
    assert transcript.heard_as == {"S1": "SPEAKER_07", "S2": "SPEAKER_01"}
    assert [one.speaker for one in transcript.turns] == ["S1", "S2"]


def test_words_without_turns_are_one_speaker_whose_turns_they_make():
    transcript = assemble(hearing(words("is anybody there", 1)))
    assert said(transcript) == [("S1", "is anybody there")]
    assert transcript.turns == (turn("S1", 1, transcript.utterances[0].span.end),)


def test_silence_is_an_empty_transcript():
    transcript = assemble(hearing())
    assert transcript.utterances == transcript.turns == transcript.speakers == ()


def test_sentences_end_where_the_recogniser_closes_them():
    transcript = assemble(conversation([("A", 'Well. Is that "all?" Yes')]))
    texts = [[word.text for word in sentence] for sentence in transcript.utterances[0].sentences]
    assert texts == [["Well."], ["Is", "that", '"all?"'], ["Yes"]]


def test_an_hour_is_assembled_in_half_a_second():
    lines = [
        ("A" if n % 2 else "B", "one two three four five six seven eight nine ten.")
        for n in range(900)
    ]
    call = conversation(lines)
    assemble(call)  # the lexicon is read
    seconds, transcript = seconds_of(lambda: assemble(call))
    assert seconds < 0.5
    assert sum(len(one.words) for one in transcript.utterances) == 9000


instants = st.floats(0, 30, allow_nan=False)
texts = st.sampled_from(["yes", "okay", "so", "done.", "why?", "we"])
some_words = st.lists(
    st.builds(
        lambda start, length, text, channel: Word(Span(start, start + length), text, 0.9, channel),
        instants,
        st.floats(0, 2),
        texts,
        st.integers(0, 1),
    ),
    max_size=40,
)
some_turns = st.lists(
    st.builds(
        lambda who, start, length, channel: turn(who, start, start + length, channel),
        st.sampled_from("ABC"),
        instants,
        st.floats(0, 8),
        st.integers(0, 1),
    ),
    max_size=12,
)


@given(some_words, some_turns, st.integers(1, 2))
def test_every_word_lands_in_exactly_one_utterance(spoken, turns, channels):
    transcript = assemble(hearing(spoken, turns, channels=channels))
    assert Counter(w for one in transcript.utterances for w in one.words) == Counter(spoken)


@given(some_words, some_turns, st.integers(1, 2))
def test_utterances_and_their_words_are_in_order(spoken, turns, channels):
    transcript = assemble(hearing(spoken, turns, channels=channels))
    starts = [one.span.start for one in transcript.utterances]
    assert starts == sorted(starts)
    assert [one.index for one in transcript.utterances] == list(range(len(starts)))
    for speaker in transcript.speakers:
        own = [w.span for one in transcript.utterances if one.speaker == speaker for w in one.words]
        assert own == sorted(own)
