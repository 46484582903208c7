"""Engines by role, loaded only when asked for: the library imports without torch or Whisper."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from analyzer.errors import EngineMissing
from analyzer.reading import Embedder, Reader
from analyzer.speech import Diarizer, Transcriber


class Engines(Protocol):
    """One engine a role."""

    @property
    def diarizer(self) -> Diarizer:
        """Who spoke when."""

    @property
    def transcriber(self) -> Transcriber:
        """What was said."""

    @property
    def reader(self) -> Reader | None:
        """The grammar of what was said; None does without."""

    @property
    def embedder(self) -> Embedder | None:
        """What means the same; None does without."""


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """Which engines to load; the defaults are bundled and need no network.

    `whisper` is a folder in CTranslate2 format, a size or a hub's name. `diarization` is a folder
    or a hub's name of a pyannote pipeline, which `token` opens.
    """

    whisper: str | None = None
    diarization: str | None = None
    token: str | None = None
    threads: int = 2
    device: str | None = None
    """`cpu` or `cuda`; None takes a GPU where there is one."""


class ChosenEngines:
    """Engines that load at their first use and then stay.

    Either role raises EngineMissing when its package or its weights are absent.
    """

    def __init__(self, choice: EngineChoice) -> None:
        self._choice = choice

    @cached_property
    def diarizer(self) -> Diarizer:
        """Loaded at first use."""
        with _installed():
            return _diarizer(self._choice, self._choice.device or _device())

    @cached_property
    def transcriber(self) -> Transcriber:
        """Loaded at first use."""
        with _installed():
            return _transcriber(self._choice, self._choice.device or _device())

    @cached_property
    def reader(self) -> Reader:
        """Loaded at first use; each language's weights when a call first needs them."""
        with _installed():
            from analyzer.engines.spacy import SpacyReader

            return SpacyReader()

    @cached_property
    def embedder(self) -> Embedder:
        """Loaded at first use."""
        with _installed():
            from analyzer.engines.e5 import E5Embedder

            return E5Embedder()


def load_engines(choice: EngineChoice | None = None) -> Engines:
    """The chosen engines, or the bundled ones; each loads when it is first needed."""
    return ChosenEngines(choice or EngineChoice())


@contextmanager
def _installed() -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        message = f"the package {error.name} is not installed; run `talktrack doctor`"
        raise EngineMissing(message) from error


def _device() -> str:
    import ctranslate2

    return "cuda" if ctranslate2.get_cuda_device_count() else "cpu"


def _diarizer(choice: EngineChoice, device: str) -> Diarizer:
    if choice.diarization is None:
        from analyzer.engines.pyannote import PyannoteDiarizer

        return PyannoteDiarizer(choice.threads, device)
    from analyzer.engines.pipeline import PipelineDiarizer

    return PipelineDiarizer(choice.diarization, choice.token, choice.threads, device)


def _transcriber(choice: EngineChoice, device: str) -> Transcriber:
    from analyzer.engines.whisper import WhisperTranscriber

    whisper = choice.whisper
    if whisper is not None and Path(whisper).expanduser().is_dir():
        whisper = str(Path(whisper).expanduser())
    return WhisperTranscriber(whisper, choice.threads, device)
