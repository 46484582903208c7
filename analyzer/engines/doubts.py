"""Signs that a recogniser invented what it wrote: loops, silence turned to words, empty pages."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from analyzer.speech import Word

if TYPE_CHECKING:
    from faster_whisper.transcribe import Segment

# The first three are OpenAI's own limits for a failed decoding.
_REPETITIVE = 2.4  # gzip ratio
_UNLIKELY = -1.0  # mean log-probability
_SILENT = 0.6  # probability of no speech
_FEWEST_WORDS_PER_S = 0.4  # in a window packed with speech: the decoder stopped early
_LONG_ENOUGH_S = 5.0
_LONGEST_PHRASE, _MOST_REPEATS = 8, 3


def is_doubtful(segments: Sequence["Segment"], seconds: float) -> bool:
    """Whether a window's words should not be believed as they are."""
    words = sum(len(segment.words or ()) for segment in segments)
    if seconds >= _LONG_ENOUGH_S and words / seconds < _FEWEST_WORDS_PER_S:
        return True
    return any(
        segment.compression_ratio > _REPETITIVE
        or segment.avg_logprob < _UNLIKELY
        or (segment.no_speech_prob > _SILENT and segment.avg_logprob < _UNLIKELY / 2)
        for segment in segments
    )


def without_loops(words: Iterable[Word]) -> list[Word]:
    """Drop what repeats a phrase more than three times in a row; people repeat less."""
    kept: list[Word] = []
    for word in words:
        kept.append(word)
        for length in range(1, _LONGEST_PHRASE + 1):
            if _repeats(kept, length) > _MOST_REPEATS:
                del kept[-length:]
                break
    return kept


def _repeats(words: Sequence[Word], length: int) -> int:
    """How often the last `length` words stand at the end, one after the other."""
    phrase = [_bare(word) for word in words[-length:]]
    count, at = 1, len(words) - 2 * length
    while at >= 0 and [_bare(word) for word in words[at : at + length]] == phrase:
        count, at = count + 1, at - length
    return count


def _bare(word: Word) -> str:
    return word.text.strip(".,!?;:…-").casefold()
