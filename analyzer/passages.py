"""Passages of a call that measures count and tips quote, by name.

A passage is the quotes under a name such as "objections.unanswered". It is None, which is not
the same as empty, when it cannot be known: a side or the language's words are missing.
"""

from collections.abc import Callable, Iterable, Mapping

from analyzer.conversation import Quote, quote
from analyzer.exchanges import LETTERS, REPLY, Facts
from analyzer.moments import Kind, Moment
from analyzer.reading import Sentence
from analyzer.recording import Side

OPENING = 0.3
"""The plan of a call is said in this first part of its sentences."""
CLOSING = 0.7
"""What is agreed at the end is said after this part of them."""
SAID = 4
"""Words a sentence needs to be worth quoting for what is missing after it."""
LEAVING = 0.9
"""People take leave after this part of them."""
TELLING = 10
"""Words of a sentence that shows what a monologue is about."""
WON_S = 60.0
"""Seconds after an objection in which the buyer may be won over."""

Passage = tuple[Quote, ...]


def passage(facts: Facts, name: str) -> Passage | None:
    """The quotes under a name of `PASSAGES`, in time order; None when they cannot be known."""
    if name not in facts.kept:
        facts.kept[name] = PASSAGES[name](facts) if _is_known(facts, name) else None
    return facts.kept[name]


def _is_known(facts: Facts, name: str) -> bool:
    """Whether both sides are heard and, but for questions, the language has its words."""
    has_words = bool(facts.conversation.lexicon.cues) or name in _WITHOUT_WORDS
    return has_words and {Side.SELLER, Side.BUYER} <= {one.side for one in facts.stretches}


def _quotes(sentences: Iterable[Sentence]) -> Passage:
    return tuple(quote(sentence) for sentence in sentences)


def _of(
    kind: Kind, side: Side, test: Callable[[Moment], bool] = bool
) -> Callable[[Facts], Passage]:
    """The moments of a kind, on one side, that pass a test."""
    return lambda facts: tuple(m.quote for m in facts.of(kind, side) if test(m))


def _said(side: Side, *cues: str) -> Callable[[Facts], Passage]:
    """What a side says with any of some cues."""
    return lambda facts: _quotes(
        s for s in facts.by(side) if any(facts.hears(cue, s) for cue in cues)
    )


def _asked(cue: str) -> Callable[[Facts], Passage]:
    """Questions of the seller with a cue."""
    return lambda facts: _quotes(
        s for s in facts.by(Side.SELLER) if s.index in facts.asked and facts.hears(cue, s)
    )


def _plan(facts: Facts) -> Passage:
    """The seller says what the call will be about, or names several things that were planned."""
    early = [s for s in facts.by(Side.SELLER) if facts.place(s) <= OPENING]
    items = [_title(item.item.title) for item in facts.coverage.items]
    return _quotes(
        s
        for s in early
        if len(s.words) > 2 * SAID
        and (facts.hears("plan", s) or sum(bool(item & _title(s.text)) for item in items) >= 3)
    )


def _title(text: str) -> frozenset[str]:
    return frozenset(w[:LETTERS] for w in text.lower().split() if len(w) >= LETTERS)


def _plan_check(facts: Facts) -> Passage:
    return _quotes(
        s
        for s in facts.by(Side.SELLER)
        if facts.place(s) <= OPENING and s.index in facts.asked and facts.hears("plan_check", s)
    )


def _closed(facts: Facts) -> Passage:
    """Closed questions about the buyer's world, not whether they hear or see well."""
    closed = (m for m in facts.of("question", Side.SELLER) if m.is_open is not True)
    said = (facts.sentence(moment) for moment in closed)
    return _quotes(s for s in said if s and not facts.hears("check", s))


