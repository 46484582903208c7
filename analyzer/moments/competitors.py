"""Rivals that are named: the known ones, and those that people speak of as rivals."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from analyzer.conversation import Conversation, quote
from analyzer.lexicon import Lexicon, fold
from analyzer.moments.moment import Moment
from analyzer.names import ALIKE, likeness, plain
from analyzer.reading import Sentence
from analyzer.recording import Side

CLOSE = 0.9
"""How alike two spellings must be when one is in two words and the other in one."""
_SHORTEST = 4
"""Fewer letters are not enough to know a misspelled name, or the first word of one."""
_LONG = 7
"""So many letters are no ordinary word, even where the recogniser wrote it in small letters."""
_COMMON = frozenset(("day", "month"))
"""What [words.not_rivals] says of words that have a capital without being anybody's name."""
_PARTS = re.compile(r"[^\W_]+")
_MARKS = " .,;:?!…\"'«»“”()"


@dataclass(frozen=True, slots=True)
class _Part:
    """A word of a sentence, or half of a hyphenated one; `text` is folded."""

    text: str
    word: int
    is_capital: bool
    is_shouted: bool


@dataclass(frozen=True, slots=True)
class _Rival:
    """A rival by the name reports use, and the ways to say it."""

    name: str
    ways: tuple[tuple[str, ...], ...]
    short: str | None = None
    """Its first word, which people say alone."""
    is_word: bool = False
    """Whether people say the name as an ordinary word too: Will, Monday."""


def find_competitors(conversation: Conversation) -> Iterator[Moment]:
    """A moment for each sentence and each rival named in it.

    Misspelled names count where they are written as names. A name that nobody listed counts
    all over the call when it is once spoken of as a rival: "we're on X", "cheaper than X". A
    listed name that is an ordinary word counts only in sentences that speak of it so.
    """
    parts = [_parts(sentence) for sentence in conversation.sentences]
    is_cased = any(part.is_capital for some in parts for part in some)
    ours = _ours(conversation)
    known = _marked(_known(conversation, ours), parts, conversation.lexicon)
    rivals = (*known, *_strangers(conversation, parts, known, ours))
    for sentence, own in zip(conversation.sentences, parts, strict=True):
        for rival in rivals:
            if rival.is_word:
                is_named = _is_spoken_of(rival, own, sentence, conversation)
            else:
                is_named = _is_named(rival, own, sentence, ours, is_cased=is_cased)
            if is_named:
                side = conversation.side(sentence)
                said = quote(sentence)
                yield Moment("competitor", sentence.speaker, side, said, name=rival.name)


def _parts(sentence: Sentence) -> tuple[_Part, ...]:
    return tuple(
        _Part(fold(part), place, part[0].isupper(), len(part) > 1 and part.isupper())
        for place, word in enumerate(sentence.words)
        for part in _PARTS.findall(word.text)
    )


def _ours(conversation: Conversation) -> frozenset[str]:
    """Words of names that are no rival's: people, their companies, what is sold."""
    people = conversation.meeting.participants
    names = [
        *(person.name for person in people),
        *(person.company or "" for person in people),
        *(name or "" for name in conversation.names.values()),
        *conversation.playbook.products,
    ]
    generic = conversation.lexicon.words.get("company_words", {})
    return frozenset(word for name in names for word in plain(name) if word not in generic)


def _known(conversation: Conversation, ours: frozenset[str]) -> tuple[_Rival, ...]:
    """The rivals of the meeting and of the playbook, each once."""
    said: dict[tuple[str, ...], tuple[str, set[tuple[str, ...]]]] = {}
    for one in conversation.playbook.competitors:
        said[plain(one.name)] = (one.name, {plain(way) for way in one.aliases})
    for name in conversation.meeting.competitors:
        said.setdefault(plain(name), (name, set()))
    generic = conversation.lexicon.words.get("company_words", {})
    firsts = [next((w for w in full if w not in generic), "") for full in said]
    rivals: list[_Rival] = []
    for (full, (name, ways)), first in zip(said.items(), firsts, strict=True):
        is_own = len(first) >= _SHORTEST and firsts.count(first) == 1 and first not in ours
        if full:
            every = tuple(sorted(({full} | ways) - {()}))
            rivals.append(_Rival(name.strip(), every, first if is_own else None))
    return tuple(rivals)


