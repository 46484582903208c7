import json
from dataclasses import replace
from datetime import UTC, datetime
from threading import Barrier, Thread
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, func, text
from sqlmodel import Session, SQLModel, col, select

from analyzer import CallReport, Hearing
from analyzer.codec import report_to_json
from analyzer.recording import AgendaItem as Planned
from analyzer.recording import Meeting, Participant, Side
from models.database import session_scope
from models.errors import BadInput, Missing
from models.findings import FINDINGS
from models.reports import forget_report, keep_passages, keep_report, read_report_json
from models.tables import (
    AgendaItem,
    Call,
    CallFacts,
    CallTopic,
    Comment,
    Moment,
    NextStep,
    Passage,
    Playbook,
    Report,
    ScorecardAnswer,
    Tip,
    Utterance,
)
from tests.builders import BUYER, SELLER, call_report, conversation, hearing, words
from tests.models.kept_calls import (
    FIXTURES,
    fixture_report,
    new_call,
    understood,
)

LINES = [
    ("A", "So what do you use today?"),
    ("B", "We use Optima, it costs 400 pounds a month. That is too expensive."),
    ("A", "I will send you a proposal tomorrow."),
    ("B", "Great, thank you. I will ask my boss on Friday."),
]
MEETING = Meeting(
    title="Demo",
    started_at=datetime(2026, 3, 2, 10, tzinfo=UTC),
    participants=(Participant("Ann Lee", Side.SELLER), Participant("Bob Ray", Side.BUYER)),
    agenda=(Planned("a1", "Pricing and discount"), Planned("a2", "Next steps")),
    competitors=("Optima",),
)


def small_report() -> CallReport:
    return understood(conversation(LINES), MEETING)


def rows(session: Session, table: type[SQLModel], call: Call) -> list[SQLModel]:
    order = table.start_s if hasattr(table, "start_s") else table.position
    return list(session.exec(select(table).where(table.call_id == call.id).order_by(order)))


def counts(session: Session) -> dict[str, int]:
    tables = (Report, CallFacts, Passage, *FINDINGS)
    return {
        one.__tablename__: session.exec(select(func.count(col(one.call_id)))).one()
        for one in tables
    }


def passage(position: int = 0, call_id: UUID | None = None) -> Passage:
    return Passage(
        call_id=call_id or uuid4(),
        position=position,
        first_utterance=0,
        last_utterance=1,
        start_s=0.0,
        end_s=2.0,
        vector=[0.5] * 384,
    )


@pytest.mark.parametrize("name", FIXTURES)
def test_the_report_is_read_by_the_keys_of_the_contract(session: Session, name: str) -> None:
    call = new_call(session)
    keep_report(session, call, fixture_report(name))
    assert json.loads(read_report_json(session, call.id)) == report_to_json(fixture_report(name))


@pytest.mark.parametrize("name", FIXTURES)
def test_every_finding_has_its_row(session: Session, name: str) -> None:
    call = new_call(session)
    keep_report(session, call, fixture_report(name))
    told = report_to_json(fixture_report(name))
    said = rows(session, Utterance, call)
    assert [(one.position, one.speaker, one.start_s, one.end_s, one.text) for one in said] == [
        (n, one["speaker"], one["start"], one["end"], " ".join(w["text"] for w in one["words"]))
        for n, one in enumerate(told["utterances"])
    ]
    sides = {one["id"]: one["side"] for one in told["speakers"]}
    assert all(one.side == sides[one.speaker] and one.language == told["language"] for one in said)
    found = session.exec(select(Moment).order_by(col(Moment.id))).all()
    assert [moment_json(one) for one in found] == told["moments"]
    items = rows(session, AgendaItem, call)
    assert [(one.ref, one.title, one.status, one.share, one.first_at_s) for one in items] == [
        (one["id"], one["title"], one["status"], one["share"], one["first_at"])
        for one in told["agenda"]
    ]
    topics = rows(session, CallTopic, call)
    assert [(one.name, one.share) for one in topics] == [
        (one["name"], one["share"]) for one in told["topics"]
    ]


def moment_json(one: Moment) -> dict[str, object]:
    """A moment's row as the report's JSON has it."""
    times = {"start": one.start_s, "end": one.end_s}
    details = {
        "open": one.is_open,
        "about": one.about,
        "amount": one.amount,
        "currency": one.currency,
        "what": one.what,
        "name": one.name,
        "owner": one.owner,
        "due": one.due_on.isoformat() if one.due_on else None,
        "text": one.text,
    }
    always = {"owner", "due", "text"} if one.kind == "next_step" else set()
    return {
        "kind": one.kind,
        "speaker": one.speaker,
        "side": one.side,
        **times,
        "quote": {"utterance": one.utterance, **times, "text": one.quote},
        **{key: value for key, value in details.items() if value is not None or key in always},
    }


