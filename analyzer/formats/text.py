"""The report as plain text and as Markdown."""

import re
from collections.abc import Iterator

from analyzer.formats.rendering import (
    Rendering,
    formula_of,
    headings,
    one_line,
    shown,
    speaker_names,
    title_of,
    why_hidden,
    worded_notices,
    words_for,
)
from analyzer.formats.wording import Wording, clock
from analyzer.report import CallReport

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_MARKUP = re.compile(r"[\\`*_\[\]{}|~$#]")
_BLOCK_START = re.compile(r"^(\d*)([-+=.)])(?=[\s=-]|$)")


def to_text(report: CallReport, rendering: Rendering) -> str:
    """Who said what and when, one utterance a line."""
    t = words_for(report, rendering)
    opening = [title_of(report, rendering, t), *headings(report, t)]
    notices = [f"! {notice}" for notice in worded_notices(report, t)]
    said = [f"{at} {name}: {text}" for at, name, text in _said(report, t)]
    blocks = (opening, notices, said or [t("transcript.empty")])
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def to_markdown(report: CallReport, rendering: Rendering) -> str:
    """Header, metrics as a table, transcript; whatever was said or named is escaped."""
    t = words_for(report, rendering)
    said = [f"**{at} {escaped(name)}:** {escaped(text)}" for at, name, text in _said(report, t)]
    paragraphs = (
        f"# {escaped(title_of(report, rendering, t))}",
        "  \n".join(escaped(line) for line in headings(report, t)),
        *(f"> {escaped(notice)}" for notice in worded_notices(report, t)),
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


def _said(report: CallReport, t: Wording) -> Iterator[tuple[str, str, str]]:
    """When, who and what, an utterance at a time."""
    names, hours = speaker_names(report, t), report.transcript.duration_s >= 3600
    for utterance in report.transcript.utterances:
        at = clock(utterance.span.start, hours=hours)
        yield f"[{at}]", names[utterance.speaker], one_line(utterance.text)


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
