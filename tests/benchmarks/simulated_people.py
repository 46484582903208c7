"""Who sells, and when they work: users in teams in several time zones, seasons and weeks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.simulated_columns import (
    NONE,
    Ids,
    Numbers,
    Places,
    Rows,
    always,
    dates,
    flags,
    imported,
    make_ids,
    numbered,
    pointers,
    texts,
    words,
)

NOW = datetime(2026, 6, 24, 15, tzinfo=UTC)
"""Nothing has happened after it."""
BEGIN = datetime(2023, 7, 1, tzinfo=UTC)
NOW_S, BEGIN_S = NOW.timestamp(), BEGIN.timestamp()
DAY_S = 86_400.0
HOUR_S = 3_600.0
TEAMS, TEAM = 15, 10
"""Teams at scale 1, and reps of a team."""
ADMINS = 2
ZONES = ("Europe/London", "Europe/Paris", "America/Chicago", "America/Sao_Paulo")
_HOURS = np.array([0, 1, -6, -3])
"""About how far each zone is ahead of UTC."""
_SEASONS = np.array([8, 9, 11, 9, 9, 10, 6, 5, 10, 11, 11, 6]) / 105
"""Of what arrives in a year, by month."""
_WEEK = np.array([20, 22, 21, 20, 15, 1, 1]) / 100
_GROWTH = 0.15


@dataclass(frozen=True, slots=True)
class People:
    """Users in the order of their keys: admins, a manager for each team, reps."""

    teams: Ids
    users: Ids
    team: Places
    hired: Numbers

    @property
    def reps(self) -> int:
        """The position of the first rep."""
        return ADMINS + len(self.teams)

    def ahead_s(self, user: Places) -> Numbers:
        """How far a user's clock is ahead of UTC."""
        return np.where(user < 0, 0, HOUR_S * _HOURS[self.team[user] % len(ZONES)])


def draw(rng: np.random.Generator, weights: Sequence[float] | NDArray[Any], count: int) -> Places:
    """Positions as likely as their weights."""
    chances = np.asarray(weights, np.float64)
    return rng.choice(len(chances), count, p=chances / chances.sum())


def sometimes(
    rng: np.random.Generator, values: NDArray[Any], share: float, other: float = np.nan
) -> NDArray[Any]:
    """The same with a share of them replaced, by nothing unless told otherwise."""
    return np.where(rng.random(len(values)) < share, other, values)


def until_now(seconds: Numbers) -> Numbers:
    """The same without what has not happened yet."""
    return np.where(seconds <= NOW_S, seconds, np.nan)


def make_people(rng: np.random.Generator, scale: float) -> People:
    """Some teams of ten, a fifth of them hired over the years that are looked at."""
    teams = max(2, round(TEAMS * scale))
    count = ADMINS + teams + teams * TEAM
    team = np.concatenate(
        [np.full(ADMINS, NONE), np.arange(teams), np.arange(teams * TEAM) // TEAM]
    )
    hired = BEGIN_S - rng.random(count) * 5 * 365 * DAY_S
    late = rng.random(count) < 0.2
    late[: ADMINS + teams] = False
    hired = np.where(late, BEGIN_S + rng.random(count) * 900 * DAY_S, hired)
    return People(make_ids(rng, teams), make_ids(rng, count), team, hired // DAY_S)


def working_times(rng: np.random.Generator, count: int) -> Numbers:
    """Instants of working hours, as busy as the season and the day of the week are, in order."""
    days = np.arange(BEGIN_S // DAY_S, NOW_S // DAY_S)
    months = days.astype(np.int64).astype("M8[D]").astype("M8[M]").astype(np.int64) % 12
    busy = _SEASONS[months] * _WEEK[(days.astype(np.int64) + 3) % 7]
    busy = busy * (1 + _GROWTH) ** ((days - days[0]) / 365)
    return np.sort((days[draw(rng, busy, count)] + 0.33 + 0.4 * rng.beta(2, 2, count)) * DAY_S)


def people_rows(rng: np.random.Generator, people: People) -> Iterator[Rows]:
    """Teams and users."""
    teams, users = len(people.teams), len(people.users)
    zone = np.arange(teams) % len(ZONES)
    yield Rows(
        "team",
        teams,
        imported(people.teams, "team")
        | {
            "name": numbered("Team "),
            "time_zone": words(ZONES, zone),
            "currency": words(("GBP", "EUR", "USD", "USD"), zone),
            "fiscal_year_start": words(("1", "4", "7"), np.arange(teams) % 3),
        },
    )
    roles = ["admin"] * ADMINS + ["manager"] * teams
    left = (rng.random(users) < 0.06) & (np.arange(users) >= people.reps)
    yield Rows(
        "user",
        users,
        imported(people.users, "user")
        | {
            "email": numbered("user", "@seller.example"),
            "name": numbered("User "),
            "role": texts(roles + ["rep"] * (users - len(roles))),
            "team_id": pointers(people.teams, people.team),
            "language": always("en"),
            "hired_on": dates(people.hired),
            "is_active": flags(~left),
        },
    )
