"""Who decides, how they decide, and what was decided in the call."""

from collections.abc import Iterator

from analyzer.conversation import Conversation, quote
from analyzer.moments.moment import Moment
from analyzer.reading import Sentence
from analyzer.recording import Side

ANSWER_SENTENCES = 2
"""How much of what follows a question can be its answer."""
ANSWER_WORDS = 4
"""Fewer words than these are no answer yet."""


def find_decisions(conversation: Conversation) -> Iterator[Moment]:
    """Statements about deciding, and answers to questions about it; each sentence once.

    Sellers' own deciding is not looked for, nor what is asked, supposed or denied.
    """
    asked: str | None = None
    left = 0
    before: Sentence | None = None
    for sentence in conversation.sentences:
        if sentence.is_backchannel:
            continue
        left -= 1
        if before is not None and sentence.speaker != before.speaker:
            asked, left = _asked(before, conversation), ANSWER_SENTENCES
        about = _about(sentence, conversation)
        if about is None and asked and left > 0:
            about = _answers(sentence, conversation, asked)
        if about:
            side, said = conversation.side(sentence), quote(sentence)
            yield Moment("decision", sentence.speaker, side, said, about=about)
        before = sentence


def _about(sentence: Sentence, talk: Conversation) -> str | None:
    """What a statement says of deciding: it was "made", or its "maker" or "process"."""
    finds, plain = talk.lexicon.finds, sentence.plain
    if sentence.text.endswith("?") or finds("step.supposing", plain):
        return None
    if finds("decision.made", plain) and not finds("step.refuse", plain):
        return "made"
    if talk.side(sentence) is Side.SELLER:
        return None
    return next((one for one in ("maker", "process") if finds(f"decision.{one}", plain)), None)


def _asked(sentence: Sentence, talk: Conversation) -> str | None:
    """What a question asks of deciding."""
    if not talk.lexicon.is_question(sentence.text) or talk.side(sentence) is Side.BUYER:
        return None
    plain = sentence.plain
    return next(
        (one for one in ("maker", "process") if talk.lexicon.finds(f"decision.asks_{one}", plain)),
        None,
    )


def _answers(sentence: Sentence, talk: Conversation, asked: str) -> str | None:
    """What an answer to such a question says; one that names nobody does not tell who decides."""
    if talk.lexicon.is_question(sentence.text) or len(sentence.words) < ANSWER_WORDS:
        return None
    is_named = any(entity.label == "person" for entity in sentence.entities)
    if asked == "maker" and not is_named:
        return asked if talk.lexicon.finds("decision.role", sentence.plain) else None
    return asked
