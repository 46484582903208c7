import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from string import ascii_lowercase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from analyzer import load_meeting as read_file
from analyzer.recording import AgendaItem, DealLink, Meeting, Participant, Side
from models.errors import BadInput
from models.known import check_known, known_of, load_meeting, read_known
from models.tables import Account, Deal, Team, User
from tests.models.kept_calls import FIXTURES, meeting_file, new_call

START = datetime(2026, 9, 10, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize("name", FIXTURES)
def test_a_meeting_file_is_kept_and_read_back(session: Session, name: str) -> None:
    meeting = read_file(meeting_file(name))
    table = json.loads(meeting_file(name).read_text("utf-8"))
    call = new_call(
        session, known=check_known(table), title=meeting.title, started_at=meeting.started_at
    )
    session.commit()
    session.refresh(call)
    assert load_meeting(session, call) == meeting
    assert load_meeting(session, call).started_at.utcoffset() == meeting.started_at.utcoffset()


def test_a_call_of_which_nothing_is_known_has_its_title_and_start(session: Session) -> None:
    call = new_call(session)
    assert load_meeting(session, call) == Meeting(title="A call", started_at=call.started_at)


def test_what_the_row_says_goes_before_what_was_said_with_the_upload(session: Session) -> None:
    known = check_known({"title": "Old", "started_at": "2026-09-10T11:20:00-04:00"})
    call = new_call(session, title="New", started_at=START, known=known)
    meeting = load_meeting(session, call)
    assert (meeting.title, meeting.started_at) == ("New", START)
    assert meeting.started_at.utcoffset() == timedelta(hours=-4)


@pytest.mark.parametrize(
    ("rep", "team", "day"),
    [
        ("Europe/Paris", "UTC", 11),
        (None, "Europe/Paris", 11),
        (None, "America/New_York", 10),
        ("Nowhere/Atall", "Europe/Paris", 11),
        ("../../etc/passwd", "Europe/Paris", 11),
        ("Europe", "Europe/Paris", 11),
        ("a\x00", None, 10),
        (None, None, 10),
    ],
)
def test_a_call_was_held_on_the_day_its_rep_had(
    session: Session, rep: str | None, team: str | None, day: int
) -> None:
    call = new_call(session, started_at=START)
    user = session.get(User, call.rep_id)
    if team:
        home = Team(name="Home", time_zone=team)
        session.add(home)
        session.flush()
        user.team_id = home.id
    user.time_zone = rep
    with session.no_autoflush:
        assert load_meeting(session, call).started_at.day == day


def test_a_call_knows_the_deal_it_is_joined_to(session: Session) -> None:
    account = Account(name="Valmont")
    session.add(account)
    session.flush()
    deal = Deal(name="Valmont 2026", account_id=account.id, ref="006")
    session.add(deal)
    session.flush()
    known = check_known({"deal": {"name": "as said"}})
    assert load_meeting(session, new_call(session, known=known)).deal == DealLink(name="as said")
    call = new_call(session, known=known, deal_id=deal.id)
    assert load_meeting(session, call).deal == DealLink("006", "Valmont 2026")


def test_an_agenda_of_titles_gets_ids_and_a_guest_a_name() -> None:
    known = {
        "agenda": ["Pricing", {"title": "Next steps", "minutes": 5}],
        "participants": [{"email": "jim.kowalski@x.example", "side": "buyer"}],
        "language": " fr-CA ",
        "competitors": ["Optima"],
        "call_type": None,
    }
    assert check_known(known) == {
        "agenda": [
            {"id": "a1", "title": "Pricing"},
            {"id": "a2", "title": "Next steps", "minutes": 5.0},
        ],
        "participants": [
            {"name": "Jim Kowalski", "email": "jim.kowalski@x.example", "side": "buyer"}
        ],
        "language": "fr",
        "competitors": ["Optima"],
    }


def test_signs_that_cannot_be_kept_are_marked() -> None:
    assert check_known({"title": "a\x00b\ud800", "deal": {"name": "\x00"}}) == {
        "title": "a�b�",
        "deal": {"name": "�"},
    }


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("known", "message"),
    [
        (["title"], "known: expected keys"),
        ("title", "known: expected keys"),
        (None, "known: expected keys"),
        ({"titel": "x"}, "known: titel: there is no such key; did you mean 'title'?"),
        ({"title": 4}, "known: title: "),
        ({"voices": []}, "known: voices: there is no such key"),
        ({"agenda": [{"title": "x", "id": "a"}, {"title": "y", "id": "a"}]}, "two items"),
        ({"agenda": "all"}, "known: agenda: "),
        ({"agenda": [{"title": "x", "minutes": math.nan}]}, "known: agenda.0.minutes: "),
        ({"agenda": [{"title": "x", "minutes": -1}]}, "known: agenda.0.minutes: "),
        ({"agenda": [{"title": "x", "keywords": ["k"] * 101}]}, "known: agenda.0.keywords: "),
        ({"agenda": ["x"] * 201}, "known: agenda: 201 entries; at most 200 are kept"),
        ({"participants": [{"name": "A", "side": "both"}]}, "known: participants.0.side: "),
        ({"participants": [{"name": "A", "channel": 10**30}]}, "known: participants.0.channel: "),
        ({"participants": [{"name": "A", "channel": -1}]}, "known: participants.0.channel: "),
        ({"participants": [{"side": "buyer"}]}, "known: participants.0.name: "),
        ({"vocabulary": ["w" * 1001]}, "known: vocabulary.0: 1001 characters"),
        ({"title": "x" * 301}, "known: title: 301 characters; at most 300 are kept"),
        ({"language": "klingon; DROP TABLE"}, "known: language: 'klingon; DROP TABLE' is no code"),
        ({"started_at": "soon"}, "known: started_at: "),
        ({"started_at": "0001-01-01T00:00:00+14:00"}, "known: started_at: the year"),
        ({"started_at": "9999-12-31T23:59:59-14:00"}, "known: started_at: the year"),
        ({"deal": {"id": 6}}, "known: deal.id: "),
        ({"deal": {"id": object()}}, "known: holds something that JSON cannot say"),
        ({"agenda": nested(100_000)}, "known: holds something that JSON cannot say"),
        ({"agenda": nested(400)}, "known: holds text that is none, or too many brackets"),
    ],
)
def test_what_cannot_be_kept_is_named_by_its_key(known: object, message: str) -> None:
    with pytest.raises(BadInput) as refusal:
        check_known(known)
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_the_place_of_a_mistake_is_named_after_its_source() -> None:
    with pytest.raises(BadInput, match=r"^calls\.csv line 3: titel: "):
        read_known({"titel": "x"}, "calls.csv line 3")


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
maybe = st.none() | texts
sides = st.sampled_from(Side)
zones = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)) if m else UTC)
starts = st.datetimes(datetime(1971, 1, 1), datetime(2098, 1, 1), timezones=zones)  # noqa: DTZ001
people = st.builds(Participant, texts, sides, maybe, maybe, maybe, st.none() | st.integers(0, 99))
minutes = st.none() | st.floats(0, 600)
items = st.builds(AgendaItem, texts, texts, st.lists(texts, max_size=2).map(tuple), sides, minutes)
meetings = st.builds(
    Meeting,
    maybe,
    st.none() | starts,
    st.none() | st.text(ascii_lowercase, min_size=2, max_size=3),
    st.lists(people, max_size=3).map(tuple),
    st.lists(items, max_size=3, unique_by=lambda one: one.id).map(tuple),
    st.none() | st.builds(DealLink, maybe, maybe),
    st.lists(texts, max_size=3).map(tuple),
    st.lists(texts, max_size=3).map(tuple),
    call_type=maybe,
)


@given(meetings)
def test_every_meeting_comes_back_from_what_is_kept_of_it(meeting: Meeting) -> None:
    stored = json.loads(json.dumps(known_of(meeting)))
    assert read_known(stored) == meeting
    assert check_known(stored) == stored


def test_voices_are_not_kept_with_a_call() -> None:
    assert known_of(replace(Meeting(), title="T")) == {"title": "T"}
