"""Questions, with or without a mark, and whether they ask for more than a fact or a yes."""

from collections.abc import Iterator

from analyzer.conversation import Conversation, quote
from analyzer.lexicon import Lexicon
from analyzer.moments.moment import Moment


def find_questions(conversation: Conversation) -> Iterator[Moment]:
    """Every sentence that asks; a mark is enough, even on an echo or a greeting."""
    lexicon = conversation.lexicon
    for sentence in conversation.sentences:
        if lexicon.is_question(sentence.text):
            yield Moment(
                "question",
                sentence.speaker,
                conversation.side(sentence),
                quote(sentence),
                is_open=is_open(sentence.text, lexicon),
            )


def is_open(question: str, lexicon: Lexicon) -> bool | None:
    """Whether a question asks how, what or why, or for a story; None in an unknown language.

    A fact ("what date"), a choice, a proposal and a greeting ("how are you") are not open. Part by
    part: "what do you use, is it a spreadsheet?" offers a choice in the end and is closed.
    """
    if not lexicon.cue("question.open"):
        return None
    asks_openly = False
    for clause in lexicon.clauses(question):
        if lexicon.finds("question.narrow", clause):
            continue
        if lexicon.finds("question.request", clause):
            return True
        if lexicon.finds("question.choice", clause):
            asks_openly = False
        elif lexicon.finds("question.open", clause):
            asks_openly = True
    return asks_openly
