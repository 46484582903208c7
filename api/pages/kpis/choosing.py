"""Choosing what to follow: the catalogue of all KPIs, and the tiles of one's dashboard."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Form, Query, Request, Response
from sqlmodel import Session

from api.dependencies import SessionDep, SettingsDep
from api.kpi_questions import dimension, rules_for
from api.pages.frame import Reader, ReaderDep
from api.pages.kpis.figures import spoken
from api.pages.kpis.names import BETTER, FAMILIES, UNITS, variant_name
from api.pages.rendering import go, show
from api.pages.routing import page_router
from api.pages.words import Words
from models.errors import BadInput, Forbidden
from models.kpis import Kpi, all_kpis, search_kpis
from models.kpis.dashboards import MOST_TILES, Tile, choice_of, choose, reset
from models.kpis.evaluating import is_companys

router = page_router("kpis")
_Tiles = Annotated[str, Query(max_length=4000)]
_Tile = Annotated[str, Form(max_length=300)]
_Search = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]


@dataclass(frozen=True, slots=True)
class Entry:
    """A KPI of the catalogue; `tile` adds it to the dashboard, "" where it cannot be."""

    slug: str
    name: str
    definition: str
    unit: str
    better: str
    called: str
    tile: str
    is_followed: bool


@dataclass(frozen=True, slots=True)
class FamilyShown:
    """KPIs that belong together."""

    name: str
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class CataloguePage:
    """Every KPI that the reader may ask for, or those that were looked for."""

    search: str
    families: Sequence[FamilyShown]
    count: int
    is_full: bool


@dataclass(frozen=True, slots=True)
class TileShown:
    """A tile with what its buttons send: the tiles as they would be."""

    name: str
    path: str
    earlier: str
    later: str
    without: str


@dataclass(frozen=True, slots=True)
class ChoosingPage:
    """The tiles in their order, and what can be added."""

    tiles: Sequence[TileShown]
    is_own: bool
    is_full: bool
    most: int
    groups: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    wrong: str
    chosen: str


@router.get("/kpis/all")
def show_catalogue(
    request: Request, reader: ReaderDep, session: SessionDep, search: _Search = ""
) -> Response:
    """The catalogue, found by words of a name or of what else a KPI is called."""
    return show(request, reader, "kpi_catalogue.html", catalogue_page(session, reader, search))


@router.get("/kpis/choose")
def show_choosing(request: Request, reader: ReaderDep, session: SessionDep) -> Response:
    """The tiles of one's dashboard, to be put in order."""
    return show(request, reader, "kpi_choose.html", choosing_page(session, reader))


@router.post("/kpis/tiles/add")
def add_tile(
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    settings: SettingsDep,
    tile: _Tile = "",
) -> Response:
    """Put a KPI at the end of one's dashboard."""
    had, words = choice_of(session, reader.user).tiles, reader.words
    try:
        wanted = _read(tile)
        if wanted in had:
            return go(request, "/kpis/choose", words("It is on your dashboard already."))
        choose(session, reader.user, (*had, wanted), rules_for(session, reader.user, settings))
    except (BadInput, Forbidden):
        if len(had) >= MOST_TILES:
            wrong = words("There is room for ten. Take one off first.")
        else:
            wrong = words("Choose a KPI from the list.")
        page = choosing_page(session, reader, wrong, tile)
        return show(request, reader, "kpi_choose.html", page, 422)
    return go(request, "/kpis/choose", words("It is on your dashboard now."), _set_path(had))


@router.post("/kpis/tiles/as")
def set_tiles(
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    settings: SettingsDep,
    tiles: _Tiles,
) -> Response:
    """Keep these tiles in this order."""
    had = choice_of(session, reader.user).tiles
    wanted = [_read(one) for one in tiles.split(",")]
    choose(session, reader.user, wanted, rules_for(session, reader.user, settings))
    return go(request, "/kpis/choose", reader.words("Your dashboard was changed."), _set_path(had))


@router.post("/kpis/tiles/reset")
def reset_tiles(request: Request, reader: ReaderDep, session: SessionDep) -> Response:
    """Go back to the tiles of one's role."""
    had = choice_of(session, reader.user).tiles
    reset(session, reader.user)
    said = reader.words("Your dashboard is that of your role again.")
    return go(request, "/kpis/choose", said, _set_path(had))


