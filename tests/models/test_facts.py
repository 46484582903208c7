from collections import Counter
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from analyzer import CallReport
from analyzer.codec import report_to_json
from analyzer.metrics import DEFINITIONS, Source
from analyzer.recording import Meeting, Participant, Side
from analyzer.talk_metrics import TALK_DEFINITIONS
from models.facts import COLUMNS, facts_of
from models.reports import keep_report
from models.tables import CallFacts
from tests.builders import conversation, hearing, turn
from tests.models.kept_calls import FIXTURES, fixture_report, new_call, understood

ID = uuid4()
FOUND = (
    "objections",
    "prices",
    "decisions",
    "commitments",
    "positives",
    "negatives",
    "next_steps",
    "next_steps_dated",
    "next_steps_seller",
    "next_steps_buyer",
)
"""Counts of what is found by phrases."""
SELLING = [
    ("A", "Hello, this is Ann Lee from Rotago. So what do you use today?"),
    ("B", "We use a spreadsheet. It is too expensive for us, we have no budget."),
    ("A", "Our price is 400 pounds a month. I will send you a proposal tomorrow."),
]
GUESTS = Meeting(
    participants=(
        Participant("Ann Lee", Side.SELLER, company="Rotago"),
        Participant("Bob Ray", Side.BUYER, company="Halden"),
    )
)


def facts(report: CallReport) -> dict[str, Any]:
    return facts_of(report, ID).model_dump()


def kept(session: Session, report: CallReport) -> CallFacts:
    call = new_call(session)
    keep_report(session, call, report)
    return session.get_one(CallFacts, call.id)


def test_every_metric_has_a_column() -> None:
    assert set(COLUMNS) == {one.slug for one in (*DEFINITIONS, *TALK_DEFINITIONS)}
    assert set(COLUMNS.values()) <= set(CallFacts.model_fields)


@pytest.mark.parametrize("name", FIXTURES)
def test_facts_agree_with_the_report(session: Session, name: str) -> None:
    told, row = report_to_json(fixture_report(name)), kept(session, fixture_report(name))
    assert {slug: getattr(row, column) for slug, column in COLUMNS.items()} == {
        slug: metric["value"] for slug, metric in told["metrics"].items()
    }
    kinds = Counter(one["kind"] for one in told["moments"])
    assert (row.objections, row.prices, row.decisions) == (
        kinds["objection"],
        kinds["pricing"],
        kinds["decision"],
    )
    assert (row.commitments, row.positives, row.negatives) == (
        kinds["commitment"],
        kinds["positive"],
        kinds["negative"],
    )
    asked = [one for one in told["moments"] if one["kind"] == "question"]
    assert row.buyer_questions == sum(one["side"] == "buyer" for one in asked)
    assert row.seller_questions == sum(one["side"] == "seller" for one in asked)
    steps = [one for one in told["moments"] if one["kind"] == "next_step"]
    assert (row.next_steps, row.next_steps_dated) == (
        len(steps),
        sum(one["due"] is not None for one in steps),
    )
    sides = {one["id"]: one["side"] for one in told["speakers"]}
    owners = Counter(sides.get(one["owner"]) for one in steps)
    assert (row.next_steps_seller, row.next_steps_buyer) == (owners["seller"], owners["buyer"])
    assert (row.duration_s, row.language) == (told["duration"], told["language"])
    assert (row.call_type, row.source) == (
        told["call_type"]["value"],
        told["metrics"]["talk_ratio"]["source"],
    )


@pytest.mark.parametrize("name", FIXTURES)
def test_facts_of_people_agenda_and_firsts_agree_too(session: Session, name: str) -> None:
    told, row = report_to_json(fixture_report(name)), kept(session, fixture_report(name))
    sides = Counter(one["side"] for one in told["speakers"])
    assert (row.people, row.sellers, row.buyers) == (
        len(told["speakers"]),
        sides["seller"],
        sides["buyer"],
    )
    statuses = Counter(one["status"] for one in told["agenda"])
    assert (row.agenda_items, row.agenda_covered, row.agenda_touched, row.agenda_coverage) == (
        len(told["agenda"]),
        statuses["covered"],
        statuses["touched"],
        told["agenda_coverage"],
    )
    rivals = [one for one in told["moments"] if one["kind"] == "competitor"]
    prices = [one["start"] for one in told["moments"] if one["kind"] == "pricing"]
    assert row.competitors == len({one["name"] for one in rivals})
    assert row.first_competitor_s == min((one["start"] for one in rivals), default=None)
    assert row.first_price_s == min(prices, default=None)
    ratio = row.seller_speech_s / (row.seller_speech_s + row.buyer_speech_s)
    assert row.talk_ratio == pytest.approx(ratio, abs=1e-4)