def _follow_ups(facts: Facts) -> Passage:
    """Questions that dig into what the buyer has just said, or into what hurts."""
    hurts = (*facts.of("negative", Side.BUYER), *facts.of("objection", Side.BUYER))
    sore = {s.index for moment in hurts if (s := facts.sentence(moment))}
    found = []
    for exchange in facts.exchanges:
        echo = facts.echo(exchange)
        is_sore = any(s.index in sore for s in exchange.said.sentences)
        asked = [s for s in exchange.answer.sentences[:REPLY] if s.index in facts.asked]
        digs = (
            s
            for s in asked
            if facts.hears("impact", s)
            or (echo and s.index - echo.index in (0, 1))
            or (is_sore and not facts.hears("pressing", s))
        )
        found += list(digs)[:1]
    return _quotes(found)


def _listening(facts: Facts) -> Passage:
    """The seller takes up, sums up or acknowledges what the buyer said."""
    found = {}
    for exchange in facts.exchanges:
        own = exchange.answer.sentences[:2]
        told = facts.echo(exchange) or next((s for s in own if facts.hears("summary", s)), None)
        if told:
            found[told.index] = told
    return _quotes(found.values())


def _is_countered(facts: Facts, moment: Moment) -> bool:
    """Whether an objection meets an argument or a push that does not settle it."""
    answer = facts.answer(moment)
    if not answer:
        return False
    own = answer.sentences[:REPLY]
    if any(facts.hears("dismissal", s) for s in own):
        return True
    if any(facts.explores(s) for s in own) or _is_settled(facts, moment):
        return False
    is_heard = any(facts.hears("empathy", s) or facts.hears("summary", s) for s in own)
    return not is_heard or any(facts.hears("counter", s) for s in own)


def _is_settled(facts: Facts, moment: Moment) -> bool:
    """Whether the buyer is pleased, relieved or agrees soon after an objection."""
    start = moment.quote.span.end
    good = (*facts.of("positive", Side.BUYER), *facts.of("commitment", Side.BUYER))
    starts = [one.quote.span.start for one in good]
    starts += [s.span.start for s in facts.by(Side.BUYER) if facts.hears("relief", s)]
    return any(start < one <= start + WON_S for one in starts)


def _objections(test: Callable[[Facts, Moment], bool]) -> Callable[[Facts], Passage]:
    return lambda facts: tuple(m.quote for m in facts.raised if test(facts, m))


def _explored(facts: Facts) -> Passage:
    """What the seller asks to understand an objection."""
    found = []
    for moment in facts.raised:
        answer = facts.answer(moment)
        if answer and not _is_countered(facts, moment):
            found += [s for s in answer.sentences[:REPLY] if facts.explores(s)][:1]
    return _quotes(found)


def _is_won(facts: Facts, moment: Moment) -> bool:
    return _is_settled(facts, moment) and not _is_countered(facts, moment)


def _price_asks(facts: Facts) -> list[Moment]:
    """Where the buyer asks what it costs."""
    asked = ((moment, facts.sentence(moment)) for moment in facts.of("question", Side.BUYER))
    return [moment for moment, s in asked if s and facts.hears("price_ask", s)]


def _dodged(facts: Facts) -> Passage:
    """The buyer asks for a price and gets no figure, nor hears that it is included."""
    told = {
        s.index
        for m in facts.of("pricing", Side.SELLER)
        if m.amount is not None and (s := facts.sentence(m))
    }

    def is_figure(sentence: Sentence) -> bool:
        has_figure = any(c.isdigit() for c in sentence.text)
        return has_figure or sentence.index in told or facts.hears("included", sentence)

    return tuple(
        moment.quote
        for moment in _price_asks(facts)
        if (answer := facts.answer(moment)) and not any(is_figure(s) for s in answer.sentences)
    )


def _priced(facts: Facts) -> list[Sentence]:
    """Where the seller says a price, or answers who asks for one."""
    own = {s.index for m in facts.of("pricing", Side.SELLER) if (s := facts.sentence(m))}
    for moment in _price_asks(facts):
        answer = facts.answer(moment)
        own |= {s.index for s in answer.sentences[:2]} if answer else set()
    return [s for s in facts.by(Side.SELLER) if s.index in own]


