"""Answers about KPIs to write down, made by hand."""

from datetime import date
from uuid import UUID, uuid5

from analyzer.statistics import wilson
from models.kpis import Answer, Dimension, Group, Line, Measured, Reached, Span
from models.kpis.catalogue import BY_SLUG
from tests.kpis.selling import NOW

TODAY = date(2026, 11, 20)
HOSTILE = [
    *("=1+1", "+33 6", "-2", "@SUM(A1)", "\t=cmd|' /C calc'!A0", "\r=1", " =1", "＝1"),  # noqa: RUF001
    *("<script>alert(1)</script>", "'; DROP TABLE deal; --", 'a\tb\nc;d,e"f', "x" * 300),
    *("\x01\x1b[31m", "**bold** __a__", "{dash} %s {0}", "العربية 日本 Żółw é", "\u202eabc"),
]
MONTHS = (
    Span(date(2026, 9, 1), date(2026, 10, 1)),
    Span(date(2026, 10, 1), date(2026, 11, 1)),
    Span(date(2026, 11, 1), date(2026, 11, 21), date(2026, 12, 1)),
)


def share(part: int, whole: int) -> Measured:
    why = None if whole else "no_rows"
    value = part / whole if whole else None
    return Measured(value, wilson(part, whole), whole, part, whole, why=why)


def group(name: str | None, by: Dimension = "rep") -> Group:
    named: UUID | str | None = name
    if by in {"rep", "team"} and name is not None:
        named = uuid5(UUID(int=0), name.replace("\ud800", "?"))
    return Group(by, named, name)


def answered(slug: str, *lines: Line, currency: str | None = None, **more: str) -> Answer:
    kpi = BY_SLUG[slug]
    variant = more.get("variant")
    unit = (kpi.variants[variant].unit if variant else None) or kpi.unit
    by = tuple(one.dimension for one in lines[0].groups) if lines else ()
    spans = tuple(dict.fromkeys(one.span for one in lines))
    return Answer(kpi, variant, unit, by, spans, currency, NOW, lines)


def win_rate() -> Answer:
    """Of two reps and of nobody, over three months; the last is running."""
    found = {"Ann": ((15, 25), (0, 0), (1, 3)), None: ((0, 4), (2, 2), (0, 1))}
    return answered(
        "win_rate",
        *(
            Line((group(name),), span, share(*counts), share(1, 2), share(0, 0))
            for name, months in found.items()
            for span, counts in zip(MONTHS, months, strict=True)
        ),
    )


def revenue(currency: str = "EUR") -> Answer:
    values = (
        Measured(1_234_567.5, n=8, missing=2),
        Measured(None, n=0, missing=3, why="no_values"),
    )
    reached = Reached(1_000_000.0, 1.2345675, None)
    return answered(
        "sales_revenue",
        Line((), MONTHS[0], values[0], None, None, reached),
        Line((), MONTHS[1], values[1]),
        currency=currency,
    )


def many(count: int) -> Answer:
    span = MONTHS[0]
    lines = (Line((group(f"Rep {n}"),), span, share(n % 7, 7)) for n in range(count))
    return answered("win_rate", *lines)
