"""Steps in the words a note would use."""

from analyzer.conversation import Conversation
from analyzer.moments.promises import Pledge, starts_with, word_at
from analyzer.reading import Sentence

_STEM = 5
_SHORTEST = 4
FEW = 2
"""A note with fewer words that matter needs to say what "it" is."""
_BEGIN = len(" ^ ")
_MARKS = ".,;:?!… "


def note_of(pledge: Pledge, talk: Conversation) -> str:
    """What will be done, from its verb on, in the words of the call.

    The verb is in its basic form where grammar is known, without those it is done for. Where it
    is done to "it", the sentence before follows.
    """
    sentence = pledge.sentence
    if pledge.act == "delivery" or pledge.at <= _BEGIN:
        return _capital(_plainly(sentence, talk))
    at = _past("pronoun", pledge.at, pledge, talk)
    place = word_at(sentence, at, talk)
    verb = next((t.lemma for t in sentence.tokens if t.word == place and t.pos == "VERB"), None)
    rest = _next(at, pledge)
    if not starts_with("keeps", sentence.plain, at, talk):
        rest = _past("pronoun", rest, pledge, talk)
    words = [word.text for word in sentence.words[max(word_at(sentence, rest, talk), place + 1) :]]
    note = _capital(" ".join((verb or sentence.words[place].text, *words)))
    about = _before(sentence, talk) if is_stand_in(pledge, talk) else ""
    day = " ".join(w.text for w in sentence.words[pledge.day.first :]) if pledge.day else ""
    is_short = len(content(note) - content(f"x {day}")) < FEW
    return f"{note} ({about})" if about and is_short else note


def is_stand_in(pledge: Pledge, talk: Conversation) -> bool:
    """Whether what will be done is only "it" or "that": something said before."""
    plain = pledge.sentence.plain
    before = plain.rindex(" ", 0, pledge.at - 1) + 1
    after = _past("pronoun", _next(pledge.at, pledge), pledge, talk)
    stands = starts_with("stand_in", plain, after, talk)
    return stands or starts_with("stand_in_before", plain, before, talk)


def content(note: str) -> frozenset[str]:
    """The beginnings of a note's longer words, but for its first, the verb."""
    words = "".join(c if c.isalpha() else " " for c in note.lower()).split()[1:]
    return frozenset(word[:_STEM] for word in words if len(word) >= _SHORTEST)


def _next(at: int, pledge: Pledge) -> int:
    """Where the word after the one at a place begins."""
    return pledge.sentence.plain.find(" ", at) + 1


def _past(key: str, at: int, pledge: Pledge, talk: Conversation) -> int:
    """Past all phrases of a key that follow one another from a place on."""
    plain = pledge.sentence.plain
    ends = [m.end() for one in talk.lexicon.cue(f"step.{key}") if (m := one.match(plain, at))]
    return _past(key, max(ends), pledge, talk) if ends else at


def _before(sentence: Sentence, talk: Conversation) -> str:
    """The sentence before, where the same speaker says it in the same utterance."""
    before = talk.sentences[max(sentence.index - 1, 0)]
    is_near = before.index < sentence.index and before.utterance == sentence.utterance
    return _plainly(before, talk).strip(_MARKS) if is_near else ""


def _plainly(sentence: Sentence, talk: Conversation) -> str:
    """A sentence without the words that only open it."""
    at, openers = _BEGIN, talk.lexicon.cue("step.opener")
    while ends := [m.end() for one in openers if (m := one.match(sentence.plain, at))]:
        at = max(ends)
    if at >= len(sentence.plain):
        return ""
    return " ".join(word.text for word in sentence.words[word_at(sentence, at, talk) :])


def _capital(text: str) -> str:
    text = text.strip(_MARKS)
    return text[:1].upper() + text[1:]