def _marked(
    rivals: Iterable[_Rival], parts: Iterable[Sequence[_Part]], lexicon: Lexicon
) -> tuple[_Rival, ...]:
    """The rivals, told apart from ordinary words: days, letters, what is mostly written small."""
    others = lexicon.words.get("not_rivals", {})
    said = [part for some in parts for part in some]
    # Every word is capital at a sentence's start.
    large = Counter(part.text for part in said if part.is_capital and part.word)
    is_cased = any(part.is_capital for part in said)
    small = Counter(part.text for part in said if is_cased and not part.is_capital)

    def is_word(rival: _Rival) -> bool:
        name = "".join(rival.ways[0])
        is_small = small[name] > large[name]  # a recogniser writes a name small now and then
        is_common = len(name) < 2 or others.get(name) in _COMMON or is_small
        return len(rival.ways) == 1 and is_common

    return tuple(replace(rival, is_word=is_word(rival)) for rival in rivals)


def _is_spoken_of(
    rival: _Rival, parts: Sequence[_Part], sentence: Sentence, conversation: Conversation
) -> bool:
    """Whether a sentence speaks of an ordinary word as of a rival: "we use Monday"."""
    runs = [run for run in _runs(parts, sentence) if _is_proper(sentence, run[0])]
    own = [run for run in runs if tuple(one.text for one in run) in rival.ways]
    return any(True for _ in _spoken_of(own, sentence, conversation))


def _is_named(
    rival: _Rival,
    parts: Sequence[_Part],
    sentence: Sentence,
    ours: frozenset[str],
    *,
    is_cased: bool,
) -> bool:
    for at, part in enumerate(parts):
        if is_cased and not part.is_capital:
            if _is_misspelled(part.text, rival):
                return True
            continue
        close = max(_closeness(way, parts[at : at + len(way) + 1]) for way in rival.ways)
        if rival.short and not _goes_on(parts[at : at + 2], sentence):
            close = max(close, _closeness((rival.short,), parts[at : at + 1]))
        if close == 1.0:
            return True
        is_name = part.text not in ours and _is_proper(sentence, part)
        if is_cased and is_name and close >= ALIKE:
            return True
    return False


def _is_misspelled(text: str, rival: _Rival) -> bool:
    """Whether a word in small letters may be a long name, not a word that begins like it."""
    names = (way[0] for way in rival.ways if len(way) == 1 and len(way[0]) >= _LONG)
    return any(
        text[0] == name[0]
        and not (text.startswith(name) or name.startswith(text))
        and likeness(text, name) >= ALIKE
        for name in names
    )


def _goes_on(parts: Sequence[_Part], sentence: Sentence) -> bool:
    """Whether the first word is only part of a longer name: Granby Street."""
    first, *others = parts
    return any(part.is_capital for part in others) and not _is_closed(first, sentence)


def _is_closed(part: _Part, sentence: Sentence) -> bool:
    return sentence.words[part.word].text[-1] in _MARKS


def _closeness(way: tuple[str, ...], parts: Sequence[_Part]) -> float:
    """How alike a name is to what was said, word by word or as one word."""
    said = [part.text for part in parts]
    name = "".join(way)
    if tuple(said[: len(way)]) == way:
        return 1.0
    is_long = len(name) > _SHORTEST
    if not is_long or not said or (said[0][0] != name[0] and likeness(said[0], way[0]) < CLOSE):
        return 0.0
    same = said[: len(way)]
    close = 0.0
    if len(same) == len(way):
        close = min(likeness(*pair) for pair in zip(same, way, strict=True))
    others = (likeness("".join(said[:size]), name) for size in {len(way) + 1, len(way) - 1} - {0})
    return max(close, *(other if other >= CLOSE else 0.0 for other in others))


def _is_proper(sentence: Sentence, part: _Part) -> bool:
    """Whether a capital says that it is a name: not at the start, unless grammar says so."""
    if part.word > 0:
        return True
    return any(token.word == 0 and token.pos == "PROPN" for token in sentence.tokens)


