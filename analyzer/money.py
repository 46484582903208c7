"""Sums of money and percentages in what was said."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from analyzer.lexicon import Lexicon
from analyzer.numbers import Number, Piece, numbers_in, pieces_of
from analyzer.speech import Word

PERCENT = "%"
_SIGNS = {"£": "GBP", "$": "USD", "€": "EUR", "¥": "JPY", "%": PERCENT}
_CODES = frozenset(
    ("aud", "cad", "chf", "cny", "dkk", "eur", "gbp", "inr", "jpy", "nok", "sek", "usd")
)
_YEARS = (1980.0, 2040.0)
_HOURS = 24.0
_MINUTES = frozenset((0.0, 15.0, 30.0, 45.0))


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum in words `first` to `last`; its `readings` are those of `Number`.

    `currency` is an ISO 4217 code, "%", or None when none was said. `per` is what it is for, as
    said ("a month", "hors taxes"). `is_sure` when a sign or a word says that it is money;
    otherwise it is a number that stands as sums do, and what is talked about must tell.
    `is_led` when such words come before it as come before a price ("quoted us", "c'est");
    `is_hour` when it may as well be a time ("nine thirty").
    """

    readings: tuple[float, ...]
    currency: str | None
    first: int
    last: int
    per: str | None = None
    is_sure: bool = True
    is_short: bool = False
    is_led: bool = False
    is_hour: bool = False


def find_amounts(words: Sequence[Word], lexicon: Lexicon) -> tuple[Amount, ...]:
    """Every sum and percentage, and every number that may be a sum, in order."""
    pieces = pieces_of(words, lexicon)
    return tuple(_amounts(_Line(pieces, lexicon), numbers_in(pieces, lexicon)))


@dataclass(frozen=True, slots=True)
class _Line:
    """Pieces of a sentence and the words of its language."""

    pieces: Sequence[Piece]
    lexicon: Lexicon

    def rest(self, at: int) -> str:
        """What goes on after a piece, up to the next mark, as phrases are searched."""
        said: list[str] = []
        for place in range(at, min(at + 6, len(self.pieces))):
            if place and self.pieces[place - 1].is_closed:
                break
            said.append(self.pieces[place].text)
        return f" {' '.join(said)} "

    def before(self, at: int) -> str:
        """The last three pieces before one, with " ^ " in front of the first of all."""
        said = [piece.text for piece in self.pieces[max(0, at - 3) : at]]
        return " ".join((" ^" if at <= 3 else "", *said, ""))

    def begins(self, key: str, rest: str) -> int:
        """Where the longest phrase at the start of the rest ends; 0 when there is none."""
        matches = (phrase.match(rest, 1) for phrase in self.lexicon.cue(key))
        return max((match.end() for match in matches if match), default=0)

    def ends(self, key: str, before: str) -> bool:
        """Whether what comes before ends in a phrase."""
        matches = (match for one in self.lexicon.cue(key) for match in one.finditer(before))
        return any(match.end() == len(before) for match in matches)

    def word(self, table: str, at: int) -> tuple[str, int]:
        """The entry of a table for the next two pieces or one, and where they end."""
        entries = self.lexicon.words.get(table, {})
        said = self.rest(at).split()
        for size in (2, 1):
            if len(said) >= size and (entry := entries.get(" ".join(said[:size]))):
                return entry, at + size
        return "", at

    def of(self, at: int) -> int:
        """After "of", which may stand between a number and its currency: millions d'euros."""
        roles = self.lexicon.words.get("number_roles", {})
        said = self.rest(at).split()
        return at + 1 if said and roles.get(said[0]) == "of" else at


def _amounts(line: _Line, numbers: Sequence[Number]) -> Iterator[Amount]:
    done = 0
    for n, number in enumerate(numbers):
        if number.start >= done:
            follower = numbers[n + 1] if n + 1 < len(numbers) else None
            amount, done = _amount(line, number, follower)
            if amount is not None:
                yield amount
    yield from _banknotes(line)


def _banknotes(line: _Line) -> Iterator[Amount]:
    """A tenner, a fiver: sums that are one word."""
    for at, piece in enumerate(line.pieces):
        note, _ = line.word("banknotes", at)
        if note:
            value, currency = note.split()
            yield Amount((float(value),), currency, piece.word, piece.word)


