"""Something worth hearing again: what kind it is, who said it, and the words that prove it."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from analyzer.conversation import Quote
from analyzer.recording import Side
from analyzer.speech import SpeakerId

Kind = Literal[
    "question",
    "objection",
    "pricing",
    "competitor",
    "next_step",
    "commitment",
    "decision",
    "positive",
    "negative",
    "smalltalk",
    "filler",
    "tracker",
]

ObjectionAbout = Literal[
    "price", "timing", "authority", "need", "competitor", "trust", "adoption", "integration"
]


@dataclass(frozen=True, slots=True)
class Moment:
    """One finding; a detail that its kind does not have is None.

    `is_open` belongs to questions, `about` to objections (an `ObjectionAbout`) and decisions
    ("maker", "process", "made"), `amount` to prices: in `currency` (ISO 4217), or percent when
    that is "%", `what` it buys or changes. `name` is a competitor's or a tracker's. `owner` of a
    next step is a speaker, or the name of someone who was not heard; `due` is None when no day
    was said; `text` says the step as a note would.
    """

    kind: Kind
    speaker: SpeakerId
    side: Side
    quote: Quote
    is_open: bool | None = None
    about: str | None = None
    amount: float | None = None
    currency: str | None = None
    what: str | None = None
    name: str | None = None
    owner: str | None = None
    due: date | None = None
    text: str | None = None
