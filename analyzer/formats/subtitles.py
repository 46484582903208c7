"""Subtitles: SubRip and WebVTT, cut at words, two short lines at a time."""

import html
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analyzer.formats.rendering import Rendering, one_line, speaker_names, words_for
from analyzer.report import CallReport
from analyzer.speech import Word
from analyzer.transcript import Utterance

_LINE = 42  # characters
_LINES = 2
_LONGEST_S = 6.0
_SHORTEST_S = 0.8
_PAUSE_S = 1.5


@dataclass(frozen=True, slots=True)
class Cue:
    """What stands on screen at once; times are whole milliseconds, `end` after `start`."""

    start: int
    end: int
    name: str
    text: str


def to_srt(report: CallReport, rendering: Rendering) -> str:
    """SubRip; the name stands where the speaker changes. SubRip has no escapes but for arrows."""
    blocks, before = [], None
    for number, cue in enumerate(_cues(report, rendering), start=1):
        text = cue.text if cue.name == before else f"{cue.name}: {cue.text}"
        before = cue.name
        lines = "\n".join(_wrapped(text.replace("-->", "->")))
        blocks.append(f"{number}\n{_time(cue.start, ',')} --> {_time(cue.end, ',')}\n{lines}\n")
    return "\n".join(blocks)


def to_vtt(report: CallReport, rendering: Rendering) -> str:
    """WebVTT; every cue carries its speaker as a voice."""
    blocks = ["WEBVTT\n"]
    for number, cue in enumerate(_cues(report, rendering), start=1):
        lines = "\n".join(html.escape(line, quote=False) for line in _wrapped(cue.text))
        voice = f"<v {html.escape(cue.name, quote=False)}>{lines}</v>"
        blocks.append(f"{number}\n{_time(cue.start, '.')} --> {_time(cue.end, '.')}\n{voice}\n")
    return "\n".join(blocks)


def _cues(report: CallReport, rendering: Rendering) -> list[Cue]:
    """The whole call in cues, by start; short ones stay a little where nothing follows."""
    names = speaker_names(report, words_for(report, rendering))
    cues = [
        _cue(words, names[utterance.speaker])
        for utterance in report.transcript.utterances
        for words in _pieces(utterance, names[utterance.speaker])
    ]
    cues = sorted((cue for cue in cues if cue.text), key=lambda cue: (cue.start, cue.end))
    return [_lingering(cue, after) for cue, after in zip(cues, [*cues[1:], None], strict=False)]


def _pieces(utterance: Utterance, name: str) -> Iterator[Sequence[Word]]:
    """Runs of words that fit one cue in length and time, name included, cut at long pauses."""
    words, first = utterance.words, 0
    for index, (word, before) in enumerate(zip(words[1:], words, strict=False), start=1):
        text = " ".join((f"{name}:", *(w.text for w in words[first : index + 1])))
        is_full = len(_wrapped(text)) > _LINES or (_ends_sentence(before) and len(text) > _LINE)
        is_slow = word.span.end - words[first].span.start > _LONGEST_S
        if is_full or is_slow or word.span.start - before.span.end > _PAUSE_S:
            yield words[first:index]
            first = index
    yield words[first:]


def _ends_sentence(word: Word) -> bool:
    return word.text.endswith((".", "?", "!", "…"))


def _cue(words: Sequence[Word], name: str) -> Cue:
    start = max(0, round(words[0].span.start * 1000))
    end = round(max(word.span.end for word in words) * 1000)
    end = min(max(end, start + 1), start + round(_LONGEST_S * 1000))
    return Cue(start, end, name, one_line(" ".join(word.text for word in words)))


def _lingering(cue: Cue, following: Cue | None) -> Cue:
    """A cue long enough to read, unless the next one needs the room."""
    readable = cue.start + round(_SHORTEST_S * 1000)
    end = min(readable, following.start) if following else readable
    return Cue(cue.start, max(cue.end, end), cue.name, cue.text)


def _wrapped(text: str) -> list[str]:
    """Lines broken at spaces only: a word is never cut."""
    return textwrap.wrap(text, _LINE, break_long_words=False, break_on_hyphens=False)


def _time(milliseconds: int, decimal: str) -> str:
    """A moment as hh:mm:ss and thousandths, after the format's own sign."""
    seconds, rest = divmod(milliseconds, 1000)
    minutes, second = divmod(seconds, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{second:02}{decimal}{rest:03}"
