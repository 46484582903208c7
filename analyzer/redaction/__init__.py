"""What customers say of cards, accounts and people, struck out of a call.

`find_in` finds it in a hearing, `mask` puts a label in its place and says where in the sound it is.
"""

from analyzer.redaction.finding import (
    Finders,
    Part,
    Recogniser,
    Wanted,
    find_in,
    find_in_text,
)
from analyzer.redaction.kinds import KINDS, LABELS, Finding, Kind, check_kinds, label_of
from analyzer.redaction.masking import Masked, mask, mask_text

__all__ = [
    "KINDS",
    "LABELS",
    "Finders",
    "Finding",
    "Kind",
    "Masked",
    "Part",
    "Recogniser",
    "Wanted",
    "check_kinds",
    "find_in",
    "find_in_text",
    "label_of",
    "mask",
    "mask_text",
]
