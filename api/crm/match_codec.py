"""What was thought of when a call's deal was looked for, as the outbox keeps it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from api.crm.matching import Candidate, Match, Reason
from models.crm.deal import CrmDeal
from models.tables import CrmPush
from models.tables.columns import Json

_MOST = 10
"""So many candidates are kept."""


@dataclass(frozen=True, slots=True)
class KeptCandidate:
    """A deal that was thought of, as it was then; 0 to 100 points."""

    id: str
    name: str
    status: str
    stage: str
    url: str | None
    pipeline: str | None
    amount: Decimal | None
    currency: str | None
    company: str | None
    owner: str | None
    score: int
    is_fit: bool
    reasons: tuple[Reason, ...]


def match_to_json(match: Match) -> tuple[list[Json], Json]:
    """The candidates, best first, and why it was decided so."""
    return [_candidate(one) for one in match.candidates[:_MOST]], _reason(match.why)


def candidates_of(push: CrmPush) -> Sequence[KeptCandidate]:
    """The deals that were thought of for a push, best first."""
    return [_kept(one) for one in push.candidates]


def why_of(push: CrmPush) -> Reason | None:
    """Why the deal of a push is that one, or none; None while nobody looked."""
    return None if push.why is None else _read_reason(push.why)


def _candidate(one: Candidate) -> Json:
    deal = one.deal
    return {
        "id": deal.id,
        "name": deal.name,
        "status": deal.status,
        "stage": deal.stage,
        "url": deal.url,
        "pipeline": deal.pipeline,
        "amount": None if deal.amount is None else str(deal.amount),
        "currency": deal.currency,
        "company": deal.company.name if deal.company else None,
        "owner": _owner(deal),
        "score": one.score,
        "is_fit": one.is_fit,
        "reasons": [_reason(each) for each in one.reasons],
    }


def _owner(deal: CrmDeal) -> str | None:
    return None if deal.owner is None else deal.owner.name or deal.owner.email


def _reason(reason: Reason) -> Json:
    return {"code": reason.code, "params": dict(reason.params)}


def _kept(row: Json) -> KeptCandidate:
    amount: Any = row["amount"]
    return KeptCandidate(
        **{
            **row,
            "amount": None if amount is None else Decimal(amount),
            "reasons": tuple(_read_reason(one) for one in row["reasons"]),
        }
    )


def _read_reason(row: Json) -> Reason:
    return Reason(str(row["code"]), row["params"])
