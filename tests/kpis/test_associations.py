"""What winning calls do here, asked of a real database by those who may ask."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import mean
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlmodel import Session

from analyzer.associations import BEHAVIOURS, Association, Lack
from models.associations import VALUES, AssociationFilters, WinningCalls, associations_of
from models.tables import Call, CallFacts, Deal, StageChange, Team, User

NOON = datetime(2026, 5, 10, 12, tzinfo=UTC)
EVERYTHING = AssociationFilters()


def scattered(n: int) -> float:
    """Between 0 and 1, in no order that a test would know of."""
    return (n * 0.6180339887) % 1.0


@dataclass
class Company:
    """Two teams, and deals of the first one's reps."""

    session: Session
    team: Team
    other_team: Team
    people: dict[str, User]

    def deal(self, rep: str, outcome: str, **columns: Any) -> Deal:
        values = {"closed_at": None if outcome == "open" else NOON, **columns}
        deal = Deal(name="A deal", rep_id=self.people[rep].id, outcome=outcome, **values)
        self.session.add(deal)
        self.session.flush()
        return deal

    def call(self, deal: Deal, facts: dict[str, Any], *, rep: str = "", **columns: Any) -> Call:
        rep_id = self.people[rep].id if rep else deal.rep_id
        values = {"started_at": NOON - timedelta(days=5), "state": "ready", **columns}
        call = Call(title="A call", rep_id=rep_id, deal_id=deal.id, **values)
        self.session.add(call)
        self.session.flush()
        self.session.add(_facts(call.id, facts))
        return call

    def deals(self, *, won: int = 60, lost: int = 60) -> None:
        """Deals of three reps, one demo each; in won ones reps talk a tenth less."""
        outcomes = ["won"] * won + ["lost"] * lost
        for n, outcome in enumerate(outcomes):
            deal = self.deal(("ana", "ben", "cleo")[n % 3], outcome)
            share = 0.4 + 0.2 * scattered(n) + 0.1 * (outcome == "lost")
            self.call(deal, {"talk_ratio": share, "call_type": "demo", "next_steps": n % 2})

    def asked(
        self, who: str = "admin", filters: AssociationFilters = EVERYTHING, **options: Any
    ) -> WinningCalls:
        self.session.flush()
        return associations_of(self.session, self.people[who], filters, **options)


def _facts(call_id: UUID, facts: dict[str, Any]) -> CallFacts:
    shape = {"duration_s": 1800.0, "language": "en", "people": 2, "sellers": 1, "buyers": 1}
    return CallFacts(call_id=call_id, **{**shape, "source": "diarized", **facts})


@pytest.fixture
def company(session: Session) -> Company:
    team, other = Team(name="Paris", time_zone="Europe/Paris"), Team(name="Chicago")
    session.add_all([team, other])
    session.flush()
    roles = {"ana": "rep", "ben": "rep", "cleo": "rep", "maud": "manager", "admin": "admin"}
    people = {
        name: User(email=f"{name}@seller.example", name=name, role=role, team_id=team.id)
        for name, role in roles.items()
    }
    people["otto"] = User(
        email="otto@seller.example", name="otto", role="manager", team_id=other.id
    )
    session.add_all(people.values())
    session.flush()
    return Company(session, team, other, people)


def found(answer: WinningCalls, slug: str) -> Association:
    (one,) = (one for one in answer.associations.found if one.behaviour.slug == slug)
    return one


def compared(answer: WinningCalls) -> tuple[int, int, int]:
    known = answer.associations
    return known.calls, known.won, known.lost


