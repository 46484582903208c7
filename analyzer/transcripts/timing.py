"""When each word of a transcript was said, as far as the file tells."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, groupby, pairwise
from math import inf, isfinite

from analyzer.speech import Span, Word
from analyzer.transcripts.written import Piece, Said, Unfit

LONGEST_S = 24 * 3600.0
LONGEST_WORD = 100
"""Characters; some languages have no spaces."""
PACE = 2.5
"""Words a second, where the file does not say when someone ends."""
_SLACK_S = 1.0
"""Times this little before the start are rounding."""
_FAR_S = 3600.0
_BRIEFEST_S = 0.02


def checked(pieces: Iterable[Piece]) -> list[Piece]:
    """The pieces, all times numbers of a day at most. Raises Unfit for others."""
    kept = []
    for piece in pieces:
        words = tuple(
            replace(
                word,
                start=_moment(word.start, piece.place),
                end=_moment(word.end, piece.place),
            )
            if word.start is not None or word.end is not None
            else word
            for word in piece.words
        )
        start, end = _moment(piece.start, piece.place), _moment(piece.end, piece.place)
        kept.append(replace(piece, start=start, end=end, words=words))
    return kept


def _moment(time: float | None, place: str) -> float | None:
    if time is None or 0 <= time <= LONGEST_S:
        return time
    if -_SLACK_S <= time < 0:
        return 0.0
    if not isfinite(time):
        raise Unfit(f"{place}: {time} is no time; mend the file or export it again")
    if time < 0:
        raise Unfit(f"{place}: the time {time:g} s is before the start; mend the file")
    raise Unfit(f"{place}: the time {time:g} s is more than a day; is it in milliseconds?")


def from_zero(pieces: Sequence[Piece]) -> list[Piece]:
    """The same on a clock of their own, where the file's is the time of day."""
    starts = [time for time in map(_first, pieces) if time is not None]
    zero = min(starts, default=0.0)
    if zero < _FAR_S or zero < max(starts) - zero:
        return list(pieces)
    return [
        replace(
            piece,
            start=_less(piece.start, zero),
            end=_less(piece.end, zero),
            words=tuple(
                replace(word, start=_less(word.start, zero), end=_less(word.end, zero))
                for word in piece.words
            ),
        )
        for piece in pieces
    ]


def _less(time: float | None, zero: float) -> float | None:
    return None if time is None else max(0.0, time - zero)


def _first(piece: Piece) -> float | None:
    """When a piece starts, by itself or by its words."""
    if piece.start is not None:
        return piece.start
    return next((word.start for word in piece.words if word.start is not None), None)


def _last(piece: Piece) -> float | None:
    ends = [word.end for word in piece.words if word.end is not None]
    if piece.end is not None or not ends:
        return piece.end
    return max(ends)


def is_untidy(pieces: Sequence[Piece]) -> bool:
    """Whether times go backwards, or something ends before it starts."""
    starts = [time for time in map(_first, pieces) if time is not None]
    if any(after < before for before, after in pairwise(starts)):
        return True
    spans = ((_first(piece), piece.end) for piece in pieces)
    return any(start is not None and end is not None and end < start for start, end in spans)


def timed(pieces: Sequence[Piece]) -> tuple[list[Piece], bool]:
    """The pieces by start, each with its times; and whether any had to be reckoned.

    A piece without a start follows the one before it. One without an end goes on as long as it
    takes to say, but not beyond the next; those that start together share the time.
    """
    placed: list[Piece] = []
    for piece in pieces:
        start = _first(piece)
        if start is None:
            start = placed[-1].start if placed else 0.0
            start = max(start or 0.0, placed[-1].end or 0.0) if placed else start
        end = _last(piece)
        placed.append(replace(piece, start=start, end=end if end and end > (start or 0) else None))
    is_rough = any(map(_is_rough, pieces)) or any(piece.end is None for piece in placed)
    placed.sort(key=lambda piece: piece.start or 0.0)
    starts = sorted({piece.start or 0.0 for piece in placed})
    found: list[Piece] = []
    for start, together in groupby(placed, key=lambda piece: piece.start or 0.0):
        after = bisect_right(starts, start)
        room = starts[after] - start if after < len(starts) else inf
        found += _sharing(list(together), start, room)
    return found, is_rough


