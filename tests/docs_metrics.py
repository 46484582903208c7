"""The tables of docs/metrics.md, made from the definitions themselves.

python -m tests.docs_metrics            print them
python -m tests.docs_metrics --write    put them into the page
"""

from pathlib import Path
from typing import Annotated, get_args

import typer

from analyzer.formats.wording import wording
from analyzer.metrics import DEFINITIONS, LEAST_REPLIES, MetricDefinition, Source, WhyHidden
from analyzer.talk_metrics import TALK_DEFINITIONS, TalkDefinition
from tests.accuracy.tables import Table, show

PAGE = Path(__file__).parent.parent / "docs" / "metrics.md"
_UNITS = {
    "share": "share, 0 to 1",
    "seconds": "seconds",
    "per_minute": "per minute",
    "count": "count",
}
_ALL: tuple[MetricDefinition | TalkDefinition, ...] = (*DEFINITIONS, *TALK_DEFINITIONS)
_EN = wording("en")


def metric_tables() -> str:
    """Every metric, where speakers come from, and why a number may be missing."""
    metrics = Table(
        "Metrics",
        ("metric", "name", "what it tells", "unit", "formula", "version", "sides it needs"),
        tuple(_row(one) for one in _ALL),
        names=7,
    )
    sources = Table(
        "Sources",
        ("source", "speakers are"),
        tuple((f"`{one}`", _EN(f"source.{one}")) for one in Source),
        names=2,
    )
    reasons = Table(
        "Why a number is missing",
        ("why_hidden", "what the page says"),
        tuple((f"`{why}`", _reason(why)) for why in get_args(WhyHidden)),
        names=2,
    )
    return "\n\n".join(table.markdown() for table in (metrics, sources, reasons))


def _row(one: MetricDefinition | TalkDefinition) -> tuple[str, ...]:
    return (
        f"`{one.slug}`",
        _EN.metric_name(one.slug),
        _EN.metric_meaning(one.slug) or "",
        _UNITS[one.unit],
        one.formula,
        str(one.version),
        " and ".join(side.value for side in one.needs) or "none",
    )


def _reason(why: str) -> str:
    return _EN(f"why_hidden.{why}", n="n", least=LEAST_REPLIES)


def main(*, write: Annotated[bool, typer.Option("--write")] = False) -> None:
    """Print the tables, or put them into docs/metrics.md."""
    show(metric_tables(), PAGE, "metrics", write=write)


if __name__ == "__main__":
    typer.run(main)
