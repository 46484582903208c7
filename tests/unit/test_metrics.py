import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.metrics import DEFINITIONS, Source, measure, talk_seconds
from analyzer.recording import Side
from analyzer.sides import Speaker
from analyzer.speech import Span, SpeakerId
from analyzer.transcript import assemble
from tests.builders import hearing, turn, words


def speaker(name, side):
    return Speaker(SpeakerId(name), None, side, "said so")


SELLER, BUYER = speaker("S1", Side.SELLER), speaker("S2", Side.BUYER)
GUEST = speaker("S3", Side.UNKNOWN)


def measured(turns, spoken=(), *, source=Source.STEREO, speakers=(SELLER, BUYER), duration_s=60.0):
    """The metrics of turns of S1 and S2, who speak first in that order."""
    transcript = assemble(hearing(spoken, turns, exclusive=turns, duration_s=duration_s))
    return measure(transcript, speakers, source)


def values(metrics, *slugs):
    return [metrics[slug].value for slug in slugs]


# 10 s of the seller, 20 s of the buyer, of which 2 s at once, in a minute.
MINUTE = [turn("S1", 0, 10), turn("S2", 8, 28)]


def test_shares_have_their_own_denominators():
    metrics = measured(MINUTE)
    assert values(metrics, "talk_ratio", "talk_share_of_call") == [10 / 30, 10 / 60]
    assert values(metrics, "silence_share", "overlap_share") == [32 / 60, 2 / 60]


def test_turns_of_one_speaker_that_overlap_count_once():
    metrics = measured([turn("S1", 0, 10), turn("S1", 5, 12), turn("S2", 20, 24)])
    assert values(metrics, "talk_ratio", "overlap_share") == [12 / 16, 0]


def test_two_sellers_at_once_count_once_for_their_side():
    turns = [turn("S1", 0, 10), turn("S2", 20, 30), turn("S3", 5, 15)]
    others = (SELLER, speaker("S2", Side.SELLER), speaker("S3", Side.BUYER))
    metrics = measured(turns, speakers=others)  # S3 starts second and becomes S2
    assert metrics["talk_ratio"].value == 15 / 25


def test_a_speaker_of_unknown_side_counts_in_silence_and_overlap_only():
    turns = [*MINUTE, turn("S3", 27, 40)]
    metrics = measured(turns, speakers=(SELLER, BUYER, GUEST))
    assert values(metrics, "talk_ratio", "talk_share_of_call") == [10 / 30, 10 / 60]
    assert values(metrics, "silence_share", "overlap_share") == [20 / 60, 3 / 60]


def test_turns_outside_the_call_do_not_count():
    metrics = measured([turn("S1", -5, 10), turn("S2", 50, 80)])
    assert metrics["talk_ratio"].value == 10 / 20


def test_mono_shares_carry_a_band_and_stereo_shares_do_not():
    # 3 % of 30 s, and 0.1 s at the one change of speaker: 1 s misplaced.
    band = measured(MINUTE, source=Source.DIARIZED)["talk_ratio"].band
    assert band == pytest.approx(((10 - 1) / 30, (10 + 1) / 30))
    assert measured(MINUTE)["talk_ratio"].band is None
    assert measured(MINUTE, source=Source.CORRECTED)["talk_ratio"].band is None


def test_mono_overlap_is_at_least_what_was_found():
    metric = measured(MINUTE, source=Source.DIARIZED)["overlap_share"]
    assert metric.band == pytest.approx((2 / 60, 2 / 60 / 0.74))


def test_a_monologue_goes_on_over_short_pauses_until_someone_else_speaks():
    turns = [
        turn("S1", 0, 4),
        turn("S1", 5.4, 9),  # 1.4 s of pause: one run of 9 s
        turn("S1", 10.5, 14),  # 1.5 s: another
        turn("S2", 14.1, 16),
        turn("S1", 16.2, 24),
    ]
    metrics = measured(turns)
    assert metrics["longest_monologue"].value == 9
    assert metrics["longest_monologue"].span == Span(0, 9)
    assert metrics["longest_customer_story"].span == Span(14.1, 16)


def test_a_word_of_the_other_in_a_short_pause_ends_the_monologue():
    turns = [turn("S1", 0, 4), turn("S2", 4.1, 5.2), turn("S1", 5.3, 9)]
    assert measured(turns, words("we do", 4.1))["longest_monologue"].span == Span(0, 4)


@pytest.mark.parametrize("spoken", [words("okay", 4.2), ()], ids=["a nod", "an unheard sound"])
def test_a_backchannel_is_talk_but_takes_no_turn(spoken):
    seller = [*words("so it has an engine", 0, pace_s=0.8), *words("and it has a board", 5)]
    turns = [turn("S1", 0, 4), turn("S2", 4.1, 4.7), turn("S1", 4.9, 9), turn("S2", 20, 22)]
    spoken = [*seller, *spoken, *words("I would like that", 20)]
    metrics = measured(turns, spoken)
    assert metrics["longest_monologue"].span == Span(0, 9)
    assert metrics["switches_per_min"].value == 1
    assert metrics["talk_ratio"].value == pytest.approx(8.1 / (8.1 + 2.6))


def test_a_short_turn_that_says_something_is_a_turn():
    turns = [turn("S1", 0, 4), turn("S2", 4.1, 4.9), turn("S1", 5, 9)]
    metrics = measured(turns, words("never again", 4.1, pace_s=0.4))
    assert metrics["switches_per_min"].value == 2


