"""A KPI in full: what it came to, over time, by group, how it is counted, and what to ask next."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fastapi import Request, Response
from sqlmodel import Session

from analyzer.formats.wording import Wording
from api.dependencies import SessionDep
from api.kpi_questions import Slug
from api.pages.frame import Reader, ReaderDep
from api.pages.kpis.asked import Asked, AskedDep
from api.pages.kpis.charts import Option, chart_height, course_chart, groups_chart
from api.pages.kpis.figures import FigureShown, figure_shown, line_name, spoken
from api.pages.kpis.names import BETTER, FAMILIES, needs_told, variant_name
from api.pages.kpis.periods import GRAIN_NAMES, course_of, finer_grains, period_text, stepped
from api.pages.kpis.toolbar import Toolbar, toolbar_of
from api.pages.rendering import show
from api.pages.routing import page_router
from api.pages.words import Words
from models.kpis import DIMENSIONS, Answer, Dimension, Grain, Kpi, Line, find_kpi
from models.kpis.answering import answer_on, reading_of
from models.kpis.catalogue import BY_SLUG
from models.kpis.evaluating import dimensions_in
from models.kpis.frame import Ground
from models.kpis.kpi import Unit
from models.kpis.periods import Period

router = page_router("kpis")
_MOST_ROWS = 200
_FILTER: dict[Dimension, str] = {"rep": "rep_id", "team": "team_id"}
_USUAL_BY: tuple[Dimension, ...] = (
    "rep", "channel", "region", "product", "call_type", "customer", "team", "stage"
)  # fmt: skip
_SUMMED: frozenset[Unit] = frozenset({"count", "money"})


@dataclass(frozen=True, slots=True)
class Way:
    """A link to another question."""

    name: str
    path: str
    is_here: bool = False


@dataclass(frozen=True, slots=True)
class RowShown:
    """A line of a table; `path` asks only for this, `rows` leads to what was counted."""

    name: str
    path: str
    rows: str
    figure: FigureShown


@dataclass(frozen=True, slots=True)
class Course:
    """The figure over time."""

    ways: Sequence[Way]
    chart: Option
    rows: Sequence[RowShown]
    has_targets: bool


@dataclass(frozen=True, slots=True)
class Split:
    """The figure by group."""

    dimension: str
    ways: Sequence[Way]
    chart: Option
    height: str
    rows: Sequence[RowShown]
    left_out: int
    tile: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a KPI is, in a salesperson's words."""

    definition: str
    formula: str
    counted_from: str
    better: str
    family: str
    called: str
    currency: str


@dataclass(frozen=True, slots=True)
class KpiPage:
    """One KPI for one stretch of time; `dropped` is what it cannot be narrowed to."""

    slug: str
    name: str
    reading: str
    meaning: Meaning
    toolbar: Toolbar
    dropped: str
    variants: Sequence[Way]
    figure: FigureShown
    rows: str
    course: Course | None
    split: Split | None
    companions: Sequence[Way]
    ask_next: Sequence[Way]
    files: Sequence[tuple[str, str]]
    tile: str
    is_own: bool


@router.get("/kpis/{slug}")
def show_kpi(
    slug: Slug, request: Request, reader: ReaderDep, session: SessionDep, asked: AskedDep
) -> Response:
    """A KPI for a stretch of time, of the rows one may see."""
    page = kpi_page(session, reader, find_kpi(session, slug), asked)
    return show(request, reader, "kpi.html", page, 422 if asked.wrong else 200)


def kpi_page(session: Session, reader: Reader, kpi: Kpi, asked: Asked) -> KpiPage:
    """Ask for the figure with its course, and for its groups. Raises Forbidden, BadInput."""
    words, path, query = reader.words, f"/kpis/{kpi.slug}", asked.query
    known = dimensions_in(reading_of(kpi, query.variant)[0])
    narrow = asked.narrowed(known)
    ground = Ground(session, reader.user, narrow.rules)
    total, line, course = _over_time(ground, reader, kpi, narrow)
    split = _split(ground, reader, kpi, narrow, _by(kpi, narrow, known, reader))
    code = f"{kpi.slug}:{query.variant}" if query.variant else kpi.slug
    return KpiPage(
        slug=kpi.slug,
        name=kpi.name[words.language],
        reading=variant_name(query.variant, words) if query.variant else "",
        meaning=_meaning(total, words),
        toolbar=toolbar_of(session, reader, narrow, path, known),
        dropped=_dropped(asked, narrow, words),
        variants=_variants(kpi, narrow, words),
        figure=figure_shown(total, line, words),
        rows=narrow.address(f"{path}/rows", each=None, by=None),
        course=course,
        split=split,
        companions=_companions(session, kpi, narrow, words),
        ask_next=_ask_next(kpi, narrow, words),
        files=_files(kpi, narrow, split is not None),
        tile=code,
        is_own=kpi.family == "own",
    )


