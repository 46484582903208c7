"""The report of a call as a document to print: who talked, what was agreed, what to do better."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from analyzer.formats.findings_page import Findings, TipCard, findings_of
from analyzer.formats.moments_page import MomentGroup
from analyzer.formats.quoting import Quoted
from analyzer.formats.rendering import (
    Rendering,
    headings,
    one_line,
    shown,
    title_of,
    why_hidden,
    worded_notices,
)
from analyzer.formats.wording import Wording
from analyzer.metrics import Metric
from analyzer.moments import Kind
from analyzer.report import CallReport
from api.coaching_words import coaching_words
from api.document import Block, Cited, Document, Grid, Part, Prose
from api.document_files import to_pdf

_LISTED: tuple[Kind, ...] = ("objection", "pricing", "competitor")


def call_pdf(report: CallReport, title: str, language: str, made_at: datetime) -> bytes:
    """The report of a call on A4 pages; `title` is for a meeting without one."""
    return to_pdf(call_paper(report, title, language, made_at))


def call_paper(report: CallReport, title: str, language: str, made_at: datetime) -> Document:
    """All of it in words; what was said and advised stays in the language of the call."""
    t = coaching_words(language)
    found = findings_of(report, t)
    parts = (
        Part(t("talk.title"), tuple(_talk(report, t))),
        *(_understood(found, t) if found else ()),
        Part(t("metrics.title"), tuple(_metrics(report.metrics.values(), t))),
    )
    shown_title = title_of(report, Rendering(language=language, file_name=title), t)
    facts = (*headings(report, t), *worded_notices(report, t), _made(made_at, t))
    return Document(
        shown_title,
        tuple(one_line(fact) for fact in facts),
        tuple(part for part in parts if part.blocks),
        t.language,
        made_at,
    )


def _made(made_at: datetime, t: Wording) -> str:
    return t("report.made", at=t.date(made_at))


def _talk(report: CallReport, t: Wording) -> Iterator[Block]:
    metric = report.metrics.get("talk_ratio")
    if metric is None or metric.value is None:
        why = why_hidden(metric, t) if metric else None
        yield Prose(why or t("report.nothing"))
        return
    seller = round(metric.value, 2)
    sides = (("seller", seller), ("buyer", 1 - seller))
    told = (t("talk.share", side=t(f"side.{one}"), share=t.percent(of, 0)) for one, of in sides)
    yield Prose(" · ".join(told))
    if metric.band:
        low, high = (t.percent(end, 0) for end in metric.band)
        yield Prose(t("talk.band", low=low, high=high), is_small=True)


def _understood(found: Findings, t: Wording) -> Iterator[Part]:
    if found.note:
        for section in found.note.sections:
            lines = (Cited(one.text or "", _quoted([one.quote], t)) for one in section.lines)
            yield Part(t("paper.told", what=t("note.title"), text=section.heading), tuple(lines))
    tips = tuple(_tip(one, t) for one in found.tips)
    yield Part(t("coaching.title"), tips or (Prose(t("coaching.none")),))
    yield Part(_counted(t("agenda.title"), found.agenda.count), tuple(_agenda(found, t)))
    yield Part(t("steps.title"), tuple(_steps(found, t)))
    for kind in _LISTED:
        group = next((one for one in found.groups if one.kind == kind), None)
        yield Part(t(f"moments.{kind}"), tuple(_group(group, t)))


def _counted(title: str, count: str | None) -> str:
    return f"{title} ({count})" if count else title


def _tip(one: TipCard, t: Wording) -> Cited:
    more = t("paper.told", what=t("coaching.try_next"), text=one.try_next) if one.try_next else ""
    told = t("paper.told", what=one.heading, text=f"{one.area}. {one.finding}")
    return Cited(told, _quoted(one.quotes, t), more)


def _agenda(found: Findings, t: Wording) -> Iterator[Block]:
    if not found.agenda.items:
        yield Prose(t("paper.no_agenda"))
    for item in found.agenda.items:
        facts = f"{item.label} · {item.facts}" if item.facts else item.label
        yield Cited(f"{item.title} ({facts})", _quoted(item.quotes, t))


def _steps(found: Findings, t: Wording) -> Iterator[Block]:
    if not found.steps:
        yield Prose(t("steps.none"))
    for step in found.steps:
        told = t("paper.told", what=step.who, text=f"{step.what} ({step.due})")
        yield Cited(told, _quoted([step.quote], t))


def _group(group: MomentGroup | None, t: Wording) -> Iterator[Block]:
    if group is None:
        yield Prose(t("paper.not_heard"))
        return
    for line in group.lines:
        yield Cited(line.detail or "", _quoted([line.quote], t))


def _quoted(quotes: Iterable[Quoted], t: Wording) -> tuple[tuple[str, str], ...]:
    """Each quote, then who said it, on which side and when."""
    return tuple(
        (
            t("report.quote", text=one.text),
            f"{one.name} ({t(f'side.{one.side}').lower()}), {one.time}",
        )
        for one in quotes
    )


def _metrics(metrics: Iterable[Metric], t: Wording) -> Iterator[Block]:
    rows = tuple(_metric(one, t) for one in metrics)
    if rows:
        yield Grid((t("paper.metric"), t("paper.means"), t("paper.value")), rows, words=2)


def _metric(one: Metric, t: Wording) -> tuple[str, ...]:
    value = shown(one, one.value, t)
    if one.band and one.value is not None:
        low, high = (shown(one, end, t) for end in one.band)
        value = t("report.among", value=value, low=low, high=high)
    told = why_hidden(one, t) or t.metric_meaning(one.slug) or ""
    return (t.metric_name(one.slug), told, value)
