"""What several requests bring: instants, money and words, each within bounds that can be kept."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

_FIRST, _LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2201, 1, 1, tzinfo=UTC)
MOST_MINOR = 2**53 - 1
"""Larger whole numbers are not exact in JSON's readers."""


def _meant(at: datetime) -> datetime:
    if not _FIRST <= at < _LAST:
        raise ValueError(f"give an instant between {_FIRST.year} and {_LAST.year - 1}")
    return at


Instant = Annotated[
    AwareDatetime, AfterValidator(_meant), Field(examples=["2026-03-31T14:30:00+02:00"])
]
Minor = Annotated[
    int,
    Field(
        strict=True,
        ge=0,
        le=MOST_MINOR,
        description="In the minor unit of the currency: cents of EUR, yen of JPY.",
        examples=[860_000],
    ),
]
Currency = Annotated[
    str, Field(pattern="^[A-Z]{3}$", description="ISO 4217 code.", examples=["EUR"])
]
SLUG = "^[a-z][a-z0-9_]{0,99}$"
"""What a KPI and its readings go by."""
_NO_NUL = r"^[^\x00]*$"
Text100 = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=_NO_NUL)]
Text200 = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_NO_NUL)]
Text300 = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=_NO_NUL)]
Ref = Annotated[Text200, Field(description="What another program calls it.")]