def _over_time(
    ground: Ground, reader: Reader, kpi: Kpi, asked: Asked
) -> tuple[Answer, Line, Course | None]:
    """The figure of the period, and its pieces or those that lead up to it."""
    variant, period, whole = asked.query.variant, asked.period, _whole(kpi, reader)
    finer = finer_grains(period)
    each = asked.query.each if asked.query.each in finer else None
    leading = None if each else course_of(period, asked.today)
    if leading is not None and period.grain is not None:
        asking = asked.asking(leading, period.grain)
        found = answer_on(ground, asking.of(whole, variant))
        line = next(one for one in found.lines if one.span.start_on == period.start_on)
        return found, line, _course(found, asked, reader.words, None)
    found = answer_on(ground, asked.asking().of(whole, variant))
    each = each or next((one for one in reversed(finer) if _many(period, one)), None)
    if each is None:
        return found, found.lines[0], None
    pieces = answer_on(ground, asked.asking(each=each).of(whole, variant))
    return found, found.lines[0], _course(pieces, asked, reader.words, each)


def _whole(kpi: Kpi, reader: Reader) -> Kpi:
    """It without the groups it is shown by; what a team came to is not for its reps."""
    return kpi if kpi.by == "team" and reader.user.role == "rep" else replace(kpi, by=None)


def _many(period: Period, grain: Grain) -> bool:
    """Whether there are enough pieces to see a course in."""
    return grain == "day" or (period.end_on - period.start_on).days >= 4 * _DAYS[grain]


_DAYS: dict[Grain, int] = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}


def _course(found: Answer, asked: Asked, words: Words, each: Grain | None) -> Course:
    path = f"/kpis/{found.kpi.slug}"
    ways = [Way(words("up to this period"), asked.address(path, each=None), each is None)]
    if asked.period.grain is None or asked.period.start_on > asked.today:
        ways = []
    ways += [
        Way(words(GRAIN_NAMES[one]), asked.address(path, each=one), one == each)
        for one in finer_grains(asked.period)
    ]
    rows = []
    grain, fiscal = each or asked.period.grain, asked.rules.fiscal_start
    for line in found.lines:
        span = line.span
        text = period_text(Period(span.start_on, span.whole_end_on or span.end_on, grain, fiscal))
        shown = figure_shown(found, line, words)
        there = asked.address(path, period=text, each=None)
        behind = asked.address(f"{path}/rows", period=text, each=None, by=None)
        rows.append(RowShown(shown.period, there, behind, shown))
    chart = course_chart(found, found.lines, words)
    return Course(ways, chart, rows, any(one.reached for one in found.lines))


def _by(
    kpi: Kpi, asked: Asked, known: frozenset[Dimension], reader: Reader
) -> tuple[Dimension | None, Sequence[Dimension]]:
    """By what it is split here, and by what it can be: a rep is told of nobody else."""
    allowed = [one for one in DIMENSIONS if one in known]
    if reader.user.role == "rep":
        allowed = [one for one in allowed if one not in {"rep", "team"}]
    wanted = "channel" if asked.query.by == "source" else asked.query.by
    first = next((one for one in _USUAL_BY if one in allowed), None)
    return next((one for one in allowed if one in {wanted}), None) or (
        kpi.by if kpi.by in allowed else first
    ), allowed


def _split(
    ground: Ground,
    reader: Reader,
    kpi: Kpi,
    asked: Asked,
    by: tuple[Dimension | None, Sequence[Dimension]],
) -> Split | None:
    here, allowed = by
    if here is None:
        return None
    words, path = reader.words, f"/kpis/{kpi.slug}"
    t = spoken(words)
    found = answer_on(ground, asked.asking().of(kpi, asked.query.variant, (here,)))
    lines = _ordered(found, here)
    ways = [Way(t(f"dimension.{one}"), asked.address(path, by=one), one == here) for one in allowed]
    known = sum(one.measured.value is not None for one in lines)
    rows = [_row(found, one, asked, lines, words) for one in lines[:_MOST_ROWS]]
    return Split(
        dimension=t(f"dimension.{here}"),
        ways=ways,
        chart=groups_chart(found, lines, words) if known else {},
        height=chart_height(known),
        rows=rows,
        left_out=len(lines) - len(rows),
        tile=f"{kpi.slug}:{asked.query.variant or ''}:{here}",
    )