def test_where_nobody_speaks_nothing_was_found() -> None:
    found = facts(understood(hearing()))
    assert {name: found[name] for name in (*FOUND, "competitors")} == dict.fromkeys(
        (*FOUND, "competitors"), 0
    )
    assert (found["people"], found["silence_share"], found["talk_ratio"]) == (0, 1.0, None)
    for name in ("seller_questions", "buyer_questions", "seller_speech_s", "agenda_coverage"):
        assert found[name] is None


def test_where_no_words_were_heard_nothing_of_what_was_said_is_known() -> None:
    found = facts(understood(hearing(turns=[turn("A", 0, 5), turn("B", 6, 20)])))
    said = (*FOUND, "competitors", "seller_questions", "buyer_questions", "words_per_min")
    assert {name: found[name] for name in said} == dict.fromkeys(said)
    assert (found["people"], found["silence_share"]) == (2, pytest.approx(41 / 60, abs=1e-4))


def test_where_sides_are_unknown_their_numbers_are_too() -> None:
    report = understood(conversation([("A", "One of them."), ("B", "And another.")]))
    found = facts(report)
    assert (found["sellers"], found["buyers"], found["people"]) == (0, 0, 2)
    for name in ("talk_ratio", "seller_questions", "buyer_questions", "seller_speech_s"):
        assert found[name] is None
    assert found["objections"] == 0


def test_an_unknown_language_hides_what_could_be_missed_but_not_what_was_found() -> None:
    found = facts(understood(conversation([("A", "Ist das zu teuer?")], language="de")))
    assert {name: found[name] for name in FOUND} == dict.fromkeys(FOUND)
    assert found["competitors"] == 0
    report = understood(conversation(SELLING), GUESTS)
    assert facts(report)["prices"] == 2
    foreign = replace(report, transcript=replace(report.transcript, language="de"))
    assert (facts(foreign)["prices"], facts(foreign)["positives"]) == (2, None)


def test_a_call_without_a_seller_has_the_numbers_of_its_buyer() -> None:
    report = understood(conversation(SELLING), GUESTS)
    sides = {Side.SELLER: 0, Side.BUYER: 0, **Counter(one.side for one in report.speakers)}
    assert sides == {Side.SELLER: 1, Side.BUYER: 1}
    found = facts(report)
    assert (found["sellers"], found["buyers"], found["objections"]) == (1, 1, 1)
    assert found["first_price_s"] > 0
    bought = replace(
        report, speakers=tuple(one for one in report.speakers if one.side is Side.BUYER)
    )
    assert facts(bought)["seller_speech_s"] is None
    assert facts(bought)["buyer_speech_s"] == found["buyer_speech_s"]


def test_the_source_is_that_of_the_numbers() -> None:
    report = understood(conversation(SELLING), GUESTS)
    corrected = {
        slug: replace(one, source=Source.CORRECTED) for slug, one in report.metrics.items()
    }
    assert facts(report)["source"] == "diarized"
    assert facts(replace(report, metrics=corrected))["source"] == "corrected"
    assert facts(replace(report, metrics={}, channels=2))["source"] == "stereo"


def test_times_that_were_only_reckoned_are_told_from_those_heard() -> None:
    heard = conversation(SELLING)
    assert facts(understood(heard))["has_reckoned_times"] is False
    read = replace(heard, engines={"transcript": "txt", "times": "reckoned"})
    assert facts(understood(read))["has_reckoned_times"] is True


def test_a_source_that_is_none_is_refused(session: Session) -> None:
    row = kept(session, understood(conversation(SELLING), GUESTS))
    with pytest.raises(IntegrityError, match="ck_call_facts_source"):
        session.execute(
            text("UPDATE call_facts SET source = 'guessed' WHERE call_id = :id"),
            {"id": UUID(str(row.call_id))},
        )
