"""A small company whose calls can be coached: people, deals, and calls told in a few words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlmodel import Session

from models.coaching.report import RepReport, rep_report
from models.coaching.scope import Period, Question
from models.tables import (
    AgendaItem,
    Call,
    CallFacts,
    Deal,
    Moment,
    NextStep,
    ScorecardAnswer,
    Team,
    Tip,
    User,
    Utterance,
)

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
PERIOD = Period(NOW - timedelta(days=90), NOW)
LENGTH_S = 600.0


@dataclass
class Company:
    """A team with its manager, and what its calls say."""

    session: Session
    zone: str = "UTC"
    team: Team = field(init=False)
    manager: User = field(init=False)
    rep: User = field(init=False)

    def __post_init__(self) -> None:
        self.team = Team(name=f"Team {uuid4().hex[:6]}", time_zone=self.zone)
        self.session.add(self.team)
        self.session.flush()
        self.manager = self.person("Mona", "manager")
        self.rep = self.person("Rita")

    def person(self, name: str, role: str = "rep", *, apart: bool = False) -> User:
        email = f"{name}.{uuid4().hex[:8]}@seller.example"
        one = User(email=email, name=name, role=role, team_id=None if apart else self.team.id)
        return self.kept(one)

    def kept(self, row: Any) -> Any:
        self.session.add(row)
        self.session.flush()
        return row

    def deal(self, **columns: Any) -> Deal:
        opened_at = NOW - timedelta(days=200)
        shape = {"name": "Rollout", "rep_id": self.rep.id, "opened_at": opened_at, **columns}
        return self.kept(Deal(**shape))  # type: ignore[no-any-return]

    def call(self, days_ago: float, *, facts: dict[str, Any] | None = None, **columns: Any) -> Call:
        """A call that was understood, so many days before NOW."""
        shape: dict[str, Any] = {"title": "A call", "rep_id": self.rep.id, "state": "ready"}
        at = NOW - timedelta(days=days_ago)
        call = self.kept(Call(**{**shape, "started_at": at, **columns}))
        told = {"people": 2, "sellers": 1, "buyers": 1, "source": "diarized", **(facts or {})}
        self.kept(
            CallFacts(**{"duration_s": LENGTH_S, "language": "en", "call_id": call.id, **told})
        )
        return call  # type: ignore[no-any-return]

    def calls(self, days: Iterable[float], values: Sequence[float], slug: str) -> list[Call]:
        """A call for each day with each value of a fact."""
        return [
            self.call(day, facts={slug: value}) for day, value in zip(days, values, strict=True)
        ]

    def tip(self, call: Call, area: str, *, is_best: bool = False, **columns: Any) -> Tip:
        shape: dict[str, Any] = {
            "position": 0 if is_best else 1,
            "rule": f"rule_{area}",
            "text": f"About {area}",
            "try_next": None if is_best else "Try this",
            "quote": "What was said",
            "start_s": 10.0,
            "end_s": 14.0,
            **columns,
        }
        return self.kept(Tip(call_id=call.id, area=area, is_best=is_best, **shape))  # type: ignore[no-any-return]

    def step(self, call: Call, **columns: Any) -> NextStep:
        shape: dict[str, Any] = {
            "text": "Send the offer",
            "owner_side": "seller",
            "utterance": 3,
            "quote": "I will send it",
            "start_s": 500.0,
            "end_s": 504.0,
            **columns,
        }
        return self.kept(NextStep(call_id=call.id, **shape))  # type: ignore[no-any-return]

    def moment(self, call: Call, kind: str, start_s: float, **columns: Any) -> Moment:
        shape: dict[str, Any] = {"side": "buyer", "speaker": "S2", "utterance": 1, **columns}
        shape |= {"start_s": start_s, "end_s": start_s + 4, "quote": f"{kind} at {start_s}"}
        return self.kept(Moment(call_id=call.id, kind=kind, **shape))  # type: ignore[no-any-return]

    def item(self, call: Call, title: str, status: str, at_s: float | None = None) -> None:
        self.kept(
            AgendaItem(
                call_id=call.id,
                position=0,
                ref="a1",
                title=title,
                status=status,
                first_at_s=at_s,
            )
        )

    def said(self, call: Call, side: str, start_s: float, text: str) -> None:
        self.kept(
            Utterance(
                call_id=call.id,
                position=int(start_s),
                speaker="S1" if side == "seller" else "S2",
                side=side,
                start_s=start_s,
                end_s=start_s + 5,
                language="en",
                text=text,
            )
        )

    def answer(self, call: Call, criterion: str, *, is_found: bool) -> None:
        quote = {"quote": "So said", "start_s": 5.0, "end_s": 8.0} if is_found else {}
        self.kept(
            ScorecardAnswer(
                call_id=call.id,
                position=0,
                scorecard="meddic",
                criterion=criterion,
                is_found=is_found,
                **quote,
            )
        )

    def report(self, viewer: User | None = None, **asked: Any) -> RepReport:
        """The rep's report as of NOW."""
        question = Question(**{"period": PERIOD, "now": NOW, **asked})
        return rep_report(self.session, viewer or self.manager, self.rep.id, question)
