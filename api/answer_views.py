"""What KPIs came to as the API shows it, and the rows behind a number."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from api.kpi_views import WordsView
from api.views import View
from models.kpis import Answer, Dimension, Line, Measured
from models.kpis.change import ChangeKind, change_of
from models.kpis.dashboards import AnsweredTile, Why
from models.kpis.kpi import Better, Unit
from models.kpis.listing import FactRows


class MeasuredView(View):
    """What a figure came to; null is not known, and `why` says why not."""

    value: float | None
    low: float | None = Field(description="The true figure lies from here, 95 times of 100,")
    high: float | None = Field(description="to here.")
    n: int | None = Field(description="The rows it rests on.")
    part: int | None
    whole: int | None
    missing: int = Field(description="Rows without a value, left out.")
    why: str | None = Field(
        description="no_rows, no_values, no_denominator, no_target, nothing_before or whole_months."
    )

    @classmethod
    def of(cls, measured: Measured) -> "MeasuredView":
        """The view of a figure."""
        return cls.model_construct(**_fields_of(measured))


def _fields_of(measured: Measured) -> dict[str, Any]:
    interval = measured.interval
    return {
        "value": measured.value,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        "n": measured.n,
        "part": measured.part,
        "whole": measured.whole,
        "missing": measured.missing,
        "why": measured.why if measured.value is None else None,
    }


class GroupView(View):
    """What rows have in common; id and name are null where they have nothing there."""

    dimension: Dimension
    id: UUID | str | None
    name: str | None


class SpanView(View):
    """Days, `end_on` the first that no longer counts; a running span ends with today."""

    start_on: date
    end_on: date
    is_running: bool
    whole_end_on: date | None = Field(description="Where a running one will end.")


class ChangeView(View):
    """`difference` for shares and points, 0.1 being ten points; else `relative` to before."""

    kind: ChangeKind
    value: float


class TargetView(View):
    """What was to be reached, the share of it that was, and of what was due by now."""

    value: float
    share: float | None
    pace: float | None


class LineView(MeasuredView):
    """One group in one stretch of time, beside the stretch before and that of the year before."""

    groups: list[GroupView]
    span: SpanView
    before: MeasuredView | None
    change: ChangeView | None
    year_before: MeasuredView | None
    year_change: ChangeView | None
    target: TargetView | None

    @classmethod
    def told(cls, lines: Sequence[Line], unit: Unit) -> "list[LineView]":
        """The views of lines; not checked again, of which there may be thousands."""
        groups = {
            found: [
                GroupView.model_construct(dimension=one.dimension, id=one.id, name=one.name)
                for one in found
            ]
            for found in {line.groups for line in lines}
        }
        spans = {one: SpanView.model_validate(one) for one in {line.span for line in lines}}
        return [cls._of(one, groups[one.groups], spans[one.span], unit) for one in lines]

    @classmethod
    def _of(cls, line: Line, groups: list[GroupView], span: SpanView, unit: Unit) -> "LineView":
        found, past, year = line.measured, line.before, line.year_before
        changes = [change_of(unit, found, one) for one in (past, year)]
        now, then = [ChangeView.model_validate(one) if one else None for one in changes]
        reached = line.reached
        return cls.model_construct(
            **_fields_of(found),
            groups=groups,
            span=span,
            before=MeasuredView.of(past) if past else None,
            change=now,
            year_before=MeasuredView.of(year) if year else None,
            year_change=then,
            target=TargetView(value=reached.target, share=reached.share, pace=reached.pace)
            if reached
            else None,
        )


class AnswerView(View):
    """What a KPI came to, with what it means."""

    kpi: str
    variant: str | None
    name: WordsView
    definition: WordsView
    formula: WordsView
    unit: Unit
    better: Better
    as_odds: bool
    by: list[Dimension]
    currency: str | None
    asked_at: datetime
    lines: list[LineView]

    @classmethod
    def of(cls, answer: Answer) -> "AnswerView":
        """The view of an answer."""
        kpi = answer.kpi
        formula = kpi.variants[answer.variant].formula if answer.variant else kpi.formula
        return cls(
            kpi=kpi.slug,
            variant=answer.variant,
            name=WordsView.model_validate(kpi.name),
            definition=WordsView.model_validate(kpi.definition),
            formula=WordsView.model_validate(formula),
            unit=answer.unit,
            better=kpi.better,
            as_odds=kpi.as_odds and answer.unit == "share",
            by=list(answer.by),
            currency=answer.currency,
            asked_at=answer.asked_at,
            lines=LineView.told(answer.lines, answer.unit),
        )


class FactRowView(View):
    """A row that was counted; money is in whole units of the row's own currency."""

    at: datetime | date | None
    title: str | None
    rep_id: UUID | None
    rep_name: str | None
    value: float | None
    currency: str | None
    is_part: bool | None = Field(description="Of a share: whether it is the part; null, neither.")
    links: dict[str, UUID] = Field(description="id, deal_id, call_id, account_id, lead_id.")


class FactRowsView(View):
    """Rows behind a number; `count` is of all of them, `next_offset` where the next begin."""

    fact: str
    facts: list[str] = Field(description="What else is counted: ask with `fact`.")
    count: int
    rows: list[FactRowView]
    next_offset: int | None

    @classmethod
    def of(cls, found: FactRows, names: dict[UUID, str], offset: int) -> "FactRowsView":
        """The view of some rows."""
        rows = [
            FactRowView(
                at=one.at,
                title=one.title,
                rep_id=one.rep_id,
                rep_name=names.get(one.rep_id) if one.rep_id else None,
                value=one.value,
                currency=one.currency,
                is_part=one.is_part,
                links=dict(one.links),
            )
            for one in found.rows
        ]
        end = offset + len(rows)
        return cls(
            fact=found.fact,
            facts=list(found.facts),
            count=found.count,
            rows=rows,
            next_offset=end if rows and end < found.count else None,
        )


class TileView(View):
    """A tile of a dashboard, answered, or why it is not."""

    kpi: str
    variant: str | None
    by: Dimension | None
    answer: AnswerView | None
    why: Why | None
    told: str | None = Field(description="Why there is no answer, in words.")

    @classmethod
    def of(cls, found: AnsweredTile) -> "TileView":
        """The view of a tile."""
        tile = found.tile
        shown = AnswerView.of(found.answer) if found.answer else None
        return cls(
            kpi=tile.kpi,
            variant=tile.variant,
            by=tile.by,
            answer=shown,
            why=found.why,
            told=found.told,
        )
