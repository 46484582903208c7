"""Scorecards filled from evidence: each answer has a quote, or was not found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analyzer.call_type import CallType
from analyzer.conversation import Conversation, Quote, quote
from analyzer.exchanges import Facts
from analyzer.lexicon import phrases_in
from analyzer.moments import Moment
from analyzer.playbook import Criterion, Scorecard
from analyzer.reading import Sentence
from analyzer.recording import Side

QUOTES = 2
"""The most that is quoted for one answer."""
TOLD = 4
"""Words that tell something; fewer are quoted where there is nothing else."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the call says on one criterion; no quotes means it was not found."""

    criterion: Criterion
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class FilledScorecard:
    """A scorecard and its answers, in its own order."""

    scorecard: Scorecard
    answers: tuple[Answer, ...]


def fill_scorecards(
    conversation: Conversation, moments: Sequence[Moment], call_type: CallType
) -> tuple[FilledScorecard, ...]:
    """Fill every scorecard that applies to this kind of call.

    A criterion is answered by its moments, else by who says its phrases; where the seller asks
    with them, by what the buyer answers.
    """
    facts = Facts(conversation, moments)
    return tuple(
        FilledScorecard(card, tuple(Answer(one, _quotes(facts, one)) for one in card.criteria))
        for card in conversation.playbook.scorecards
        if not card.call_types or call_type.value in card.call_types
    )


def _quotes(facts: Facts, criterion: Criterion) -> tuple[Quote, ...]:
    told = [moment.quote for moment in facts.moments if _answers(moment, criterion)]
    found = told or [quote(sentence) for sentence in _said(facts, criterion)]
    telling = [one for one in found if len(one.text.split()) >= TOLD]
    return tuple(dict.fromkeys(telling or found))[:QUOTES]


def _answers(moment: Moment, criterion: Criterion) -> bool:
    """Whether a moment is of a kind, or a kind and detail, that answers a criterion."""
    kinds = {moment.kind, f"{moment.kind}:{moment.about}"}
    return criterion.side in (Side.UNKNOWN, moment.side) and not kinds.isdisjoint(criterion.moments)


def _said(facts: Facts, criterion: Criterion) -> Iterator[Sentence]:
    phrases = phrases_in(criterion.phrases, facts.conversation.transcript.language)
    following = {s.index: after for s, after in _followed(facts)} if phrases else {}
    for one in facts.conversation.sentences:
        if not any(phrase.search(one.plain) for phrase in phrases):
            continue
        side = facts.conversation.side(one)
        if side == Side.SELLER and one.index in facts.asked:
            yield from following.get(one.index, ())
        elif one.index not in facts.asked and criterion.side in (Side.UNKNOWN, side):
            yield one


def _followed(facts: Facts) -> Iterator[tuple[Sentence, tuple[Sentence, ...]]]:
    """Each sentence of the seller with the first full sentence the buyer answers, if there is."""
    for own, after in zip(facts.stretches, facts.stretches[1:], strict=False):
        if own.side == Side.SELLER and after.side == Side.BUYER:
            answer = tuple(s for s in after.sentences if len(s.words) >= TOLD)[:1]
            yield from ((sentence, answer) for sentence in own.sentences)