def test_a_manager_learns_what_won_calls_of_the_team_have(company: Company) -> None:
    company.deals()
    answer = company.asked("maud")
    assert (answer.reps, answer.call_types) == (("ana", "ben", "cleo"), {"demo": 120})
    assert compared(answer) == (120, 60, 60)
    assert [one.behaviour for one in answer.associations.found] == list(BEHAVIOURS)
    talk = found(answer, "talk_ratio")
    assert (talk.verdict, talk.n_won, talk.n_lost, talk.strata, talk.reps) == (
        *("differs", 60, 60),
        *(3, 3),
    )
    # Each rep has 20 of each, so that strata weigh the same.
    shares = [0.4 + 0.2 * scattered(n) + 0.1 * (n >= 60) for n in range(120)]
    assert talk.difference
    assert talk.difference.mean_won == pytest.approx(mean(shares[:60]))
    assert talk.difference.effect == pytest.approx(mean(shares[:60]) - mean(shares[60:]))
    assert found(answer, "next_steps").verdict == "unsaid"
    assert found(answer, "agenda_coverage").verdict == "few"
    assert found(answer, "duration_s").verdict == "alike"


def test_those_who_may_see_too_little_hear_how_much_lacks(company: Company) -> None:
    company.deals()
    rep, stranger = company.asked("ana"), company.asked("otto")
    assert (rep.reps, compared(rep)) == (("ana",), (40, 20, 20))
    assert rep.associations.lacks == (Lack("deals", 40, 100),)
    assert rep.associations.found == ()
    assert (stranger.reps, compared(stranger)) == ((), (0, 0, 0))
    assert [lack.what for lack in stranger.associations.lacks] == ["deals", "won", "lost"]


def test_only_what_was_heard_before_the_end_of_a_closed_deal_counts(company: Company) -> None:
    won, still_open = company.deal("ana", "won"), company.deal("ana", "open")
    company.call(won, {})
    company.call(won, {}, started_at=NOON)
    company.call(won, {}, started_at=NOON + timedelta(minutes=1))
    company.call(won, {}, state="understanding")
    company.call(still_open, {})
    company.call(company.deal("ana", "lost", closed_at=NOON + timedelta(days=400)), {})
    answer = company.asked(now=NOON + timedelta(days=1))
    assert compared(answer) == (1, 1, 0)


def test_a_deal_without_a_closing_ends_with_its_last_stage(company: Company) -> None:
    unknown = company.deal("ana", "lost", closed_at=None)
    staged = company.deal("ana", "lost", closed_at=None)
    for position, days in ((1, 90), (2, 6)):
        entered_at = NOON - timedelta(days=days)
        company.session.add(
            StageChange(
                deal_id=staged.id, position=position, stage=f"s{position}", entered_at=entered_at
            )
        )
    company.call(unknown, {})
    company.call(staged, {}, started_at=NOON - timedelta(days=7))
    company.call(staged, {}, started_at=NOON - timedelta(days=5))
    assert compared(company.asked()) == (1, 0, 1)


def test_private_calls_are_for_their_rep_and_admins(company: Company) -> None:
    company.call(company.deal("ana", "won"), {}, is_private=True)
    seen = {who: compared(company.asked(who))[0] for who in ("maud", "ben", "ana", "admin")}
    assert seen == {"maud": 0, "ben": 0, "ana": 1, "admin": 1}


def test_calls_are_narrowed_by_who_held_them_and_their_kind(company: Company) -> None:
    deal = company.deal("ana", "won")
    company.call(deal, {"call_type": "demo"})
    company.call(deal, {"call_type": "closing"}, rep="ben")
    company.call(deal, {"call_type": None}, rep="otto")

    def calls(**columns: Any) -> tuple[tuple[str, ...], Counter[str | None]]:
        answer = company.asked(filters=AssociationFilters(**columns))
        return answer.reps, Counter(answer.call_types)

    assert calls() == (("ana", "ben", "otto"), {"demo": 1, "closing": 1, None: 1})
    assert calls(rep_id=company.people["ben"].id) == (("ben",), {"closing": 1})
    assert calls(team_id=company.other_team.id) == (("otto",), {None: 1})
    assert calls(call_type="demo") == (("ana",), {"demo": 1})
    assert calls(call_type="x'; DROP TABLE call; --") == ((), {})


