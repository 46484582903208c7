"""What kind of call it was: discovery, demo, negotiation..."""

from collections.abc import Sequence
from dataclasses import dataclass

from analyzer.conversation import Conversation, Quote, quote
from analyzer.exchanges import Facts
from analyzer.lexicon import phrases_in, phrases_of
from analyzer.measures import excess
from analyzer.moments import Moment
from analyzer.playbook import CallTypeRule
from analyzer.reading import Sentence

TITLE = 6.0
"""What its title says about a call weighs like this many sentences."""
ENOUGH = 3.0
"""A kind of call needs as much to be told."""
AHEAD = 1.0
"""And as much more than any other."""
MOST = 4
"""More sentences of one kind prove nothing new."""
QUOTES = 2


@dataclass(frozen=True, slots=True)
class CallType:
    """The kind of a call, None when nothing tells; `why` is in the language of the call."""

    value: str | None = None
    why: str = ""
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class _Case:
    """What speaks for one kind of call."""

    rule: CallTypeRule
    in_title: bool
    said: tuple[Sentence, ...]
    measured: int

    @property
    def weight(self) -> float:
        return TITLE * self.in_title + min(len(self.said), MOST) + self.measured


def tell_call_type(conversation: Conversation, moments: Sequence[Moment]) -> CallType:
    """Tell the kind of call from its title and what was said; a tie goes to the playbook's order.

    Where the title names no kind, one kind must be well ahead of the others.
    """
    facts = Facts(conversation, moments)
    cases = [_case(facts, rule) for rule in conversation.playbook.call_types]
    first, *others = [*sorted(cases, key=lambda case: -case.weight), None]
    if first is None or first.weight < ENOUGH:
        return CallType()
    second = others[0].weight if others and others[0] else 0.0
    if not first.in_title and first.weight - second < AHEAD:
        return CallType()
    quotes = tuple(quote(sentence) for sentence in first.said[:QUOTES])
    return CallType(first.rule.id, _why(conversation, first, quotes), quotes)


def _case(facts: Facts, rule: CallTypeRule) -> _Case:
    conversation = facts.conversation
    words = conversation.lexicon.tokens(conversation.meeting.title or "")
    title = f" ^ {''.join(f'{word} ' for word in words)}"
    titles = [phrase for code in rule.titles for phrase in phrases_of(rule.titles[code], code)]
    phrases = phrases_in(rule.phrases, conversation.transcript.language)
    said = (s for s in conversation.sentences if any(p.search(s.plain) for p in phrases))
    return _Case(
        rule,
        any(phrase.search(title) for phrase in titles),
        tuple(said),
        sum(excess(facts, condition) is not None for condition in rule.measures),
    )


def _why(conversation: Conversation, case: _Case, quotes: Sequence[Quote]) -> str:
    lexicon = conversation.lexicon
    reasons = []
    if case.in_title:
        reasons.append(lexicon.why("type_title", conversation.meeting.title or ""))
    if quotes:
        said = lexicon.listed([lexicon.quoted(one.text) for one in quotes])
        reasons.append(lexicon.why("type_said", quotes=said))
    if not reasons:
        reasons.append(lexicon.why("type_measured"))
    text = lexicon.listed(reasons)
    return text[:1].upper() + text[1:]
