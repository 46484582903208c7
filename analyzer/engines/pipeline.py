"""Who spoke when, by a whole pyannote pipeline that the user names: community-1 or another."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from analyzer.audio import SAMPLE_RATE, Track
from analyzer.engines.torch_setup import prepare
from analyzer.errors import EngineMissing
from analyzer.speech import (
    ANYONE,
    Crowd,
    Diarization,
    OnFraction,
    Span,
    SpeakerId,
    Turn,
    tell_nobody,
)


class PipelineDiarizer:
    """A pyannote pipeline from a folder or a hub; it holds each track in memory."""

    def __init__(
        self, source: str, token: str | None = None, threads: int = 2, device: str = "cpu"
    ) -> None:
        prepare(threads)
        import torch
        from pyannote.audio import Pipeline

        folder = Path(source).expanduser()
        try:
            pipeline = Pipeline.from_pretrained(folder if folder.exists() else source, token=token)
        except (OSError, RuntimeError, ValueError) as error:
            raise EngineMissing(_not_loaded(source, str(error))) from error
        if pipeline is None:  # pyannote's answer to a missing token
            raise EngineMissing(_not_loaded(source, "no access"))
        self._pipeline: Any = pipeline.to(torch.device(device))
        self._torch = torch
        self.name = f"pyannote {folder.name}"

    def diarize(
        self,
        tracks: Sequence[Track],
        *,
        crowd: Crowd = ANYONE,
        on_fraction: OnFraction = tell_nobody,
    ) -> Diarization:
        """Run the pipeline over each track; people on different tracks are different people."""
        turns: list[Turn] = []
        exclusive: list[Turn] = []
        voices: dict[SpeakerId, tuple[float, ...]] = {}
        for track in tracks:
            out = self._run(track, crowd.count if len(tracks) == 1 else None)
            turns += _turns(out.speaker_diarization, track.index)
            exclusive += _turns(out.exclusive_speaker_diarization, track.index)
            embeddings = getattr(out, "speaker_embeddings", None)
            if embeddings is not None:
                labels = out.speaker_diarization.labels()
                voices |= _voices(labels, embeddings, track.index)
            on_fraction((track.index + 1) / len(tracks))
        return Diarization(_in_order(turns), _in_order(exclusive), voices)

    def _run(self, track: Track, speakers: int | None) -> Any:
        samples = track.read(0.0, track.duration_s)
        waveform = self._torch.from_numpy(samples)[None]
        file = {"waveform": waveform, "sample_rate": SAMPLE_RATE}
        return self._pipeline(file, num_speakers=speakers)


def _not_loaded(source: str, reason: str) -> str:
    return (
        f"diarization pipeline {source!r} cannot be loaded ({reason.splitlines()[0]}); name a "
        "folder that holds it, or a hub's name with --token and a network"
    )


def _turns(annotation: Any, channel: int) -> list[Turn]:
    return [
        Turn(Span(segment.start, segment.end), SpeakerId(f"{channel}.{label}"), channel)
        for segment, _, label in annotation.itertracks(yield_label=True)
    ]


def _voices(
    labels: Iterable[str], embeddings: Any, channel: int
) -> dict[SpeakerId, tuple[float, ...]]:
    found = {}
    for label, embedding in zip(labels, embeddings, strict=False):
        norm = float(np.linalg.norm(embedding))
        if np.isfinite(norm) and norm > 0:
            found[SpeakerId(f"{channel}.{label}")] = tuple(float(x) / norm for x in embedding)
    return found


def _in_order(turns: list[Turn]) -> tuple[Turn, ...]:
    return tuple(sorted(turns, key=lambda turn: (turn.span, turn.speaker)))
