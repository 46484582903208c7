"""Search: one box, words or meaning; what is found plays at the second it was said."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import ValidationError
from sqlmodel import Session, col, select

from analyzer.errors import EngineMissing
from analyzer.formats.wording import wording
from api.dependencies import SessionDep
from api.pages.frame import Reader, ReaderDep
from api.pages.library.asked import SearchAsked
from api.pages.library.choices import Chip, Choices, Option, chips_of, choices_of
from api.pages.library.kept import Kept, kept_views
from api.pages.rendering import show
from api.pages.routing import page_router
from api.pages.words import Words, marked
from api.searching import FoundCallView, LineView, SearchView, SnippetView, search
from models.errors import BadInput
from models.saved_views import heard_after
from models.tables import Call

router = page_router("search")
_PAGE = 15
_OUTCOMES = {"open": marked("Still open"), "won": marked("Won"), "lost": marked("Lost")}
_SIDES = {"seller": marked("The seller"), "buyer": marked("The buyer")}
_KINDS = (
    "question",
    "objection",
    "pricing",
    "competitor",
    "decision",
    "commitment",
    "positive",
    "negative",
    "tracker",
)


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of what was said; `is_hit` where it is what was looked for."""

    text: str
    is_hit: bool


@dataclass(frozen=True, slots=True)
class FoundLine:
    """What one person said."""

    side: str
    side_name: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """A place in a call; `path` plays it."""

    path: str
    clock: str
    lines: tuple[FoundLine, ...]


@dataclass(frozen=True, slots=True)
class FoundCall:
    """A call with places found in it; `more` were found that are not shown."""

    path: str
    title: str
    day: str
    rep_name: str
    deal_name: str | None
    deal_path: str | None
    places: tuple[FoundPlace, ...]
    more: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Found:
    """Some of what was found; `total` of all of it in words."""

    calls: tuple[FoundCall, ...]
    total: str
    new: int
    looked_back_to: str | None
    best_of: int | None
    next_path: str
    first_path: str


@dataclass(frozen=True, slots=True)
class SearchPage:
    """The box, what narrows it, and what was found: None before anything was looked for.

    `wrong` is what is the matter with the words, `has_no_meaning` that only words can be searched.
    """

    asked: SearchAsked
    choices: Choices
    outcomes: tuple[Option, ...]
    sides: tuple[Option, ...]
    kinds: tuple[Option, ...]
    chips: tuple[Chip, ...]
    clear_path: str
    other_path: str
    """The same in the other way of looking."""
    kept: Kept
    found: Found | None = None
    wrong: str | None = None
    has_no_meaning: bool = False


@router.get("/search")
def show_search(
    request: Request, reader: ReaderDep, session: SessionDep, asked: Annotated[SearchAsked, Query()]
) -> Response:
    """What is found; a page without words says what one can look for."""
    query = asked.query() if asked.q.strip() else ""
    is_first = asked.cursor is None
    kept = kept_views(session, reader, "search", query, asked.view, seen=is_first)
    found, wrong, has_no_meaning = None, None, False
    if asked.q.strip():
        try:
            view = search(request, session, reader.user, asked.given(reader.words, _PAGE))
            found = _found(session, view, asked, kept.seen_before, reader.words)
        except (BadInput, ValidationError):
            wrong = reader.words("There is nothing to search for: add at least one word to find.")
        except EngineMissing:
            has_no_meaning = True
    page = search_page(session, reader, asked, kept)
    page = replace(page, found=found, wrong=wrong, has_no_meaning=has_no_meaning)
    return show(request, reader, "search.html", page, 422 if wrong else 200)


def search_page(session: Session, reader: Reader, asked: SearchAsked, kept: Kept) -> SearchPage:
    """The box with what narrows it, nothing found yet."""
    words, choices = reader.words, choices_of(session, reader, asked.deal_id)
    t = wording(words.language)
    outcomes = tuple(Option(slug, words(name)) for slug, name in _OUTCOMES.items())
    sides = tuple(Option(slug, words(name)) for slug, name in _SIDES.items())
    kinds = tuple(Option(slug, t(f"moments.{slug}")) for slug in _KINDS)
    known = {
        "rep_id": choices.reps,
        "team_id": choices.teams,
        "deal_id": choices.deals,
        "call_type": choices.call_types,
        "language": choices.languages,
        "outcome": outcomes,
        "side": sides,
        "moment_kind": kinds,
    }
    bare = {"q": asked.q, "mode": asked.mode} if asked.mode == "meaning" else {"q": asked.q}
    other = "meaning" if asked.mode == "words" else "words"
    return SearchPage(
        asked=asked,
        choices=choices,
        outcomes=outcomes,
        sides=sides,
        kinds=kinds,
        chips=chips_of(asked, "/search", words, known),
        clear_path=f"/search?{urlencode(bare)}",
        other_path=f"/search?{asked.model_copy(update={'mode': other}).query()}",
        kept=kept,
    )


def _found(
    session: Session, view: SearchView, asked: SearchAsked, before: datetime | None, words: Words
) -> Found:
    new = _new_among(session, view.items, before)
    query = asked.query()
    told = words.plural("%(count)s call", "%(count)s calls", view.total)
    at_least = words("at least %(calls)s", calls=told)
    back_to = view.looked_back_to
    return Found(
        calls=tuple(_call(one, words, is_new=one.call_id in new) for one in view.items),
        total=told if view.is_exact else at_least,
        new=len(new),
        looked_back_to=words.day(back_to) if back_to else None,
        best_of=view.best_of,
        next_path=f"/search?{query}&cursor={view.next}" if view.next else "",
        first_path=f"/search?{query}" if asked.cursor else "",
    )


def _new_among(
    session: Session, calls: Sequence[FoundCallView], before: datetime | None
) -> set[UUID]:
    """Those that were heard after an instant."""
    if before is None or not calls:
        return set()
    ids = col(Call.id).in_([one.call_id for one in calls])
    return set(session.exec(select(Call.id).where(ids, heard_after(before))))


def _call(view: FoundCallView, words: Words, *, is_new: bool) -> FoundCall:
    path = f"/calls/{view.call_id}"
    return FoundCall(
        path=path,
        title=view.title,
        day=words.day(view.started_at),
        rep_name=view.rep_name,
        deal_name=view.deal_name,
        deal_path=f"/deals/{view.deal_id}" if view.deal_id else None,
        places=tuple(_place(one, path, words) for one in view.snippets),
        more=view.places - len(view.snippets),
        is_new=is_new,
    )


def _place(snippet: SnippetView, path: str, words: Words) -> FoundPlace:
    lines = tuple(_line(one, words) for one in snippet.lines)
    at_s = f"{snippet.at_s:.2f}"
    return FoundPlace(f"{path}?at={at_s}", words.clock(snippet.at_s), lines)


def _line(line: LineView, words: Words) -> FoundLine:
    side_name = wording(words.language)(f"side.{line.side}")
    return FoundLine(line.side, side_name, tuple(_pieces(line)))


def _pieces(line: LineView) -> Iterator[Piece]:
    """The text, cut where what was looked for begins and ends."""
    dots, end = "\N{HORIZONTAL ELLIPSIS}", 0
    if line.is_cut_before:
        yield Piece(dots, is_hit=False)
    for first, last in line.marks:
        if first > end:
            yield Piece(line.text[end:first], is_hit=False)
        yield Piece(line.text[first:last], is_hit=True)
        end = last
    rest = line.text[end:] + (dots if line.is_cut_after else "")
    if rest:
        yield Piece(rest, is_hit=False)
