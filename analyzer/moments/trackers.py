"""What a team asked to hear of: by phrases, or by sentences that mean the same."""

from collections.abc import Iterator, Sequence

import numpy as np

from analyzer.conversation import Conversation, quote
from analyzer.lexicon import phrases_in
from analyzer.meaning import rows_of
from analyzer.moments.moment import Moment
from analyzer.playbook import Tracker
from analyzer.reading import Sentence
from analyzer.recording import Side

LEAST_WORDS = 4
"""Shorter sentences mean too little to be compared."""
FAR_SIGMAS = 3.8
"""How far a sentence that means the same stands out from the call's, in standard deviations."""
NEAR_SHARE = 0.35
"""And how much of the way it goes from them to the example's own words."""


def find_trackers(conversation: Conversation) -> Iterator[Moment]:
    """A moment for every sentence that a tracker of the playbook looks for; `name` is its id."""
    for tracker in conversation.playbook.trackers:
        heard = [
            one
            for one in conversation.sentences
            if not one.is_backchannel and tracker.side in {Side.UNKNOWN, conversation.side(one)}
        ]
        said = {one.index for one in heard if _says(one, tracker, conversation)}
        said.update(_mean(heard, tracker, conversation))
        for sentence in heard:
            if sentence.index in said:
                yield Moment(
                    "tracker",
                    sentence.speaker,
                    conversation.side(sentence),
                    quote(sentence),
                    name=tracker.id,
                )


def _says(sentence: Sentence, tracker: Tracker, conversation: Conversation) -> bool:
    phrases = phrases_in(tracker.phrases, conversation.transcript.language)
    return any(phrase.search(sentence.plain) for phrase in phrases)


def _mean(heard: Sequence[Sentence], tracker: Tracker, conversation: Conversation) -> Iterator[int]:
    """The sentences read that are much nearer to an example than the call's others are."""
    meaning = conversation.meaning
    if not tracker.examples or meaning is None:
        return
    vectors = meaning.rows
    near = vectors @ rows_of(tracker.examples, meaning.embedder).T
    usual = near.mean(axis=0)
    # A short sentence is near to every other one: what counts is to be nearer to an example.
    nearer = near - (vectors @ vectors.mean(axis=0))[:, None]
    nearer -= nearer.mean(axis=0)
    stands_out = nearer > FAR_SIGMAS * nearer.std(axis=0)
    stands_out &= near > usual + NEAR_SHARE * (1 - usual)
    for one in heard:
        is_read = len(one.words) >= LEAST_WORDS and one.index not in meaning.borrowed
        if is_read and np.any(stands_out[one.index]):
            yield one.index
