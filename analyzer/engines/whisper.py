"""What was said: faster-whisper, with guards against what Whisper invents."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from threading import Event, Lock
from typing import TYPE_CHECKING

import numpy as np

from analyzer.audio import SAMPLE_RATE, Track
from analyzer.engines import weights
from analyzer.engines.clips import Clip, Lane, lanes
from analyzer.engines.doubts import is_doubtful, without_loops
from analyzer.errors import BadMeeting, EngineMissing
from analyzer.speech import OnFraction, Span, Speech, Word, tell_nobody

if TYPE_CHECKING:
    from faster_whisper.transcribe import Segment

_BATCH = 1  # windows decoded together by each worker: 2 gain 7 % of the time for 190 MB
_BEAM = 5
_DETECTED_WINDOWS = 3
_MOST_WORKERS = 4


class WhisperTranscriber:
    """Whisper in CTranslate2's format; the bundled base model unless another is named.

    `model` is a folder, a size ("small", "large-v3") or a hub's name: the last two need a
    network once. On a CPU two windows are decoded side by side, one core each: a quarter faster
    than one after the other on both.
    """

    def __init__(
        self,
        model: str | Path | None = None,
        threads: int = 2,
        device: str = "cpu",
    ) -> None:
        from faster_whisper import WhisperModel

        self._workers = max(1, min(threads, _MOST_WORKERS)) if device == "cpu" else 1
        source = str(model) if model is not None else str(weights.whisper_base())
        try:
            self._model = WhisperModel(
                source,
                device=device,
                compute_type="int8" if device == "cpu" else "float16",
                cpu_threads=max(1, threads // self._workers),
                num_workers=self._workers,
            )
        except (OSError, RuntimeError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise EngineMissing(
                f"Whisper model {source!r} cannot be loaded ({reason}); name a folder in "
                "CTranslate2 format, or leave --whisper out for the bundled one"
            ) from error
        self.name = f"faster-whisper {Path(source).name if model is not None else 'base'}"

    def transcribe(
        self,
        tracks: Sequence[Track],
        speech: Sequence[Sequence[Span]],
        *,
        language: str | None = None,
        hotwords: Sequence[str] = (),
        on_fraction: OnFraction = tell_nobody,
    ) -> Speech:
        """Recognise the words inside each track's speech; no speech gives no words."""
        if language and language not in self._model.supported_languages:
            known = "a code that this Whisper model knows, such as en"
            raise BadMeeting(f"language {language!r}: use {known}")
        waiting = self._lanes(tracks, speech)
        if not waiting:
            on_fraction(1.0)
            return Speech(language or "und", 0.0, ())
        spoken, certainty = (language, 1.0) if language else self._detect(waiting)
        task = _Task(spoken, ", ".join(hotwords) or None, _Meter(waiting, on_fraction))
        shares = [waiting[worker :: self._workers] for worker in range(self._workers)]
        words: list[Word] = []
        with ThreadPoolExecutor(self._workers) as pool:
            try:
                for found in pool.map(lambda share: self._drain(share, task), shares):
                    words += found
            finally:  # whatever stops the caller stops the workers, a window later
                task.is_stopped.set()
        return Speech(spoken, certainty, tuple(sorted(words, key=lambda w: (w.span, w.channel))))

    def _lanes(self, tracks: Sequence[Track], speech: Sequence[Sequence[Span]]) -> list[Lane]:
        together = self._workers * _BATCH
        each = max(1, together // len(tracks))
        return [
            lane
            for track, spans in zip(tracks, speech, strict=True)
            for lane in lanes(track, spans, each)
        ]

    def _drain(self, waiting: Sequence[Lane], task: "_Task") -> list[Word]:
        """Hear lanes side by side, a window of each at a time, until all are empty."""
        words: list[Word] = []
        while (waiting := [lane for lane in waiting if lane.seconds > 0]) and not (
            task.is_stopped.is_set()
        ):
            clips = [lane.window() for lane in waiting]
            left = sum(lane.seconds for lane in waiting)
            heard = self._hear(clips, task)
            for lane, clip, (found, heard_s) in zip(waiting, clips, heard, strict=True):
                lane.advance(clip, heard_s)
                words += found
            task.meter.add(left - sum(lane.seconds for lane in waiting))
        return words

    def _detect(self, waiting: Sequence[Lane]) -> tuple[str, float]:
        """The language most likely over the first window of a few lanes."""
        step = -(-len(waiting) // _DETECTED_WINDOWS)
        chosen = waiting[::step]
        totals: dict[str, float] = {}
        for lane in chosen:
            _, _, probabilities = self._model.detect_language(lane.window().samples())
            for name, probability in probabilities:
                totals[name] = totals.get(name, 0.0) + probability / len(chosen)
        best = max(totals, key=lambda name: totals[name])
        return best, totals[best]

    def _hear(self, clips: Sequence[Clip], task: "_Task") -> Iterable[tuple[list[Word], float]]:
        """The words of each window, and how many of its seconds they cover."""
        from faster_whisper import BatchedInferencePipeline

        sounds = [clip.samples() for clip in clips]
        edges = np.cumsum([0, *(len(sound) for sound in sounds)]) / SAMPLE_RATE
        segments, _ = BatchedInferencePipeline(self._model).transcribe(
            np.concatenate(sounds),
            language=task.language,
            beam_size=_BEAM,
            word_timestamps=True,
            without_timestamps=False,
            clip_timestamps=[{"start": a, "end": b} for a, b in pairwise(edges)],
            batch_size=len(clips),
            hotwords=task.hotwords,
        )
        by_clip: list[list[Segment]] = [[] for _ in clips]
        for segment in segments:
            by_clip[int(np.abs(edges[:-1] - segment.seek / 100).argmin())].append(segment)
        for clip, start, found in zip(clips, edges, by_clip, strict=False):
            if is_doubtful(found, clip.seconds):
                again = self._hear_again(clip, task.language)
                yield without_loops(_as_words(clip, 0.0, again)), clip.seconds
                continue
            heard_s = max((s.end - float(start) for s in found), default=clip.seconds)
            yield without_loops(_as_words(clip, float(start), found)), heard_s

    def _hear_again(self, clip: Clip, language: str) -> Sequence["Segment"]:
        """One window on its own, at rising temperatures until it stops repeating itself."""
        segments, _ = self._model.transcribe(
            clip.samples(),
            language=language,
            beam_size=_BEAM,
            word_timestamps=True,
            condition_on_previous_text=False,
            hallucination_silence_threshold=1.0,
        )
        return [s for s in segments if not is_doubtful([s], s.end - s.start)]


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """What every worker of one recording is told."""

    language: str
    hotwords: str | None
    meter: "_Meter"
    is_stopped: Event = field(default_factory=Event)


class _Meter:
    """Seconds heard so far, by all workers together."""

    def __init__(self, waiting: Sequence[Lane], on_fraction: OnFraction) -> None:
        self._total = sum(lane.seconds for lane in waiting)
        self._heard = 0.0
        self._lock = Lock()
        self._tell = on_fraction

    def add(self, seconds: float) -> None:
        """Count a window and say how much is done."""
        with self._lock:
            self._heard += seconds
            self._tell(min(1.0, self._heard / self._total))


def _as_words(clip: Clip, start: float, segments: Sequence["Segment"]) -> Iterable[Word]:
    """Whisper's words; a piece without a space before it belongs to the word before."""
    pending: Word | None = None
    for heard in (word for segment in segments for word in segment.words or ()):
        span = clip.on_recording(heard.start - start, heard.end - start)
        text, glued = heard.word.strip(), not heard.word.startswith(" ")
        if pending and glued:
            joined = Span(pending.span.start, max(pending.span.end, span.end))
            least = min(pending.confidence, heard.probability)
            pending = Word(joined, pending.text + text, least, clip.track.index)
            continue
        if pending and pending.text:
            yield pending
        pending = Word(span, text, float(heard.probability), clip.track.index)
    if pending and pending.text:
        yield pending
