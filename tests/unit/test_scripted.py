from dataclasses import replace

import pytest

from analyzer.engines.scripted import ScriptedDiarizer, ScriptedTranscriber
from analyzer.speech import Crowd, Diarizer, Transcriber
from tests.builders import conversation

CALL = replace(
    conversation([("A", "Bonjour."), ("B", "Oui ?")], "fr"),
    language_certainty=0.7,
    engines={"diarizer": "pairs 1", "transcriber": "base 2"},
)


def test_the_turns_of_a_hearing_are_replayed():
    done: list[float] = []
    diarizer: Diarizer = ScriptedDiarizer(CALL)
    assert diarizer.diarize([], crowd=Crowd(3), on_fraction=done.append) == CALL.diarization
    assert (diarizer.name, done) == ("pairs 1", [1.0])


def test_the_words_of_a_hearing_are_replayed():
    done: list[float] = []
    transcriber: Transcriber = ScriptedTranscriber(CALL)
    speech = transcriber.transcribe([], [], language="en", on_fraction=done.append)
    assert (speech.words, speech.language, speech.certainty) == (CALL.words, "fr", 0.7)
    assert (transcriber.name, done) == ("base 2", [1.0])


@pytest.mark.parametrize("engine", [ScriptedDiarizer, ScriptedTranscriber])
def test_a_hand_made_hearing_needs_no_names(engine):
    assert engine(replace(CALL, engines={})).name == "scripted"
