"""The database keeps how many deals of each stage were closed, and won."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, func, text
from sqlmodel import Session, col, select

from models.tables import Deal, StageChange, StageOdds

DAY = datetime(2026, 3, 1, 9, tzinfo=UTC)
_STAGES = ("Discovery", "Demo", "Proposal", "Closed won", "Closed lost")


def _deal(session: Session, outcome: str, *stages: str) -> Deal:
    deal = Deal(name="Deal", outcome=outcome)
    session.add(deal)
    session.flush()
    for n, stage in enumerate(stages):
        at = DAY + timedelta(days=n)
        session.add(StageChange(deal_id=deal.id, position=n, stage=stage, entered_at=at))
    session.flush()
    return deal


def _odds(session: Session) -> dict[str, tuple[int, int]]:
    """Of each stage with any: how many were closed, and won."""
    sums = func.sum(StageOdds.closed), func.sum(StageOdds.won)
    found = session.exec(select(StageOdds.stage, *sums).group_by(StageOdds.stage)).all()
    return {stage: (closed, won) for stage, closed, won in found if closed or won}


def _counted(session: Session) -> dict[str, tuple[int, int]]:
    """The same from deals and their stages, one by one."""
    session.expire_all()
    closed: Counter[str] = Counter()
    won: Counter[str] = Counter()
    for deal in session.exec(select(Deal).where(Deal.outcome != "open")):
        entered = select(StageChange.stage).where(col(StageChange.deal_id) == deal.id).distinct()
        for stage in session.exec(entered):
            if not stage.startswith("Closed"):
                closed[stage] += 1
                won[stage] += deal.outcome == "won"
    return {stage: (count, won[stage]) for stage, count in closed.items()}


def test_deals_that_are_closed_count_in_each_stage_once(session: Session) -> None:
    _deal(session, "won", "Discovery", "Demo", "Discovery", "Closed won")
    _deal(session, "lost", "Discovery", "Closed lost")
    _deal(session, "open", "Discovery", "Demo")
    assert _odds(session) == {"Discovery": (2, 1), "Demo": (1, 1)}


def test_whatever_happens_the_odds_are_those_of_the_deals(session: Session) -> None:
    chance = random.Random(1)  # noqa: S311 (nothing secret)
    deals = []
    for step in range(150):
        doing = chance.choice(("new", "new", "outcome", "stage", "rename", "delete", "move"))
        if doing == "new" or not deals:
            outcome = chance.choice(("open", "won", "lost"))
            deals.append(_deal(session, outcome, *chance.choices(_STAGES, k=3)))
            continue
        deal = chance.choice(deals)
        if doing == "outcome":
            deal.outcome = chance.choice(("open", "won", "lost"))
        elif doing == "stage":
            at = DAY + timedelta(days=step)
            stage = chance.choice(_STAGES)
            session.add(
                StageChange(deal_id=deal.id, position=step + 10, stage=stage, entered_at=at)
            )
        elif doing == "delete":
            deals.remove(deal)
            session.delete(deal)
        else:
            mine = select(StageChange).where(col(StageChange.deal_id) == deal.id).limit(1)
            found = session.exec(mine).one()
            if doing == "rename":
                found.stage = chance.choice(_STAGES)
            else:
                found.deal_id, found.position = chance.choice(deals).id, step + 1_000
        session.flush()
        assert _odds(session) == _counted(session), doing


def test_rows_are_put_together_when_there_are_many(session: Session) -> None:
    for _ in range(300):
        _deal(session, "won", "Discovery", "Demo")
    assert session.exec(select(func.count()).select_from(StageOdds)).one() <= 501
    assert _odds(session) == {"Discovery": (300, 300), "Demo": (300, 300)}


def test_nobody_waits_for_another(engine: Engine) -> None:
    with Session(engine) as first, Session(engine) as other:
        other.execute(text("SET lock_timeout = '2s'"))
        _deal(first, "won", "Discovery")
        _deal(other, "lost", "Discovery")
        for session in (first, other):
            session.execute(text("SELECT put_odds_together()"))
        first.commit()
        other.commit()
        assert _odds(first) == {"Discovery": (2, 1)}
