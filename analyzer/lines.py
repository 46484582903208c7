"""Utterances made ready for the search of phrases and names."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from analyzer.lexicon import Lexicon
from analyzer.names import Alias, Match, company_aliases, find, person_aliases
from analyzer.recording import Participant
from analyzer.speech import SpeakerId, Word
from analyzer.transcript import Transcript, Utterance, ends_sentence

QUOTE_WORDS = 9
_NAME_TOKENS = 6


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in words `first` to `last` of an utterance: a person's, a company's, or either."""

    first: int
    last: int
    people: Match | None
    companies: Match | None


@dataclass(frozen=True, slots=True)
class Line:
    """An utterance as phrases search it: plain words, ^ for sentence starts, {n} for names.

    Each token of `text` starts at a place of `starts` and comes from a word of `origins`.
    """

    speaker: SpeakerId
    words: tuple[Word, ...]
    text: str
    starts: tuple[int, ...]
    origins: tuple[int, ...]
    mentions: tuple[Mention, ...]

    def quote(self, start: int, end: int) -> str:
        """The words behind a stretch of `text`, and on to the sentence's end if that is near."""
        first, last = self.place(start), self.place(end - 1)
        while last + 1 < min(len(self.words), first + QUOTE_WORDS):
            if ends_sentence(self.words[last]):
                break
            last += 1
        return as_said(self.words[first : last + 1])

    def place(self, at: int) -> int:
        """The word behind a place in `text`."""
        return self.origins[bisect_right(self.starts, at) - 1]


def as_said(words: Iterable[Word]) -> str:
    """The words as one text, ready to be put between quotation marks."""
    return " ".join(word.text for word in words).strip(' .,;:"“”«»\u00a0\u202f')


def read_lines(
    transcript: Transcript, lexicon: Lexicon, participants: Sequence[Participant]
) -> tuple[Line, ...]:
    """Prepare what was said for the search, in time order."""
    all_words = (word for said in transcript.utterances for word in said.words)
    names = _Names(
        person_aliases([person.name for person in participants]),
        company_aliases([person.company for person in participants]),
        are_capital=any(word.text[:1].isupper() for word in all_words),
    )
    return tuple(_read_line(said, lexicon, names) for said in transcript.utterances)


@dataclass(frozen=True, slots=True)
class _Names:
    """The names to look for; `are_capital` when the recogniser writes capitals at all."""

    people: tuple[Alias, ...]
    companies: tuple[Alias, ...]
    are_capital: bool

    def at(self, tokens: Sequence[tuple[str, int]], said: Utterance) -> Mention | None:
        """The name that the tokens start with."""
        if not tokens:
            return None
        first = tokens[0][1]
        if self.are_capital and not said.words[first].text.lstrip("\"'«“(¿¡")[:1].isupper():
            return None
        words = [token for token, _ in tokens]
        people, companies = find(words, self.people), find(words, self.companies)
        length = max((match.length for match in (people, companies) if match), default=0)
        if not length:
            return None
        return Mention(
            first,
            tokens[length - 1][1],
            people if people and people.length == length else None,
            companies if companies and companies.length == length else None,
        )


def _read_line(said: Utterance, lexicon: Lexicon, names: _Names) -> Line:
    tokens = [(t, n) for n, word in enumerate(said.words) for t in lexicon.tokens(word.text)]
    kept: list[tuple[str, int]] = []
    mentions: list[Mention] = []
    before, named = ("", -1), -1
    for at, (token, n) in enumerate(tokens):
        is_title = before[0] in lexicon.honorifics  # whose full stop closes nothing: "Mr. Bell"
        if n != before[1] and not is_title and (n == 0 or ends_sentence(said.words[n - 1])):
            kept.append(("^", n))
        before = (token, n)
        if n <= named:
            continue
        mention = names.at(tokens[at : at + _NAME_TOKENS], said)
        if mention is not None:
            kept.append((f"{{{len(mentions)}}}", n))
            mentions.append(mention)
            named = mention.last
        elif (
            token not in lexicon.honorifics
            or names.at(tokens[at + 1 : at + 1 + _NAME_TOKENS], said) is None
        ):
            kept.append((token, n))
    widths = (len(token) + 1 for token, _ in kept)
    return Line(
        said.speaker,
        said.words,
        f" {' '.join(token for token, _ in kept)} ",
        tuple(accumulate(widths, initial=1))[:-1],
        tuple(n for _, n in kept),
        tuple(mentions),
    )
