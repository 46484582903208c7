"""Trackers as the API shows and takes them."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from analyzer.moments import Moment
from analyzer.playbook import Tracker
from api.views import Given, View

_Word = Annotated[str, StringConstraints(min_length=1, max_length=500)]
_Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
_Side = Literal["seller", "buyer", "unknown"]
_NAME = {"en": "Data protection", "fr": "Données personnelles"}
_PHRASES = {"en": ["gdpr", "data protection|privacy"], "fr": ["rgpd"]}


class TrackerGiven(Given):
    """What a team wants to hear of: found by its phrases, or by what means the same."""

    name: dict[_Language, _Word] = Field(min_length=1, max_length=20, examples=[_NAME])
    phrases: dict[_Language, Annotated[list[_Word], Field(max_length=200)]] = Field(
        default_factory=dict, max_length=20, examples=[_PHRASES]
    )
    examples: list[_Word] = Field(
        default_factory=list, max_length=50, examples=[["Who can see what our people earn?"]]
    )
    side: _Side = Field(default="unknown", description="Whose words count; unknown: anyone's.")


class TrackerView(View):
    """A tracker in force under a playbook."""

    id: str
    name: dict[str, str]
    phrases: dict[str, list[str]]
    examples: list[str]
    side: _Side


class Found(View):
    """Where a tracker is said; `speaker` as the call's report calls them, seconds of the call."""

    utterance: int
    speaker: str
    side: _Side
    start_s: float
    end_s: float
    quote: str

    @classmethod
    def of(cls, moment: Moment) -> "Found":
        """A moment as the API shows it."""
        return cls(
            utterance=moment.quote.utterance,
            speaker=moment.speaker,
            side=moment.side.value,
            start_s=moment.quote.span.start,
            end_s=moment.quote.span.end,
            quote=moment.quote.text,
        )


class TrackerTrial(View):
    """A tracker, and what it finds on one call."""

    tracker: TrackerView
    found: list[Found]


def view_of(tracker: Tracker) -> TrackerView:
    """A tracker as the API shows it."""
    return TrackerView(
        id=tracker.id,
        name=dict(tracker.name),
        phrases={language: list(phrases) for language, phrases in tracker.phrases.items()},
        examples=list(tracker.examples),
        side=tracker.side.value,
    )