def test_switches_count_changes_of_side_per_minute():
    turns = [turn("S1", 0, 2), turn("S1", 3, 5), turn("S2", 6, 9), turn("S1", 10, 12)]
    metric = measured(turns, duration_s=30)["switches_per_min"]
    assert (metric.value, metric.n) == (4, 4)


def exchange(gaps, *, first="S2", then="S1"):
    """The first speaks 4 s, the other answers after a gap and speaks 3 s, and so on."""
    turns, start = [turn("S1", 0, 0.2), turn("S2", 0.3, 0.5)], 10.0
    for gap in gaps:
        turns += [turn(first, start, start + 4), turn(then, start + 4 + gap, start + 7 + gap)]
        start += 20.0
    return turns


GAPS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]


def test_patience_is_the_median_of_the_gaps_before_the_seller():
    metric = measured(exchange([*GAPS, 5.1, -0.5]), duration_s=300)["patience_s"]
    assert metric.value == pytest.approx(0.55)
    assert metric.n == 10
    assert metric.quartiles == pytest.approx((0.325, 0.775))


def test_patience_of_few_replies_is_hidden_and_says_why():
    metric = measured(exchange(GAPS[:9]), duration_s=300)["patience_s"]
    assert (metric.value, metric.n) == (None, 9)
    assert metric.why_hidden == "few_replies"


def test_replies_before_the_end_are_counted_apart():
    metric = measured(exchange([*GAPS, -0.5, -1.0]), duration_s=300)["overlapping_replies"]
    assert (metric.value, metric.n) == (2, 12)


def test_going_on_after_an_interruption_is_not_a_reply():
    turns = [turn("S1", 0, 10), turn("S2", 4, 6), turn("S1", 12, 14)]
    assert measured(turns)["overlapping_replies"].n == 0


def questions(texts):
    turns = exchange([0.5] * len(texts), first="S1", then="S2")
    spoken = [
        word
        for n, text in enumerate(texts)
        for word in [*words(text, 10 + 20 * n, pace_s=0.6), *words("We do.", 14.6 + 20 * n)]
    ]
    return measured(turns, spoken, duration_s=400)["wait_after_question_s"]


def test_the_wait_after_a_question_needs_a_question():
    asked = ["Right. What is it?", "How many vans do you have", "So you plan by hand?"]
    metric = questions(asked * 4 + ["Is it? I see."] * 3)
    assert (metric.value, metric.n) == (pytest.approx(0.5), 12)


def test_words_per_minute_are_of_own_talk_time():
    spoken = [*words("a b c d e f", 0), *words("g h i", 30)]
    metrics = measured([turn("S1", 0, 12), turn("S2", 30, 36)], spoken)
    assert values(metrics, "words_per_min", "buyer_words_per_min") == [30, 30]


@pytest.mark.parametrize(
    ("speakers", "why"),
    [
        ((SELLER,), "no_buyer"),
        ((BUYER,), "no_seller"),
        ((), "no_sides"),
    ],
)
def test_what_needs_a_side_is_hidden_when_nobody_is_known_on_it(speakers, why):
    metrics = measured(MINUTE, speakers=speakers)
    assert (metrics["talk_ratio"].value, metrics["talk_ratio"].why_hidden) == (None, why)
    assert metrics["silence_share"].value is not None


def test_an_empty_call_is_hidden_not_zero():
    metrics = measured([], duration_s=0, speakers=())
    assert metrics["silence_share"].value is None
    assert metrics["silence_share"].why_hidden == "nothing_to_measure"


def test_who_only_listens_takes_no_turn():
    metrics = measured([turn("S1", 0, 10), turn("S2", 4, 4.4)])
    assert metrics["longest_customer_story"].why_hidden == "buyer_takes_no_turn"
    assert measured([turn("S1", 0, 10)])["buyer_words_per_min"].why_hidden == "buyer_takes_no_turn"


def test_a_silent_call_is_all_silence():
    assert measured([], speakers=())["silence_share"].value == 1


def test_talk_seconds_by_speaker():
    transcript = assemble(hearing((), [*MINUTE, turn("S1", 55, 70)], duration_s=60))
    assert talk_seconds(transcript) == {"S1": 15, "S2": 20}


def test_every_metric_prints_how_it_is_made():
    metrics = measured(MINUTE)
    assert list(metrics) == [one.slug for one in DEFINITIONS]
    assert all(one.formula and one.version >= 1 for one in metrics.values())


some_turns = st.lists(
    st.builds(
        lambda who, start, length: turn(who, start, start + length),
        st.sampled_from(["S1", "S2", "S3"]),
        st.floats(-5, 70, allow_nan=False),
        st.floats(0, 20),
    ),
    max_size=15,
)


@given(some_turns, st.sampled_from(list(Source)))
def test_shares_are_shares_and_what_is_hidden_says_why(turns, source):
    metrics = measured(turns, source=source, speakers=(SELLER, BUYER, GUEST))
    for metric in metrics.values():
        assert (metric.value is None) == (metric.why_hidden is not None)
        if metric.unit == "share" and metric.value is not None:
            low, high = metric.band or (metric.value, metric.value)
            assert 0 <= low <= metric.value <= high <= 1
        elif metric.value is not None:
            assert metric.value >= 0


@given(some_turns)
def test_talk_overlap_and_silence_add_up_to_the_call(turns):
    transcript = assemble(hearing((), turns, exclusive=turns))
    only_two = [one for one in turns if one.speaker != "S3"]
    transcript = assemble(hearing((), only_two))
    metrics = measure(transcript, (), Source.STEREO)
    silence, overlap = values(metrics, "silence_share", "overlap_share")
    talk_s = sum(talk_seconds(transcript).values())
    assert talk_s / 60 - overlap + silence == pytest.approx(1)
