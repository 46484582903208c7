"""What the addresses of the library and of the search ask for."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from api.pages.library.choices import Asked, Filled, Text, end_of, start_of
from api.pages.words import Words
from api.searching import SearchGiven
from models.calls import CallFilters
from models.lifecycle import IN_HAND
from models.search.query import LONGEST

State = Literal["working", "ready", "failed", "cancelled", "held", "empty"]
"""`working` is whatever is on its way."""
_Query = Annotated[str, StringConstraints(max_length=LONGEST, pattern=r"^[^\x00]*$")]


class CallsAsked(Asked):
    """Which calls are asked for."""

    title: Text = None
    state: Annotated[State | None, Filled] = None

    def filters(self, words: Words) -> CallFilters:
        """What the list is narrowed to, by the reader's days."""
        states = IN_HAND if self.state == "working" else (self.state,) if self.state else ()
        return CallFilters(
            rep_id=self.rep_id,
            team_id=self.team_id,
            deal_id=self.deal_id,
            states=states,
            call_type=self.call_type,
            language=self.language,
            since=start_of(self.since, words),
            until=end_of(self.until, words),
            title=self.title,
        )


class SearchAsked(Asked):
    """What is looked for, and where; without words, nothing yet."""

    q: _Query = ""
    mode: Literal["words", "meaning"] = "words"
    order: Literal["newest", "best"] = "newest"
    outcome: Annotated[Literal["open", "won", "lost"] | None, Filled] = None
    side: Annotated[Literal["seller", "buyer"] | None, Filled] = None
    moment_kind: Text = None

    def given(self, words: Words, limit: int) -> SearchGiven:
        """The question to the search, by the reader's days."""
        several = ("rep_id", "team_id", "deal_id", "call_type", "outcome", "language")
        chosen = {name: getattr(self, name) for name in (*several, "moment_kind")}
        told: dict[str, object] = {
            "q": self.q,
            "by": self.mode,
            "order": self.order,
            "side": self.side,
            "since": start_of(self.since, words),
            "until": end_of(self.until, words),
            "limit": limit,
            "cursor": self.cursor,
        }
        told |= {name: (one,) for name, one in chosen.items() if one is not None}
        return SearchGiven.model_validate(told)
