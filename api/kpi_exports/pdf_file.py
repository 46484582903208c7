"""Answers on paper: what each means, a table of what it came to, bars over time."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from analyzer.formats.wording import DASH, Wording
from api.kpi_exports.bars import draw_bars
from api.kpi_exports.columns import definition_of, formula_of, name_of
from api.kpi_exports.shown import (
    between,
    group_name,
    notes,
    period_name,
    told,
    whole,
)
from api.kpi_exports.words import export_words
from api.pdf import About, Paper
from models.kpis import Answer, Group, Line, Measured

MOST_ROWS = 100
"""So many lines of an answer are told on paper."""
MOST_CHARTS = 6


def to_pdf(answers: Sequence[Answer], language: str) -> bytes:
    """Numbers, sums and days as the language writes them.

    An answer of more than `MOST_ROWS` lines is cut there, and says so.
    """
    t = export_words(language)
    title = name_of(answers[0], t) if len(answers) == 1 else t("export.title")
    made_at = max((one.asked_at for one in answers), default=datetime.now(UTC))
    paper = Paper(About(title, t.language, made_at))
    if len(answers) != 1:
        paper.title_line(title)
    for answer in answers:
        _answer(paper, answer, t)
    paper.ln(4)
    for note in (*notes(answers, t), *_running(answers, t)):
        paper.note(note)
    return bytes(paper.output())


def _answer(paper: Paper, answer: Answer, t: Wording) -> None:
    paper.heading(name_of(answer, t))
    paper.paragraph(definition_of(answer, t))
    paper.note(f"{t('column.formula')}{t('export.colon')}{formula_of(answer, t)}")
    for groups, lines in _by_group(answer)[:MOST_CHARTS]:
        if groups and len(lines) > 1:
            paper.subheading(", ".join(group_name(one, t) for one in groups))
        draw_bars(paper, answer, lines, t)
    _table(paper, answer, t)


def _table(paper: Paper, answer: Answer, t: Wording) -> None:
    """The lines, without columns in which nothing is."""
    shown, words = answer.lines[:MOST_ROWS], len(answer.by) + 1
    columns = [
        (head, width, [tell(one) for one in shown]) for head, width, tell in _columns(answer, t)
    ]
    columns = [one for at, one in enumerate(columns) if at <= words or any(one[2])]
    heads, widths, cells = zip(*columns, strict=True)
    paper.grid(heads, list(zip(*cells, strict=True)), widths, words)
    if len(answer.lines) > len(shown):
        paper.note(t("export.more", n=len(answer.lines) - len(shown)))


def _columns(answer: Answer, t: Wording) -> Iterator[tuple[str, float, Callable[[Line], str]]]:
    """The heading of each column, how wide it is beside others, and what it tells of a line."""
    for at, dimension in enumerate(answer.by):
        yield t(f"dimension.{dimension}"), 1.4, _group(at, t)
    yield t("column.period"), 1.4, lambda line: period_name(line.span, t)
    yield t("column.value"), 1.2, lambda line: told(line.measured, answer, t)
    yield t("column.interval"), 1.5, lambda line: between(line.measured.interval, answer, t)
    yield t("column.n"), 0.7, lambda line: whole(line.measured.n, t)
    yield t("column.missing"), 0.8, lambda line: whole(line.measured.missing or None, t)
    yield t("column.before"), 1.1, lambda line: _maybe(line.before, answer, t)
    yield t("column.year_before"), 1.1, lambda line: _maybe(line.year_before, answer, t)
    yield t("column.target"), 1.1, lambda line: _target(line, answer, t)


def _group(at: int, t: Wording) -> Callable[[Line], str]:
    return lambda line: group_name(line.groups[at], t)


def _maybe(earlier: Measured | None, answer: Answer, t: Wording) -> str:
    if earlier is None:
        return ""
    if earlier.value is None:
        return DASH
    return t.amount(earlier.value, answer.unit, answer.currency)


def _target(line: Line, answer: Answer, t: Wording) -> str:
    """What was to be reached, and how far it is."""
    if line.reached is None:
        return ""
    aim = t.amount(line.reached.target, answer.unit, answer.currency)
    share = line.reached.share
    return aim if share is None else f"{aim} ({t.percent(share)})"


def _by_group(answer: Answer) -> list[tuple[tuple[Group, ...], list[Line]]]:
    """The lines of each group, in their order."""
    found: dict[tuple[Group, ...], list[Line]] = {}
    for line in answer.lines:
        found.setdefault(line.groups, []).append(line)
    return list(found.items())


def _running(answers: Sequence[Answer], t: Wording) -> tuple[str, ...]:
    is_running = any(line.span.is_running for one in answers for line in one.lines)
    return (t("export.running"),) if is_running else ()
