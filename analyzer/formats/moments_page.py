"""The moments of a call by kind, ready to print, and their marks on the player's timeline."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analyzer.formats.quoting import Quoted, Scribe
from analyzer.formats.rendering import one_line
from analyzer.formats.wording import Wording
from analyzer.moments import Kind, Moment
from analyzer.recording import Side

LISTED: tuple[Kind, ...] = (
    "objection",
    "pricing",
    "competitor",
    "decision",
    "positive",
    "negative",
    "commitment",
    "tracker",
    "question",
)
"""As they are read. Next steps have a part of their own; small talk and fillers are counted only
by metrics: each one by itself tells nothing."""
MARKED: tuple[Kind, ...] = ("objection", "pricing", "competitor", "decision", "next_step")
_SHORT = 3
"""A longer list is folded."""


@dataclass(frozen=True, slots=True)
class MomentLine:
    """One moment; `detail` is what its kind tells besides the words."""

    detail: str | None
    quote: Quoted


@dataclass(frozen=True, slots=True)
class MomentGroup:
    """All moments of a kind with their count in words; `is_open` when it is short."""

    kind: Kind
    name: str
    count: str
    lines: tuple[MomentLine, ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment on the timeline; `at` in percent of the call."""

    at: float
    label: str


def moment_groups(moments: Sequence[Moment], scribe: Scribe) -> tuple[MomentGroup, ...]:
    """The kinds that came up, each in time order."""
    return tuple(_groups(moments, scribe))


def timeline_marks(moments: Sequence[Moment], scribe: Scribe) -> tuple[Mark, ...]:
    """The moments worth jumping to."""
    return tuple(
        Mark(scribe.bar(one.quote.span)[0], _marked(one, scribe))
        for one in moments
        if one.kind in MARKED
    )


def _marked(one: Moment, scribe: Scribe) -> str:
    parts = (scribe.t(f"moment.{one.kind}"), _detail(one, scribe))
    return ": ".join(part for part in parts if part)


def _groups(moments: Sequence[Moment], scribe: Scribe) -> Iterator[MomentGroup]:
    t = scribe.t
    for kind in LISTED:
        own = [one for one in moments if one.kind == kind]
        if own:
            lines = tuple(MomentLine(_detail(one, scribe), scribe.quoted(one.quote)) for one in own)
            is_open = len(own) <= _SHORT and kind != "question"
            yield MomentGroup(kind, t(f"moments.{kind}"), _count(own, t), lines, is_open)


def _count(own: Sequence[Moment], t: Wording) -> str:
    """How many; of questions also who asked and how many were open."""
    if own[0].kind != "question":
        return str(len(own))
    told = []
    for side in Side:
        asked = [one for one in own if one.side is side]
        if asked:
            is_open = t.count("moments.open", sum(one.is_open is True for one in asked))
            told.append(t("moments.asked", side=t(f"side.{side}"), n=len(asked), open=is_open))
    return " · ".join(told)


def _detail(one: Moment, scribe: Scribe) -> str | None:
    t = scribe.t
    match one.kind:
        case "question":
            return t("moments.is_open") if one.is_open else None
        case "objection" | "decision":
            return t.named(f"about.{one.kind}", one.about) if one.about else None
        case "pricing":
            return _price(one, t)
        case "competitor":
            return one_line(one.name) if one.name else None
        case "tracker":
            return scribe.titled("tracker", one.name) if one.name else None
        case _:
            return None


def _price(one: Moment, t: Wording) -> str | None:
    """How much, and for what."""
    amount = t.money(one.amount, one.currency) if one.amount is not None else None
    return ", ".join(part for part in (amount, one_line(one.what or "")) if part) or None