def _amount(line: _Line, number: Number, follower: Number | None) -> tuple[Amount | None, int]:
    """The sum that a number is, and the piece after it."""
    currency, end = _currency(line, number)
    readings, is_short = number.readings, number.is_short
    if not currency:
        coin, after = line.word("coins", number.end)
        if coin:
            readings = (round(number.value * float(coin), 4),)
            return _made(line, number, None, after, readings), after
        return _bare(line, number, follower), number.end
    if currency != PERCENT and follower is not None and _is_change(line, follower, end):
        end = follower.end
        readings, is_short = (number.value + follower.value / 100,), False
    if is_short and currency == PERCENT:
        readings = readings[:1]
    return _made(line, number, currency, end, readings), end


def _currency(line: _Line, number: Number) -> tuple[str, int]:
    """The currency before or after a number, or "", and the piece after both."""
    before = line.pieces[number.start - 1] if number.start else None
    if before is not None and not before.is_closed and (code := _code(before)) not in {"", PERCENT}:
        return code, number.end
    of = line.of(number.end)
    said = line.rest(of).split()
    if said and (code := _code(line.pieces[of])):
        return code, of + 1
    return line.word("currencies", of)


def _code(piece: Piece) -> str:
    return _SIGNS.get(piece.text) or (piece.text.upper() if piece.text in _CODES else "")


def _is_change(line: _Line, number: Number, at: int) -> bool:
    """Whether a number is the cents of a sum: nine euro forty."""
    is_next = number.start == at and bool(line.rest(at).strip())
    return is_next and 0 < number.value < 100 and _stands_alone(line, number.end)


def _made(
    line: _Line, number: Number, currency: str | None, end: int, readings: tuple[float, ...]
) -> Amount:
    last = line.pieces[end - 1].word
    per = _per(line, end)
    is_led = line.ends("money.leads", line.before(number.start))
    is_short = number.is_short and len(readings) > 1
    return Amount(readings, currency, number.first, last, per, True, is_short, is_led)


def _bare(line: _Line, number: Number, follower: Number | None) -> Amount | None:
    """A number without a currency, where it stands as sums do.

    The lower end of a range is what the upper end is: "3 to 5 days", "ten to twelve euros".
    """
    if follower is not None and _is_range(line, number, follower):
        upper, _ = _amount(line, follower, None)
        words = number.first, number.last
        return upper and replace(upper, readings=number.readings, first=words[0], last=words[1])
    before = line.before(number.start)
    per = _per(line, number.end)
    is_year = _YEARS[0] <= number.value < _YEARS[1] and number.value % 50 > 0 and not per
    if is_year or not _stands_alone(line, number.end) or line.ends("money.not_before", before):
        return None
    scale = line.pieces[number.end - 1].text
    is_sure = scale in line.lexicon.words.get("money_scales", {})
    hour, minutes = divmod(number.value, 100) if number.is_short else (number.value, 0.0)
    may_be_hour = hour <= _HOURS and minutes in _MINUTES
    is_at = line.ends("money.clock", before)
    if may_be_hour and number.is_short and is_at:
        return None
    return Amount(
        number.readings,
        None,
        number.first,
        number.last,
        per,
        is_sure,
        number.is_short,
        is_led=line.ends("money.leads", before) and not (may_be_hour and is_at),
        is_hour=may_be_hour and number.is_short,
    )


def _is_range(line: _Line, low: Number, high: Number) -> bool:
    roles = line.lexicon.words.get("number_roles", {})
    between = line.pieces[low.end : high.start]
    is_joined = [roles.get(piece.text) for piece in between] in (["or"], ["and"])
    return is_joined and low.value < high.value and not line.pieces[low.end - 1].is_closed


def _stands_alone(line: _Line, at: int) -> bool:
    """Whether no thing that is counted comes after a number."""
    rest = line.rest(at)
    if not rest.strip():
        return True
    return not line.pieces[at].is_glued and (
        line.begins("money.follows", rest) > 0 or line.begins("money.per", rest) > 0
    )


def _per(line: _Line, at: int) -> str | None:
    rest = line.rest(at)
    if line.begins("money.not_per", rest):
        return None
    end = line.begins("money.per", rest)
    end += line.begins("money.per", f" {rest[end:]}") - 1 if end else 0
    return rest[:end].strip() or None
