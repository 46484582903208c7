"""What is wrong in a playbook though each key and each kind of value is right."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from math import isfinite
from typing import get_args

from analyzer.coaching import WORDINGS
from analyzer.line_numbers import Place
from analyzer.measures import MEASURES
from analyzer.moments import Kind
from analyzer.moments.moment import ObjectionAbout
from analyzer.passages import PASSAGES
from analyzer.playbook import (
    AgendaTemplate,
    CallTypeRule,
    Competitor,
    Condition,
    Criterion,
    Entry,
    Playbook,
    Scorecard,
    TipRule,
    Tracker,
    key_of,
    merged,
)
from analyzer.typed_file import Misfit, did_you_mean

_LANGUAGE = re.compile(r"[a-z]{2,3}")
_WORD = r"[^\W_]+(?:['\u2019-][^\W_]+)*['\u2019-]?"
_WORDS = re.compile(rf"{_WORD}(?:\|{_WORD})*")
_SLOTS = frozenset("_*^$")
_BLANK = re.compile(r"\{([^{}|]*)")
_MOMENTS = (
    *get_args(Kind),
    *(f"objection:{about}" for about in get_args(ObjectionAbout)),
    *(f"decision:{about}" for about in ("maker", "process", "made")),
)
_Problem = tuple[Place, str]


def misfits(own: Playbook, standard: Playbook) -> Iterator[Misfit]:
    """Everything wrong with a team's own playbook, to be laid over the standard one."""
    whole = merged(standard, own)
    for place, part in _parts(own, ()):
        check = _CHECKS.get(type(part))
        found = (*_languages(part), *(check(part) if check else ()), *_call_types(part, whole))
        for inner, what in found:
            yield Misfit((*place, *inner), what)
    for inner, what in (*_disabled(own, standard), *_weights(own, whole)):
        yield Misfit(inner, what)


def _parts(value: object, place: Place) -> Iterator[tuple[Place, object]]:
    """A dataclass and every dataclass in it."""
    yield place, value
    for field in fields(value) if is_dataclass(value) else ():
        members = getattr(value, field.name)
        for index, one in enumerate(members if isinstance(members, tuple) else ()):
            if is_dataclass(one):
                yield from _parts(one, (*place, field.name, index))


def _languages(part: object) -> Iterator[_Problem]:
    """Words by language: the codes, the phrases, and that none is empty."""
    for field in fields(part) if is_dataclass(part) else ():
        words = getattr(part, field.name)
        if not isinstance(words, Mapping) or isinstance(part, Playbook):
            continue
        for code, said in words.items():
            place = (field.name, code)
            if not _LANGUAGE.fullmatch(code):
                yield place, "is no code of a language, such as en or fr"
            elif isinstance(said, str):
                yield from _blank(said, place)
            else:
                for index, phrase in enumerate(said):
                    yield from _phrase(phrase, (*place, index))


def _blank(text: str, place: Place) -> Iterator[_Problem]:
    if not text.strip():
        yield place, "is empty"


def _phrase(phrase: str, place: Place) -> Iterator[_Problem]:
    """Words of letters and figures only: what is said has no marks either."""
    parts = phrase.split()
    for part in parts:
        if part not in _SLOTS and not _WORDS.fullmatch(part):
            yield place, f"{part!r} is no part of a phrase; use words without marks, a|b, _, * or ^"
    if all(part in _SLOTS for part in parts):
        yield place, "a phrase needs a word"


def _repeated(entries: tuple[Entry | Criterion, ...], key: str) -> Iterator[_Problem]:
    """Entries that are called as one before them, or not at all."""
    known: set[str] = set()
    for index, entry in enumerate(entries):
        name = entry.id if isinstance(entry, Criterion) else key_of(entry)
        place: Place = (key, index, "name" if isinstance(entry, Competitor) else "id")
        yield from _blank(name, place)
        if name in known:
            yield place, f"there is one called {name!r} before"
        known.add(name)


def _playbook(book: Playbook) -> Iterator[_Problem]:
    for key in ("agendas", "trackers", "competitors", "tips", "scorecards", "call_types"):
        yield from _repeated(getattr(book, key), key)
    for index, product in enumerate(book.products):
        yield from _blank(product, ("products", index))


def _agenda(template: AgendaTemplate) -> Iterator[_Problem]:
    ids = [item.id for item in template.items]
    for index, item in enumerate(template.items):
        yield from _blank(item.title, ("items", index, "title"))
        if item.id in ids[:index]:
            yield ("items", index, "id"), f"there is one called {item.id!r} before"
    if not ids:
        yield ("items",), "an agenda needs an item"


