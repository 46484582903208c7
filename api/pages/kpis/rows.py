"""The rows behind a figure: what was counted, the latest first, with where each leads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response
from sqlmodel import Session, col, select

from analyzer.formats.wording import DASH
from api.dependencies import SessionDep
from api.fields import Text100
from api.kpi_questions import Slug
from api.pages.frame import Reader, ReaderDep
from api.pages.kpis.asked import Asked, AskedDep
from api.pages.kpis.figures import spoken
from api.pages.kpis.names import fact_name, variant_name
from api.pages.kpis.toolbar import Toolbar, toolbar_of
from api.pages.rendering import show
from api.pages.routing import page_router
from api.pages.words import Words
from models.kpis import Kpi, find_kpi
from models.kpis.answering import opened
from models.kpis.evaluating import dimensions_in, is_companys
from models.kpis.frame import Ground
from models.kpis.kpi import Unit
from models.kpis.listing import FactRow, FactRows, rows_behind
from models.tables import User

router = page_router("kpis")
_LIMIT = 50
_MOST_OFFSET = 10_000_000
FactQuery = Annotated[Text100 | None, Query()]
OffsetQuery = Annotated[int, Query(ge=0, le=_MOST_OFFSET)]


@dataclass(frozen=True, slots=True)
class RowShown:
    """One row; `is_part` says whether it is the part that a share tells of."""

    at: str
    title: str
    path: str
    rep: str
    value: str
    is_part: bool | None
    call: str
    deal: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of rows that a KPI counts."""

    name: str
    path: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class RowsPage:
    """Some rows of one kind; `count` is of all of them."""

    name: str
    back: str
    toolbar: Toolbar
    kinds: Sequence[Kind]
    count: int
    first: int
    last: int
    rows: Sequence[RowShown]
    has_parts: bool
    has_values: bool
    has_both: bool
    """Whether some lead to a call and to its deal."""
    next: str
    start: str
    is_companys: bool


@router.get("/kpis/{slug}/rows")
def show_rows(  # noqa: PLR0913, PLR0917 (one parameter a part of the question)
    slug: Slug,
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    asked: AskedDep,
    fact: FactQuery = None,
    offset: OffsetQuery = 0,
) -> Response:
    """The rows that a KPI counts, of those one may see."""
    page = rows_page(session, reader, find_kpi(session, slug), asked, (fact, offset))
    return show(request, reader, "kpi_rows.html", page, 422 if asked.wrong else 200)


def rows_page(
    session: Session, reader: Reader, kpi: Kpi, asked: Asked, wanted: tuple[str | None, int]
) -> RowsPage:
    """List the rows of a fact from an offset. Raises Forbidden, BadInput."""
    fact, offset = wanted
    question = asked.asking().of(kpi, asked.query.variant)
    frame, figure, unit = opened(Ground(session, reader.user, asked.rules), question)
    span = asked.period.span(frame.today)
    found = rows_behind(frame, figure, span, fact=fact, limit=_LIMIT, offset=offset)
    path = f"/kpis/{kpi.slug}/rows"
    end = offset + len(found.rows)
    reading = asked.query.variant
    name = kpi.name[reader.words.language]
    return RowsPage(
        name=f"{name} ({variant_name(reading, reader.words)})" if reading else name,
        back=asked.address(f"/kpis/{kpi.slug}"),
        toolbar=toolbar_of(session, reader, asked, path, dimensions_in(figure)),
        kinds=_kinds(found, asked, path, reader.words),
        count=found.count,
        first=offset + 1 if found.rows else 0,
        last=end,
        rows=_rows(session, found, unit, reader.words),
        has_parts=any(one.is_part is not None for one in found.rows),
        has_both=any({"call_id", "deal_id"} <= set(one.links) for one in found.rows),
        has_values=any(one.value is not None for one in found.rows),
        next=asked.address(path, fact=fact, offset=end) if end < found.count else "",
        start=asked.address(path, fact=fact) if offset else "",
        is_companys=is_companys(figure) and reader.user.role != "admin",
    )


def _kinds(found: FactRows, asked: Asked, path: str, words: Words) -> Sequence[Kind]:
    if len(found.facts) < 2:
        return ()
    return [
        Kind(fact_name(one, words), asked.address(path, fact=one), one == found.fact)
        for one in found.facts
    ]


def _rows(session: Session, found: FactRows, unit: Unit, words: Words) -> Sequence[RowShown]:
    reps = {one.rep_id for one in found.rows if one.rep_id}
    named = select(User.id, User.name).where(col(User.id).in_(reps))
    names = dict(session.exec(named).all())
    return [_row(one, names, unit, words) for one in found.rows]


def _row(row: FactRow, names: Mapping[UUID, str], unit: Unit, words: Words) -> RowShown:
    call, deal = row.links.get("call_id"), row.links.get("deal_id")
    call_path = f"/calls/{call}" if call else ""
    deal_path = f"/deals/{deal}" if deal else ""
    return RowShown(
        at=_when(row, words),
        title=row.title or "",
        path=call_path or deal_path,
        rep=names.get(row.rep_id, "") if row.rep_id else "",
        value=_value(row, unit, words),
        is_part=row.is_part,
        call=call_path,
        deal=deal_path,
    )


def _when(row: FactRow, words: Words) -> str:
    if row.at is None:
        return DASH
    return words.moment(row.at) if isinstance(row.at, datetime) else words.day(row.at)


def _value(row: FactRow, unit: Unit, words: Words) -> str:
    """Money in the row's own currency; else in the unit of the KPI where it counts such values."""
    if row.value is None:
        return DASH
    t = spoken(words)
    if row.currency:
        return t.amount(row.value, "money", row.currency)
    return t.amount(row.value, "number" if unit == "money" else unit)
