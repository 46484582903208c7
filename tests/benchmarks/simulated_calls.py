"""What a company of so many calls has: people, deals, calls, and what was found in each."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np

from models.tables import Account, Call, CallFacts, Deal, Recording, Team, User
from tests.benchmarks.bulk import cell
from tests.benchmarks.simulated_talk import LANGUAGES, SEASONS

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "calls"
CALLS = 20_000
LINES = 250
"""Utterances of a call."""
PASSAGES = 40
REPS = 100
TEAM = 10
"""Reps of a team."""
FEW_CALLS = 100
"""Calls of the rep who has just come."""
MONTHS = 36
END = datetime(2026, 7, 1, tzinfo=UTC)
KINDS = (
    "question",
    "objection",
    "pricing",
    "competitor",
    "next_step",
    "commitment",
    "decision",
    "positive",
    "negative",
    "smalltalk",
    "filler",
    "tracker",
)
MOMENTS = 30
TOPICS = ("Price", "Integration", "Security", "Planning", "Training", "Contract", "Support", "Data")
TYPES = ("discovery", "demo", "negotiation", "closing", "cold_call", "renewal")


@dataclass(frozen=True, slots=True)
class Planned:
    """One call before anybody spoke; `number` counts from the oldest."""

    number: int
    call_id: UUID
    language: str
    season: int


class Company:
    """The rows of a company with `scale` times as many calls as the figures are required for."""

    def __init__(self, scale: float, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self.calls = max(20, round(CALLS * scale))
        reps = max(3, round(REPS * scale))
        self.teams = [self._team(n) for n in range(max(1, -(-reps // TEAM)))]
        self.users = [*self._users(reps)]
        self.reps = [user for user in self.users if user.role == "rep"]
        self.accounts = [
            Account(id=self._id(), name=f"Account {n}") for n in range(max(5, self.calls // 4))
        ]
        self.deals = [self._deal(n) for n in range(max(5, self.calls // 3))]
        self.held = [*self._held()]

    def planned(self) -> list[Planned]:
        """Every call, the oldest first."""
        season_s = timedelta(days=30.4 * MONTHS / SEASONS).total_seconds()
        begun = END - timedelta(days=30.4 * MONTHS)
        return [
            Planned(
                n,
                call.id,
                LANGUAGES[n % 5 // 3],  # three of five in English
                int((call.started_at - begun).total_seconds() // season_s),
            )
            for n, call in enumerate(self.held)
        ]

    def facts(self) -> Iterator[CallFacts]:
        """The numbers of each call."""
        for one in self.planned():
            share = float(self._rng.random())
            yield CallFacts(
                call_id=one.call_id,
                duration_s=300 + 2400 * share,
                language=one.language,
                call_type=TYPES[one.number % len(TYPES)],
                people=2,
                sellers=1,
                buyers=1,
                source="diarized",
                talk_ratio=share,
                objections=int(6 * share),
            )

    def recordings(self) -> Iterator[Recording]:
        """The file of each call."""
        for n, call in enumerate(self.held):
            digest = f"{n:064x}"
            yield Recording(
                id=self._id(),
                call_id=call.id,
                sha256=digest,
                size=20_000_000,
                origin_name=f"call {n}.mp3",
                duration_s=1800.0,
                key=f"recordings/{digest}",
            )

    def _id(self) -> UUID:
        return UUID(bytes=self._rng.bytes(16), version=4)

    def _team(self, n: int) -> Team:
        return Team(id=self._id(), name=f"Team {n}")

    def _users(self, reps: int) -> Iterator[User]:
        yield User(id=self._id(), email="admin@seller.example", name="Admin", role="admin")
        for n, team in enumerate(self.teams):
            yield User(
                id=self._id(),
                email=f"manager{n}@seller.example",
                name=f"Manager {n}",
                role="manager",
                team_id=team.id,
            )
        for n in range(reps):
            yield User(
                id=self._id(),
                email=f"rep{n}@seller.example",
                name=f"Rep {n}",
                team_id=self.teams[n // TEAM].id,
            )

    def _deal(self, n: int) -> Deal:
        draw = float(self._rng.random())
        return Deal(
            id=self._id(),
            name=f"Deal {n}",
            account_id=self.accounts[n % len(self.accounts)].id,
            rep_id=self.reps[n % len(self.reps)].id,
            outcome="won" if draw < 0.25 else "lost" if draw < 0.6 else "open",
        )

    def _held(self) -> Iterator[Call]:
        seconds = timedelta(days=30.4 * MONTHS).total_seconds()
        ages = np.sort(self._rng.random(self.calls))[::-1] * seconds
        rep = self._rng.integers(1, len(self.reps), self.calls)
        newcomer = self._rng.choice(self.calls, min(FEW_CALLS, self.calls // 4), replace=False)
        rep[newcomer] = 0
        private = self._rng.random(self.calls) < 0.02
        for n in range(self.calls):
            deal = self.deals[int(self._rng.integers(0, len(self.deals)))] if n % 7 else None
            yield Call(
                id=self._id(),
                title=f"Call {n}",
                rep_id=self.reps[rep[n]].id,
                deal_id=deal.id if deal else None,
                account_id=deal.account_id if deal else None,
                started_at=END - timedelta(seconds=float(ages[n])),
                state="ready",
                is_private=bool(private[n]),
            )


def moment_rows(planned: Sequence[Planned], seed: int) -> Iterator[tuple[object, ...]]:
    """What is worth hearing again."""
    rng = np.random.default_rng(seed)
    for one in planned:
        kinds = rng.choice(len(KINDS), MOMENTS, p=_WEIGHTS)
        places = np.sort(rng.integers(0, LINES, MOMENTS))
        for kind, place in zip(kinds, places, strict=True):
            start = 4.5 * float(place)
            side = "buyer" if place % 2 else "seller"
            speaker = "S2" if place % 2 else "S1"
            what = "The words that prove it, some twelve of them, as they were said."
            yield one.call_id, KINDS[kind], side, speaker, int(place), start, start + 4, what


def topic_rows(planned: Sequence[Planned]) -> Iterator[tuple[object, ...]]:
    """What each call was about."""
    for one in planned:
        for position in range(5):
            topic = TOPICS[(one.number + position * position) % len(TOPICS)]
            yield one.call_id, position, f"{topic}: words of call {one.number}", 0.2


def report_lines(planned: Sequence[Planned]) -> Iterator[str]:
    """Reports as large as those of real calls of that length, ready to be copied."""
    for one in planned:
        told, kept = _documents()[one.number % len(_documents())]
        told = told.replace("@title@", f"Call {one.number}", 1)
        yield "\t".join((str(one.call_id), told, kept, one.language, "0", END.isoformat()))


@cache
def _documents() -> tuple[tuple[str, str], ...]:
    """The reports of fixtures/ with as many utterances as a simulated call."""
    found = []
    for path in sorted(FIXTURES.glob("*/report.json")):
        report: dict[str, Any] = json.loads(path.read_text("utf-8"))
        said = report["utterances"]
        report["utterances"] = [said[n % len(said)] for n in range(LINES)]
        report["title"] = "@title@"
        kept = {name: of for name, of in report.items() if name not in {"utterances", "turns"}}
        found.append((cell(json.dumps(report)), cell(json.dumps(kept))))
    return tuple(found)


_WEIGHTS = np.array([9, 2, 2, 1, 1, 1, 1, 2, 1, 1, 8, 1]) / 30
