"""The coaching report of a rep as a document: what to keep, what to work on, and the proof."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, timedelta

from analyzer.formats.rendering import one_line
from analyzer.formats.wording import DASH, typeset
from api.coaching_words import Pen, coaching_words
from api.document import Block, Cited, Document, Grid, Part, Prose
from models.behaviours import BY_SLUG, FEWEST
from models.coaching.agenda import ItemOverCalls
from models.coaching.promises import Promise
from models.coaching.report import GoalFollowed, RepReport
from models.coaching.strengths import Area, TipQuote
from models.coaching.trends import FEWEST_REPS
from models.coaching.worth_hearing import WorthHearing

_POINTS = 6
"""Weeks or months that are told one by one, the latest."""


def coaching_page(report: RepReport, language: str) -> Document:
    """All of a report in words; what was said and advised stays in the language of its call."""
    t = coaching_words(language)
    pen = Pen(t, report.zone)
    parts = (
        ("headline", _headline(report, pen)),
        ("behaviours", _behaviours(report, pen)),
        ("trend", _trend(report, pen)),
        ("strengths", _areas([one for one in report.areas if one.is_strength], pen)),
        ("improve", _areas([one for one in report.areas if not one.is_strength], pen)),
        ("agenda", _agenda(report.agenda, pen)),
        ("promises", _promises(report, pen)),
        ("coached", _coached(report, pen)),
        ("scorecards", _scorecards(report, pen)),
        ("best", _hearing(report.listening.best, pen)),
        ("instructive", _hearing(report.listening.instructive, pen)),
        ("goals", _goals(report.goals, pen)),
        ("remarks", _remarks(report, pen)),
    )
    made = ((name, tuple(blocks) or (Prose(t("report.nothing")),)) for name, blocks in parts)
    return Document(
        one_line(t("report.title", name=report.rep_name)),
        tuple(_facts(report, pen)),
        tuple(Part(t(f"part.{name}"), blocks) for name, blocks in made),
        t.language,
        report.made_at.astimezone(UTC),
    )


def _facts(report: RepReport, pen: Pen) -> Iterator[str]:
    t, heard = pen.t, report.heard
    if report.team_name:
        yield one_line(report.team_name)
    last = report.period.until - timedelta(microseconds=1)
    yield t("report.period", first=pen.day(report.period.since), last=pen.day(last))
    minutes = t.number(heard.minutes)
    yield t("report.heard", calls=heard.calls, minutes=minutes, before=heard.calls_before)
    if heard.private_calls:
        yield t("report.private", n=heard.private_calls)
    yield t("report.made", at=pen.moment(report.made_at))


def _headline(report: RepReport, pen: Pen) -> Iterator[Block]:
    if keep := report.headline.keep:
        yield _cited(keep, pen, "headline.keep")
    for area in report.headline.work_on:
        yield _cited(area, pen, "headline.work_on")


def _cited(area: Area, pen: Pen, key: str) -> Cited:
    """An area with the best call to replay."""
    told = pen.t(key, area=pen.area(area.area), calls=pen.calls(area.calls))
    first = area.quotes[:1]
    return Cited(told, tuple(pen.quote(one.replay) for one in first), _advice(first, pen))


def _advice(quotes: Sequence[TipQuote], pen: Pen) -> str:
    found = next((one.try_next for one in quotes if one.try_next), None)
    return pen.t("report.try", text=_told(found, pen)) if found else ""


def _told(text: str, pen: Pen) -> str:
    return one_line(typeset(text, pen.t.language))


def _behaviours(report: RepReport, pen: Pen) -> Iterator[Block]:
    t = pen.t
    head = tuple(t(f"head.{one}") for one in ("behaviour", "now", "before", "won"))
    told = {
        one.slug: [pen.reading(of, one.slug) for of in (one.now, one.before, one.won)]
        for one in report.behaviours
    }
    rows = [(pen.behaviour(slug), *cells) for slug, cells in told.items() if set(cells) != {DASH}]
    if rows:
        yield Grid(head, tuple(rows))
    yield Prose(t("report.fewest", dash=DASH, n=FEWEST, reps=FEWEST_REPS), is_small=True)
    won = report.won_calls
    counts = {"reps": won.reps, "day": pen.day(won.since)}
    if won.calls is None:
        yield Prose(t("report.won_few", **counts), is_small=True)
    else:
        yield Prose(t("report.won", calls=won.calls, **counts), is_small=True)


def _trend(report: RepReport, pen: Pen) -> Iterator[Block]:
    days = sorted({point.starts_on for one in report.behaviours for point in one.points})[-_POINTS:]
    rows = []
    for one in report.behaviours:
        by_day = {point.starts_on: point.reading for point in one.points}
        values = [by_day[day].value if day in by_day else None for day in days]
        told = [DASH if value is None else pen.value(value, one.unit) for value in values]
        if set(told) - {DASH}:
            rows.append((pen.behaviour(one.slug), *told))
    if rows:
        yield Grid((pen.t("head.behaviour"), *(pen.month(day) for day in days)), tuple(rows))


def _areas(areas: Iterable[Area], pen: Pen) -> Iterator[Block]:
    for area in areas:
        calls, before = pen.calls(area.calls), pen.calls(area.calls_before)
        told = pen.t("area_in.calls", area=pen.area(area.area), calls=calls, before=before)
        if area.quotes:
            told = f"{told}. {_told(area.quotes[0].text, pen)}"
        quotes = tuple(pen.quote(one.replay) for one in area.quotes)
        yield Cited(told, quotes, _advice(area.quotes, pen))


def _agenda(items: Sequence[ItemOverCalls], pen: Pen) -> Iterator[Block]:
    names = ("item", "covered", "touched", "not_found", "hear")
    rows = tuple(
        (
            one_line(one.title),
            pen.place(one.heard.title, one.heard.started_at, one.heard.start_s)
            if one.heard
            else "",
            pen.share(one.covered),
            str(one.touched),
            str(one.not_found),
        )
        for one in items
    )
    if rows:
        item, covered, touched, not_found, hear = (pen.t(f"head.{one}") for one in names)
        yield Grid((item, hear, covered, touched, not_found), rows, words=2)


def _promises(report: RepReport, pen: Pen) -> Iterator[Block]:
    t, made = pen.t, report.promises
    if made.kept + made.late + made.forgotten + made.not_due + made.without_deal == 0:
        return
    yield Prose(t("promises.rate", share=pen.share(made.kept_rate)))
    counts = {name: getattr(made, name) for name in ("kept", "late", "forgotten", "not_due")}
    yield Prose(t("promises.counts", **counts))
    if made.without_deal:
        yield Prose(t("promises.without", n=made.without_deal), is_small=True)
    for name, promises in (("forgotten", made.forgotten_now), ("coming", made.coming)):
        if promises:
            yield Prose(
                f"{t(f'part.{name}')}{typeset(' :' if t.language == 'fr' else ':', t.language)}"
            )
        yield from (_promise(one, pen) for one in promises)


def _promise(one: Promise, pen: Pen) -> Cited:
    quote, where = pen.quote(one.replay)
    due = pen.t.day(one.due_on)
    told = pen.t("promises.one", text=one_line(one.text), deal=one_line(one.deal_name), day=due)
    return Cited(told, ((quote, where),))


def _coached(report: RepReport, pen: Pen) -> Iterator[Block]:
    names = ("area", "first", "shows", "again", "before", "after")
    rows = tuple(
        (
            pen.area(one.area),
            pen.place(one.first.replay.title, one.first.replay.started_at, None),
            pen.behaviour(one.behaviour) if one.behaviour else "",
            pen.calls(one.again),
            *(pen.reading(of, one.behaviour or "") for of in (one.before, one.after)),
        )
        for one in report.coached
    )
    if rows:
        yield Grid(tuple(pen.t(f"head.{one}") for one in names), rows, words=3)
        yield Prose(pen.t("report.since"), is_small=True)


def _scorecards(report: RepReport, pen: Pen) -> Iterator[Block]:
    rows = tuple(
        (
            pen.t.named("scorecard", one.scorecard),
            pen.t.named("criterion", one.criterion),
            next((pen.quote(quote)[1] for quote in one.quotes), ""),
            pen.calls(one.found),
        )
        for one in report.scorecards
    )
    if rows:
        head = (pen.t(f"head.{one}") for one in ("scorecard", "criterion", "hear", "found"))
        yield Grid(tuple(head), rows, words=3)


def _hearing(calls: Sequence[WorthHearing], pen: Pen) -> Iterator[Block]:
    for call in calls:
        reasons = []
        for one in call.reasons:
            said = pen.t("report.quote", text=one_line(one.quote)) if one.quote else ""
            reasons.append((said, pen.at(pen.t(f"hear.{one.why}"), one.start_s)))
        yield Cited(pen.place(call.title, call.started_at, None), tuple(reasons))


def _goals(goals: Sequence[GoalFollowed], pen: Pen) -> Iterator[Block]:
    t = pen.t
    for goal in goals:
        state, day = t(f"state.{goal.state}"), t.day(goal.agreed_on)
        told = t("goal.line", text=one_line(goal.text), state=state, day=day)
        notes = tuple(
            (
                "",
                t(
                    "goal.note",
                    author=one_line(one.author_name or DASH),
                    day=pen.day(one.written_at),
                    text=one_line(one.text),
                ),
            )
            for one in goal.notes
        )
        yield Cited(told, notes, " \N{MIDDLE DOT} ".join(_followed(goal, pen)))


def _followed(goal: GoalFollowed, pen: Pen) -> Iterator[str]:
    t = pen.t
    if goal.metric is not None and goal.metric in BY_SLUG:
        if goal.aim is not None:
            yield t("report.aim", value=pen.value(goal.aim, BY_SLUG[goal.metric].unit))
        before = pen.reading(goal.before, goal.metric)
        after = pen.reading(goal.after, goal.metric)
        yield t("goal.moved", name=pen.behaviour(goal.metric), before=before, after=after)
    if goal.review_on:
        yield t("goal.review", day=t.day(goal.review_on))


def _remarks(report: RepReport, pen: Pen) -> Iterator[Block]:
    for one in report.remarks:
        where = pen.place(one.title, one.started_at, one.start_s)
        yield Cited(one_line(f"{one.author_name}: {one.text}"), (("", where),))