@pytest.mark.parametrize("name", FIXTURES)
def test_coaching_and_scorecards_have_their_rows(session: Session, name: str) -> None:
    call = new_call(session)
    keep_report(session, call, fixture_report(name))
    told = report_to_json(fixture_report(name))
    tips = [(tip, True) for tip in (told["tips"]["best"],) if tip]
    tips += [(tip, False) for tip in told["tips"]["improve"]]
    kept = session.exec(select(Tip).order_by(col(Tip.position))).all()
    assert [(one.rule, one.area, one.text, one.try_next, one.is_best) for one in kept] == [
        (tip["rule"], tip["area"], tip["finding"], tip["try_next"], is_best)
        for tip, is_best in tips
    ]
    assert all(
        one.quote == tip["quotes"][0]["text"] for one, (tip, _) in zip(kept, tips, strict=True)
    )
    answers = session.exec(select(ScorecardAnswer).order_by(col(ScorecardAnswer.id))).all()
    assert [(one.scorecard, one.criterion, one.is_found) for one in answers] == [
        (card["id"], answer["id"], answer["found"])
        for card in told["scorecards"]
        for answer in card["answers"]
    ]
    assert answers


def test_a_next_step_tells_whose_it_is(session: Session) -> None:
    call = new_call(session)
    keep_report(session, call, small_report())
    kept = rows(session, NextStep, call)
    owners = {one.id: one for one in small_report().speakers}
    steps = [one for one in small_report().moments if one.kind == "next_step"]
    assert len(kept) == len(steps) >= 1
    for row, step in zip(kept, steps, strict=True):
        owner = owners[step.owner]
        assert (row.owner, row.owner_speaker, row.due_on) == (owner.name, owner.id, step.due)
        assert row.owner_side == (None if owner.side is Side.UNKNOWN else owner.side.value)
        assert (row.text, row.quote, row.utterance) == (
            step.text,
            step.quote.text,
            step.quote.utterance,
        )


@pytest.mark.parametrize(
    ("owner", "people", "side"),
    [
        ("Inès", (Participant("Ines Morel", Side.BUYER),), "buyer"),
        ("ines morel", (Participant("Inès Morel", Side.SELLER),), "seller"),
        ("Inès", (Participant("Ines A", Side.BUYER), Participant("Ines B", Side.SELLER)), None),
        ("Inès", (Participant("Ines A", Side.BUYER), Participant("Ines B", Side.BUYER)), "buyer"),
        ("Inès", (Participant("Ines A"),), None),
        ("Somebody", (Participant("Ines A", Side.BUYER), Participant("", Side.BUYER)), None),
        (None, (Participant("", Side.BUYER),), None),
    ],
)
def test_whoever_was_only_spoken_of_is_found_among_the_guests(
    session: Session, owner: str | None, people: tuple[Participant, ...], side: str | None
) -> None:
    call, report = new_call(session), small_report()
    moments = tuple(replace(one, owner=owner) for one in report.moments if one.kind == "next_step")
    meeting = replace(report.meeting, participants=people)
    keep_report(session, call, replace(report, moments=moments[:1], meeting=meeting))
    [row] = rows(session, NextStep, call)
    assert (row.owner, row.owner_speaker, row.owner_side) == (owner, None, side)


def test_a_new_report_leaves_nothing_of_the_one_before(session: Session) -> None:
    call, other = new_call(session), new_call(session)
    keep_report(session, other, small_report())
    before = counts(session)
    playbook = Playbook(name="Ours", text="")
    session.add(playbook)
    session.flush()
    keep_report(session, call, fixture_report(FIXTURES[0]), passages=[passage()])
    keep_report(session, call, small_report(), playbook_id=playbook.id, corrections=3)
    assert counts(session) == {table: 2 * n for table, n in before.items()}
    kept = session.exec(select(Report).where(Report.call_id == call.id)).one()
    assert (kept.corrections, kept.playbook_id, kept.language) == (3, playbook.id, "en")
    assert rows(session, Utterance, call)[0].text == LINES[0][1]
    forget_report(session, call.id)
    assert counts(session) == before


def test_a_row_read_before_is_read_anew(session: Session) -> None:
    call = new_call(session)
    keep_report(session, call, fixture_report(FIXTURES[0]))
    before = session.get(CallFacts, call.id).duration_s
    keep_report(session, call, small_report())
    assert session.get(CallFacts, call.id).duration_s != before
    assert session.get(Report, call.id).language == "en"


def test_the_row_of_the_call_stays_as_it_is(session: Session) -> None:
    call = new_call(session, title="Mine", state="understanding")
    session.commit()
    before = call.model_dump()
    keep_report(session, call, small_report())
    session.commit()
    session.refresh(call)
    assert call.model_dump() == before


