"""What the command line says of KPIs: a table, or a file with what each figure means inside."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.markup import escape
from rich.table import Table
from sqlalchemy import Engine
from sqlmodel import Session

from analyzer.formats.wording import DASH, Wording
from api.console import as_admin, deliver, err, out, plain
from api.kpi_exports import FORMATS
from api.kpi_exports.columns import name_of
from api.kpi_exports.shown import between, group_name, notes, period_name, told, whole
from api.kpi_exports.words import export_words
from api.kpi_questions import dimension, read_period
from api.settings import Settings, rules_of
from models.kpis import (
    Answer,
    Dimension,
    Grain,
    Kpi,
    Line,
    Rules,
    all_kpis,
    find_kpi,
)
from models.kpis.answering import answer_on
from models.kpis.asking import Asking, check_currency
from models.kpis.dashboards import HEADLINE
from models.kpis.evaluating import dimensions_in
from models.kpis.frame import Ground

_PERIOD, _VALUE, _NAME_WIDTH, _VALUE_WIDTH = 1, 2, 24, 11
"""The places of period and value among the columns, and the least room for a name and a value."""
_BETWEEN = " \N{MIDDLE DOT} "


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be told: some KPIs or a family's, all where neither is named; and how.

    `form` is table or a format of exports, `output` the file to write to.
    """

    period: str
    by: tuple[str, ...] = ()
    each: Grain | None = None
    kpis: tuple[str, ...] = ()
    family: str | None = None
    currency: str | None = None
    language: str = "en"
    form: str = "table"
    output: Path | None = None


def tell_kpis(engine: Engine, settings: Settings, order: Order) -> None:
    """Answer as an admin would be, and print or write it. Raises BadInput, Missing."""
    rules = rules_of(settings)
    with Session(engine) as session:
        answers = tuple(_answers(session, order, rules))
    if order.form == "table":
        _print(answers, order)
        return
    content = FORMATS[order.form].write(answers, order.language)
    deliver(content, order.output, f"{len(answers)} KPIs")


def _answers(session: Session, order: Order, rules: Rules) -> Iterator[Answer]:
    if order.currency is not None:
        check_currency(session, order.currency, rules)
    by = tuple(dict.fromkeys(dimension(one) for one in order.by))
    asking = Asking(read_period(order.period, rules), by, order.each, currency=order.currency)
    ground = Ground(session, as_admin(), rules)
    for kpi in _wanted(session, order, by):
        yield answer_on(ground, asking.of(kpi))


def _wanted(session: Session, order: Order, by: Sequence[Dimension]) -> list[Kpi]:
    """The KPIs that are named, or those of a family, or all: the headline ones first."""
    if order.kpis:
        return [find_kpi(session, slug) for slug in dict.fromkeys(order.kpis)]
    known = [one for one in all_kpis(session) if order.family in {None, one.family}]
    found = [one for one in known if set(by) <= dimensions_in(one.figure)]
    if len(found) < len(known):
        cannot = len(known) - len(found)
        err.print(f"{cannot} KPIs cannot be told by {' and '.join(by)}, and are left out")
    return sorted(found, key=_place)


def _place(kpi: Kpi) -> int:
    return HEADLINE.index(kpi.slug) if kpi.slug in HEADLINE else len(HEADLINE)


def _print(answers: Sequence[Answer], order: Order) -> None:
    t = export_words(order.language)
    numbers = [t(f"column.{one}") for one in ("value", "interval", "n", "before", "target")]
    heads = (t("column.kpi"), t("column.period"), *numbers)
    rows = [tuple(_cells(found, line, t)) for found in answers for line in found.lines]
    periods = {row[_PERIOD] for row in rows}
    if len(periods) == 1:
        out.print(escape(f"{t('column.period')}: {periods.pop()}"))
    out.print(_table(heads, rows))
    running = [one for found in answers for one in found.lines if one.span.is_running]
    for note in (*notes(answers, t), *([t("export.running")] if running else [])):
        out.print(escape(note))


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """The rows, without columns that are empty or, as the period may be, the same in all."""
    table = Table(box=None, pad_edge=False)
    kept = []
    for place, head in enumerate(heads):
        told = {row[place] for row in rows}
        if told == {""} or (place == _PERIOD and len(told) == 1):
            continue
        kept.append(place)
        if place <= _PERIOD:
            table.add_column(head, overflow="fold", min_width=_NAME_WIDTH * (place < _PERIOD))
        else:  # a value that is unknown says why, in more words than a number has
            is_value = place == _VALUE
            width = _VALUE_WIDTH if is_value else None
            table.add_column(head, justify="right", no_wrap=not is_value, min_width=width)
    for row in rows:
        table.add_row(*(escape(row[place]) for place in kept))
    return table


def _cells(answer: Answer, line: Line, t: Wording) -> Iterator[str]:
    groups = _BETWEEN.join(group_name(one, t) for one in line.groups)
    yield plain(_BETWEEN.join(one for one in (name_of(answer, t), groups) if one))
    yield period_name(line.span, t)
    yield told(line.measured, answer, t)
    yield between(line.measured.interval, answer, t)
    yield whole(line.measured.n, t)
    before = line.before.value if line.before else None
    yield DASH if before is None else t.amount(before, answer.unit, answer.currency)
    reached = line.reached
    yield "" if reached is None else t.amount(reached.target, answer.unit, answer.currency)