def _tracker(tracker: Tracker) -> Iterator[_Problem]:
    if not tracker.examples and not any(tracker.phrases.values()):
        yield (), "a tracker needs phrases or examples"
    for index, example in enumerate(tracker.examples):
        yield from _blank(example, ("examples", index))


def _competitor(rival: Competitor) -> Iterator[_Problem]:
    for index, alias in enumerate(rival.aliases):
        yield from _blank(alias, ("aliases", index))


def _condition(condition: Condition) -> Iterator[_Problem]:
    yield from _one_of(condition.measure, tuple(MEASURES), "measure", ("measure",))
    bounds = [bound for bound in (condition.above, condition.below) if bound is not None]
    if not bounds or not all(isfinite(bound) for bound in bounds):
        yield (), "a condition needs a number, above or below which it holds"
    elif bounds[0] > bounds[-1]:
        yield ("above",), f"nothing is above {bounds[0]:g} and below {bounds[1]:g}"


def _tip(rule: TipRule) -> Iterator[_Problem]:
    if not rule.evidence:
        yield (), "a tip needs evidence to quote"
    if not rule.finding:
        yield (), "a tip needs words for what was found"
    if not rule.is_strength and not rule.try_next:
        yield (), "a tip that is no strength needs something to try next"
    yield from _weight(rule.weight, ("weight",))
    for index, name in enumerate(rule.evidence):
        yield from _one_of(name, tuple(PASSAGES), "evidence", ("evidence", index))
    for key in ("finding", "try_next"):
        for code, text in getattr(rule, key).items():
            for name in _BLANK.findall(text):
                yield from _one_of(name, (*MEASURES, *WORDINGS), "blank", (key, code))


def _criterion(criterion: Criterion) -> Iterator[_Problem]:
    if not criterion.moments and not any(criterion.phrases.values()):
        yield (), "a criterion needs moments or phrases that answer it"
    for index, name in enumerate(criterion.moments):
        yield from _one_of(name, _MOMENTS, "kind of moment", ("moments", index))


def _scorecard(card: Scorecard) -> Iterator[_Problem]:
    yield from _repeated(card.criteria, "criteria")
    if not card.criteria:
        yield ("criteria",), "a scorecard needs a criterion"


def _call_type(rule: CallTypeRule) -> Iterator[_Problem]:
    if not (rule.measures or any(rule.titles.values()) or any(rule.phrases.values())):
        yield (), "a call type needs titles, phrases or measures to be told by"


def _call_types(part: object, whole: Playbook) -> Iterator[_Problem]:
    """Kinds of calls that an entry is for."""
    known = tuple(rule.id for rule in whole.call_types)
    named = () if isinstance(part, Playbook) else getattr(part, "call_types", ())
    for index, name in enumerate(named):
        yield from _one_of(name, known, "call type", ("call_types", index))


def _disabled(own: Playbook, standard: Playbook) -> Iterator[_Problem]:
    usual: tuple[Entry, ...] = (
        *standard.agendas,
        *standard.trackers,
        *standard.competitors,
        *standard.tips,
        *standard.scorecards,
        *standard.call_types,
    )
    for index, name in enumerate(own.disabled):
        known = tuple(key_of(entry) for entry in usual)
        yield from _one_of(name, known, "entry of the standard playbook", ("disabled", index))


def _weights(own: Playbook, whole: Playbook) -> Iterator[_Problem]:
    areas = tuple(dict.fromkeys(rule.area for rule in whole.tips))
    for area, weight in own.weights.items():
        yield from _one_of(area, areas, "area of tips", ("weights", area))
        yield from _weight(weight, ("weights", area))


def _weight(weight: float, place: Place) -> Iterator[_Problem]:
    if not (isfinite(weight) and weight >= 0):
        yield place, "a weight is a number from 0"


def _one_of(name: str, known: tuple[str, ...], what: str, place: Place) -> Iterator[_Problem]:
    if name not in known:
        yield place, f"there is no {what} {name!r}; {did_you_mean(name, known)}"


_CHECKS: Mapping[type, Callable[..., Iterator[_Problem]]] = {
    Playbook: _playbook,
    AgendaTemplate: _agenda,
    Tracker: _tracker,
    Competitor: _competitor,
    Condition: _condition,
    TipRule: _tip,
    Criterion: _criterion,
    Scorecard: _scorecard,
    CallTypeRule: _call_type,
}