def catalogue_page(session: Session, reader: Reader, search: str) -> CataloguePage:
    """The KPIs whose names have all of the words, by family; the nearest first within each."""
    tiles = choice_of(session, reader.user).tiles
    followed = {one.kpi for one in tiles}
    known = _asked_by(reader, all_kpis(session))
    found = search_kpis(search, tuple(known)) if search.strip() else known
    families = [
        FamilyShown(reader.words(name), [_entry(one, reader.words, followed) for one in some])
        for family, name in FAMILIES.items()
        if (some := [one for one in found if one.family == family])
    ]
    return CataloguePage(search, families, len(found), len(tiles) >= MOST_TILES)


def choosing_page(
    session: Session, reader: Reader, wrong: str = "", chosen: str = ""
) -> ChoosingPage:
    """The tiles, each with what moving it or taking it off makes of all of them."""
    choice, words = choice_of(session, reader.user), reader.words
    known = {one.slug: one for one in all_kpis(session)}
    tiles = list(choice.tiles)
    followed = {one.kpi for one in tiles}
    listed = [one for one in _asked_by(reader, known.values()) if one.slug not in followed]
    groups = [
        (words(name), [(one.slug, one.name[words.language]) for one in some])
        for family, name in FAMILIES.items()
        if (some := [one for one in listed if one.family == family])
    ]
    return ChoosingPage(
        tiles=[_tile(tiles, at, known, words) for at in range(len(tiles))],
        is_own=choice.is_own,
        is_full=len(tiles) >= MOST_TILES,
        most=MOST_TILES,
        groups=groups,
        wrong=wrong,
        chosen=chosen,
    )


def _asked_by(reader: Reader, kpis: Iterable[Kpi]) -> list[Kpi]:
    """Those that the reader may ask for: what tells of company or team is not for reps."""
    if reader.user.role != "rep":
        return list(kpis)
    return [one for one in kpis if one.by != "team" and not is_companys(one.figure)]


def _entry(kpi: Kpi, words: Words, followed: set[str]) -> Entry:
    return Entry(
        slug=kpi.slug,
        name=kpi.name[words.language],
        definition=kpi.definition[words.language],
        unit=words(UNITS[kpi.unit]),
        better=words(BETTER[kpi.better]),
        called=", ".join(kpi.aliases[:4]),
        tile=kpi.slug,
        is_followed=kpi.slug in followed,
    )


def _tile(tiles: list[Tile], at: int, known: dict[str, Kpi], words: Words) -> TileShown:
    tile = tiles[at]
    kpi = known.get(tile.kpi)
    name = kpi.name[words.language] if kpi else tile.kpi.replace("_", " ")
    more = [variant_name(tile.variant, words)] if tile.variant else []
    if tile.by:
        by = spoken(words)(f"dimension.{tile.by}").lower()
        more.append(words("by %(dimension)s", dimension=by))
    rest = tiles[:at] + tiles[at + 1 :]
    asked = {"variant": tile.variant, "by": tile.by}
    query = urlencode({name: one for name, one in asked.items() if one})
    return TileShown(
        name=f"{name} ({', '.join(more)})" if more else name,
        path=f"/kpis/{tile.kpi}" + (f"?{query}" if query else ""),
        earlier=_set_path([*rest[: at - 1], tile, *rest[at - 1 :]]) if at else "",
        later=_set_path([*rest[: at + 1], tile, *rest[at + 1 :]]) if at + 1 < len(tiles) else "",
        without=_set_path(rest) if rest else "",
    )


def _set_path(tiles: Sequence[Tile]) -> str:
    text = ",".join(_written(one) for one in tiles)
    return f"/kpis/tiles/as?{urlencode({'tiles': text})}"


def _written(tile: Tile) -> str:
    return ":".join((tile.kpi, tile.variant or "", tile.by or "")).rstrip(":")


def _read(text: str) -> Tile:
    """The tile of `slug`, `slug:variant` or `slug:variant:dimension`. Raises BadInput."""
    kpi, variant, by, *more = [*text.split(":"), "", ""]
    if not kpi or any(more):
        raise BadInput(f"tiles: {text[:60]!r} is none; write it like win_rate or churn:revenue")
    return Tile(kpi, variant or None, dimension(by) if by else None)
