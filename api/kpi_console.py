"""What the command line says of KPIs: a table, or a file with what each figure means inside."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.markup import escape
from rich.table import Table
from sqlalchemy import Engine
from sqlmodel import Session

from analyzer.formats.wording import Wording
from api.console import err, out
from api.kpi_exports import FORMATS
from api.kpi_exports.columns import dimensions_of, name_of
from api.kpi_exports.shown import DASH, amount, between, group_name, notes, period_name, told, whole
from api.kpi_exports.words import export_words
from api.kpi_questions import read_period
from api.settings import Settings, rules_of
from models.errors import BadInput, Missing
from models.kpis import (
    DIMENSIONS,
    Answer,
    Dimension,
    Grain,
    Kpi,
    Line,
    Rules,
    all_kpis,
    answer,
    find_kpi,
)
from models.kpis.asking import Asking, check_currency
from models.kpis.dashboards import HEADLINE
from models.kpis.evaluating import dimensions_in
from models.tables import User

_NOBODY = "command line"
_BETWEEN = " \N{MIDDLE DOT} "


class WrongOption(Exception):
    """An option asks for what there is not."""


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
    """Answer as an admin would be, and print or write it. Raises WrongOption."""
    rules = rules_of(settings)
    with Session(engine) as session:
        try:
            answers = tuple(_answers(session, order, rules))
        except (BadInput, Missing) as error:
            raise WrongOption(str(error)) from None
    if order.form == "table":
        _print(answers, order)
        return
    content = FORMATS[order.form].write(answers, order.language)
    if order.output is not None:
        order.output.write_bytes(content)
        out.print(escape(f"{order.output}: {len(answers)} KPIs"))
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(content)


def _answers(session: Session, order: Order, rules: Rules) -> Iterator[Answer]:
    if order.currency is not None:
        check_currency(session, order.currency, rules)
    by = tuple(dict.fromkeys(_dimension(one) for one in order.by))
    asking = Asking(read_period(order.period, rules), by, order.each, currency=order.currency)
    admin = User(email=_NOBODY, name=_NOBODY, role="admin")
    for kpi in _wanted(session, order, by):
        yield answer(session, admin, asking.of(kpi), rules, now=asking.now)


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


def _dimension(name: str) -> Dimension:
    """The dimension of a name; a source is a channel."""
    wanted = "channel" if name == "source" else name
    found = next((one for one in DIMENSIONS if one == wanted), None)
    if found is None:
        raise BadInput(f"by: there is no {name!r}; there is {', '.join(DIMENSIONS)}")
    return found


def _place(kpi: Kpi) -> int:
    return HEADLINE.index(kpi.slug) if kpi.slug in HEADLINE else len(HEADLINE)


def _print(answers: Sequence[Answer], order: Order) -> None:
    t = export_words(order.language)
    asked = (t(f"dimension.{one}") for one in dimensions_of(answers)) if order.by else ()
    table = Table(box=None, pad_edge=False)
    table.add_column(t("column.kpi"), overflow="fold")
    table.add_column(_BETWEEN.join(asked), overflow="fold")
    table.add_column(t("column.period"), overflow="fold")
    for name in ("value", "interval", "n", "before", "target"):
        table.add_column(t(f"column.{name}"), justify="right", overflow="fold")
    for one_answer in answers:
        for line in one_answer.lines:
            cells = _cells(one_answer, line, t)
            table.add_row(*(escape(cell) for cell in cells))
    out.print(table)
    running = [one for found in answers for one in found.lines if one.span.is_running]
    for note in (*notes(answers, t), *([t("export.running")] if running else [])):
        out.print(escape(note))


def _cells(answer: Answer, line: Line, t: Wording) -> Iterator[str]:
    yield name_of(answer, t)
    yield _plain(_BETWEEN.join(group_name(one, t) for one in line.groups))
    yield period_name(line.span, t)
    yield told(line.measured, answer, t)
    yield between(line.measured.interval, answer, t)
    yield whole(line.measured.n, t)
    before = line.before.value if line.before else None
    yield DASH if before is None else amount(before, answer.unit, answer.currency, t)
    reached = line.reached
    yield "" if reached is None else amount(reached.target, answer.unit, answer.currency, t)


def _plain(text: str) -> str:
    """The text without signs that a terminal would act on."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)