def _is_rough(piece: Piece) -> bool:
    """Whether the file does not say when a piece starts."""
    return _first(piece) is None


def _sharing(pieces: Sequence[Piece], start: float, room: float) -> Iterator[Piece]:
    """Pieces that start together; those without an end share the room, by their words."""
    counts = [len(texts(piece)) for piece in pieces if piece.end is None]
    pace = max(PACE, sum(counts) / room) if room else PACE
    at = start
    for piece in pieces:
        if piece.end is not None:
            yield piece
            continue
        end = at + len(texts(piece)) / pace
        yield replace(piece, start=at, end=max(end, at + _BRIEFEST_S))
        at = end


def texts(piece: Piece) -> list[str]:
    """The words of a piece, no space in any."""
    if piece.words:
        return [part for word in piece.words for part in words_in(word.text)]
    return words_in(piece.text)


def words_in(text: str) -> list[str]:
    """The words of a text; what has no spaces for too long is cut."""
    return [
        word[at : at + LONGEST_WORD]
        for word in text.split()
        for at in range(0, len(word), LONGEST_WORD)
    ]


def in_turn(pieces: Sequence[Piece]) -> list[Piece]:
    """One speaker's pieces, where none goes on after the next has begun."""
    kept: list[Piece] = []
    for piece in pieces:
        if kept and not kept[-1].words and (kept[-1].end or 0.0) > (piece.start or 0.0):
            before = kept.pop()
            if (piece.start or 0.0) - (before.start or 0.0) >= _BRIEFEST_S or piece.words:
                kept.append(replace(before, end=piece.start))
            else:
                end = max(before.end or 0.0, piece.end or 0.0)
                text = f"{before.text} {piece.text}"
                piece = replace(piece, text=text, start=before.start, end=end)
        kept.append(piece)
    return kept


def words_of(piece: Piece) -> list[Word]:
    """The words of a timed piece: at their own times, else spread over it by length."""
    span = Span(piece.start or 0.0, piece.end or 0.0)
    said = piece.words or tuple(map(Said, words_in(piece.text)))
    return [word for one in _filled(said, span) for word in _apart(one)]


def _filled(said: Sequence[Said], span: Span) -> Iterator[tuple[Said, Span]]:
    """Words with times; those without lie between the ones that have them."""
    at = span.start
    for is_timed, group in groupby(enumerate(said), key=lambda pair: pair[1].start is not None):
        own = list(group)
        if is_timed:
            for _, word in own:
                start = word.start or 0.0
                at = max(start, start if word.end is None else word.end)
                yield word, Span(start, at)
        else:
            after = own[-1][0] + 1
            until = said[after].start if after < len(said) else span.end
            spans = spread([word.text for _, word in own], Span(at, max(at, until or 0.0)))
            yield from ((word, one) for (_, word), one in zip(own, spans, strict=True))


def _apart(timed_word: tuple[Said, Span]) -> Iterator[Word]:
    """A word of the file as words without spaces."""
    said, span = timed_word
    parts = words_in(said.text)
    for part, own in zip(parts, spread(parts, span), strict=True):
        yield Word(own, part, said.confidence)


def spread(parts: Sequence[str], span: Span) -> list[Span]:
    """Stretches of a span, one a text, as long as the texts are."""
    done = list(accumulate((len(part) + 1 for part in parts), initial=0))
    edges = [span.start + span.seconds * length / (done[-1] or 1) for length in done]
    return [Span(*pair) for pair in pairwise(edges)]


def onward(words: Iterable[Word]) -> list[Word]:
    """One speaker's words in the order of the file, so that no time goes backwards."""
    kept: list[Word] = []
    at, until = 0.0, 0.0
    for word in words:
        start = max(word.span.start, at)
        end = max(word.span.end, start, until if start == at else start)
        kept.append(replace(word, span=Span(start, end)))
        at, until = start, end
    return kept
