import json
import wave
from pathlib import Path

import pytest

from analyzer import EngineFailed, Meeting, Playbook, Recording, hear, understand
from analyzer.codec import diarization_from_json, diarization_to_json
from analyzer.corrections import NameSpeaker
from analyzer.engines.scripted import ScriptedEngines, ScriptedTranscriber
from analyzer.playbook import Competitor
from analyzer.speech import Diarization, SpeakerId, Speech
from tests.builders import conversation


def silence(path: Path) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(bytes(2 * 16_000))
    return path


class Broken:
    """A diarizer whose weights vanish, its transcriber never asked."""

    name = "broken 1"

    def __init__(self, error: Exception) -> None:
        self._error = error

    @property
    def diarizer(self) -> "Broken":
        return self

    @property
    def transcriber(self) -> ScriptedTranscriber:
        return ScriptedEngines(conversation([("A", "Hello.")])).transcriber

    def diarize(self, _tracks: object, **_options: object) -> Diarization:
        raise self._error


@pytest.mark.parametrize("error", [OSError("gone"), RuntimeError("gone"), MemoryError()])
def test_an_engine_that_raises_is_named(tmp_path: Path, error: Exception) -> None:
    with pytest.raises(EngineFailed, match="broken 1 failed"):
        hear(Recording(silence(tmp_path / "call.wav")), Broken(error))


class Listening:
    """Engines that note what they are told to listen for."""

    def __init__(self) -> None:
        self._scripted = ScriptedEngines(conversation([("A", "Hello.")]))
        self.diarizer = self._scripted.diarizer
        self.transcriber = self
        self.name = "listening"
        self.hotwords: tuple[str, ...] = ()
        self.heard = 0

    def transcribe(self, *tracks: object, hotwords: tuple[str, ...], **options: object) -> Speech:
        self.hotwords = hotwords
        self.heard += 1
        return self._scripted.transcriber.transcribe(*tracks, **options)


def test_names_of_the_meeting_then_of_the_playbook_are_listened_for(tmp_path: Path) -> None:
    meeting = Meeting(competitors=("Kestrel",), vocabulary=("Rotago",))
    playbook = Playbook(
        competitors=(Competitor("Optima", ("Optima Suite",)), Competitor("Kestrel")),
        products=("Rotapay",),
    )
    engines = Listening()
    recording = Recording(silence(tmp_path / "call.wav"), meeting)
    hear(recording, engines, playbook=playbook)
    assert engines.hotwords == ("Rotago", "Kestrel", "Optima", "Optima Suite", "Rotapay")
    hear(recording, engines)
    assert engines.hotwords == ("Rotago", "Kestrel")


def test_a_new_diarization_is_told_before_words_are_heard(tmp_path: Path) -> None:
    engines, told = Listening(), []
    recording = Recording(silence(tmp_path / "call.wav"))

    def keep(diarization: Diarization) -> None:
        assert engines.heard == 0
        told.append(diarization)

    hearing = hear(recording, engines, on_diarized=keep)
    assert (told, engines.heard) == ([hearing.diarization], 1)


def test_who_spoke_when_is_not_asked_again_where_it_is_known(tmp_path: Path) -> None:
    recording = Recording(silence(tmp_path / "call.wav"))
    first = hear(recording, Listening())
    kept = json.loads(json.dumps(diarization_to_json(first.diarization)))
    engines = Broken(RuntimeError("asked"))
    told: list[Diarization] = []
    again = hear(recording, engines, diarized=diarization_from_json(kept), on_diarized=told.append)
    assert again.diarization == first.diarization
    assert (again.words, told) == (first.words, [])


def test_a_failure_to_keep_a_diarization_is_not_the_engines(tmp_path: Path) -> None:
    def keep(_diarization: Diarization) -> None:
        raise RuntimeError("the database is gone")

    with pytest.raises(RuntimeError, match="the database is gone"):
        hear(Recording(silence(tmp_path / "call.wav")), Listening(), on_diarized=keep)


def test_corrections_are_applied_on_top_of_a_hearing() -> None:
    hearing = conversation([("A", "Hello."), ("B", "Good morning.")])
    engines = ScriptedEngines(hearing)
    report = understand(hearing, engines=engines, corrections=[NameSpeaker(SpeakerId("B"), "Olga")])
    assert [one.name for one in report.speakers] == [None, "Olga"]
