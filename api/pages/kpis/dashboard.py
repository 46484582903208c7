"""The dashboard: ten figures at most, each with how sure it is, what changed, and its target."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fastapi import Request, Response
from sqlmodel import Session

from api.dependencies import SessionDep
from api.kpi_exports.shown import group_name, told
from api.pages.frame import Reader, ReaderDep
from api.pages.kpis.asked import Asked, AskedDep
from api.pages.kpis.charts import Spark, spark_of
from api.pages.kpis.figures import FigureShown, figure_shown, spoken
from api.pages.kpis.names import variant_name
from api.pages.kpis.periods import course_of
from api.pages.kpis.toolbar import Toolbar, toolbar_of
from api.pages.rendering import show
from api.pages.routing import page_router
from api.pages.words import Words, marked
from models.kpis import Answer, Line, find_kpi
from models.kpis.catalogue import BY_SLUG
from models.kpis.dashboards import AnsweredTile, Tile, answer_tile, choice_of
from models.kpis.frame import Ground

router = page_router("kpis")
_MOST_GROUPS = 5
_WHY = {
    "not_allowed": marked("It tells of the whole company. Your manager can tell you."),
    "gone": marked("This KPI is no longer there. Take it off your dashboard."),
    "impossible": marked("It is not known for what you narrowed to. Ask for all to see it."),
}


@dataclass(frozen=True, slots=True)
class GroupShown:
    """A group on a tile that is split; `share` of 0 to 1 of the largest."""

    name: str
    value: str
    share: float


@dataclass(frozen=True, slots=True)
class TileShown:
    """A tile; `why` it has no answer, where it has none."""

    name: str
    about: str
    path: str
    figure: FigureShown | None
    spark: Spark | None
    groups: Sequence[GroupShown]
    more: int
    why: str
    has_any: bool = False
    """Whether anything at all was counted."""


@dataclass(frozen=True, slots=True)
class DashboardPage:
    """What somebody follows, for a stretch of time."""

    toolbar: Toolbar
    tiles: Sequence[TileShown]
    is_own: bool
    is_empty: bool
    """Whether nothing at all is known: no sales were brought in yet."""
    files: Sequence[tuple[str, str]]


@router.get("/kpis")
def show_dashboard(
    request: Request, reader: ReaderDep, session: SessionDep, asked: AskedDep
) -> Response:
    """The figures one chose, or those of one's role."""
    status = 422 if asked.wrong else 200
    return show(request, reader, "kpis.html", dashboard_page(session, reader, asked), status)


def dashboard_page(session: Session, reader: Reader, asked: Asked) -> DashboardPage:
    """Answer every tile."""
    choice = choice_of(session, reader.user)
    ground = Ground(session, reader.user, asked.rules)
    tiles = [_tile(ground, reader, asked, one) for one in choice.tiles]
    files = [
        (form.upper(), asked.address("/api/v1/dashboard/file", format=form))
        for form in ("pdf", "xlsx", "csv", "json")
    ]
    is_empty = not any(one.has_any for one in tiles)
    toolbar = toolbar_of(session, reader, asked, "/kpis")
    return DashboardPage(toolbar, tiles, choice.is_own, is_empty, files)


def _tile(ground: Ground, reader: Reader, asked: Asked, tile: Tile) -> TileShown:
    """A tile with its course: what was asked for is the last piece of that."""
    known = BY_SLUG.get(tile.kpi)
    is_split = tile.by is not None or (known is not None and known.by is not None)
    course = None if is_split else course_of(asked.period, asked.today)
    asking = asked.asking(course, asked.period.grain if course else None)
    found = answer_tile(ground, tile, replace(asking, is_course=course is not None))
    path = asked.address(f"/kpis/{tile.kpi}", variant=tile.variant, by=tile.by)
    if found.answer is None:
        return _unanswered(ground.session, reader.words, found, path)
    return _answered(found.answer, asked, reader.words, path)


def _unanswered(session: Session, words: Words, found: AnsweredTile, path: str) -> TileShown:
    slug = found.tile.kpi
    name = slug.replace("_", " ")
    if found.why != "gone":
        name = find_kpi(session, slug).name[words.language]
    why = _WHY[found.why] if found.why else ""
    return TileShown(name, "", path, None, None, (), 0, words(why))


def _answered(answer: Answer, asked: Asked, words: Words, path: str) -> TileShown:
    kpi = answer.kpi
    name = kpi.name[words.language]
    if answer.variant:
        name = f"{name} ({variant_name(answer.variant, words)})"
    about = kpi.definition[words.language]
    has_any = any(one.measured.value or one.measured.n for one in answer.lines)
    if answer.by:
        groups = _groups(answer, words)
        why = "" if groups else words("There is nothing to count.")
        more = len(answer.lines) - len(groups)
        return TileShown(name, about, path, None, None, groups, more, why, has_any)
    line = _asked_line(answer, asked)
    has_any = bool(line.measured.value or line.measured.n)
    spark = spark_of(answer, answer.lines, words) if len(answer.lines) > 1 else None
    figure = figure_shown(answer, line, words)
    return TileShown(name, about, path, figure, spark, (), 0, "", has_any)


def _asked_line(answer: Answer, asked: Asked) -> Line:
    start = asked.period.start_on
    return next((one for one in answer.lines if one.span.start_on == start), answer.lines[-1])


def _groups(answer: Answer, words: Words) -> Sequence[GroupShown]:
    t = spoken(words)
    known = [one for one in answer.lines if one.measured.value is not None]
    if answer.by[0] not in {"rep", "team", "stage"}:  # people are no league table
        known.sort(key=lambda one: -(one.measured.value or 0.0))
    first = known[:_MOST_GROUPS]
    most = max((one.measured.value or 0.0 for one in first), default=0.0)
    return [
        GroupShown(
            " · ".join(group_name(group, t) for group in one.groups),
            told(one.measured, answer, t),
            max((one.measured.value or 0.0) / most, 0.0) if most else 0.0,
        )
        for one in first
    ]
