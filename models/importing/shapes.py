"""The kinds of files that can be imported, in the order in which they need each other."""

from collections.abc import Mapping
from types import MappingProxyType

from models.importing.figure_shapes import (
    FIGURES_OF_MONTHS,
    FX_RATES,
    SPEND,
    SUBSCRIPTIONS,
    SURVEYS,
    TARGETS,
)
from models.importing.sales_shapes import (
    ACCOUNTS,
    ACTIVITIES_DONE,
    CONTACTS,
    DEALS,
    INVITATIONS,
    LEADS,
    MEETINGS,
    REPS,
    STAGE_HISTORY,
)
from models.importing.shape import Shape

_ALL = (
    REPS,
    ACCOUNTS,
    CONTACTS,
    DEALS,
    LEADS,
    STAGE_HISTORY,
    MEETINGS,
    INVITATIONS,
    ACTIVITIES_DONE,
    SURVEYS,
    SUBSCRIPTIONS,
    SPEND,
    TARGETS,
    FX_RATES,
    FIGURES_OF_MONTHS,
)
SHAPES: Mapping[str, Shape] = MappingProxyType({shape.kind: shape for shape in _ALL})
"""By kind; each comes after those it points to."""
