"""Prices of the deal: offers, budgets, what rivals ask, discounts and increases."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf, log

from analyzer.conversation import Conversation, quote
from analyzer.lexicon import Lexicon
from analyzer.moments.moment import Moment
from analyzer.money import PERCENT, Amount, find_amounts
from analyzer.reading import Sentence

NEAR = 3
"""So many sentences later, a number without a currency may still be a price."""
AROUND = 12
"""So many sentences before and after, thousands without a currency still are money."""
BRIEF_WORDS = 7
"""A sentence this short may repeat a price that was just said."""
ALIKE = log(1.7)
"""How near another sum of the call a price like "thirty-five" must be, to mean 35 000."""
TWIN = log(1.35)
"""The same, for one that nothing else shows to be a price."""
WHAT_WORDS = 6
_CENTS = 95
"""Prices end in so many cents: "nineteen ninety-nine"."""
_MARKS = ",.;:?!…"
_NOUNS = frozenset({"NOUN", "PROPN"})
_BLANK = "percent"
_HUNDRED, _THOUSAND = 100.0, 1000.0


@dataclass(frozen=True, slots=True)
class _Said:
    """A sentence with the sums in it and what it talks about."""

    sentence: Sentence
    amounts: tuple[Amount, ...]
    is_talk: bool
    is_change: bool
    is_count: bool
    is_question: bool

    @property
    def is_of_money(self) -> bool:
        """Whether it talks of prices, with or without a sum."""
        return self.is_talk or any(one.is_sure and one.currency != PERCENT for one in self.amounts)

    @property
    def is_brief(self) -> bool:
        """Whether it says little but a number."""
        return len(self.sentence.words) <= BRIEF_WORDS


@dataclass(frozen=True, slots=True)
class _Price:
    """A sum that may be of the deal; `is_weak` when only its likeness to another can show it."""

    said: _Said
    amount: Amount
    is_weak: bool = False

    @property
    def is_clear(self) -> bool:
        """Whether it is money and says all its figures."""
        amount = self.amount
        is_full = amount.is_sure or amount.readings[-1] >= _THOUSAND
        return amount.currency != PERCENT and is_full and not (self.is_weak or amount.is_short)


def find_prices(conversation: Conversation) -> Iterator[Moment]:
    """A moment for each sum of the deal, and for talk of prices without one.

    Sums without a currency have that of the others of the call, if there are any.
    """
    said = [_read(sentence, conversation) for sentence in conversation.sentences]
    prices = [tuple(_prices(said, n, conversation.lexicon)) for n in range(len(said))]
    clear = [price.amount for some in prices for price in some if price.is_clear]
    sizes = [amount.readings[-1] for amount in clear if amount.readings[-1] > 0]
    units = Counter(amount.currency for amount in clear if amount.currency)
    currency = units.most_common(1)[0][0] if units else None
    for one, some in zip(said, prices, strict=True):
        found = [(price.amount, value) for price in some if (value := _value(price, sizes))]
        for amount, value in found:
            what = _what(one, amount)
            yield _moment(conversation, one.sentence, value, amount.currency or currency, what)
        if not found and conversation.lexicon.finds("pricing.subject", one.sentence.plain):
            yield _moment(conversation, one.sentence)


def _moment(
    conversation: Conversation,
    sentence: Sentence,
    amount: float | None = None,
    currency: str | None = None,
    what: str | None = None,
) -> Moment:
    side = conversation.side(sentence)
    said = quote(sentence)
    return Moment(
        "pricing", sentence.speaker, side, said, amount=amount, currency=currency, what=what
    )


def _read(sentence: Sentence, conversation: Conversation) -> _Said:
    lexicon = conversation.lexicon
    return _Said(
        sentence,
        find_amounts(sentence.words, lexicon),
        lexicon.finds("pricing.talk", sentence.plain) is not None,
        lexicon.finds("pricing.change", sentence.plain) is not None,
        lexicon.finds("pricing.counts", sentence.plain) is not None,
        lexicon.is_question(sentence.text),
    )


def _prices(said: Sequence[_Said], at: int, lexicon: Lexicon) -> Iterator[_Price]:
    """The amounts of a sentence that are, or may be, of the deal."""
    one, before = said[at], said[max(0, at - NEAR) : at]
    is_far = any(other.is_of_money for other in said[max(0, at - AROUND) : at + AROUND + 1])
    for amount in one.amounts:
        if amount.currency == PERCENT:
            if _is_change(before, one, amount, lexicon):
                yield _Price(one, amount)
        elif amount.is_sure:
            yield _Price(one, amount)
        elif not any(other.is_count for other in (*before[-1:], one)):
            is_weak = not _is_sum(before, one, amount) and not (is_far and _is_round(amount))
            yield _Price(one, amount, is_weak or (_is_answer(before, one) and not one.is_of_money))


def _is_change(before: Sequence[_Said], one: _Said, amount: Amount, lexicon: Lexicon) -> bool:
    """Whether a percentage is of the price, not of something else.

    Phrases see "percent" in its place, however it is written.
    """
    if not 0 < amount.readings[0] < _HUNDRED:  # "a hundred percent" is said of anything
        return False
    words = one.sentence.words
    head, tail = (
        "".join(f"{token} " for token in lexicon.tokens(" ".join(word.text for word in part)))
        for part in (words[: amount.first], words[amount.last + 1 :])
    )
    text = f" ^ {head}{_BLANK} {tail}"
    is_of_price = lexicon.finds("pricing.change", f" {_BLANK} {tail}") is not None
    if lexicon.finds("pricing.of_other", text) and not is_of_price:
        return False
    if lexicon.finds("pricing.not_change", text):
        return False
    is_near = any(other.is_change for other in before) and one.is_brief
    return lexicon.finds("pricing.change", text) is not None or is_near


def _is_sum(before: Sequence[_Said], one: _Said, amount: Amount) -> bool:
    """Whether a number without a currency is money, by what is talked about."""
    if one.is_of_money:
        return True
    is_near = any(other.is_of_money for other in before)
    return is_near and (amount.is_led or amount.per is not None or one.is_brief)


def _is_round(amount: Amount) -> bool:
    """Whether it is thousands, as few things but money are counted."""
    value = amount.readings[-1]
    return not amount.is_short and value >= _THOUSAND and value % (50 if value < 1e4 else 10) == 0


def _is_answer(before: Sequence[_Said], one: _Said) -> bool:
    """Whether it answers a question that is not about money."""
    if not before or before[-1].sentence.speaker == one.sentence.speaker:
        return False
    return one.is_brief and before[-1].is_question and not before[-1].is_of_money


def _value(price: _Price, sizes: Sequence[float]) -> float | None:
    """How much it is, None where that is in doubt.

    Of its readings the one nearest in size to another sum of the call; numbers under a thousand
    may be thousands.
    """
    amount = price.amount
    if amount.currency == PERCENT or price.is_clear:
        return amount.readings[-1] * (_THOUSAND if _is_cut(price) else 1)
    if not amount.is_short and amount.readings[-1] < _THOUSAND:
        return _of_small(price, sizes)
    off, best = _nearest(amount.readings, sizes)
    if price.is_weak:
        is_told = (price.said.is_brief or amount.is_led or amount.is_short) and not amount.is_hour
        return best if off <= TWIN and is_told and best >= _HUNDRED else None
    if off <= ALIKE:
        return best
    is_cents = amount.readings[0] % _HUNDRED >= _CENTS
    is_whole = amount.is_sure or price.said.is_talk or amount.per is not None
    return amount.readings[min(is_cents, len(amount.readings) - 1)] if is_whole else None


def _is_cut(price: _Price) -> bool:
    """Whether it repeats a sum of its sentence without the thousand: "£27,000, not £27"."""
    amount = price.amount
    is_whole = amount.currency != PERCENT and amount.per is None
    thousands = amount.readings[-1] * _THOUSAND
    return is_whole and any(one.readings[-1] == thousands for one in price.said.amounts)


def _of_small(price: _Price, sizes: Sequence[float]) -> float | None:
    """The value of a number under a thousand, which may mean thousands."""
    amount, value = price.amount, price.amount.readings[-1]
    is_hundreds = value >= _HUNDRED
    if not is_hundreds and (price.is_weak or value < 2 or not (amount.is_led or amount.per)):
        return None
    is_told = price.said.is_brief or amount.is_led
    may_be_thousands = is_told if is_hundreds else price.said.is_of_money
    if _nearest((value,), sizes)[0] <= TWIN:
        return value if is_told or not price.is_weak else None
    if may_be_thousands and _nearest((value * _THOUSAND,), sizes)[0] <= TWIN:
        return value * _THOUSAND
    return value if is_hundreds and not price.is_weak else None


def _nearest(readings: Sequence[float], sizes: Sequence[float]) -> tuple[float, float]:
    """How far, as a logarithm, the nearest of the sums is, and from which reading."""
    pairs = ((one, size) for one in readings for size in sizes if one > 0)
    return min(((abs(log(one / size)), one) for one, size in pairs), default=(inf, 0.0))


def _what(said: _Said, amount: Amount) -> str | None:
    """The words around a sum that name something, up to a mark or another sum on both sides."""
    words = [word.text.strip() for word in said.sentence.words]
    taken = {n for one in said.amounts for n in range(one.first, one.last + 1)}
    first, last = amount.first, amount.last
    low, high = max(0, first - WHAT_WORDS), min(len(words) - 1, last + WHAT_WORDS)
    while first > low and first - 1 not in taken and not _ends(words[first - 1]):
        first -= 1
    while last < high and last + 1 not in taken and not _ends(words[last]):
        last += 1
    after = range(amount.last + 1, last + 1)
    parts = range(first, amount.first), range(after.start, _closing(said.sentence, after))
    named = (" ".join(words[n] for n in part) for part in parts if _names(said.sentence, part))
    return " … ".join(named).strip(f" {_MARKS}") or None


def _names(sentence: Sentence, part: range) -> bool:
    """Whether words name a thing, as "it's about" does not; all do where grammar is not read."""
    if not sentence.tokens:
        return len(part) > 0
    return any(token.word in part and token.pos in _NOUNS for token in sentence.tokens)


def _closing(sentence: Sentence, part: range) -> int:
    """Where the words after a sum stop naming anything: "in the pot" of "in the pot and is"."""
    kinds = {*_NOUNS, "ADJ"}
    ends = [token.word for token in sentence.tokens if token.word in part and token.pos in kinds]
    return max(ends) + 1 if ends else part.stop


def _ends(word: str) -> bool:
    return word.endswith(tuple(_MARKS))
