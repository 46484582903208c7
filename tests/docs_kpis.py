"""The catalogue of docs/kpis.md, made from the declarations of the KPIs.

python -m tests.docs_kpis            print it
python -m tests.docs_kpis --write    put it into the page
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from models.kpis import DIMENSIONS, KPIS, Kpi
from models.kpis.evaluating import dimensions_in, is_companys
from models.kpis.figure import Figure, Growth, Mean, Median, Share
from models.kpis.kpi import FAMILIES, Better, Family, Unit
from tests.accuracy.tables import show

PAGE = Path(__file__).parent.parent / "docs" / "kpis.md"
_FAMILIES: dict[Family, str] = {
    "revenue": "Revenue and growth",
    "pipeline": "Pipeline and conversion",
    "activity": "Activity, meetings and answers",
    "customers": "Customers",
    "costs": "Costs and returns",
    "calls": "Fed by calls",
}
_UNITS: dict[Unit, str] = {
    "share": "a share",
    "count": "a count",
    "money": "money",
    "seconds": "seconds",
    "minutes": "minutes",
    "hours": "hours",
    "days": "days",
    "years": "years",
    "points": "points",
    "number": "a number",
}
_BETTER: dict[Better, str] = {
    "higher": "higher is better",
    "lower": "lower is better",
    "neither": "neither higher nor lower is better",
}
_INTERVALS: dict[type[Figure], str] = {
    Share: "Wilson's",
    Mean: "by the bootstrap",
    Median: "by the order of values",
    Growth: "by the Poisson bootstrap",
}


def kpi_catalogue() -> str:
    """All KPIs in one table, then each of them by family."""
    return "\n".join((*_contents(), *_families())).rstrip()


def _contents() -> Iterator[str]:
    """All KPIs in one table."""
    yield "## All of them"
    yield ""
    yield "| | KPI | en français | slug | unit | needs |"
    yield "| ---: | --- | --- | --- | --- | --- |"
    for kpi in KPIS:
        cells = (kpi.name.en, kpi.name.fr, f"`{kpi.slug}`", kpi.unit, _coded(kpi.needs))
        yield f"| {kpi.number} | {' | '.join(cells)} |"
    yield ""


def _families() -> Iterator[str]:
    for family in FAMILIES:
        members = [kpi for kpi in KPIS if kpi.family == family]
        if members:
            yield f"## {_FAMILIES[family]}\n"
        for kpi in members:
            yield "\n".join(_kpi(kpi))


def _kpi(kpi: Kpi) -> Iterator[str]:
    """One KPI: in English, beneath it in French, then how it is counted and asked."""
    yield f"### {kpi.number}. {kpi.name.en}\n"
    yield f"`{kpi.slug}`: {', '.join(_traits(kpi))}.\n"
    yield f"{kpi.definition.en}\n"
    yield f"    {kpi.formula.en}\n"
    yield f"> **{kpi.name.fr}.** {kpi.definition.fr}\n>\n> *{kpi.formula.fr}*\n"
    yield from (f"- {line}" for line in _facts(kpi))
    yield ""


def _traits(kpi: Kpi) -> Iterator[str]:
    yield _UNITS[kpi.unit]
    yield _BETTER[kpi.better]
    if interval := _INTERVALS.get(type(kpi.figure)):
        yield f"interval {interval}"
    if kpi.as_odds:
        yield "shown as odds too, such as 60:40"
    if is_companys(kpi.figure):
        yield "tells of the whole company"


def _facts(kpi: Kpi) -> Iterator[str]:
    shown = f"; by `{kpi.by}` unless asked otherwise" if kpi.by else ""
    yield f"by: {_coded(_dimensions(kpi.figure)) or 'nothing, only as a whole'}{shown}"
    for slug, variant in kpi.variants.items():
        unit = f", {_UNITS[variant.unit]}" if variant.unit else ""
        is_new = is_companys(variant.figure) and not is_companys(kpi.figure)
        told = ", tells of the whole company" if is_new else ""
        asked = _dimensions(variant.figure)
        by = f"; by {_coded(asked) or 'nothing'}" if asked != _dimensions(kpi.figure) else ""
        yield f"variant `{slug}`{unit}{told}: {variant.formula.en} (*{variant.formula.fr}*){by}"
    yield f"needs: {_coded(kpi.needs)}"
    if kpi.companions:
        yield f"shown with: {_coded(kpi.companions)}"
    yield f"also called: {'; '.join(kpi.aliases)}" if kpi.aliases else "has no other name"
    yield f"source: {kpi.source}"


def _dimensions(figure: Figure) -> tuple[str, ...]:
    found = dimensions_in(figure)
    return tuple(one for one in DIMENSIONS if one in found)


def _coded(words: tuple[str, ...]) -> str:
    return ", ".join(f"`{one}`" for one in words)


def main(*, write: Annotated[bool, typer.Option("--write")] = False) -> None:
    """Print the catalogue, or put it into docs/kpis.md."""
    show(kpi_catalogue(), PAGE, "kpis", write=write)


if __name__ == "__main__":
    typer.run(main)
