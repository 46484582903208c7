"""What the words alone tell of the mood: approval, complaint, small talk, filler words."""

from collections.abc import Iterator, Sequence

from analyzer.conversation import Conversation, neighbours, quote, quote_words
from analyzer.lexicon import Lexicon
from analyzer.moments.moment import Kind, Moment
from analyzer.reading import Sentence, plain_text
from analyzer.recording import Side

EDGE = 8
"""Small talk is looked for in as many of the first and the last utterances."""
LEAST_WORDS = 3
"""A lone "great" or "perfect" only says that one listens."""
_BREAKS = (",", ";", ":", "…", "—")


def find_signals(conversation: Conversation) -> Iterator[Moment]:
    """Each statement that clearly likes or dislikes something, whoever makes it."""
    lexicon = conversation.lexicon
    kinds: tuple[Kind, ...] = ("positive", "negative")
    for sentence in conversation.sentences:
        if len(sentence.words) < LEAST_WORDS or lexicon.is_question(sentence.text):
            continue
        for kind in kinds:
            denied = lexicon.finds(f"signal.not_{kind}", sentence.plain)
            if not denied and lexicon.finds(f"signal.{kind}", sentence.plain):
                yield _moment(kind, (sentence,), conversation)


def find_smalltalk(conversation: Conversation) -> Iterator[Moment]:
    """Greetings, thanks and chat where a call begins and where it ends."""
    spoken = [one.index for one in conversation.transcript.utterances if not one.is_backchannel]
    edges = {*spoken[:EDGE], *spoken[-EDGE:]}
    chat = (
        sentence
        for sentence in conversation.sentences
        if sentence.utterance in edges and _is_chat(sentence, conversation.lexicon)
    )
    for said in neighbours(chat):
        yield _moment("smalltalk", said, conversation)


def find_fillers(conversation: Conversation) -> Iterator[Moment]:
    """Each hesitation and each filler word of the seller; recognisers drop many of them.

    A word like "you know" only counts between commas, where it says nothing else.
    """
    for sentence in conversation.sentences:
        if conversation.side(sentence) == Side.SELLER and not sentence.is_backchannel:
            for first, last in _fillers(sentence, conversation.lexicon):
                yield Moment(
                    "filler", sentence.speaker, Side.SELLER, quote_words(sentence, first, last)
                )


def _moment(kind: Kind, said: Sequence[Sentence], conversation: Conversation) -> Moment:
    return Moment(kind, said[0].speaker, conversation.side(said[0]), quote(*said))


def _is_chat(sentence: Sentence, lexicon: Lexicon) -> bool:
    chat = lexicon.finds("smalltalk.said", sentence.plain)
    return bool(chat and not lexicon.finds("smalltalk.business", sentence.plain))


def _fillers(sentence: Sentence, lexicon: Lexicon) -> Iterator[tuple[int, int]]:
    """First and last word of each filler."""
    hesitates = [_is_hesitation(word.text, lexicon) for word in sentence.words]
    yield from ((n, n) for n, one in enumerate(hesitates) if one)
    clauses = _clauses(sentence)
    for first, last in clauses if len(clauses) > 1 else ():
        while first < last and hesitates[first]:
            first += 1
        clause = plain_text(sentence.words[first : last + 1], lexicon)
        if lexicon.finds("filler.said", clause):
            yield first, last


def _is_hesitation(word: str, lexicon: Lexicon) -> bool:
    return any(c.isalpha() for c in word) and not lexicon.tokens(word)


def _clauses(sentence: Sentence) -> list[tuple[int, int]]:
    """First and last word of what stands between commas."""
    ends = [n for n, word in enumerate(sentence.words) if word.text.endswith(_BREAKS)]
    last = len(sentence.words) - 1
    starts = [0, *(n + 1 for n in ends if n < last)]
    return list(zip(starts, [*(n for n in ends if n < last), last], strict=True))