@pytest.mark.parametrize(
    ("first", "end", "expected"),
    [
        (None, None, 2),
        (date(2026, 6, 1), None, 1),  # Paris is two hours ahead, and so in June already
        (date(2026, 5, 31), date(2026, 6, 1), 1),  # of nobody's team: the default zone
        (date(2026, 6, 2), None, 0),
        (None, date(2026, 5, 31), 0),
        (date(2026, 6, 1), date(2026, 5, 1), 0),
    ],
)
def test_a_deal_is_closed_on_the_day_it_is_where_its_rep_works(
    company: Company, first: date | None, end: date | None, expected: int
) -> None:
    late = datetime(2026, 5, 31, 22, 30, tzinfo=UTC)
    company.call(company.deal("ana", "won", closed_at=late), {})
    nobody = company.deal("ana", "won", closed_at=late)
    company.call(nobody, {})
    nobody.rep_id = None
    period = AssociationFilters(closed_from=first, closed_before=end)
    assert compared(company.asked(filters=period))[0] == expected


FACTS: dict[str, Any] = {
    "talk_ratio": 0.4,
    "open_question_share": 0.5,
    "seller_questions": 9,
    "buyer_questions": 4,
    "longest_monologue_s": 70.0,
    "longest_customer_story_s": 50.0,
    "switches_per_min": 6.0,
    "patience_s": 0.6,
    "words_per_min": 160.0,
    "fillers_per_min": 2.0,
    "agenda_coverage": 0.75,
    "next_steps": 3,
    "next_steps_dated": 2,
    "competitors": 1,
    "first_competitor_s": 601.0,
    "prices": 2,
    "first_price_s": 599.0,
    "objections": 1,
}
TOLD: dict[str, Any] = {
    "talk_ratio": 0.4,
    "open_question_share": 0.5,
    "questions_per_hour": 18.0,
    "buyer_questions_per_hour": 8.0,
    "longest_monologue_s": 70.0,
    "longest_customer_story_s": 50.0,
    "switches_per_min": 6.0,
    "patience_s": 0.6,
    "words_per_min": 160.0,
    "fillers_per_min": 2.0,
    "agenda_coverage": 0.75,
    "next_step_dated": 1.0,
    "next_steps": 3,
    "competitor_named": 1.0,
    "competitor_early": 0.0,
    "price_early": 1.0,
    "objections_per_hour": 2.0,
    "duration_s": 1800.0,
}
UNTIMED = {"open_question_share", "agenda_coverage", "next_steps"} | {
    "next_step_dated",
    "competitor_named",
}
NONE_NAMED: dict[str, Any] = {
    "competitors": 0,
    "first_competitor_s": None,
    "prices": 0,
    "first_price_s": None,
    "next_steps_dated": 0,
}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (FACTS, TOLD),
        (
            FACTS | NONE_NAMED,
            TOLD
            | {"competitor_named": 0.0, "competitor_early": 0.0}
            | {"price_early": 0.0, "next_step_dated": 0.0},
        ),
        ({}, dict.fromkeys(TOLD) | {"duration_s": 1800.0}),
        (
            FACTS | {"has_reckoned_times": True},
            {slug: value if slug in UNTIMED else None for slug, value in TOLD.items()},
        ),
        (
            FACTS | {"duration_s": 0.0},
            TOLD
            | dict.fromkeys(
                ("questions_per_hour", "buyer_questions_per_hour", "objections_per_hour")
            )
            | {"duration_s": 0.0, "price_early": 0.0},
        ),
    ],
    ids=["known", "none named", "nothing known", "times reckoned", "no time at all"],
)
def test_the_facts_of_a_call_are_told_as_behaviours(
    company: Company, facts: dict[str, Any], expected: dict[str, Any]
) -> None:
    company.call(company.deal("ana", "won"), facts)
    company.session.flush()
    columns = [VALUES[one.slug].label(one.slug) for one in BEHAVIOURS]
    (row,) = company.session.execute(select(*columns).select_from(CallFacts))
    assert row._asdict() == expected