def _ordered(found: Answer, by: Dimension) -> Sequence[Line]:
    """Reps and teams stay in the order of their names: a list of figures is no league table."""
    if by in {"rep", "team", "stage"}:
        return found.lines
    return sorted(
        found.lines,
        key=lambda one: (one.measured.value is None, -(one.measured.value or 0.0)),
    )


def _row(found: Answer, line: Line, asked: Asked, beside: Sequence[Line], words: Words) -> RowShown:
    path, t, group = f"/kpis/{found.kpi.slug}", spoken(words), line.groups[0]
    by = group.dimension
    name = _FILTER.get(by, by)
    only = (
        {name: str(group.id)} if group.id is not None else {"without": [*asked.query.without, by]}
    )
    return RowShown(
        line_name(line, t),
        asked.address(path, by=None, **only),
        asked.address(f"{path}/rows", by=None, each=None, **only),
        figure_shown(found, line, words, beside),
    )


def _meaning(found: Answer, words: Words) -> Meaning:
    kpi, t = found.kpi, spoken(words)
    formula = kpi.variants[found.variant].formula if found.variant else kpi.formula
    return Meaning(
        definition=kpi.definition[words.language],
        formula=formula[words.language],
        counted_from=needs_told(kpi.needs, words),
        better=words(BETTER[kpi.better]),
        family=words(FAMILIES[kpi.family]),
        called=_called(kpi, t),
        currency=found.currency or "",
    )


def _called(kpi: Kpi, t: Wording) -> str:
    names = [one for one in kpi.aliases if one != kpi.name[t.language]]
    return ", ".join(names)


def _dropped(asked: Asked, narrow: Asked, words: Words) -> str:
    t = spoken(words)
    gone = [t(f"dimension.{one}") for one in asked.filters if one not in narrow.filters]
    return words.listed(gone) if gone else ""


def _variants(kpi: Kpi, asked: Asked, words: Words) -> Sequence[Way]:
    if not kpi.variants:
        return ()
    path, here = f"/kpis/{kpi.slug}", asked.query.variant
    first = Way(words("usual reading"), asked.address(path, variant=None), here is None)
    others = (
        Way(variant_name(one, words), asked.address(path, variant=one), one == here)
        for one in kpi.variants
    )
    return (first, *others)


def _companions(session: Session, kpi: Kpi, asked: Asked, words: Words) -> Sequence[Way]:
    found = [BY_SLUG[one] for one in kpi.companions if one in BY_SLUG]
    return [
        Way(one.name[words.language], asked.address(f"/kpis/{one.slug}", variant=None, by=None))
        for one in found
    ]


def _ask_next(kpi: Kpi, asked: Asked, words: Words) -> Sequence[Way]:
    """Questions that follow from this one."""
    path, ways = f"/kpis/{kpi.slug}", []
    if earlier := stepped(asked.period, -1):
        before = asked.address(path, period=period_text(earlier))
        ways.append(Way(words("What was it in the period before?"), before))
    year = asked.address(path, period="this_year", each="month")
    ways.append(Way(words("How did this year go, month by month?"), year))
    behind = asked.address(f"{path}/rows", each=None, by=None)
    ways.append(Way(words("Which rows is it made of?"), behind))
    if asked.filters:
        plain = dict.fromkeys((*asked.query.model_fields_set, "without"))
        kept = {"period": asked.query.period or None, "variant": asked.query.variant}
        ways.append(Way(words("And over everything I see?"), asked.address(path, **plain | kept)))
    return ways


def _files(kpi: Kpi, asked: Asked, is_split: bool) -> Sequence[tuple[str, str]]:
    """The same question as files: it is split there as it is here when one asked so."""
    path = f"/api/v1/kpis/{kpi.slug}/file"
    return [
        (one.upper(), asked.address(path, format=one)) for one in ("csv", "xlsx", "json", "pdf")
    ]
