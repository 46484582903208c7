"""Passages: a call cut into stretches short enough to mean one thing, each with its vector."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from analyzer.reading import Embedder, Vectors
from analyzer.recording import Side
from analyzer.sides import Speaker
from analyzer.speech import Word
from analyzer.transcript import Transcript, Utterance
from models.meaning_space import centre_passages
from models.tables.columns import Json

ENOUGH_WORDS = 60
"""A passage with so many words ends where someone stops."""
MOST_WORDS = 100
"""No passage of more than one piece is longer."""
FEW_WORDS = 15
"""What is left at the end with fewer words belongs to the passage before."""
LONG_PAUSE_S = 10.0
"""After such a silence something new begins."""
_BATCH = 32


@dataclass(frozen=True, slots=True)
class CutPassage:
    """Some utterances that follow one another; of a long one, a passage may hold only a part.

    `side` is the one that says most of it. Never empty.
    """

    first_utterance: int
    last_utterance: int
    side: Side
    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True, slots=True)
class _Piece:
    """Words of one utterance: all of them, or some sentences of a long one."""

    utterance: int
    side: Side
    words: tuple[Word, ...]

    @property
    def end_s(self) -> float:
        return max(word.span.end for word in self.words)


def cut_passages(transcript: Transcript, speakers: Iterable[Speaker]) -> tuple[CutPassage, ...]:
    """The whole call in order, each word in exactly one passage; nothing when nothing was said."""
    sides = {one.id: one.side for one in speakers}
    pieces = [
        _Piece(said.index, sides.get(said.speaker, Side.UNKNOWN), words)
        for said in transcript.utterances
        for words in _parts(said)
    ]
    return tuple(_passage(some) for some in _grouped(pieces))


def embed_passages(passages: Sequence[CutPassage], language: str, embedder: Embedder) -> Vectors:
    """A unit-length row for each passage, as `models.meaning_space` places it.

    Reading is what takes time: about a thousand words a second and core.
    """
    batches = [passages[n : n + _BATCH] for n in range(0, len(passages), _BATCH)]
    rows = [embedder.embed([one.text for one in batch]) for batch in batches]
    if not rows:
        return np.empty((0, 0), np.float32)
    return centre_passages(np.concatenate(rows), language, embedder)


def passage_rows(
    transcript: Transcript, speakers: Iterable[Speaker], embedder: Embedder
) -> Iterator[Json]:
    """The rows of the table `passage`, all but the call's id."""
    passages = cut_passages(transcript, speakers)
    vectors = embed_passages(passages, transcript.language, embedder)
    for position, (one, vector) in enumerate(zip(passages, vectors, strict=True)):
        yield {
            "position": position,
            "first_utterance": one.first_utterance,
            "last_utterance": one.last_utterance,
            "side": one.side.value,
            "start_s": round(one.start_s, 3),
            "end_s": round(one.end_s, 3),
            "vector": vector.tolist(),
        }


def _parts(said: Utterance) -> Iterator[tuple[Word, ...]]:
    """The words of an utterance, a long one in parts of whole sentences as far as they go."""
    if len(said.words) <= MOST_WORDS:
        yield said.words
        return
    part: tuple[Word, ...] = ()
    for sentence in said.sentences:
        if part and len(part) + len(sentence) > ENOUGH_WORDS:
            yield part
            part = ()
        part += sentence
        while len(part) > MOST_WORDS:  # nobody closed a sentence here
            yield part[:ENOUGH_WORDS]
            part = part[ENOUGH_WORDS:]
    if part:
        yield part


def _grouped(pieces: Sequence[_Piece]) -> Iterator[list[_Piece]]:
    """Pieces put together until there are enough words to mean something."""
    groups: list[list[_Piece]] = []
    for piece in pieces:
        if not groups or _begins_anew(groups[-1], piece):
            groups.append([])
        groups[-1].append(piece)
    if len(groups) > 1 and _count(groups[-1]) < FEW_WORDS and not _is_apart(*groups[-2:]):
        last = groups.pop()
        groups[-1] += last
    yield from groups


def _begins_anew(group: Sequence[_Piece], piece: _Piece) -> bool:
    count = _count(group)
    if count >= ENOUGH_WORDS or _is_apart(group, [piece]):
        return True
    return count + len(piece.words) > MOST_WORDS


def _is_apart(group: Sequence[_Piece], other: Sequence[_Piece]) -> bool:
    """Whether a long silence lies between the two."""
    ended_s = max(one.end_s for one in group)
    return other[0].words[0].span.start - ended_s > LONG_PAUSE_S


def _count(group: Iterable[_Piece]) -> int:
    return sum(len(one.words) for one in group)


def _passage(group: Sequence[_Piece]) -> CutPassage:
    said: Counter[Side] = Counter()
    for piece in group:
        said[piece.side] += len(piece.words)
    (side, most), *others = said.most_common()
    numbers = [piece.utterance for piece in group]
    return CutPassage(
        min(numbers),
        max(numbers),
        Side.UNKNOWN if others and others[0][1] == most else side,
        group[0].words[0].span.start,
        max(piece.end_s for piece in group),
        " ".join(word.text for piece in group for word in piece.words),
    )
