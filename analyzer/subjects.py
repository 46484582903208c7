"""What an item of an agenda is about: the words of its title and the usual parts of sales calls."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, groupby
from operator import or_

from analyzer.conversation import Conversation
from analyzer.lexicon import Lexicon
from analyzer.recording import AgendaItem

_BREAKS = re.compile(r"[&/,;:+()|\[\]•]|\s[-\u2013\u2014]\s")


@dataclass(frozen=True, slots=True)
class Part:
    """A word of a title, by its stem, or a usual part of sales calls, by its key."""

    key: str
    weight: float
    is_concept: bool = False


Subject = tuple[tuple[Part, ...], ...]
"""What an item is about: groups of parts, each of which would do alone."""


def subjects_of(talk: Conversation, items: Sequence[AgendaItem]) -> tuple[Subject, ...]:
    """What each item is about; names of who is on the call say nothing of it."""
    people = (f"{one.name} {one.company or ''}" for one in talk.meeting.participants)
    names = frozenset(token for text in people for token in talk.lexicon.tokens(text))
    is_demo = talk.lexicon.finds("agenda.demo.call", _plain(talk, talk.meeting.title or ""))
    found = (_subject(item, talk.lexicon, names) for item in items)
    return tuple(_as_shown(one) if is_demo else one for one in found)


def words_of(subject: Subject) -> frozenset[str]:
    """The stems of a subject's words."""
    return frozenset(part.key for group in subject for part in group if not part.is_concept)


def concepts_of(subject: Subject) -> frozenset[str]:
    """The usual parts of sales calls in a subject."""
    return frozenset(part.key for group in subject for part in group if part.is_concept)


def stem(token: str, lexicon: Lexicon) -> str:
    """A word without its ending: "planning" and "planned" are "plan"."""
    return _stem(token, lexicon.words.get("agenda", {}).get("endings", ""))


def _subject(item: AgendaItem, lexicon: Lexicon, names: frozenset[str]) -> Subject:
    texts = [text for text in _BREAKS.split(item.title) if text.strip()]
    groups = [
        group
        for text in (*texts, *item.keywords)
        for tokens in _joined(lexicon.tokens(text), lexicon)
        if (group := _parts([token for token in tokens if token not in names], lexicon))
    ]
    if not groups:
        groups = [tuple(Part(stem(one, lexicon), 1.0) for one in lexicon.tokens(item.title))]
    return tuple(groups)


def _as_shown(subject: Subject) -> Subject:
    """What a demonstration is to cover is shown, unless it is a usual part of sales calls."""
    shown = Part("demo", 0.5, is_concept=True)
    return subject if concepts_of(subject) else tuple((*group, shown) for group in subject)


def _joined(tokens: Sequence[str], lexicon: Lexicon) -> Iterator[list[str]]:
    joints = _listed(lexicon, "joints")
    for is_joint, run in groupby(tokens, key=lambda token: token in joints):
        if not is_joint:
            yield list(run)


def _parts(tokens: Sequence[str], lexicon: Lexicon) -> tuple[Part, ...]:
    """The parts of a phrase; what comes after "of" or "for" weighs half.

    So do words beside a usual part of calls: in "current scheduling problems", problems matter.
    """
    links, ignored = _listed(lexicon, "links"), _listed(lexicon, "ignored")
    is_linked = accumulate((token in links for token in tokens), or_)
    weights = [0.5 if linked and n else 1.0 for n, linked in enumerate(is_linked)]
    held = _concepts(tokens, lexicon)
    used = {n for places in held.values() for n in places}
    usual = (Part(key, max(weights[n] for n in at), True) for key, at in held.items())
    words = (
        Part(stem(token, lexicon), weights[n] * (0.5 if used - {n} else 1.0))
        for n, token in enumerate(tokens)
        if token not in ignored and (len(token) > 2 or token.isdigit())
    )
    return (*usual, *words)


def _concepts(tokens: Sequence[str], lexicon: Lexicon) -> dict[str, list[int]]:
    """The usual parts of sales calls that a phrase names, with the places of the words."""
    plain = f" ^ {''.join(f'{token} ' for token in tokens)}"
    starts = list(accumulate((len(token) + 1 for token in tokens), initial=3))
    found: dict[str, list[int]] = {}
    for key in lexicon.cues:
        section, _, rest = key.partition(".")
        if section == "agenda" and rest.endswith(".title"):
            match = lexicon.finds(key, plain)
            if match:
                held = [n for n in range(len(tokens)) if match.start() <= starts[n] < match.end()]
                found[rest.removesuffix(".title")] = held
    return {concept: held for concept, held in found.items() if held}


def _plain(talk: Conversation, text: str) -> str:
    return f" ^ {''.join(f'{token} ' for token in talk.lexicon.tokens(text))}"


def _listed(lexicon: Lexicon, key: str) -> frozenset[str]:
    return frozenset(lexicon.words.get("agenda", {}).get(key, "").split())


@lru_cache(maxsize=1 << 16)
def _stem(token: str, endings: str) -> str:
    for ending in endings.split():
        root = token.removesuffix(ending)
        if root != token and len(root) >= (3 if len(ending) == 1 else 4):
            is_doubled = len(root) > 3 and root[-1] == root[-2]
            return root[:-1] if is_doubled else root
    return token
