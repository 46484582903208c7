"""What there is to hear, and what is known before listening."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path


class Side(StrEnum):
    """Who sells and who buys."""

    SELLER = "seller"
    BUYER = "buyer"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Participant:
    """Someone invited to the call; `channel` counts from 0."""

    name: str
    side: Side = Side.UNKNOWN
    email: str | None = None
    company: str | None = None
    role: str | None = None
    channel: int | None = None


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """One thing planned for the call."""

    id: str
    """Its name for the program; a1, a2... when left out of a file."""
    title: str
    """What is planned."""
    keywords: tuple[str, ...] = ()
    """Other words it may be spoken of with."""
    side: Side = Side.UNKNOWN
    """Who is expected to speak of it; unknown means anyone."""
    minutes: float | None = None
    """How long it is meant to take."""


@dataclass(frozen=True, slots=True)
class DealLink:
    """The deal the call belongs to, as its CRM names it."""

    id: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class KnownVoice:
    """A voice heard on an earlier call; `embedding` has unit length."""

    name: str
    side: Side
    embedding: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Meeting:
    """What the invitation and the CRM know before anyone listens.

    `call_type` is the id of one of the playbook's call types, None to have it told from the call.
    """

    title: str | None = None
    started_at: datetime | None = None
    language: str | None = None
    participants: tuple[Participant, ...] = ()
    agenda: tuple[AgendaItem, ...] = ()
    deal: DealLink | None = None
    competitors: tuple[str, ...] = ()
    vocabulary: tuple[str, ...] = ()
    voices: tuple[KnownVoice, ...] = ()
    call_type: str | None = None

    @property
    def hotwords(self) -> tuple[str, ...]:
        """Names a recogniser would not guess: vocabulary, competitors, companies, people."""
        companies = (p.company for p in self.participants if p.company)
        people = (p.name for p in self.participants)
        words = (*self.vocabulary, *self.competitors, *companies, *people)
        return tuple(dict.fromkeys(word.strip() for word in words if word.strip()))


@dataclass(frozen=True, slots=True)
class Recording:
    """A file and its meeting; the path never travels further than `hear`.

    `speakers` is how many people somebody counted, None when nobody did.
    """

    path: Path
    meeting: Meeting = field(default_factory=Meeting)
    speakers: int | None = None
