"""The stock pipeline, what anyone would write in an afternoon: the peer to beat.

    python -m tests.benchmarks.stock OUT AUDIO...

faster-whisper's sequential transcription (beam 5, Silero VAD, word timestamps), then
pyannote.audio's own SpeakerDiarization with its published step (10 % of the window), then each
word to the speaker who overlaps it most. Talktrack's weights; writes OUT/<stem>.json in the
layout the scorer reads and prints the seconds of each stage.
"""

import json
import os
import sys
import time
import types
import warnings
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer

from tests.benchmarks.weights import Weights, lay_out

SAMPLE_RATE = 16_000
THRESHOLD = 0.65
"""Cosine distance of clustering: the best of 0.5 to 1.0 over the corpus calls."""

Turns = list[dict[str, Any]]


class Stock:
    """Both models, loaded once."""

    def __init__(self, weights: Weights, threads: int, threshold: float) -> None:
        _silence()
        import torch
        from faster_whisper import WhisperModel
        from pyannote.audio.core.plda import PLDA
        from pyannote.audio.pipelines import SpeakerDiarization

        torch.set_num_threads(threads)
        self.whisper = WhisperModel(
            str(weights.whisper), device="cpu", compute_type="int8", cpu_threads=threads
        )
        self.diarization: Any = SpeakerDiarization(
            segmentation=str(weights.segmentation),
            embedding=str(weights.embedding),
            clustering="AgglomerativeClustering",
            embedding_exclude_overlap=True,
            segmentation_batch_size=32,
            embedding_batch_size=32,
            plda=object.__new__(PLDA),  # asked for, and unused by this clustering
        )
        clustering = {"method": "centroid", "min_cluster_size": 12, "threshold": threshold}
        self.diarization.instantiate(
            {"clustering": clustering, "segmentation": {"min_duration_off": 0.0}}
        )

    def hear(self, path: Path, language: str | None = None) -> tuple[dict[str, Any], list[float]]:
        """The report of a recording, and the instants at which each stage ended."""
        import torch
        from faster_whisper import decode_audio

        ends = [time.perf_counter()]
        samples = decode_audio(str(path))
        ends.append(time.perf_counter())
        segments, found = self.whisper.transcribe(
            samples, language=language, beam_size=5, vad_filter=True, word_timestamps=True
        )
        words = [word for segment in segments for word in segment.words]
        ends.append(time.perf_counter())
        waveform = torch.from_numpy(samples)[None]
        out = self.diarization({"waveform": waveform, "sample_rate": SAMPLE_RATE})
        turns = [
            {"speaker": who, "start": span.start, "end": span.end}
            for span, _, who in out.speaker_diarization.itertracks(yield_label=True)
        ]
        ends.append(time.perf_counter())
        report = {
            "language": found.language,
            "duration": len(samples) / SAMPLE_RATE,
            "turns": turns,
            "utterances": utterances(words, turns),
        }
        return report, ends


def utterances(words: Iterable[Any], turns: Turns) -> list[dict[str, Any]]:
    """Each word to the speaker who overlaps it most; a change of speaker starts an utterance."""
    out: list[dict[str, Any]] = []
    for word in words:
        who = _speaker(word.start, word.end, turns)
        if not out or out[-1]["speaker"] != who:
            out.append({"speaker": who, "start": word.start, "end": word.end, "words": []})
        out[-1]["words"].append({"start": word.start, "end": word.end, "text": word.word})
        out[-1]["end"] = word.end
    return out


def _speaker(start: float, end: float, turns: Turns) -> str:
    def overlap(turn: Mapping[str, Any]) -> float:
        return float(min(turn["end"], end) - max(turn["start"], start))

    best = max(turns, key=overlap, default=None)
    return str(best["speaker"]) if best else "S0"


def _silence() -> None:
    """No usage metrics, no warnings; and torchaudio's Python parts beside a torch without CUDA."""
    os.environ["PYANNOTE_METRICS_ENABLED"] = "0"  # noqa: TID251 - read when pyannote is imported
    warnings.filterwarnings("ignore")
    stub: Any = types.ModuleType("torchaudio._extension")
    stub._IS_TORCHAUDIO_EXT_AVAILABLE = stub._IS_ALIGN_AVAILABLE = False
    stub.fail_if_no_align = lambda function: function
    sys.modules["torchaudio._extension"] = stub


def main(
    out: Path,
    audio: list[Path],
    threads: Annotated[int, typer.Option()] = os.cpu_count() or 1,
    threshold: Annotated[float, typer.Option()] = THRESHOLD,
    language: Annotated[str | None, typer.Option()] = None,
) -> None:
    """Hear recordings as the stock pipeline does; OUT/<stem>.json is the report of each."""
    out.mkdir(parents=True, exist_ok=True)
    stock = Stock(lay_out(), threads, threshold)
    for path in audio:
        report, ends = stock.hear(path, language)
        (out / f"{path.stem}.json").write_text(json.dumps(report), "utf-8")
        decode, asr, diarize = (end - start for start, end in pairwise(ends))
        print(
            f"{path.stem} audio {report['duration']:.1f} s, decode {decode:.1f} s, "
            f"asr {asr:.1f} s, diarize {diarize:.1f} s",
            flush=True,
        )


if __name__ == "__main__":
    typer.run(main)
