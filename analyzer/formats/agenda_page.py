"""What was planned against what was discussed, ready to print."""

from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.agenda import Coverage, ItemCoverage, Status
from analyzer.formats.quoting import Quoted, Scribe
from analyzer.formats.rendering import one_line

_QUOTES = 2


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One planned item; `label` says its status in words, `facts` how long and since when."""

    title: str
    status: Status
    label: str
    facts: str
    quotes: tuple[Quoted, ...]


@dataclass(frozen=True, slots=True)
class ExtraLine:
    """What took time without being planned."""

    name: str
    facts: str
    quote: Quoted


@dataclass(frozen=True, slots=True)
class AgendaPart:
    """The checklist with its count; `advice` instead where there was nothing to check."""

    count: str | None
    items: tuple[ItemLine, ...]
    extras: tuple[ExtraLine, ...]
    advice: str | None


def agenda_part(coverage: Coverage, scribe: Scribe) -> AgendaPart:
    """Lay the agenda out as it was planned, then what came besides."""
    t = scribe.t
    covered = sum(one.status == "covered" for one in coverage.items)
    count = t.count("agenda.of", covered, total=len(coverage.items)) if coverage.items else None
    return AgendaPart(
        count=count,
        items=tuple(_item(one, scribe) for one in coverage.items),
        extras=tuple(_extras(coverage, scribe)) if coverage.items else (),
        advice=None if coverage.items else t("agenda.absent"),
    )


def _item(one: ItemCoverage, scribe: Scribe) -> ItemLine:
    t = scribe.t
    share = t("agenda.share", share=t.percent(one.share, 0)) if one.share else None
    since = t("agenda.since", time=scribe.clock(one.first_at)) if one.first_at is not None else None
    who = t("agenda.raised_by", name=scribe.name(one.raised_by)) if one.raised_by else None
    return ItemLine(
        title=one_line(one.item.title),
        status=one.status,
        label=t(f"agenda.{one.status}"),
        facts=scribe.facts(share, since, who),
        quotes=scribe.all_quoted(one.quotes, _QUOTES),
    )


def _extras(coverage: Coverage, scribe: Scribe) -> Iterator[ExtraLine]:
    t = scribe.t
    for one in coverage.unplanned:
        share = t("agenda.share", share=t.percent(one.share, 0))
        since = t("agenda.from", time=scribe.clock(one.span.start))
        yield ExtraLine(one_line(one.name), scribe.facts(share, since), scribe.quoted(one.quote))
