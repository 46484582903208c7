"""Dashboards: the KPIs that somebody sees first, ten at most; their own choice or their role's."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Literal

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from models.errors import BadInput, Forbidden, Missing, StoreError
from models.kpis.answering import Answer, answer_on, opened
from models.kpis.asking import Asking
from models.kpis.catalogue import find_kpi
from models.kpis.fact import Dimension
from models.kpis.frame import Ground, Rules
from models.kpis.periods import Period
from models.tables import Dashboard, User
from models.tables.columns import now as this_instant

MOST_TILES = 10
HEADLINE = ("meeting_acceptance", "lead_follow_up", "win_rate")
"""Meeting acceptance, follow-up and conversion come first."""
Why = Literal["not_allowed", "gone", "impossible"]
_WHY: Mapping[type[StoreError], Why] = MappingProxyType(
    {Forbidden: "not_allowed", Missing: "gone", BadInput: "impossible"}
)


@dataclass(frozen=True, slots=True)
class Tile:
    """A KPI on a dashboard; `by` splits it into groups."""

    kpi: str
    variant: str | None = None
    by: Dimension | None = None


def _tiles(*slugs: str) -> tuple[Tile, ...]:
    return tuple(Tile(slug) for slug in (*HEADLINE, *slugs))


ROLE_TILES: Mapping[str, tuple[Tile, ...]] = MappingProxyType(
    {
        "rep": _tiles(
            "sales_revenue",
            "target_attainment",
            "pipeline_value",
            "meetings_booked",
            "next_meeting_agreed",
            "follow_up_kept",
            "talk_ratio",
        ),
        "manager": _tiles(
            "sales_revenue",
            "target_attainment",
            "pipeline_value",
            "sales_cycle_days",
            "first_touch_hours",
            "next_meeting_agreed",
            "follow_up_kept",
        ),
        "admin": _tiles(
            "sales_revenue",
            "sales_growth",
            "target_attainment",
            "pipeline_value",
            "new_leads",
            "cac",
            "churn",
        ),
    }
)
"""What somebody sees who chose nothing; a rep sees nothing that tells of the whole company."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The tiles of a user, and whether they chose them."""

    tiles: tuple[Tile, ...]
    is_own: bool


@dataclass(frozen=True, slots=True)
class AnsweredTile:
    """A tile with its answer, or why there is none and that in words."""

    tile: Tile
    answer: Answer | None
    why: Why | None = None
    told: str | None = None


def choice_of(session: Session, user: User) -> Choice:
    """What a user chose to see, or what their role sees."""
    row = session.get(Dashboard, user.id)
    if row is None:
        return Choice(ROLE_TILES[user.role], is_own=False)
    return Choice(tuple(Tile(**one) for one in row.tiles), is_own=True)


def choose(session: Session, user: User, tiles: Sequence[Tile], rules: Rules) -> Choice:
    """Keep what a user wants to see, in this order.

    Raises BadInput for none, too many, twice the same, or what cannot be asked so; Forbidden for
    what the user may not see.
    """
    if not 1 <= len(tiles) <= MOST_TILES:
        raise BadInput(f"tiles: give 1 to {MOST_TILES} of them, not {len(tiles)}")
    ground = Ground(session, user, rules)
    for tile in tiles:
        _check(ground, tile)
    if len(set(tiles)) < len(tiles):
        raise BadInput("tiles: one is there twice; give each once")
    kept = [{name: one for name, one in asdict(tile).items() if one} for tile in tiles]
    row = insert(Dashboard).values(user_id=user.id, tiles=kept, updated_at=this_instant())
    changed = {"tiles": row.excluded.tiles, "updated_at": row.excluded.updated_at}
    session.execute(row.on_conflict_do_update(index_elements=["user_id"], set_=changed))
    return Choice(tuple(tiles), is_own=True)


def reset(session: Session, user: User) -> None:
    """Go back to what the user's role sees."""
    row = session.get(Dashboard, user.id)
    if row is not None:
        session.delete(row)
        session.flush()


def drop_tiles(session: Session, slug: str) -> None:
    """Take a KPI off all dashboards; who had no other sees what their role sees."""
    showing = select(Dashboard).where(col(Dashboard.tiles).contains([{"kpi": slug}]))
    for row in session.exec(showing.with_for_update()):
        left = [one for one in row.tiles if one.get("kpi") != slug]
        if left:
            row.tiles, row.updated_at = left, this_instant()
            session.add(row)
        else:
            session.delete(row)
    session.flush()


def answer_tile(ground: Ground, tile: Tile, asking: Asking) -> AnsweredTile:
    """Answer one tile; what cannot be answered any more is told, so that the others are."""
    try:
        question = asking.of(find_kpi(ground.session, tile.kpi), tile.variant, _by(tile))
        return AnsweredTile(tile, answer_on(ground, question))
    except (Forbidden, Missing, BadInput) as error:
        return AnsweredTile(tile, None, _WHY[type(error)], str(error))


def _by(tile: Tile) -> tuple[Dimension, ...]:
    return (tile.by,) if tile.by else ()


def _check(ground: Ground, tile: Tile) -> None:
    """Raise what asking for it would."""
    day = ground.now.date()
    try:
        kpi = find_kpi(ground.session, tile.kpi)
    except Missing as error:
        raise BadInput(f"tiles: {error}") from None
    opened(ground, Asking(Period(day, day)).of(kpi, tile.variant, _by(tile)))
