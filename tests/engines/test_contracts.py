"""What every diarizer and every transcriber promises."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from analyzer.audio import Track
from analyzer.engines import Engines
from analyzer.speech import Span
from tests.engines.conftest import Heard

pytestmark = pytest.mark.engine

HearCall = Callable[[str, str], Heard]

each_engine = pytest.mark.parametrize("engine", ["bundled", "scripted"])
each_call = pytest.mark.parametrize("call", ["mono", "stereo"])
each_quiet = pytest.mark.parametrize("call", ["silence", "noise", "hum"])


@each_engine
@each_call
def test_people_are_heard(hear_call: HearCall, engine: str, call: str) -> None:
    heard = hear_call(engine, call)
    assert len({turn.speaker for turn in heard.diarization.turns}) == 2
    assert len(heard.speech.words) > 5


@each_engine
@each_call
def test_turns_are_in_order_and_inside_the_recording(
    hear_call: HearCall, engine: str, call: str
) -> None:
    heard = hear_call(engine, call)
    for turns in (heard.diarization.turns, heard.diarization.exclusive):
        assert [turn.span for turn in turns] == sorted(turn.span for turn in turns)
        assert all(0 <= turn.span.start < turn.span.end for turn in turns)
        assert max(turn.span.end for turn in turns) <= heard.duration_s


@each_engine
@each_call
def test_a_speaker_never_overlaps_with_themselves(
    hear_call: HearCall, engine: str, call: str
) -> None:
    turns = hear_call(engine, call).diarization.turns
    for speaker in {turn.speaker for turn in turns}:
        own = [turn.span for turn in turns if turn.speaker == speaker]
        assert all(one.end <= other.start for one, other in pairwise(own))


@each_engine
@each_call
def test_exclusive_turns_of_a_channel_never_overlap(
    hear_call: HearCall, engine: str, call: str
) -> None:
    heard = hear_call(engine, call)
    for track in heard.tracks:
        exclusive = heard.diarization.exclusive
        own = [turn.span for turn in exclusive if turn.channel == track.index]
        assert own
        assert all(one.end <= other.start for one, other in pairwise(own))


@each_engine
@each_call
def test_speakers_are_the_same_people_throughout(
    hear_call: HearCall, engine: str, call: str
) -> None:
    found = hear_call(engine, call).diarization
    speakers = {turn.speaker for turn in found.turns}
    assert {turn.speaker for turn in found.exclusive} == speakers
    assert set(found.voices) <= speakers


@each_engine
@each_call
def test_voices_have_length_one(hear_call: HearCall, engine: str, call: str) -> None:
    found = hear_call(engine, call).diarization
    lengths = [float(np.linalg.norm(voice)) for voice in found.voices.values()]
    assert lengths == pytest.approx([1.0] * len(lengths), abs=1e-3)
    assert len(lengths) == (2 if engine == "bundled" else 0)


@each_engine
@each_call
def test_words_are_in_order_and_inside_the_recording(
    hear_call: HearCall, engine: str, call: str
) -> None:
    heard = hear_call(engine, call)
    spans = [word.span for word in heard.speech.words]
    assert [span.start for span in spans] == sorted(span.start for span in spans)
    assert all(0 <= span.start <= span.end <= heard.duration_s for span in spans)


@each_engine
@each_call
def test_words_are_written_cleanly_with_a_certainty(
    hear_call: HearCall, engine: str, call: str
) -> None:
    heard = hear_call(engine, call)
    assert all(word.text and word.text == word.text.strip() for word in heard.speech.words)
    assert all(0 <= word.confidence <= 1 for word in heard.speech.words)
    assert {word.channel for word in heard.speech.words} == {t.index for t in heard.tracks}


@each_engine
@each_call
def test_the_language_is_named_with_a_certainty(
    hear_call: HearCall, engine: str, call: str
) -> None:
    speech = hear_call(engine, call).speech
    assert speech.language == ("fr" if (engine, call) == ("bundled", "mono") else "en")
    assert 0.5 < speech.certainty <= 1


@each_engine
def test_people_on_two_channels_are_two_groups(hear_call: HearCall, engine: str) -> None:
    turns = hear_call(engine, "stereo").diarization.turns
    groups = [{turn.speaker for turn in turns if turn.channel == channel} for channel in (0, 1)]
    assert [len(group) for group in groups] == [1, 1]
    assert not groups[0] & groups[1]


@each_engine
@each_quiet
def test_nobody_is_heard_where_nobody_speaks(hear_call: HearCall, engine: str, call: str) -> None:
    heard = hear_call(engine, call)
    assert (heard.diarization.turns, heard.diarization.exclusive) == ((), ())
    assert (heard.diarization.voices, heard.speech.words) == ({}, ())


@each_engine
@pytest.mark.parametrize("call", ["mono", "stereo", "silence"])
def test_progress_goes_from_nothing_to_all_and_never_back(
    hear_call: HearCall, engine: str, call: str
) -> None:
    heard = hear_call(engine, call)
    for told in (heard.diarizing, heard.transcribing):
        assert list(told) == sorted(told)
        assert all(0 <= fraction <= 1 for fraction in told)
        assert told[-1:] == pytest.approx((1.0,))


def test_engines_have_a_name_to_print(bundled: Engines) -> None:
    assert bundled.diarizer.name.startswith("pyannote ")
    assert bundled.transcriber.name.startswith("faster-whisper ")


@each_quiet
def test_whisper_invents_nothing_where_it_is_told_that_someone_speaks(
    bundled: Engines, tracks_of: Callable[[str], tuple[Track, ...]], call: str
) -> None:
    tracks = tracks_of(call)
    speech = bundled.transcriber.transcribe(tracks, [(Span(1, 11),)], language="en")
    assert speech.words == ()
