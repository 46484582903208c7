"""The report as Markdown: what was understood, numbers, transcript."""

import re
from collections.abc import Iterable, Iterator

from analyzer.formats.agenda_page import AgendaPart
from analyzer.formats.findings_page import Findings, Note, StepLine, TipCard, findings_of
from analyzer.formats.quoting import Quoted
from analyzer.formats.rendering import (
    Rendering,
    formula_of,
    headings,
    one_line,
    said_lines,
    shown,
    title_of,
    why_hidden,
    worded_notices,
    words_for,
)
from analyzer.formats.wording import Wording
from analyzer.report import CallReport

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_MARKUP = re.compile(r"[\\`*_\[\]{}|~$#]")
_BLOCK_START = re.compile(r"^(\d*)([-+=.)])(?=[\s=-]|$)")
_MOST = 12
"""Moments of a kind, questions least of all, are listed up to so many."""


def to_markdown(report: CallReport, rendering: Rendering) -> str:
    """Header, findings, metrics as a table, transcript; whatever was said is escaped."""
    t = words_for(report, rendering)
    found = findings_of(report, t)
    said = [
        f"**[{at}] {escaped(who)}:** {escaped(text)}" for at, who, text in said_lines(report, t)
    ]
    paragraphs = (
        f"# {escaped(title_of(report, rendering, t))}",
        "  \n".join(escaped(line) for line in headings(report, t)),
        *(f"> {escaped(notice)}" for notice in worded_notices(report, t)),
        *(_findings(found, t) if found else ()),
        f"## {t('metrics.title')}",
        "\n".join(_table(report, t)),
        f"## {t('transcript.title')}",
        *(said or [t("transcript.empty")]),
    )
    return "\n\n".join(paragraphs) + "\n"


def escaped(text: str) -> str:
    """Text that no Markdown reader takes for markup."""
    text = "".join(_ENTITIES.get(sign, sign) for sign in text)
    return _BLOCK_START.sub(r"\1\\\2", _MARKUP.sub(r"\\\g<0>", text))


def _findings(found: Findings, t: Wording) -> Iterator[str]:
    """Every part as the page has it, in its order."""
    yield f"## {t('coaching.title')}"
    yield from _tips(found.tips, t) if found.tips else (t("coaching.none"),)
    if found.note:
        yield from _note(found.note, t)
    yield f"## {t('steps.title')}"
    yield "\n".join(_steps(found.steps, t)) if found.steps else t("steps.none")
    yield from _agenda(found.agenda, t)
    yield from _topics(found, t)
    yield from _moments(found, t)
    yield from _scorecards(found, t)


def _tips(tips: Iterable[TipCard], t: Wording) -> Iterator[str]:
    for tip in tips:
        yield f"### {tip.heading}: {escaped(tip.area)}"
        yield escaped(tip.finding)
        yield _list(map(_quote, tip.quotes))
        if tip.try_next:
            yield f"**{t('coaching.try_next')}:** {escaped(tip.try_next)}"


def _note(note: Note, t: Wording) -> Iterator[str]:
    yield f"## {t('note.title')}"
    for section in note.sections:
        yield f"### {section.heading}"
        lines = (_with(line.text, (line.quote,)) for line in section.lines)
        yield _list(lines)
    if note.source:
        yield escaped(note.source)


def _steps(steps: Iterable[StepLine], t: Wording) -> Iterator[str]:
    yield f"| {t('steps.who')} | {t('steps.what')} | {t('steps.due')} | |"
    yield "|---|---|---|---|"
    for step in steps:
        cells = (step.who, step.what, step.due, f"[{step.quote.time}]")
        yield f"| {' | '.join(escaped(cell) for cell in cells)} |"


def _agenda(agenda: AgendaPart, t: Wording) -> Iterator[str]:
    yield f"## {t('agenda.title')}"
    if agenda.advice:
        yield escaped(agenda.advice)
    if agenda.items:
        yield f"{agenda.count}"
        lines = (
            (f"{item.title}: {item.label}" + (f" ({item.facts})" if item.facts else ""), item)
            for item in agenda.items
        )
        yield _list(_with(line, item.quotes) for line, item in lines)
    if agenda.extras:
        yield f"### {t('agenda.unplanned')}"
        yield _list(_with(f"{one.name} ({one.facts})", (one.quote,)) for one in agenda.extras)


def _topics(found: Findings, t: Wording) -> Iterator[str]:
    if found.topics:
        yield f"## {t('topics.title')}"
        yield _list(
            _with(f"{one.name}: {', '.join(filter(None, (one.share, one.split)))}", one.quotes[:1])
            for one in found.topics
        )


def _moments(found: Findings, t: Wording) -> Iterator[str]:
    if found.groups:
        yield f"## {t('moments.title')}"
    for group in found.groups:
        yield f"### {group.name} ({group.count})"
        lines = [_with(line.detail, (line.quote,)) for line in group.lines[:_MOST]]
        yield _list([*lines, *(["…"] if len(group.lines) > _MOST else [])])


def _scorecards(found: Findings, t: Wording) -> Iterator[str]:
    if found.scorecards or found.call_kind:
        yield f"## {t('scorecards.title')}"
    for card in found.scorecards:
        yield f"### {escaped(card.name)} ({card.count})"
        missing = t("scorecards.not_found")
        yield _list(
            _with(one.question if one.quotes else f"{one.question} {missing}", one.quotes)
            for one in card.answers
        )
    if kind := found.call_kind:
        yield f"### {t('call_kind.title')}: {escaped(kind.name)}"
        yield escaped(kind.why)
        yield _list(map(_quote, kind.quotes))


def _quote(said: Quoted) -> str:
    return f"[{said.time}] **{escaped(said.name)}:** {escaped(said.text)}"


def _with(text: str | None, quotes: Iterable[Quoted]) -> str:
    """Text with its quotes as a list beneath, or the quotes alone."""
    if text is None:
        return "\n".join(map(_quote, quotes))
    return "\n".join((escaped(text), *(f"  - {_quote(one)}" for one in quotes)))


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _table(report: CallReport, t: Wording) -> Iterator[str]:
    """One row a metric: name, value, how it is measured."""
    yield f"| | | {t('metrics.formula')} | {t('metrics.source')} |"
    yield "|---|---:|---|---|"
    for metric in report.metrics.values():
        value = shown(metric, metric.value, t)
        if why := why_hidden(metric, t):
            value += f" ({why})"
        name, formula = t.metric_name(metric.slug), formula_of(metric, t)
        cells = (name, value, formula, t(f"source.{metric.source}"))
        yield f"| {' | '.join(escaped(one_line(cell)) for cell in cells)} |"