def test_passages_belong_to_the_call_they_are_kept_with(session: Session) -> None:
    call = new_call(session)
    keep_report(session, call, small_report(), passages=[passage(0), passage(1)])
    kept = rows(session, Passage, call)
    assert [one.position for one in kept] == [0, 1]
    assert list(kept[0].vector) == [0.5] * 384
    keep_passages(session, call.id, [passage(0)])
    assert len(rows(session, Passage, call)) == 1
    keep_report(session, call, small_report())
    assert rows(session, Passage, call) == []


def test_a_call_that_is_gone_gets_no_report(session: Session) -> None:
    call = new_call(session)
    session.delete(call)
    session.flush()
    with pytest.raises(Missing, match=str(call.id)):
        keep_report(session, call, small_report())
    with pytest.raises(Missing, match="no report yet"):
        read_report_json(session, call.id)


def test_a_report_with_a_number_that_is_none_leaves_the_old_one(session: Session) -> None:
    call, report = new_call(session), small_report()
    keep_report(session, call, report)
    broken = replace(report, transcript=replace(report.transcript, duration_s=float("nan")))
    with pytest.raises(BadInput, match=f"the report of call {call.id} holds NaN"):
        keep_report(session, call, broken)
    assert len(rows(session, Utterance, call)) == len(LINES)


HOSTILE = "a\x00b \ud800 '; DROP TABLE call; -- <script>alert(1)</script> %s {0} " + "x" * 5000


def test_whatever_was_said_or_planned_can_be_kept(session: Session) -> None:
    call = new_call(session)
    said = conversation([("A", f"What of {HOSTILE}?"), ("B", f"I will send {HOSTILE} tomorrow.")])
    meeting = replace(
        MEETING,
        title=HOSTILE,
        agenda=(Planned(HOSTILE, HOSTILE), Planned("", "")),
        participants=(Participant(HOSTILE, Side.BUYER), Participant("", Side.SELLER)),
        competitors=(HOSTILE, "\x00"),
        call_type=HOSTILE,
    )
    keep_report(session, call, understood(said, meeting))
    written = json.loads(read_report_json(session, call.id))
    assert written["title"] == HOSTILE.replace("\x00", "�").replace("\ud800", "�")
    assert "DROP TABLE" in rows(session, Utterance, call)[0].text
    assert len(rows(session, AgendaItem, call)[0].ref) == 100
    assert len(session.get(CallFacts, call.id).call_type) == 100
    assert session.exec(select(func.count(col(Call.id)))).one() == 1


@pytest.mark.parametrize(
    "heard",
    [
        hearing(),
        hearing(words("hallo zusammen was kostet das?", 0), language="de"),
        hearing(words("one two", 0), language="not a language at all"),
        replace(hearing(), duration_s=0.0),
    ],
    ids=["no speech", "German", "no language", "no length"],
)
def test_a_call_that_tells_little_is_kept(session: Session, heard: Hearing) -> None:
    call, report = new_call(session), understood(heard)
    keep_report(session, call, report)
    assert json.loads(read_report_json(session, call.id)) == report_to_json(report)


def test_two_who_keep_a_report_of_one_call_leave_one(engine: Engine) -> None:
    reports = [small_report(), understood(conversation(LINES * 2), MEETING)]
    with session_scope(engine) as session:
        call = new_call(session)
    start = Barrier(4)
    failures: list[BaseException] = []

    def keep(report: CallReport) -> None:
        try:
            for _ in range(3):
                start.wait()
                with session_scope(engine) as session:
                    keep_report(session, session.get_one(Call, call.id), report)
        except BaseException as error:
            failures.append(error)
            raise

    def remark() -> None:
        # Whoever comments holds the call's row a little, in the order that could lock both out.
        for _ in range(3):
            start.wait()
            with session_scope(engine) as session:
                session.add(Comment(call_id=call.id, author_id=call.rep_id, text="Well"))
                session.flush()
                keep_passages(session, call.id, [])

    threads = [Thread(target=keep, args=(reports[n % 2],)) for n in range(3)]
    threads.append(Thread(target=remark))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []
    assert not any(thread.is_alive() for thread in threads)
    with Session(engine) as session:
        said = len(rows(session, Utterance, call))
        assert said in {len(one.transcript.utterances) for one in reports}
        told = json.loads(read_report_json(session, call.id))
        assert len(told["utterances"]) == said
        assert len(told["moments"]) == len(rows(session, Moment, call))
        assert session.exec(select(func.count(col(Comment.id)))).one() == 3


def test_ten_thousand_utterances_are_kept_whole(session: Session) -> None:
    call = new_call(session)
    said = [
        ((SELLER, BUYER)[n % 2], words(f"That is number {n} of them.", 3.0 * n))
        for n in range(10_000)
    ]
    keep_report(session, call, call_report(said, duration_s=30_000))
    assert len(rows(session, Utterance, call)) == 10_000
    found = "SELECT count(*) FROM utterance WHERE words @@ to_tsquery('english', '9876')"
    assert session.execute(text(found)).scalar_one() == 1
