"""Selecting: the rows of a fact as SQL, with no more tables joined than something needs."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Date,
    DateTime,
    Integer,
    Select,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    cast,
    column,
    func,
    inspect,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import Grouping
from sqlalchemy.sql.expression import ColumnClause

from models.kpis.fact import (
    SPAN,
    THERE_FROM,
    THERE_NUMBER,
    THERE_TO,
    At,
    Expression,
    Fact,
    Lasting,
    On,
)
from models.kpis.frame import Frame, midnight
from models.kpis.periods import Span
from models.kpis.terms import NOW

Wanted = Literal["none", "few", "all"]


@dataclass(frozen=True, slots=True)
class Counting:
    """What is counted of a fact: a part of the rows, its values, things its rows are about."""

    fact: Fact
    part: Expression | None = None
    values: Wanted = "few"
    about: Expression | None = None

    @property
    def expressions(self) -> list[Any]:
        """All it speaks of."""
        match self.fact.when:
            case At(instant):
                when = [instant]
            case On(day):
                when = [day]
            case Lasting(start, end):
                when = [start, *([] if end is None else [end])]
        found = [self.part, self.fact.value, self.about, *when]
        return [one for one in found if one is not None]


def selected(
    frame: Frame,
    counting: Counting,
    columns: Sequence[Any],
    spans: Sequence[Span],
    *,
    by_clock: bool = True,
) -> Select[Any]:
    """Columns of the rows of a fact that who asks may count: a row for each span it lasts in.

    Rows of an instant or a day are those from the first day of all spans to their last; unless
    `by_clock`, some of another rep's clock are among them, which whoever numbers them will see.
    """
    fact = counting.fact
    conditions = [*fact.where, frame.may_count(fact), *_asked(frame, fact)]
    if isinstance(fact.when, Lasting):
        return _lasting(frame, counting, fact.when, columns, conditions, spans)
    days = [day for one in spans for day in (one.start_on, one.end_on)]
    conditions += _within(frame, fact, fact.when, min(days), max(days))
    if by_clock and isinstance(fact.when, At) and len(frame.zones) > 1:
        conditions.append(numbered(frame, fact, (min(days), max(days))) == 1)
    source = _source(frame, fact, [*columns, *conditions, *counting.expressions])
    return select(*columns).where(*conditions).select_from(source)


def numbered(frame: Frame, fact: Fact, bounds: Sequence[date]) -> Any:
    """In which piece between the bounds a row is, from 1; 0 and beyond are outside.

    Of a row that lasts, the number of the span, in the order of `in_order`.
    """
    match fact.when:
        case Lasting():
            return THERE_NUMBER
        case On(day):
            return func.width_bucket(day, _array("days", bounds, Date()))
        case At(instant):
            return func.width_bucket(instant, _by_zone(frame, fact, [bounds] * len(frame.zones)))


def in_order(lasting: Lasting, spans: Iterable[Span]) -> list[Span]:
    """The spans in the order in which rows are looked for in them."""
    if lasting.at_start:
        return sorted(spans, key=lambda one: (one.start_on, one.end_on))
    return sorted(spans, key=lambda one: (one.end_on, one.start_on))


def _lasting(
    frame: Frame,
    counting: Counting,
    when: Lasting,
    columns: Sequence[Any],
    conditions: Sequence[Any],
    spans: Sequence[Span],
) -> Select[Any]:
    """Rows that last: each is there from the first edge after its start to the last by its end.

    Counting edges on both sides is quicker than holding every row against every span.
    """
    ordered = in_order(when, spans)
    first, last, within = _edges(frame, counting.fact, when, ordered)
    conditions = [*conditions, *within]
    used = [*columns, *conditions, *counting.expressions]
    there = spread(first, last, len(ordered), ordered if _is_of_days(used) else ())
    source = _source(frame, counting.fact, used, there)
    statement = select(*columns).where(*conditions).select_from(source)
    return statement.add_cte(_span_rows(ordered)) if "span" in _names([source]) else statement


def pieces(
    frame: Frame, counting: Counting, columns: Sequence[Any], spans: Sequence[Span]
) -> Select[Any] | None:
    """Columns of rows that last, each once, with the `first` and `last` span it is there in.

    None where it matters to a row which of its spans is looked at.
    """
    fact, when = counting.fact, counting.fact.when
    assert isinstance(when, Lasting)  # noqa: S101 (asked for nothing else)
    first, last, within = _edges(frame, fact, when, in_order(when, spans))
    conditions = [*fact.where, frame.may_count(fact), *_asked(frame, fact), *within]
    used = [*columns, *conditions, *counting.expressions]
    source = _source(frame, fact, used)
    if _is_of_days(used) or _is_of_number(counting) or "span" in _names([source]):
        return None
    bounds = (first.label("first"), last.label("last"))
    return select(*columns, *bounds).where(*conditions).select_from(source)


def spread(first: Any, last: Any, count: int, spans: Sequence[Span] = ()) -> Any:
    """The numbers from the first to the last, of so many, as rows named `there`.

    With the first day of each of the spans and the one after it, if there are any.
    """
    arrays = {"number": _array("numbers", list(range(1, count + 1)), Integer())}
    if spans:
        arrays["start_on"] = _array("starts", [one.start_on for one in spans], Date())
        arrays["end_on"] = _array("ends", [one.end_on for one in spans], Date())
    # Of a slice the planner expects ten numbers; of generate_series a thousand.
    slices = func.unnest(*(Grouping(one)[first:last] for one in arrays.values()))
    columns = [column(name, one.type.item_type) for name, one in arrays.items()]
    return slices.table_valued(*columns).render_derived(name="there")


def _edges(
    frame: Frame, fact: Fact, when: Lasting, spans: Sequence[Span]
) -> tuple[Any, Any, list[Any]]:
    """The first and last of the spans in which a row is there; rows in none are left out."""
    days = [one.start_on if when.at_start else one.end_on for one in spans]
    if when.by_day:
        edges: Any = _array("edges", days, Date())
        within = [when.start < days[-1]]
        if when.end is not None:
            within.append(or_(when.end.is_(None), when.end >= days[0]))
    else:
        clocks = [[min(midnight(day, zone), frame.now) for day in days] for zone in frame.zones]
        edges = _by_zone(frame, fact, clocks)
        within = _outlasting(when, clocks)
    last: Any = literal(len(days))
    if when.end is not None:
        last = case((when.end.is_(None), len(days)), else_=func.width_bucket(when.end, edges))
    return func.width_bucket(when.start, edges) + 1, last, within


def _outlasting(when: Lasting, clocks: Sequence[Sequence[datetime]]) -> list[Any]:
    """Rows between whose start and end some edge of some clock may lie.

    Most come and go between two edges: they are left out before anything is joined.
    """
    earliest, latest = ([pick(each) for each in zip(*clocks, strict=True)] for pick in (min, max))
    within = [when.start < latest[-1]]
    if when.end is None:
        return within
    passed = func.width_bucket(when.start, _array("latest", latest, DateTime(timezone=True)))
    reached = func.width_bucket(when.end, _array("earliest", earliest, DateTime(timezone=True)))
    is_there = or_(when.end.is_(None), and_(when.end >= earliest[0], passed < reached))
    return [*within, is_there]


def _by_zone(
    frame: Frame, fact: Fact, clocks: Sequence[Sequence[date]] | Sequence[Sequence[datetime]]
) -> Any:
    """Instants, or the instants at which days begin, by the clock of the rep of a row."""
    arrays = [
        _array(f"bounds_{n}", [_instant(one, zone) for one in clock], DateTime(timezone=True))
        for n, (zone, clock) in enumerate(zip(frame.zones, clocks, strict=True))
    ]
    if len(arrays) == 1 or fact.rep is None:
        return arrays[0]
    elsewhere = zip(frame.reps_elsewhere.values(), arrays[1:], strict=True)
    return case(
        *((fact.rep == any_(_array("reps", reps, Uuid())), array) for reps, array in elsewhere),
        else_=arrays[0],
    )


def _instant(one: date | datetime, zone: str) -> datetime:
    return one if isinstance(one, datetime) else midnight(one, zone)


def _within(frame: Frame, fact: Fact, when: At | On, first: date, last: date) -> list[Any]:
    """Rows from a first day to before a last, and not of the future."""
    if isinstance(when, On):
        return [when.day >= first, when.day < last]
    zones = frame.zones if fact.rep is not None else frame.zones[:1]
    return [
        when.instant >= min(midnight(first, zone) for zone in zones),
        when.instant < max(midnight(last, zone) for zone in zones),
        when.instant <= NOW,
    ]


def _array(name: str, values: Sequence[date | datetime | int | UUID], of: Any) -> Any:
    return cast(bindparam(name, list(values), type_=ARRAY(of), unique=True), ARRAY(of))


def _span_rows(spans: Sequence[Span]) -> Any:
    """The stretches of time as rows."""
    rows = [(number, span.start_on, span.end_on) for number, span in enumerate(spans, 1)]
    columns = [
        func.unnest(_array(f"span_{one.name}", values, one.type)).label(one.name)
        for one, values in zip(SPAN.c, zip(*rows, strict=True), strict=True)
    ]
    return select(*columns).cte("span")


def _asked(frame: Frame, fact: Fact) -> list[Any]:
    return [_is_one_of(fact.by[one], values) for one, values in frame.filters.items()]


def _is_one_of(column: Expression, values: Sequence[str | UUID | None]) -> Any:
    among = column.in_([one for one in values if one is not None])
    return or_(among, column.is_(None)) if None in values else among


def _source(frame: Frame, fact: Fact, used: Sequence[Any], there: Any = None) -> Any:
    """The fact's table with those of its joins that something used stands in.

    `there` comes after what it is counted from, and before what speaks of it.
    """
    needed, joins = _names(used), []
    for target, condition in reversed(fact.joins):
        if _name(target) in needed:
            needed |= _names([condition])
            joins.append((target, condition))
    source, left = inspect(fact.table).selectable, there
    for target, condition in reversed(joins):
        if left is not None and "there" in str(condition):
            source, left = source.join(left, true()), None
        source = source.outerjoin(inspect(target).selectable, condition)
    return source if left is None else source.join(left, true())


def _is_of_days(expressions: Iterable[Any]) -> bool:
    """Whether they speak of the days of the span that a row lasts in."""
    return any(one is THERE_FROM or one is THERE_TO for one in _parts(expressions))


def _is_of_number(counting: Counting) -> bool:
    return any(one is THERE_NUMBER for one in _parts(counting.expressions))


def _parts(expressions: Iterable[Any]) -> Iterator[Any]:
    for expression in expressions:
        yield from visitors.iterate(_clause(expression))


def _names(expressions: Iterable[Any]) -> set[str]:
    """The tables that expressions speak of."""
    return {
        str(getattr(one.table, "name", None))
        for one in _parts(expressions)
        if isinstance(one, ColumnClause) and one.table is not None
    }


def _clause(expression: Any) -> Any:
    return (
        expression.__clause_element__() if hasattr(expression, "__clause_element__") else expression
    )


def _name(target: Any) -> str:
    return str(inspect(target).selectable.name)
