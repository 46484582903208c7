"""How far targets are: what each came to, asked for together by KPI and by whose they are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal
from uuid import UUID

from sqlmodel import Session

from models.errors import BadInput, Forbidden
from models.kpis import Answer, Dimension, Kpi, Line, Period, Rules
from models.kpis.answering import Question, answer_on
from models.kpis.frame import Filters, Ground
from models.kpis.setting_targets import TargetRow
from models.tables import Target, User

Whose = Literal["rep", "team", "company"]
MOST_ASKED = 12
"""So many questions are asked for one page of targets."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What a target's KPI came to in its month."""

    answer: Answer
    line: Line


def whose_of(target: Target) -> Whose:
    """Whether it is a rep's, a team's or the company's."""
    return "rep" if target.rep_id else "team" if target.team_id else "company"


def reached_of(
    session: Session,
    user: User,
    rows: Sequence[TargetRow],
    kpis: Mapping[str, Kpi],
    rules: Rules,
) -> Mapping[UUID, Reach]:
    """How far each target is, by its id; none where it cannot be told, or has not begun."""
    asked: dict[tuple[str, Whose], list[Target]] = {}
    for row in rows:
        asked.setdefault((row.target.kpi, whose_of(row.target)), []).append(row.target)
    ground, found = Ground(session, user, rules), dict[UUID, Reach]()
    for (slug, whose), targets in list(asked.items())[:MOST_ASKED]:
        is_hidden = whose == "company" and user.role != "admin"
        if slug in kpis and not is_hidden:
            found |= _reached(ground, kpis[slug], whose, targets)
    return found


def _reached(
    ground: Ground, kpi: Kpi, whose: Whose, targets: Sequence[Target]
) -> dict[UUID, Reach]:
    months = [one.month for one in targets]
    period = Period(min(months), _after(max(months)), None, ground.rules.fiscal_start)
    by: tuple[Dimension, ...] = () if whose == "company" else (whose,)
    filters: Filters = {} if whose == "company" else {whose: [_id(one) for one in targets]}
    question = Question(replace(kpi, by=None), period, by, "month", filters, compare=False)
    try:
        told = answer_on(ground, question)
    except (BadInput, Forbidden):
        return {}
    return dict(_matched(told, targets))


def _matched(told: Answer, targets: Iterable[Target]) -> Iterable[tuple[UUID, Reach]]:
    lines = {
        (one.groups[0].id if one.groups else None, one.span.start_on): one for one in told.lines
    }
    for target in targets:
        line = lines.get((_id(target), target.month))
        if line is not None:
            yield target.id, Reach(told, line)


def _id(target: Target) -> UUID | None:
    return target.rep_id or target.team_id


def _after(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
