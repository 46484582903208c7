"""How a report is to be written down, and what every format says the same way."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from analyzer.formats.wording import Wording, clock, wording
from analyzer.metrics import LEAST_REPLIES, Metric
from analyzer.report import CallReport
from analyzer.speech import UNPRINTABLE, UNREADABLE, SpeakerId

_BREAKING_SPACES = re.compile(r"[^\S\u00a0\u202f]+")
_FORMULA = re.compile(r" *[\t\r\n]|\s*[=+\-@＝＋－＠]")  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class Rendering:
    """Choices of whoever asks for a file; the defaults suit a report without its recording."""

    language: str | None = None
    """Language of the page; None takes the call's own, and English where we have no words."""
    file_name: str | None = None
    """The recording's name, shown when the meeting has no title."""
    source: Path | None = None
    """The recording to make playable; only pages play."""
    audio: Literal["embed", "none"] = "embed"
    """`none` leaves the recording out: beyond 90 minutes a page passes 25 MB."""


def words_for(report: CallReport, rendering: Rendering) -> Wording:
    """The words a reader of this report expects."""
    return wording(rendering.language or report.transcript.language)


def title_of(report: CallReport, rendering: Rendering, t: Wording) -> str:
    """The meeting's title, else the recording's name."""
    return one_line(report.meeting.title or rendering.file_name or t("page.untitled"))


def speaker_names(report: CallReport, t: Wording) -> Mapping[SpeakerId, str]:
    """A name for every voice; the unnamed are numbered as they are listed."""
    return {
        speaker.id: one_line(speaker.name or t("speaker.unnamed", number=number))
        for number, speaker in enumerate(report.speakers, start=1)
    }


def headings(report: CallReport, t: Wording) -> Iterator[str]:
    """The lines under the title: when, how long, which deal, who."""
    meeting, names = report.meeting, speaker_names(report, t)
    when = t.date(meeting.started_at) if meeting.started_at else None
    length = t.duration(int(report.transcript.duration_s))
    yield " · ".join(filter(None, (when, length, t.language_name(report.transcript.language))))
    if meeting.deal and meeting.deal.name:
        yield t("page.deal", name=one_line(meeting.deal.name))
    people = (f"{names[one.id]} ({t(f'side.{one.side}').lower()})" for one in report.speakers)
    if line := ", ".join(people):
        yield line


def said_lines(report: CallReport, t: Wording) -> Iterator[tuple[str, str, str]]:
    """When, who and what, an utterance at a time."""
    names, hours = speaker_names(report, t), report.transcript.duration_s >= 3600
    for utterance in report.transcript.utterances:
        at = clock(utterance.span.start, hours=hours)
        yield at, names[utterance.speaker], one_line(utterance.text)


def shown(metric: Metric, value: float | None, t: Wording) -> str:
    """A metric's value, or one end of its band, as its unit is written; a dash for None."""
    if value is None:
        return "\N{EN DASH}"
    match metric.unit:
        case "share":
            return t.percent(value)
        case "seconds":
            return t.duration(value)
        case "per_minute":
            return t("number.per_minute", value=t.number(value, 0 if value >= 100 else 1))
        case "count":
            return t.number(value)


def formula_of(metric: Metric, t: Wording) -> str:
    """How a metric is made, in the reader's language; a team's own metric has only its own."""
    return t.metric_formula(metric.slug) or metric.formula


def why_hidden(metric: Metric, t: Wording) -> str | None:
    """Why there is no value, as a sentence without a full stop."""
    if metric.why_hidden is None:
        return None
    return t(f"why_hidden.{metric.why_hidden}", n=metric.n or 0, least=LEAST_REPLIES)


def worded_notices(report: CallReport, t: Wording) -> tuple[str, ...]:
    """What to know before reading on, and what to do about it."""
    return tuple(t(f"notice.{notice}") for notice in report.notices)


def one_line(text: str) -> str:
    """Text as a single line: names and words come from outside and may hold anything."""
    return UNPRINTABLE.sub(UNREADABLE, _BREAKING_SPACES.sub(" ", text)).strip()


def harmless(cell: object) -> object:
    """A cell of a table; a text that a spreadsheet would run has an apostrophe before it."""
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell
