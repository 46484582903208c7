"""What placeholders of a note stand for: lists and figures from the report of a call."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from analyzer.formats.wording import Wording
from analyzer.moments import Kind, Moment
from analyzer.recording import Side
from analyzer.report import CallReport
from api.crm.note_rendering import Line, Span, clean, clipped
from models.findings import next_step_rows

SUMMARISED = ("context", "needs", "objections", "decisions")
"""The sections of a summary that are not its next steps."""
ITEM = 1_000
"""The longest item, in signs."""


def _items(texts: Iterable[tuple[str | None, str]]) -> Iterator[Line]:
    """Items with what stands before them in bold, none of them twice."""
    for lead, text in dict.fromkeys(texts):
        told, bold = clipped(clean(text), ITEM), clean(lead or "")
        spans = (Span(f"{bold} " if told else bold, is_bold=True),) if bold else ()
        if told or spans:
            yield (*spans, *((Span(told),) if told else ()))


def stated(report: CallReport, key: str) -> Iterator[Line]:
    """The statements of a section of the summary."""
    said = (
        one
        for section in report.summary.sections
        if section.key == key
        for one in section.statements
    )
    return _items((None, one.text) for one in said)


def heard(report: CallReport, *kinds: Kind) -> list[Moment]:
    """The moments of some kinds, in time order."""
    return [one for one in report.moments if one.kind in kinds]


def _next_steps(report: CallReport, t: Wording) -> Iterator[Line]:
    steps = list(next_step_rows(report))
    return _items((t("crm_note.label", what=who_does(one, t)), step_text(one, t)) for one in steps)


def who_does(step: Mapping[str, Any], t: Wording) -> str:
    """Whose a next step is, by name or at least by side; `step` is a row of `next_step_rows`."""
    side = {"seller": "we", "buyer": "they"}.get(str(step["owner_side"]))
    return clean(step["owner"] or "") or (t(f"crm_note.{side}") if side else t("side.unknown"))


def step_text(step: Mapping[str, Any], t: Wording) -> str:
    """What is to be done, and by when if a day was said."""
    what = clipped(clean(step["text"]), ITEM - 50)
    return t("crm_note.step", what=what, day=t.day(step["due_on"])) if step["due_on"] else what


def _objections(report: CallReport, t: Wording) -> Iterator[Line]:
    for one in heard(report, "objection"):
        about = (
            t("crm_note.label", what=t.named("about.objection", one.about)) if one.about else None
        )
        yield from _items([(about, t("crm_note.quote", text=one.quote.text))])


def _competitors(report: CallReport, t: Wording) -> Iterator[Line]:
    """Each rival once, with what the buyer first said of it."""
    for name in rivals(report):
        said = (
            one
            for one in heard(report, "competitor")
            if one.name == name and one.side is Side.BUYER
        )
        first = next(said, None)
        lead = t("crm_note.label", what=clean(name)) if first else clean(name)
        yield from _items([(lead, t("crm_note.quote", text=first.quote.text) if first else "")])


def rivals(report: CallReport) -> list[str]:
    """The competitors named, each once."""
    return list(dict.fromkeys(one.name for one in heard(report, "competitor") if one.name))


def _prices(report: CallReport, t: Wording) -> Iterator[Line]:
    """Each sum once, with the words it was first named in."""
    named: dict[tuple[float, str | None], Moment] = {}
    for one in heard(report, "pricing"):
        if one.amount is not None:
            named.setdefault((one.amount, one.currency), one)
    return _items(
        (
            t("crm_note.label", what=t.money(amount, currency)),
            t("crm_note.quote", text=one.quote.text),
        )
        for (amount, currency), one in named.items()
    )


def _agenda(report: CallReport, t: Wording) -> Iterator[Line]:
    return _items(
        (t("crm_note.label", what=one.item.title), t(f"agenda.{one.status}"))
        for one in report.coverage.items
    )


def _metrics(report: CallReport, t: Wording) -> Iterator[Line]:
    told = (
        (t("crm_note.talk_ratio"), _talk_ratio(report, t)),
        (t("crm_note.agenda"), _agenda_coverage(report, t)),
        (t("crm_note.duration"), t.duration(int(report.transcript.duration_s))),
    )
    return _items((t("crm_note.label", what=what), text) for what, text in told if text)


def _tips(report: CallReport, t: Wording) -> Iterator[Line]:
    best = (report.coaching.best,) if report.coaching.best else ()
    for one in (*best, *report.coaching.improve):
        lead = t("crm_note.label", what=t.named("area", one.area))
        more = f" {t('crm_note.try_next', text=one.try_next)}" if one.try_next else ""
        yield from _items([(lead, f"{one.finding}{more}")])


def _buyers(report: CallReport, t: Wording) -> str:
    """Who was heard for the buyer, else who was invited."""
    spoke = [one.name for one in report.speakers if one.side is Side.BUYER and one.name]
    invited = [one.name for one in report.meeting.participants if one.side is Side.BUYER]
    return t("crm_note.between").join(clean(one) for one in spoke or invited)


def _talk_ratio(report: CallReport, t: Wording) -> str:
    metric = report.metrics.get("talk_ratio")
    return "" if metric is None or metric.value is None else t.percent(metric.value, 0)


def _agenda_coverage(report: CallReport, t: Wording) -> str:
    items = report.coverage.items
    covered = sum(one.status == "covered" for one in items)
    return t.count("agenda.of", covered, total=len(items)) if items else ""


def first_step(report: CallReport) -> Mapping[str, Any] | None:
    """The step that is due first, else the one agreed first."""
    steps = list(next_step_rows(report))
    dated = [one for one in steps if one["due_on"]]
    return min(dated, key=lambda one: one["due_on"], default=next(iter(steps), None))


FIGURES: Mapping[str, Callable[[CallReport, Wording], str]] = {
    "buyers": _buyers,
    "talk_ratio": _talk_ratio,
    "agenda_coverage": _agenda_coverage,
}
"""What stands inside a line, by its placeholder; empty when it is not known."""
LISTS: Mapping[str, Callable[[CallReport, Wording], Iterator[Line]]] = {
    "context": lambda report, _: stated(report, "context"),
    "needs": lambda report, _: stated(report, "needs"),
    "decisions": lambda report, _: stated(report, "decisions"),
    "next_steps": _next_steps,
    "objections": _objections,
    "competitors": _competitors,
    "prices": _prices,
    "agenda": _agenda,
    "metrics": _metrics,
    "tips": _tips,
}
"""The items a placeholder stands for, by its name."""
