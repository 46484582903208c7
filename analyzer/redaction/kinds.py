"""What can be struck out of a call, and what stands in its place."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

Kind = Literal["card", "bank", "identity", "email", "phone", "address", "name"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""The first ones are the surest: where two overlap, the earlier one names them."""
LABELS: Mapping[str, Mapping[Kind, str]] = MappingProxyType(
    {
        "en": {
            "card": "[card number]",
            "bank": "[account number]",
            "identity": "[identity number]",
            "email": "[e-mail]",
            "phone": "[phone number]",
            "address": "[address]",
            "name": "[name]",
        },
        "fr": {
            "card": "[numéro de carte]",
            "bank": "[numéro de compte]",
            "identity": "[numéro d\N{RIGHT SINGLE QUOTATION MARK}identité]",
            "email": "[adresse e-mail]",
            "phone": "[numéro de téléphone]",
            "address": "[adresse]",
            "name": "[nom]",
        },
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something of a kind in the words at `places`, in order."""

    kind: Kind
    places: tuple[int, ...]


def label_of(kind: Kind, language: str) -> str:
    """What stands in place of a kind, in the language of the call, else in English."""
    return LABELS.get(language, LABELS["en"])[kind]


def check_kinds(kinds: object) -> frozenset[Kind]:
    """The kinds by their names. Raises ValueError for one that does not exist."""
    wanted = frozenset(kinds) if isinstance(kinds, list | tuple | set | frozenset) else frozenset()
    unknown = sorted(str(one)[:40] for one in wanted if one not in KINDS)
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: no such kind; there are {', '.join(KINDS)}")
    return wanted
