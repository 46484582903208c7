"""Invented companies whose truth is known: reps with habits, deals with calls, and what wins.

Reps differ in habits and in luck, and the two go together as much as is asked; kinds of calls
differ in level, and won deals see more of the late kinds; the calls of a deal have something in
common; some values are missing. None of that is an effect of a behaviour on winning.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analyzer.associations import Behaviour, ObservedCall

Floats = NDArray[np.float64]
EVEN, LONG, YES = 8, 4, 6
"""How many behaviours are spread evenly, with a long tail, or are either done or not."""
BEHAVIOURS = tuple(
    Behaviour(f"{kind}_{n}", "yes" if kind == "yes" else "count")
    for kind, many in (("even", EVEN), ("long", LONG), ("yes", YES))
    for n in range(many)
)
WIDTH = len(BEHAVIOURS)
NOTHING = (0.0,) * WIDTH
SOME = (0.8, 0.0, -0.6, 0.0, 0.5, 0.0, 0.0, 0.0, 0.8, 0.0, 0.0, 0.0) + (0.0,) * YES
_THRESHOLDS = np.array([-0.6, 0.0, 0.6, 1.2, 1.8, 2.4])


@dataclass(frozen=True)
class Company:
    """What a company is like; amounts are in deviations of a call of one rep and kind."""

    reps: int = 8
    deals: int = 150
    kinds: int = 5
    effects: tuple[float, ...] = NOTHING
    slopes: float = 0.0
    """How much the effect differs from rep to rep."""
    luck: float = 0.7
    """How much more a rep wins who has more of the first behaviours."""
    stages: float = 0.3
    """How much more of the late kinds of calls a won deal sees."""
    together: float = 0.5
    """What part of the spread the calls of a deal have in common."""
    odds: float = -0.5
    """Log odds of winning."""
    missing: float = 0.5
    """What part of the values is missing, at most."""


def invent(company: Company, randomly: np.random.Generator) -> list[ObservedCall]:
    """All recorded calls of the closed deals of a company."""
    habits = randomly.normal(0, 0.8, (company.reps, WIDTH))
    fortune = randomly.normal(0, 0.5, company.reps)
    skill = company.luck * (habits[:, :3].sum(axis=1) / np.sqrt(3) + fortune)
    rep = randomly.choice(company.reps, company.deals, p=_shares(company, randomly))
    is_won = randomly.random(company.deals) < 1 / (1 + np.exp(-(company.odds + skill[rep])))
    deal, kind = _held(company, is_won, randomly)
    rep, is_won = rep[deal], is_won[deal]
    usual = (
        habits[rep]
        + randomly.normal(0, 1, (company.kinds, WIDTH))[kind]
        + randomly.normal(0, 0.3, (company.reps, company.kinds, WIDTH))[rep, kind]
    )
    slopes = company.slopes * randomly.normal(0, 1, (company.reps, WIDTH))
    effect = (np.array(company.effects) + slopes)[rep] * is_won[:, np.newaxis]
    values = _shaped(usual, _chance(company, deal, randomly), effect)
    share = randomly.permuted(np.linspace(0, company.missing, WIDTH))
    values[randomly.random(values.shape) < share] = np.nan
    return [
        ObservedCall(int(deal[n]), int(rep[n]), str(kind[n]), bool(is_won[n]), values[n].tolist())
        for n in range(len(deal))
    ]


def _shares(company: Company, randomly: np.random.Generator) -> Floats:
    """Which part of the deals is whose."""
    return randomly.dirichlet(np.full(company.reps, 3.0))


def _held(
    company: Company, is_won: NDArray[np.bool_], randomly: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The deal and the kind of each call: one or more of a kind, or none."""
    usual = np.linspace(0.7, 0.3, company.kinds)
    late = company.stages * np.linspace(-0.5, 0.5, company.kinds)
    chance = usual + late * np.where(is_won, 1, -1)[:, np.newaxis]
    has = randomly.random(chance.shape) < np.clip(chance, 0.02, 0.98)
    deal, kind = np.nonzero(has)
    many = 1 + randomly.poisson(0.6, len(deal))
    return np.repeat(deal, many), np.repeat(kind, many)


def _chance(company: Company, deal: NDArray[np.intp], randomly: np.random.Generator) -> Floats:
    """What is neither habit nor kind nor effect: the deal's part, and the call's own.

    A fifth of a call's own part moves all behaviours at once.
    """
    own, shared = 1 - company.together, randomly.normal(0, 1, (len(deal), 1))
    call = np.sqrt(0.8) * randomly.normal(0, 1, (len(deal), WIDTH)) + np.sqrt(0.2) * shared
    common = randomly.normal(0, 1, (company.deals, WIDTH))[deal]
    spread: Floats = np.sqrt(own) * call + np.sqrt(company.together) * common
    return spread


def _shaped(usual: Floats, chance: Floats, effect: Floats) -> Floats:
    values = usual + chance + effect
    long, yes = slice(EVEN, EVEN + LONG), slice(EVEN + LONG, None)
    values[:, long] = usual[:, long] + np.exp(0.8 * chance[:, long]) + effect[:, long]
    values[:, yes] = 0.5 * usual[:, yes] + chance[:, yes] + effect[:, yes] > _THRESHOLDS
    return values
