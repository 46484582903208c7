"""What sentences mean: a row each, read from as many of them as there is time for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from analyzer.reading import Embedder, Sentence, Vectors
from analyzer.speech import SpeakerId

MOST_WORDS = 1000
"""Read of one call: all of one that lasts five minutes or six."""
STRETCH_WORDS = 60
"""Read of each stretch of a longer one."""
LONGEST_WORDS = 30
"""Read of one sentence."""


@dataclass(frozen=True, slots=True, eq=False)
class Meaning:
    """What the sentences of a call mean: `rows` holds one each.

    `borrowed` are the indexes of sentences that were not read, of which only long calls have any:
    their row is that of the same speaker's nearest sentence that was.
    """

    rows: Vectors
    embedder: Embedder
    borrowed: frozenset[int] = frozenset()

    def of(self, sentences: Sequence[Sentence]) -> Vectors:
        """The sentences' own rows; those that were not read are read now."""
        rows = self.rows[[one.index for one in sentences]]
        unread = [n for n, one in enumerate(sentences) if one.index in self.borrowed]
        if unread:
            rows[unread] = self.embedder.embed([text_of(sentences[n]) for n in unread])
        return rows


def meaning_of(sentences: Sequence[Sentence], embedder: Embedder) -> Meaning | None:
    """Read a call, None when nothing was said.

    Reading is what takes time: about a thousand words a second and core. Of a long call the longer
    sentences are read, evenly over its length.
    """
    read = sorted(_chosen(sentences))
    if not read:
        return None
    rows = embedder.embed([text_of(sentences[n]) for n in read])
    borrowed = frozenset(one.index for one in sentences) - frozenset(read)
    return Meaning(rows[list(_nearest(sentences, read))], embedder, borrowed)


def text_of(sentence: Sentence) -> str:
    """What is read of a sentence."""
    return " ".join(word.text for word in sentence.words[:LONGEST_WORDS])


def _chosen(sentences: Sequence[Sentence]) -> Iterator[int]:
    """The places of the sentences to read: all, or the longest of each stretch of the call."""
    lengths = {
        one.index: min(LONGEST_WORDS, len(one.words)) for one in sentences if not one.is_backchannel
    }
    total = sum(lengths.values())
    if total <= MOST_WORDS:
        yield from lengths
        return
    stretches = MOST_WORDS // STRETCH_WORDS
    for stretch in np.array_split(np.asarray([*lengths]), stretches):
        left = STRETCH_WORDS
        for n in sorted(stretch.tolist(), key=lambda n: (-lengths[n], n)):
            if lengths[n] <= left:
                yield n
                left -= lengths[n]


def _nearest(sentences: Sequence[Sentence], read: Sequence[int]) -> Iterator[int]:
    """For each sentence the row to take: of one speaker as long as any of theirs was read."""
    everyone = np.asarray(read)
    own: dict[SpeakerId, list[int]] = {}
    for row, n in enumerate(read):
        own.setdefault(sentences[n].speaker, []).append(row)
    for one in sentences:
        rows = np.asarray(own.get(one.speaker, range(len(read))))
        after = int(np.searchsorted(everyone[rows], one.index))
        near = rows[max(0, after - 1) : after + 1]
        yield int(min(near, key=lambda row: abs(int(everyone[row]) - one.index)))


@lru_cache(maxsize=64)
def rows_of(texts: tuple[str, ...], embedder: Embedder) -> Vectors:
    """The rows of texts that stay the same from call to call, such as a lexicon's examples."""
    return embedder.embed(texts)
