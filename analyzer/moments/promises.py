"""What a sentence promises, offers, asks for or proposes, and from which of its words on."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from analyzer.conversation import Conversation
from analyzer.dates import DayMention, find_days
from analyzer.reading import Sentence

Act = Literal["promise", "delivery", "offer", "plan", "request", "proposal"]

SHORT_WORDS = 8
"""A question no longer than this, with a day in it, asks whether the day suits."""


@dataclass(frozen=True, slots=True)
class Pledge:
    """Something said about what will be done.

    A `promise` stands by itself, a `delivery` says when something comes, a `plan` is a promise
    put as a question, and an `offer`, a `proposal` or a `request` wants a yes. What will be done
    is said from place `at` of the plain text on; `someone` does it when the speaker does not.
    """

    sentence: Sentence
    act: Act
    at: int
    day: DayMention | None = None
    someone: str | None = None


def pledge_of(sentence: Sentence, talk: Conversation, is_asked: bool) -> Pledge | None:
    """The pledge of a sentence, if there is one; `is_asked` when what follows asks about it."""
    asks, day = is_asking(sentence, talk), day_of(sentence, talk)
    has_later = bool(day and day.kind == "day" and (not day.day or day.day != talk.held_on))
    has_later = has_later or talk.lexicon.finds("step.soon", sentence.plain) is not None
    return _Hearer(sentence, talk, asks, asks or is_asked, day, has_later).pledge()


def day_of(sentence: Sentence, talk: Conversation) -> DayMention | None:
    """The day a sentence sets: the first that is not past, a day of the month before others."""
    mentions = [
        one
        for one in find_days(sentence.words, talk.lexicon, talk.held_on)
        if one.day is None or not talk.held_on or one.day >= talk.held_on
    ]
    order = {"day": 0, "count": 1, "vague": 2}
    return min(mentions, key=lambda one: (order[one.kind], not one.has_number), default=None)


def is_asking(sentence: Sentence, talk: Conversation) -> bool:
    """Whether a sentence asks something."""
    return talk.lexicon.is_question(sentence.text)


def starts_with(key: str, plain: str, at: int, talk: Conversation) -> bool:
    """Whether a phrase under a key of [cues.step] begins at a place in the plain text."""
    return any(phrase.match(plain, at) for phrase in talk.lexicon.cue(f"step.{key}"))


def word_at(sentence: Sentence, at: int, talk: Conversation) -> int:
    """The place of the word that holds a place of the plain text."""
    left = sentence.plain.count(" ", 0, at) - 2
    for place, word in enumerate(sentence.words):
        left -= len(talk.lexicon.tokens(word.text))
        if left < 0:
            return place
    return len(sentence.words) - 1


@dataclass(frozen=True, slots=True)
class _Hearer:
    """Looks at one sentence for every kind of pledge, the surest first.

    `has_later` when it names a day after that of the call.
    """

    sentence: Sentence
    talk: Conversation
    asks: bool
    is_asked: bool
    day: DayMention | None
    has_later: bool

    @property
    def plain(self) -> str:
        return self.sentence.plain

    def pledge(self) -> Pledge | None:
        if self._is_supposed() or self._finds("every") is not None:
            return None
        return (
            self._promise()
            or self._request()
            or self._offer()
            or self._present()
            or self._delivery()
            or self._proposal()
        )

    def _promise(self) -> Pledge | None:
        act: Act = "plan" if self.asks else "promise"
        leads = sorted((at for _, at in self._leads("will")), reverse=True)
        for fits in (self._is_action, self._is_received):
            if (at := next(filter(fits, leads), None)) is not None:
                return self._made(act, at)
        for start, at in self._leads("sure"):
            verb = max(start, self.plain.rindex(" ", 0, at - 1) + 1)
            if not self._is_put_aside(verb):
                return self._made(act, verb)
        return self._by_someone()

    def _by_someone(self) -> Pledge | None:
        """What someone who does not talk will do: a colleague, or a name."""
        for start, at in self._leads("other"):
            if not self._is_action(at):
                continue
            place = word_at(self.sentence, start, self.talk)
            said = self.sentence.words[place].text.strip(",.;:")
            is_name = self._is_name(place, said)
            is_role = self._ends_at("colleague", start)
            if (is_name or is_role) and (self.has_later or self._receives(at)):
                act: Act = "plan" if self.asks else "promise"
                return self._made(act, at, said if is_name else None)
        return None

    def _is_name(self, place: int, said: str) -> bool:
        """Whether a word is somebody's name: known, or with a capital inside the sentence."""
        known = [*self.talk.names.values(), *(one.name for one in self.talk.meeting.participants)]
        if any(name and said in name.split() for name in known):
            return True
        return place > 0 and said[:1].isupper() and said[1:].islower()

    def _request(self) -> Pledge | None:
        for _, at in self._leads("request"):
            if starts_with("asked", self.plain, at, self.talk) and not starts_with(
                "asked_aside", self.plain, at, self.talk
            ):
                return self._made("request", at)
        for start, _ in self._leads("needs"):
            return self._made("request", start)
        return None

    def _offer(self) -> Pledge | None:
        for _, at in self._leads("offer"):
            if self._is_action(at):
                return self._made("offer", at)
        return None

    def _present(self) -> Pledge | None:
        """What is done on a day to come, said as if it were done now."""
        if self.has_later:
            for _, at in self._leads("present"):
                if self._is_action(at):
                    return self._made("plan" if self.asks else "promise", at)
        return None

    def _delivery(self) -> Pledge | None:
        has_day = self.day is not None and self.day.kind == "day"
        if has_day and not self.asks and (at := self._finds("delivery")) is not None:
            return self._made("delivery", at)
        return None

    def _proposal(self) -> Pledge | None:
        """A day to meet or speak again, or a short question for one."""
        if not self.has_later:
            return None
        is_short = self.asks and len(self.sentence.words) <= SHORT_WORDS
        at = self._finds("meet")
        if at is None and self.is_asked:
            at = self._finds("meeting")
        if self._finds("refuse") is not None:
            return None
        tells = self.asks and not self.talk.lexicon.is_question(self.sentence.text.rstrip("? "))
        if at is None and not is_short and not tells:
            return None
        return self._made("plan" if self.is_asked and at is not None else "proposal", 3)

    def _made(self, act: Act, at: int, someone: str | None = None) -> Pledge:
        return Pledge(self.sentence, act, at, self.day, someone)

    def _leads(self, key: str) -> Iterator[tuple[int, int]]:
        """Where each lead of a key begins and ends."""
        for phrase in self.talk.lexicon.cue(f"step.{key}"):
            for match in phrase.finditer(self.plain):
                yield match.start(), match.end()

    def _is_action(self, at: int) -> bool:
        is_act = starts_with("acts", self.plain, at, self.talk)
        return is_act and not self._is_put_aside(at)

    def _is_received(self, at: int) -> bool:
        """Whether anything else is done for the listener, or on a day to come."""
        return (self.has_later or self._receives(at)) and not self._is_put_aside(at)

    def _receives(self, at: int) -> bool:
        phrases = self.talk.lexicon.cue("step.receiver")
        return any(phrase.search(self.plain, at) for phrase in phrases)

    def _is_put_aside(self, at: int) -> bool:
        """Done in the call itself or not at all; a day to come excuses the first."""
        if starts_with("negated", self.plain, at, self.talk):
            return True
        return not self.has_later and starts_with("aside", self.plain, at, self.talk)

    def _is_supposed(self) -> bool:
        """Whether it all depends on something, or is not sure."""
        return self._finds("supposing") is not None and self._finds("polite") is None

    def _ends_at(self, key: str, at: int) -> bool:
        """Whether a phrase of a key ends with the word at a place."""
        end = self.plain.index(" ", at) + 1
        phrases = self.talk.lexicon.cue(f"step.{key}")
        return any(m.end() == end for one in phrases for m in one.finditer(self.plain))

    def _finds(self, key: str) -> int | None:
        match = self.talk.lexicon.finds(f"step.{key}", self.plain)
        return match.start() if match else None
