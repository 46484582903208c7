"""Objections: reasons the buyer gives not to go on, by what they are about.

Phrases find them, and what the sentence means may speak against it: complaints about today's way
of working are worded like objections, and are reasons to buy. Meaning alone would find too many.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import get_args

from analyzer.conversation import Conversation, neighbours, quote
from analyzer.lexicon import Lexicon
from analyzer.linear import load_reading
from analyzer.meaning import Meaning
from analyzer.moments.moment import Moment, ObjectionAbout
from analyzer.reading import Sentence
from analyzer.recording import Side

UNLIKELY = -0.4
"""Log odds, objections being as frequent as the rest, below which phrases are not believed."""
ABOUTS: tuple[ObjectionAbout, ...] = get_args(ObjectionAbout)


def find_objections(conversation: Conversation) -> Iterator[Moment]:
    """Each objection of the buyer, or of someone who may be one.

    Sentences that follow one another in an utterance and are about the same are one moment.
    """
    abouts = {
        sentence.index: about
        for sentence in conversation.sentences
        if conversation.side(sentence) != Side.SELLER and not sentence.is_backchannel
        if (about := objection_about(sentence.plain, conversation.lexicon))
    }
    worded = [one for one in conversation.sentences if one.index in abouts]
    objecting = _likely(worded, conversation.meaning)
    for run in neighbours(objecting):
        for about, said in groupby(run, key=lambda one: abouts[one.index]):
            first, *others = said
            yield Moment(
                "objection",
                first.speaker,
                conversation.side(first),
                quote(first, *others),
                about=about,
            )


def _likely(worded: Sequence[Sentence], meaning: Meaning | None) -> Sequence[Sentence]:
    """Those whose meaning does not speak against it."""
    if meaning is None or not worded:
        return worded
    read = load_reading("objections").read(meaning.of(worded))
    return [one for one, value in zip(worded, read, strict=True) if value > UNLIKELY]


def objection_about(plain: str, lexicon: Lexicon) -> ObjectionAbout | None:
    """What a sentence objects to; of several things, the one with the longest evidence."""
    strength = {about: _evidence(about, plain, lexicon) for about in ABOUTS}
    if not any(strength.values()) or lexicon.finds("objection.none", plain):
        return None
    return max(ABOUTS, key=lambda about: strength[about])


def _evidence(about: ObjectionAbout, plain: str, lexicon: Lexicon) -> int:
    """Letters of the longest phrase of a kind that the sentence holds."""
    found = (phrase.search(plain) for phrase in lexicon.cue(f"objection.{about}"))
    return max((len(match[0]) for match in found if match), default=0)
