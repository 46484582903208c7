"""What is asked of a search over the API, who looks, and how it is answered."""

from datetime import datetime
from typing import Annotated, Literal, cast
from uuid import UUID

from fastapi import Request
from pydantic import AwareDatetime, Field
from sqlmodel import Session, col, select

from analyzer import EngineMissing, Engines
from api.engine_lease import EngineLease
from api.fields import Text100
from api.views import Given, View
from models.meaning_space import QuestionReader
from models.rights import visible_calls
from models.search import Asked, SearchFilters, SearchPage, search_meaning, search_words
from models.search.query import LONGEST
from models.search.results import MOST_CALLS
from models.tables import Deal, User

_MOST = 100
"""Values of one filter."""
Ids = Annotated[tuple[UUID, ...], Field(max_length=_MOST)]
Names = Annotated[tuple[Text100, ...], Field(max_length=_MOST)]
Seconds = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class SearchGiven(Given):
    """What is looked for, and where."""

    q: Annotated[str, Field(min_length=1, max_length=LONGEST, examples=['"data centre" -price'])]
    by: Literal["words", "meaning"] = Field(
        default="words",
        description='words: as they were said, with "phrases", -not and or. meaning: passages '
        "near to what is asked, in whatever words and language; the nearest first.",
    )
    rep_id: Ids = ()
    team_id: Ids = ()
    deal_id: Ids = ()
    account_id: Ids = ()
    since: AwareDatetime | None = Field(default=None, description="Calls that started then.")
    until: AwareDatetime | None = Field(default=None, description="Or before then.")
    topic: Names = Field(default=(), description="A whole name, or its part before the colon.")
    call_type: Names = ()
    outcome: Annotated[tuple[Literal["open", "won", "lost"], ...], Field(max_length=3)] = Field(
        default=(), description="Of the call's deal."
    )
    language: Names = ()
    shortest_s: Seconds | None = None
    longest_s: Seconds | None = None
    side: Literal["seller", "buyer", "unknown"] | None = Field(
        default=None, description="Who says it."
    )
    moment_kind: Names = Field(default=(), description="Said where such a moment is.")
    order: Literal["newest", "best"] = Field(default="newest", description="Of words alone.")
    limit: int = Field(default=20, ge=1, le=MOST_CALLS, description="Calls at most.")
    cursor: str | None = Field(
        default=None, max_length=1000, description="`next` of the page before, of the same search."
    )

    @property
    def filters(self) -> SearchFilters:
        """Where to look."""
        return SearchFilters(
            rep_ids=self.rep_id,
            team_ids=self.team_id,
            deal_ids=self.deal_id,
            account_ids=self.account_id,
            from_at=self.since,
            to_at=self.until,
            topics=self.topic,
            call_types=self.call_type,
            outcomes=self.outcome,
            languages=self.language,
            shortest_s=self.shortest_s,
            longest_s=self.longest_s,
            side=self.side,
            moment_kinds=self.moment_kind,
        )


class LineView(View):
    """A piece of what one person said; the text is plain, never HTML."""

    utterance: int = Field(description="Its position among the utterances of the call.")
    speaker: str = Field(examples=["S2"])
    side: Literal["seller", "buyer", "unknown"]
    start_s: float = Field(description="When the whole utterance starts.")
    end_s: float
    text: str
    marks: list[tuple[int, int]] = Field(
        description="The found words: from which character (code point) to before which.",
        examples=[[[4, 9]]],
    )
    is_cut_before: bool
    is_cut_after: bool


class SnippetView(View):
    """A place in a call: it plays from `at_s` to `end_s`."""

    at_s: float = Field(examples=[754.2])
    end_s: float
    lines: list[LineView]


class FoundCallView(View):
    """A call, and the best of the places found in it, in the order they play."""

    call_id: UUID
    title: str
    started_at: datetime
    rep_id: UUID
    rep_name: str
    deal_id: UUID | None
    deal_name: str | None
    account_id: UUID | None
    places: int = Field(description="How many were found, also those not shown.")
    score: float = Field(description="Compares the calls of one search.")
    snippets: list[SnippetView]


class SearchView(View):
    """Some of the calls found; `next` is the cursor of the page after, null on the last."""

    items: list[FoundCallView]
    next: str | None
    total: int = Field(description="How many calls were found, as far as they were counted.")
    is_exact: bool = Field(description="False: there are at least `total`.")
    looked_back_to: datetime | None = Field(
        description="Set when the search paused: older calls are looked into from `next` on."
    )
    best_of: int | None = Field(
        description="Set when only so many of the newest calls were compared."
    )


def search(request: Request, session: Session, user: User, given: SearchGiven) -> SearchView:
    """What a user finds among the calls they may see.

    Raises BadInput for a query of no use, EngineMissing when meaning cannot be told here.
    """
    scope, filters = visible_calls(user), given.filters
    asked = Asked(given.limit, given.cursor, given.order)
    if given.by == "words":
        return _view(session, search_words(session, scope, given.q, filters, asked))
    lease: EngineLease = request.app.state.engines
    with lease.borrow() as engines:
        reader = _question_reader(engines)
        return _view(session, search_meaning(session, scope, given.q, reader, filters, asked))


def _question_reader(engines: Engines) -> QuestionReader:
    embedder = engines.embedder
    if embedder is None or not hasattr(embedder, "ask"):
        raise EngineMissing(
            "search by meaning needs an engine that reads questions; run `talktrack doctor` on "
            "the server, or search by words"
        )
    return cast(QuestionReader, embedder)


def _view(session: Session, page: SearchPage) -> SearchView:
    reps = _names(session, User, {one.rep_id for one in page.calls})
    deals = _names(session, Deal, {one.deal_id for one in page.calls if one.deal_id})
    return SearchView(
        items=[
            FoundCallView(
                call_id=one.call_id,
                title=one.title,
                started_at=one.started_at,
                rep_id=one.rep_id,
                rep_name=reps[one.rep_id],
                deal_id=one.deal_id,
                deal_name=deals.get(one.deal_id) if one.deal_id else None,
                account_id=one.account_id,
                places=one.places,
                score=one.score,
                snippets=[SnippetView.model_validate(place) for place in one.snippets],
            )
            for one in page.calls
        ],
        next=page.next,
        total=page.total,
        is_exact=page.is_exact,
        looked_back_to=page.looked_back_to,
        best_of=page.best_of,
    )


def _names(session: Session, table: type[User] | type[Deal], ids: set[UUID]) -> dict[UUID, str]:
    """What the rows are called."""
    if not ids:
        return {}
    found = select(table.id, table.name).where(col(table.id).in_(ids))
    return dict(session.exec(found).all())