def _hedged(facts: Facts) -> Passage:
    return _quotes(s for s in _priced(facts) if facts.hears("price_hedge", s))


def _discounts(*, is_traded: bool) -> Callable[[Facts], Passage]:
    """What the seller takes off the price, for something in return or for nothing."""

    def find(facts: Facts) -> Passage:
        priced = {s.index for s in _priced(facts) if facts.hears("discount", s)}
        own = (s for s in facts.by(Side.SELLER) if s.index not in facts.asked)
        return _quotes(
            s
            for s in own
            if s.index in priced or facts.hears("giveaway", s)
            if _is_traded(facts, s) == is_traded
        )

    return find


def _is_traded(facts: Facts, sentence: Sentence) -> bool:
    sentences = facts.conversation.sentences
    near = sentences[max(0, sentence.index - 1) : sentence.index + 2]
    return any(s.speaker == sentence.speaker and facts.hears("trade", s) for s in near)


def _budget(facts: Facts) -> Passage:
    """The seller asks for the budget."""
    found = (facts.sentence(m) for m in facts.of("pricing", Side.SELLER) if m.amount is None)
    return _quotes(s for s in found if s and s.index in facts.asked)


def _answers(facts: Facts, *, is_sure: bool) -> Passage:
    """How the seller answers the buyer's questions: without hesitation, or with."""
    found: dict[int, Sentence] = {}
    for moment in facts.of("question", Side.BUYER):
        answer = facts.answer(moment)
        own = answer.sentences[:REPLY] if answer else ()
        full = next((s for s in own if len(s.words) > SAID), None)
        unsure = next((s for s in own if facts.hears("unsure", s)), None)
        told = unsure if not is_sure else None if unsure else full
        if told:
            found[told.index] = told
    return _quotes(found.values())


def _value(facts: Facts, *cues: str) -> Passage:
    """What the seller says the customer gains, or others have gained."""
    own = (s for s in facts.by(Side.SELLER) if s.index not in facts.asked)
    return _quotes(s for s in own if any(facts.hears(cue, s) for cue in cues))


def _pains(facts: Facts) -> Passage:
    """What hurts the buyer."""
    return tuple(
        m.quote for m in facts.of("negative", Side.BUYER) if len(m.quote.text.split()) > SAID
    )


def _left(facts: Facts) -> Passage:
    """What hurts the buyer and is not asked about."""
    found = []
    for moment in facts.of("negative", Side.BUYER):
        answer = facts.answer(moment)
        if answer and not any(facts.explores(s) for s in answer.sentences[:REPLY]):
            found.append(moment.quote)
    return tuple(found)


def _late_vague(facts: Facts) -> Passage:
    return _quotes(
        s for s in facts.by(Side.SELLER) if facts.place(s) >= CLOSING and facts.hears("vague", s)
    )


def _appointment(facts: Facts) -> Passage:
    """Someone takes leave until a day that was named."""
    last = (s for s in facts.conversation.sentences if facts.place(s) >= LEAVING)
    return _quotes(s for s in last if facts.hears("appointment", s))


def _edge(side: Side, place: slice) -> Callable[[Facts], Passage]:
    """Where something missing would have been said: the first or last full sentences."""
    return lambda facts: _quotes([s for s in facts.by(side) if len(s.words) > SAID][place])


def _monologue(facts: Facts) -> Passage:
    """How the longest uninterrupted stretch of the seller begins."""
    metric = facts.metrics.get("longest_monologue")
    if metric is None or metric.span is None:
        return ()
    span = metric.span
    own = [s for s in facts.by(Side.SELLER) if s.span.overlap(span) > 0 and len(s.words) > SAID]
    return _quotes([s for s in own if len(s.words) > TELLING][:1] or own[:1])


