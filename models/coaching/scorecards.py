"""What a rep's calls say on each question of each scorecard."""

from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col

from models.behaviours import Share, share_of
from models.coaching.replay import Replay, replay_columns, replay_of
from models.coaching.scope import Scope
from models.coaching.tips import latest_first
from models.selecting import pick
from models.tables import Call, ScorecardAnswer

QUOTES = 3
MOST = 200
"""Questions that are shown."""


@dataclass(frozen=True, slots=True)
class CriterionOverCalls:
    """A question of a scorecard: in how many of the calls it is on, something was found.

    Not found is not the same as not done. The quotes are of the latest calls in which it was.
    """

    scorecard: str
    criterion: str
    found: Share
    quotes: tuple[Replay, ...] = ()


def criteria_of(session: Session, scope: Scope) -> tuple[CriterionOverCalls, ...]:
    """Every question of the period's calls, scorecard by scorecard, in its order."""
    key = (col(ScorecardAnswer.scorecard), col(ScorecardAnswer.criterion))
    counted = (
        pick(
            *key,
            func.count().label("asked"),
            func.count().filter(col(ScorecardAnswer.is_found)).label("found"),
        )
        .join(Call, col(Call.id) == ScorecardAnswer.call_id)
        .where(*scope.calls(scope.period))
        .group_by(*key)
        .order_by(key[0], func.min(ScorecardAnswer.position), key[1])
        .limit(MOST)
    )
    rows = session.execute(counted).mappings().all()
    quotes = _quotes(session, scope) if rows else {}
    return tuple(
        CriterionOverCalls(
            row["scorecard"],
            row["criterion"],
            share_of(row["found"], row["asked"]),
            tuple(quotes.get((row["scorecard"], row["criterion"]), ())),
        )
        for row in rows
    )


def _quotes(session: Session, scope: Scope) -> dict[tuple[str, str], list[Replay]]:
    key = (col(ScorecardAnswer.scorecard), col(ScorecardAnswer.criterion))
    ranked = (
        pick(*replay_columns(ScorecardAnswer), *key, latest_first(*key).label("place"))
        .join(Call, col(Call.id) == ScorecardAnswer.call_id)
        .where(*scope.calls(scope.period), col(ScorecardAnswer.is_found))
        .subquery("ranked")
    )
    chosen = pick(ranked).where(ranked.c.place <= QUOTES).order_by(ranked.c.place)
    quotes: dict[tuple[str, str], list[Replay]] = {}
    for row in session.execute(chosen).mappings():
        quotes.setdefault((row["scorecard"], row["criterion"]), []).append(replay_of(row))
    return quotes
