"""The words of a call as its page shows them: paragraphs, each with the times of its words.

An hour has some 9,000 words. They are not an element each: a paragraph is one, which carries when
its words begin, and the page finds the word under a click by counting.
"""

from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from math import inf
from uuid import UUID

from analyzer.formats.quoting import Scribe
from analyzer.formats.rendering import one_line
from analyzer.report import CallReport
from analyzer.speech import Word
from analyzer.transcript import Utterance, ends_sentence

_DOUBTFUL = 0.5
"""Confidence below which a word is marked."""
_FULL = 60
"""Words after which the end of a sentence ends a paragraph."""
_ROUNDING_S = 0.05
_NO_BREAK = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment at a moment of the call."""

    id: UUID
    start_s: float
    author: str


@dataclass(frozen=True, slots=True)
class Run:
    """Words that are shown alike."""

    text: str
    is_doubtful: bool


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A readable part of what somebody says.

    `times` tells when its words begin, in hundredths of a second: the first since the start of
    the recording, each other since the one before.
    """

    index: int
    start_s: float
    end_s: float
    time: str
    times: str
    runs: tuple[Run, ...]
    remarks: tuple[Remark, ...] = ()

    @property
    def text(self) -> str:
        """The words in one line."""
        return "".join(run.text for run in self.runs).strip()


@dataclass(frozen=True, slots=True)
class Block:
    """What one speaker says; `opens` where the speaker changes."""

    speaker: str
    name: str
    side: str
    opens: bool
    is_aside: bool
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True, slots=True)
class TranscriptPart:
    """All that was said; `language` is the speakers', not the reader's."""

    language: str
    blocks: tuple[Block, ...]
    has_doubt: bool


def transcript_part(
    report: CallReport, scribe: Scribe, remarks: Iterable[Remark] = ()
) -> TranscriptPart:
    """Lay the transcript out for reading, with who remarked on what."""
    blocks = tuple(_blocks(report, scribe))
    has_doubt = any(run.is_doubtful for one in _all(blocks) for run in one.runs)
    return TranscriptPart(report.transcript.language, _with_remarks(blocks, remarks), has_doubt)


def find_paragraph(
    report: CallReport, scribe: Scribe, index: int
) -> tuple[Block, Paragraph] | None:
    """One paragraph and who says it."""
    for block in _blocks(report, scribe):
        for paragraph in block.paragraphs:
            if paragraph.index == index:
                return block, paragraph
    return None


def words_of(report: CallReport, speaker: str, start_s: float, end_s: float) -> tuple[Word, ...]:
    """What a speaker says between two moments, a word at a time."""
    return tuple(
        word
        for said in report.transcript.utterances
        if said.speaker == speaker
        for word in said.words
        if start_s <= word.span.middle < end_s
    )


def _blocks(report: CallReport, scribe: Scribe) -> Iterator[Block]:
    """Utterances in order; an aside does not take the word from who is speaking."""
    holder, index = None, 0
    for said in report.transcript.utterances:
        paragraphs = tuple(
            _paragraph(index + n, words, scribe) for n, words in enumerate(_cut(said))
        )
        index += len(paragraphs)
        opens = said.is_backchannel or said.speaker != holder
        name, side = scribe.name(said.speaker), scribe.side(said.speaker)
        yield Block(said.speaker, name, side.value, opens, said.is_backchannel, paragraphs)
        holder = holder if said.is_backchannel else said.speaker


def _cut(said: Utterance) -> Iterator[list[Word]]:
    """A long speech, broken after the sentence that makes a paragraph full."""
    words: list[Word] = []
    for word in said.words:
        words.append(word)
        if len(words) >= _FULL and ends_sentence(word):
            yield words
            words = []
    if words:
        yield words


def _paragraph(index: int, words: Sequence[Word], scribe: Scribe) -> Paragraph:
    start_s = words[0].span.start
    end_s = max(word.span.end for word in words)
    return Paragraph(
        index, start_s, end_s, scribe.clock(start_s), _times(words), tuple(_runs(words))
    )


def _times(words: Sequence[Word]) -> str:
    hundredths = [round(100 * word.span.start) for word in words]
    steps = (after - before for before, after in pairwise(hundredths))
    return " ".join(map(str, (hundredths[0], *steps)))


def _runs(words: Sequence[Word]) -> Iterator[Run]:
    """Words one after the other, each with a blank behind."""
    for is_doubtful, some in groupby(words, lambda word: word.confidence < _DOUBTFUL):
        yield Run("".join(f"{shown_word(word)} " for word in some), is_doubtful)


def shown_word(word: Word) -> str:
    """A word with no blank in it, so that blanks count words."""
    if word.text.isprintable() and word.text and " " not in word.text:
        return word.text  # as nearly all are
    return one_line(word.text).replace(" ", _NO_BREAK) or "…"


def _with_remarks(blocks: Sequence[Block], remarks: Iterable[Remark]) -> tuple[Block, ...]:
    """Each remark stands beside the last paragraph that has begun by then."""
    starts = sorted((one.start_s, one.index) for one in _all(blocks))
    beside: dict[int, list[Remark]] = {}
    for remark in remarks if starts else ():
        begun = bisect(starts, (remark.start_s + _ROUNDING_S, inf))
        beside.setdefault(starts[max(begun - 1, 0)][1], []).append(remark)
    return tuple(_remarked(block, beside) for block in blocks) if beside else tuple(blocks)


def _remarked(block: Block, beside: Mapping[int, Sequence[Remark]]) -> Block:
    paragraphs = (
        replace(one, remarks=tuple(beside.get(one.index, ()))) for one in block.paragraphs
    )
    return replace(block, paragraphs=tuple(paragraphs))


def _all(blocks: Iterable[Block]) -> Iterator[Paragraph]:
    return (paragraph for block in blocks for paragraph in block.paragraphs)