def _strangers(
    conversation: Conversation,
    parts: Sequence[Sequence[_Part]],
    known: Sequence[_Rival],
    ours: frozenset[str],
) -> tuple[_Rival, ...]:
    """Names nobody listed that are spoken of as rivals, by first mention."""
    listed = {word for rival in known for way in rival.ways for word in way} | ours
    found: dict[tuple[str, ...], str] = {}
    for sentence, own in zip(conversation.sentences, parts, strict=True):
        runs = [run for run in _runs(own, sentence) if _may_be_rival(run, sentence, conversation)]
        runs = [run for run in runs if not _is_listed(run, listed)]
        for run in _spoken_of(runs, sentence, conversation) if runs else ():
            found.setdefault(tuple(part.text for part in run), _spelling(run, sentence))
    return tuple(_Rival(name, (way,)) for way, name in found.items())


def _is_listed(run: Sequence[_Part], names: Iterable[str]) -> bool:
    """Whether a name is one that is known, however it is spelled, or part of it is."""
    known = tuple(names)
    if any(part.text in known for part in run):
        return True
    return all(any(likeness(part.text, name) >= ALIKE for name in known) for part in run)


def _runs(parts: Sequence[_Part], sentence: Sentence) -> Iterator[tuple[_Part, ...]]:
    """Words with capitals that follow one another without a mark between."""
    run: list[_Part] = []
    for part in parts:
        is_apart = bool(run) and run[-1].word != part.word and _is_closed(run[-1], sentence)
        if run and (not part.is_capital or is_apart):
            yield tuple(run)
            run = []
        if part.is_capital:
            run.append(part)
    if run:
        yield tuple(run)


def _may_be_rival(run: Sequence[_Part], sentence: Sentence, conversation: Conversation) -> bool:
    """Whether a name may be a company's: no person, place, day, abbreviation or office tool."""
    lexicon = conversation.lexicon
    first = run[0].word
    others = lexicon.words.get("not_rivals", {})
    before = fold(sentence.words[first - 1].text).strip(_MARKS) if first else ""
    return (
        all(part.text not in others and len(part.text) > 1 for part in run)
        and not (run[0].is_shouted and len(run[0].text) <= _SHORTEST)
        and before not in lexicon.honorifics
        and "place" not in _labels(run, sentence)
        and _is_proper(sentence, run[0])
    )


def _labels(run: Sequence[_Part], sentence: Sentence) -> set[str]:
    """What grammar takes a name for: a person often where it is none, a company seldom."""
    first = run[0].word
    return {one.label for one in sentence.entities if one.first <= first <= one.last}


def _spoken_of(
    runs: Sequence[tuple[_Part, ...]], sentence: Sentence, conversation: Conversation
) -> Iterator[tuple[_Part, ...]]:
    """The names in phrases about rivals; sellers do not use what they sell against."""
    lexicon = conversation.lexicon
    starts = {run[0].word: n for n, run in enumerate(runs)}
    inside = {part.word for run in runs for part in run}
    said: list[str] = ["^"]
    for place, word in enumerate(sentence.words):
        if place in starts:
            said += _elided(word.text, lexicon.tokens(word.text))
            said.append(f"{{{starts[place]}}}")
        elif place not in inside:
            said += lexicon.tokens(word.text)
    text = f" {' '.join(said)} "
    is_seller = conversation.side(sentence) is Side.SELLER
    keys = ("compared",) if is_seller else ("compared", "used", "met")
    for n, run in enumerate(runs):
        is_company = sentence.tokens and "person" not in _labels(run, sentence)
        for key in keys:
            hits = (m for one in lexicon.cue(f"competitor.{key}") for m in one.finditer(text))
            if (key != "met" or is_company) and any(int(hit["company"]) == n for hit in hits):
                yield run
                break


def _elided(text: str, tokens: Sequence[str]) -> tuple[str, ...]:
    """What an apostrophe ties to the front of a name: d', qu'."""
    is_tied = "'" in fold(text) and text[0].islower()
    return tuple(tokens[:1]) if is_tied else ()


def _spelling(run: Sequence[_Part], sentence: Sentence) -> str:
    """The name as it was said, without marks and possessives."""
    words = dict.fromkeys(part.word for part in run)
    said = " ".join(sentence.words[place].text.strip(_MARKS) for place in words)
    return re.sub(r"^[a-zà-ÿ]+['\u2019]|['\u2019]s?$", "", said)
