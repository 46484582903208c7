"""Above figures: the stretch of time they are of, whose they are, and how to ask for others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlmodel import Session

from api.kpi_exports.shown import period_name
from api.pages.frame import Reader
from api.pages.kpis.asked import FILTERS, USUAL, Asked, Choice, Choices, choices_for
from api.pages.kpis.figures import spoken
from api.pages.kpis.periods import PRESETS, period_text, stepped
from api.pages.words import marked
from models.kpis import DIMENSIONS, Dimension, Span

_DIMENSIONS: dict[str, Dimension] = {"rep_id": "rep", "team_id": "team"}
_ALL = {
    "rep_id": marked("All reps"),
    "team_id": marked("All teams"),
    "region": marked("All regions"),
    "product": marked("All products"),
    "channel": marked("All channels"),
    "customer": marked("New and existing customers"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """Something to choose one of; `all` is what choosing nothing is called."""

    name: str
    label: str
    all: str
    choices: Sequence[Choice]
    chosen: str


@dataclass(frozen=True, slots=True)
class Chip:
    """What figures are narrowed to, and the way to do without."""

    name: str
    value: str
    path: str


@dataclass(frozen=True, slots=True)
class Toolbar:
    """The stretch of time and the scope; `kept` goes along when another is asked for."""

    path: str
    period: str
    is_running: bool
    earlier: str
    later: str
    presets: Sequence[Choice]
    preset: str
    since: str
    until: str
    fields: Sequence[Field]
    chips: Sequence[Chip]
    kept: Sequence[tuple[str, str]]
    filters: Sequence[tuple[str, str]]
    wrong: str


def toolbar_of(
    session: Session,
    reader: Reader,
    asked: Asked,
    path: str,
    known: frozenset[Dimension] = frozenset(DIMENSIONS),
) -> Toolbar:
    """The bar over the figures of a path, which can be asked by `known` dimensions."""
    period, today = asked.period, asked.today
    span = period.span(today)
    fields = tuple(_fields(asked, choices_for(session, reader), reader, known))
    query = asked.query
    kept = [
        (name, one)
        for name in ("variant", "by", "each", "currency")
        if (one := getattr(query, name))
    ]
    listed = {one.name for one in fields}
    filters = [(name, str(one)) for name in FILTERS for one in getattr(query, name)]
    kept += [pair for pair in filters if pair[0] not in listed]
    kept += [("without", one) for one in query.without]
    return Toolbar(
        path=path,
        period=period_name(span, spoken(reader.words)).removesuffix("*"),
        is_running=span.is_running,
        earlier=_step(asked, path, -1),
        later=_step(asked, path, 1) if span.end_on <= today and not span.is_running else "",
        presets=_presets(asked, span, reader),
        preset=query.period or USUAL,
        since=query.since or period.start_on.isoformat(),
        until=query.until or _last(span).isoformat(),
        fields=fields,
        chips=tuple(_chips(asked, reader, fields, path)),
        kept=tuple(kept),
        filters=tuple(filters),
        wrong=asked.wrong,
    )


def _last(span: Span) -> date:
    return (span.whole_end_on or span.end_on) - timedelta(days=1)


def _step(asked: Asked, path: str, by: int) -> str:
    found = stepped(asked.period, by)
    return asked.address(path, period=period_text(found)) if found else ""


def _presets(asked: Asked, span: Span, reader: Reader) -> Sequence[Choice]:
    words = reader.words
    known = [Choice(value, words(name)) for value, name in PRESETS]
    text = period_text(asked.period)
    if asked.query.period in {one.value for one in known} or not asked.query.period:
        return known
    return [Choice(asked.query.period or text, period_name(span, spoken(words))), *known]


def _fields(
    asked: Asked, choices: Choices, reader: Reader, known: frozenset[Dimension]
) -> Sequence[Field]:
    t = spoken(reader.words)
    customers = [Choice(one, t(f"customer.{one}")) for one in ("new", "existing")]
    every = {
        "team_id": choices.teams,
        "rep_id": choices.reps,
        "region": choices.regions,
        "product": choices.products,
        "channel": choices.channels,
        "customer": customers,
    }
    found = []
    for name, values in every.items():
        dimension = _DIMENSIONS.get(name) or next(one for one in DIMENSIONS if one == name)
        given = [str(one) for one in getattr(asked.query, name)]
        if dimension not in known or (len(values) < 2 and not given) or len(given) > 1:
            continue
        label = t(f"dimension.{dimension}")
        chosen = given[0] if given else ""
        found.append(Field(name, label, reader.words(_ALL[name]), values, chosen))
    return found


def _chips(asked: Asked, reader: Reader, fields: Sequence[Field], path: str) -> Sequence[Chip]:
    t = spoken(reader.words)
    named = {one.value: one.name for field in fields for one in field.choices}
    found = []
    for name in FILTERS:
        label = t(f"dimension.{_DIMENSIONS.get(name, name)}")
        for value in getattr(asked.query, name):
            shown = named.get(str(value)) or _called(name, value, reader)
            found.append(Chip(label, shown, asked.without_one(path, name, value)))
    for one in asked.query.without:
        label = t(f"dimension.{'channel' if one == 'source' else one}")
        found.append(Chip(label, t("group.none"), asked.without_one(path, "without", one)))
    return found


def _called(name: str, value: str | UUID, reader: Reader) -> str:
    if name == "call_type":
        return spoken(reader.words).named("call_type", str(value))
    return reader.user.name if value == reader.user.id else str(value)
