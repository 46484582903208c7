"""Engines that replay a stored hearing: every later stage runs without models."""

from collections.abc import Sequence
from dataclasses import dataclass

from analyzer.audio import Track
from analyzer.reading import Embedder, Reader
from analyzer.speech import (
    ANYONE,
    Crowd,
    Diarization,
    Hearing,
    OnFraction,
    Span,
    Speech,
    tell_nobody,
)


@dataclass(frozen=True, slots=True)
class ScriptedDiarizer:
    """Finds the turns of the hearing, whatever the audio."""

    hearing: Hearing

    @property
    def name(self) -> str:
        """The engine that made the hearing."""
        return self.hearing.engines.get("diarizer", "scripted")

    def diarize(
        self,
        tracks: Sequence[Track],
        *,
        crowd: Crowd = ANYONE,
        on_fraction: OnFraction = tell_nobody,
    ) -> Diarization:
        """The stored turns."""
        del tracks, crowd
        on_fraction(1.0)
        return self.hearing.diarization


@dataclass(frozen=True, slots=True)
class ScriptedTranscriber:
    """Recognises the words of the hearing, whatever the audio."""

    hearing: Hearing

    @property
    def name(self) -> str:
        """The engine that made the hearing."""
        return self.hearing.engines.get("transcriber", "scripted")

    def transcribe(
        self,
        tracks: Sequence[Track],
        speech: Sequence[Sequence[Span]],
        *,
        language: str | None = None,
        hotwords: Sequence[str] = (),
        on_fraction: OnFraction = tell_nobody,
    ) -> Speech:
        """The stored words, in the stored language."""
        del tracks, speech, language, hotwords
        on_fraction(1.0)
        hearing = self.hearing
        return Speech(hearing.language, hearing.language_certainty, hearing.words)


@dataclass(frozen=True, slots=True)
class ScriptedEngines:
    """Both engines of one hearing; what reads it is real, or is done without."""

    hearing: Hearing
    reader: Reader | None = None
    embedder: Embedder | None = None

    @property
    def diarizer(self) -> ScriptedDiarizer:
        """The stored turns."""
        return ScriptedDiarizer(self.hearing)

    @property
    def transcriber(self) -> ScriptedTranscriber:
        """The stored words."""
        return ScriptedTranscriber(self.hearing)
