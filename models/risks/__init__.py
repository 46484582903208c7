"""What may be going wrong with open deals, each sign with what it is seen by."""

from models.risks.found import (
    RiskFilters,
    RiskyDeal,
    flagged_deals,
    list_risks,
    risks_among,
    risks_of,
)
from models.risks.sign import Evidence, Looking, Risk, RiskKind

__all__ = [
    "Evidence",
    "Looking",
    "Risk",
    "RiskFilters",
    "RiskKind",
    "RiskyDeal",
    "flagged_deals",
    "list_risks",
    "risks_among",
    "risks_of",
]
