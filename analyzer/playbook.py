"""What a team sells against, looks for and coaches: its own playbook, over the standard one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeVar

from analyzer.recording import AgendaItem, Side

Texts = Mapping[str, str]
"""Words for readers, by language code; `en` is what a language without its own gets."""
Cues = Mapping[str, tuple[str, ...]]
"""Phrases as lexicons write them, by language code."""


def text_in(texts: Texts, language: str) -> str:
    """The words in a language, else in English, else in whichever there is."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")


@dataclass(frozen=True, slots=True)
class AgendaTemplate:
    """The usual agenda of a kind of call, taken when the meeting has none of its own."""

    id: str
    """Its name for the program, unique among agendas."""
    items: tuple[AgendaItem, ...]
    """What is planned, in order; a title alone will do."""
    call_types: tuple[str, ...] = ()
    """The calls it is for, by the ids of call types; none means any other."""


@dataclass(frozen=True, slots=True)
class Tracker:
    """Something a team wants to hear of: found by its phrases, or by what means the same."""

    id: str
    """Its name for the program, unique among trackers."""
    name: Texts
    """What readers see."""
    phrases: Cues = field(default_factory=dict)
    """Phrases that say it."""
    examples: tuple[str, ...] = ()
    """Sentences that mean it, in any language."""
    side: Side = Side.UNKNOWN
    """Whose words count; unknown means anyone's."""


@dataclass(frozen=True, slots=True)
class Competitor:
    """A rival and how else it is called."""

    name: str
    """What it is called in reports, unique among competitors."""
    aliases: tuple[str, ...] = ()
    """Other names it is called by."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A measure of the call that must lie above or below a bound, or between two."""

    measure: str
    """The name of a measure: see the list below."""
    above: float | None = None
    """It holds above this number."""
    below: float | None = None
    """It holds below this number."""


@dataclass(frozen=True, slots=True)
class TipRule:
    """When to praise or to advise, on what evidence, in which words.

    The more `conditions` are exceeded, the more the tip matters, times `weight`.
    """

    id: str
    """Its name for the program, unique among tips."""
    area: str
    """What it coaches: an area of the list below, or your own."""
    is_strength: bool
    """Whether it praises; else it advises."""
    conditions: tuple[Condition, ...]
    """What must hold, all of it."""
    evidence: tuple[str, ...]
    """Passages to quote, the first that there is: see the list below."""
    finding: Texts
    """What was heard; {measure} is filled in."""
    try_next: Texts = field(default_factory=dict)
    """One concrete thing to do on the next call; strengths need none."""
    weight: float = 1.0
    """How much it matters beside others."""
    call_types: tuple[str, ...] = ()
    """The calls it applies to, by the ids of call types; none means all."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One question of a scorecard, answered by the first evidence there is."""

    id: str
    """Its name for the program, unique on its scorecard."""
    question: Texts
    """What readers see."""
    moments: tuple[str, ...] = ()
    """Kinds of moments that answer it, such as "decision:maker" or "objection"."""
    phrases: Cues = field(default_factory=dict)
    """Phrases that answer it."""
    side: Side = Side.UNKNOWN
    """Whose words count; unknown means anyone's."""


@dataclass(frozen=True, slots=True)
class Scorecard:
    """What a qualified deal has been asked: BANT, MEDDIC, SPICED or a team's own."""

    id: str
    """Its name for the program, unique among scorecards."""
    name: Texts
    """What readers see."""
    criteria: tuple[Criterion, ...]
    """Its questions, in order."""
    call_types: tuple[str, ...] = ()
    """The calls it applies to, by the ids of call types; none means all."""


@dataclass(frozen=True, slots=True)
class CallTypeRule:
    """A kind of call: words of its title, and phrases that are said on such calls."""

    id: str
    """Its name for the program, unique among call types."""
    name: Texts
    """What readers see."""
    titles: Cues = field(default_factory=dict)
    """Phrases of the meeting's title."""
    phrases: Cues = field(default_factory=dict)
    """Phrases that are said on such calls."""
    measures: tuple[Condition, ...] = ()
    """Conditions that such calls meet."""


@dataclass(frozen=True, slots=True)
class Playbook:
    """Everything a team may make its own."""

    agendas: tuple[AgendaTemplate, ...] = ()
    """Usual agendas, for meetings that come without one."""
    trackers: tuple[Tracker, ...] = ()
    """What you want to hear of."""
    competitors: tuple[Competitor, ...] = ()
    """Who you sell against; a name alone will do. The recogniser listens for them."""
    products: tuple[str, ...] = ()
    """What you sell. The recogniser listens for them."""
    tips: tuple[TipRule, ...] = ()
    """When to praise and what to advise."""
    scorecards: tuple[Scorecard, ...] = ()
    """What a qualified deal has been asked."""
    call_types: tuple[CallTypeRule, ...] = ()
    """Kinds of calls, and how they are told."""
    weights: Mapping[str, float] = field(default_factory=dict)
    """How much each area of tips matters to you; 1 as usual, 0 not at all."""
    disabled: tuple[str, ...] = ()
    """Ids of standard entries, or names of competitors, to do without."""

    @property
    def names(self) -> tuple[str, ...]:
        """What competitors and products are called, for a recogniser to listen for."""
        rivals = (name for rival in self.competitors for name in (rival.name, *rival.aliases))
        return tuple(dict.fromkeys((*rivals, *self.products)))

    @property
    def titles(self) -> Mapping[str, Texts]:
        """What readers call its kinds of calls and its trackers, as "call_type.demo"."""
        kinds = {f"call_type.{one.id}": one.name for one in self.call_types}
        return kinds | {f"tracker.{one.id}": one.name for one in self.trackers}

    def agenda_for(self, call_type: str | None) -> tuple[AgendaItem, ...]:
        """The template of a kind of call, else one for every kind; empty when there is neither."""
        named = (one for one in self.agendas if call_type in one.call_types)
        general = (one for one in self.agendas if not one.call_types)
        return next((one.items for one in chain(named, general)), ())


Entry = AgendaTemplate | Tracker | Competitor | TipRule | Scorecard | CallTypeRule
"""What a team adds or replaces as a whole."""
_Entry = TypeVar("_Entry", bound=Entry)


def merged(standard: Playbook, own: Playbook) -> Playbook:
    """A team's own playbook laid over the standard one.

    An entry with an id of the standard takes its place, others follow after; what is disabled
    is left out, and weights of one area are multiplied.
    """

    def over(usual: tuple[_Entry, ...], theirs: tuple[_Entry, ...]) -> tuple[_Entry, ...]:
        entries = {key_of(one): one for one in (*usual, *theirs)}
        return tuple(one for key, one in entries.items() if key not in own.disabled)

    areas = dict.fromkeys((*standard.weights, *own.weights))
    return Playbook(
        agendas=over(standard.agendas, own.agendas),
        trackers=over(standard.trackers, own.trackers),
        competitors=over(standard.competitors, own.competitors),
        products=tuple(dict.fromkeys((*standard.products, *own.products))),
        tips=over(standard.tips, own.tips),
        scorecards=over(standard.scorecards, own.scorecards),
        call_types=over(standard.call_types, own.call_types),
        weights={
            area: standard.weights.get(area, 1.0) * own.weights.get(area, 1.0) for area in areas
        },
    )


def key_of(entry: Entry) -> str:
    """What an entry is called among its like: its id, or a competitor's name."""
    return entry.name if isinstance(entry, Competitor) else entry.id