def _missed(facts: Facts) -> Passage:
    """The plan as it was said, else where items came up that were not covered."""
    plan = (passage(facts, "agenda.plan") or ())[:1]
    touched = (q for one in facts.coverage.items if one.status == "touched" for q in one.quotes[:1])
    return plan or tuple(touched) or (passage(facts, "closing") or ())


def _steps(*, is_dated: bool) -> Callable[[Facts], Passage]:
    """Next steps with a day, or without; a day counts also when the call's own is not known."""

    def find(facts: Facts) -> Passage:
        return tuple(
            moment.quote
            for moment in facts.of("next_step")
            if (moment.due is not None or _names_day(facts, moment)) == is_dated
        )

    return find


def _names_day(facts: Facts, moment: Moment) -> bool:
    sentence = facts.sentence(moment)
    return sentence is not None and facts.hears("day", sentence)


def _by_buyer(facts: Facts) -> Passage:
    """Next steps that the buyer takes on, by voice or by name."""
    buyers = [one for one in facts.conversation.speakers if one.side == Side.BUYER]
    known = {one.id for one in buyers} | {one.name for one in buyers if one.name}
    return tuple(m.quote for m in facts.of("next_step") if m.owner in known)


_S, _B = Side.SELLER, Side.BUYER
_WITHOUT_WORDS = frozenset(
    {"questions", "questions.open", "questions.closed", "questions.buyer", "monologue"}
)

PASSAGES: Mapping[str, Callable[[Facts], Passage]] = {
    "opening": _edge(_S, slice(0, 1)),
    "closing": _edge(_S, slice(-1, None)),
    "monologue": _monologue,
    "questions": _of("question", _S),
    "questions.open": _of("question", _S, lambda m: m.is_open is True),
    "questions.closed": _closed,
    "questions.buyer": _of("question", _B),
    "questions.deep": _asked("impact"),
    "follow_ups": _follow_ups,
    "listening": _listening,
    "summaries": _said(_S, "summary"),
    "empathy": _said(_S, "empathy"),
    "pains": _pains,
    "pains.left": _left,
    "objections": _objections(lambda _facts, _moment: True),
    "objections.unanswered": _objections(_is_countered),
    "objections.explored": _explored,
    "objections.won": _objections(_is_won),
    "dismissals": _said(_S, "dismissal"),
    "next_steps": lambda facts: tuple(m.quote for m in facts.of("next_step")),
    "next_steps.dated": _steps(is_dated=True),
    "next_steps.undated": _steps(is_dated=False),
    "next_steps.by_buyer": _by_buyer,
    "next_steps.appointment": _appointment,
    "next_steps.vague": _late_vague,
    "agenda.plan": _plan,
    "agenda.check": _plan_check,
    "agenda.missed": _missed,
    "prices": _of("pricing", _S, lambda m: m.amount is not None),
    "prices.asked": lambda facts: tuple(m.quote for m in _price_asks(facts)),
    "prices.dodged": _dodged,
    "prices.hedged": _hedged,
    "prices.buyer": _of("pricing", _B),
    "budget": _budget,
    "discounts.given": _discounts(is_traded=False),
    "discounts.traded": _discounts(is_traded=True),
    "rapport": _said(_S, "rapport"),
    "smalltalk.buyer": _of("smalltalk", _B),
    "warmth": _said(_B, "warm"),
    "value": lambda facts: _value(facts, "benefit", "customer"),
    "value.customers": lambda facts: _value(facts, "customer"),
    "value.figures": lambda facts: _value(facts, "figure"),
    "stakeholders.asked": _asked("stakeholder"),
    "stakeholders.named": _said(_B, "others"),
    "recalls": _said(_S, "recall"),
    "answers.sure": lambda facts: _answers(facts, is_sure=True),
    "answers.unsure": lambda facts: _answers(facts, is_sure=False),
    "positive": _of("positive", _B),
    "ticks": _said(_S, "tick"),
}
"""A new kind of evidence is one line here; its count is a measure of the same name."""
