"""Reports as the formats write them, for tests."""

import dataclasses
from datetime import date

from analyzer.agenda import Coverage, ItemCoverage, Unplanned
from analyzer.call_type import CallType
from analyzer.coaching import Coaching, Tip
from analyzer.conversation import Quote
from analyzer.formats import FORMATS, Rendering
from analyzer.metrics import Metric, Source, Unit
from analyzer.moments import Moment
from analyzer.playbook import Criterion, Scorecard
from analyzer.recording import AgendaItem, Side
from analyzer.report import CallReport
from analyzer.scorecards import Answer, FilledScorecard
from analyzer.summary import Section, Statement, Summary
from analyzer.topics import Topic
from tests.builders import BUYER, SELLER, call_report, words

HOSTILE = "<img src=x onerror=alert(1)> </script><b> a|b *c* `d` -->"
AS_IT_COMES = Rendering()
DUE = date(2026, 9, 9)


def metric(slug: str, value: float | None, unit: Unit, **more: object) -> Metric:
    known = Metric(slug, value, unit, 1, f"formula of {slug}", Source.DIARIZED)
    return dataclasses.replace(known, **more)  # type: ignore[arg-type]


def short_call(**more: object) -> CallReport:
    said = [(SELLER, words("Hello there. How are you?", 1.0)), (BUYER, words("Fine, thanks.", 4.0))]
    return call_report(said, **more)  # type: ignore[arg-type]


def render(report: CallReport, name: str, rendering: Rendering = AS_IT_COMES) -> str:
    return FORMATS[name](report, rendering)


def understood_call(text: str = "Fine, thanks.", **more: object) -> CallReport:
    """A short call with a finding of every sort, each with one same quote of the buyer."""
    said = [(SELLER, words("Hello there. How are you?", 1.0)), (BUYER, words(text, 4.0))]
    report = call_report(said, **more)  # type: ignore[arg-type]
    heard = report.transcript.utterances[1]
    quote = Quote(1, heard.span, heard.text)
    tip = Tip("rule", "our_area", f"Found {text}", f"Try {text}", (quote,))
    items = (
        ItemCoverage(AgendaItem("a1", text), "covered", 0.25, 4.0, BUYER, (quote,)),
        ItemCoverage(AgendaItem("a2", "The price"), "not_found"),
    )
    card = Scorecard(
        "own",
        {"en": text},
        (Criterion("budget", {"en": "Budget?"}), Criterion("need", {"en": "Need?"})),
    )
    answers = (Answer(card.criteria[0], (quote,)), Answer(card.criteria[1]))
    return dataclasses.replace(
        report,
        moments=(
            Moment("question", SELLER, Side.SELLER, quote, is_open=True),
            Moment("objection", BUYER, Side.BUYER, quote, about="price"),
            Moment("pricing", BUYER, Side.BUYER, quote, amount=4800, currency="GBP", what=text),
            Moment("competitor", BUYER, Side.BUYER, quote, name=text),
            Moment("smalltalk", BUYER, Side.BUYER, quote),
            Moment("next_step", SELLER, Side.SELLER, quote, owner=BUYER, due=DUE, text=text),
            Moment("next_step", SELLER, Side.SELLER, quote, owner="Ann"),
        ),
        coverage=Coverage(items, 0.5, ("a1",), (Unplanned(text, heard.span, 0.1, quote),)),
        topics=(Topic(text, 0.3, (heard.span,), (quote,), 0.4),),
        call_type=CallType("our_kind", text, (quote,)),
        scorecards=(FilledScorecard(card, answers),),
        summary=Summary((Section("needs", (Statement(f"Note {text}", quote),)),), "a model"),
        coaching=Coaching(tip, (dataclasses.replace(tip, area="next_steps"),)),
    )
