"""What winning calls do here, as the API shows it."""

from pydantic import Field

from analyzer.associations import Association, Unit, Verdict
from analyzer.formats.associations import silence, told
from analyzer.formats.wording import Wording
from api.views import View
from models.associations import WinningCalls


class LackView(View):
    """What there is too little of before anything can be said."""

    what: str = Field(description="deals, won or lost.")
    have: int
    need: int


class DifferenceView(View):
    """Won minus lost, with its 95 % interval; `q` is its chance, adjusted for all that is asked."""

    mean_won: float
    mean_lost: float
    effect: float
    low: float
    high: float
    standardised: float = Field(description="In deviations within a rep's calls of one kind.")
    standardised_low: float
    standardised_high: float
    p: float
    q: float


class AssociationView(View):
    """One behaviour: an association, not a cause."""

    behaviour: str
    unit: Unit
    verdict: Verdict
    n_won: int
    n_lost: int
    strata: int
    reps: int
    difference: DifferenceView | None
    told: str = Field(description="The same in one sentence.")

    @classmethod
    def of(cls, found: Association, t: Wording) -> "AssociationView":
        """The view of what was found of one behaviour."""
        shown = DifferenceView.model_validate(found.difference) if found.difference else None
        return cls(
            behaviour=found.behaviour.slug,
            unit=found.behaviour.unit,
            verdict=found.verdict,
            n_won=found.n_won,
            n_lost=found.n_lost,
            strata=found.strata,
            reps=found.reps,
            difference=shown,
            told=told(found, t),
        )


class KindView(View):
    """How many calls of a kind there are; null where it is not known."""

    call_type: str | None
    calls: int


class WinningCallsView(View):
    """What the calls of closed deals say; nothing, with the reasons, while there are too few."""

    calls: int
    won: int
    lost: int
    reps: list[str]
    call_types: list[KindView]
    lacks: list[LackView]
    silence: list[str] = Field(description="Why nothing is said, a sentence each.")
    found: list[AssociationView]

    @classmethod
    def of(cls, winning: WinningCalls, t: Wording) -> "WinningCallsView":
        """The view in a language."""
        found = winning.associations
        kinds = sorted(winning.call_types.items(), key=lambda one: (-one[1], one[0] or ""))
        return cls(
            calls=found.calls,
            won=found.won,
            lost=found.lost,
            reps=list(winning.reps),
            call_types=[KindView(call_type=kind, calls=many) for kind, many in kinds],
            lacks=[LackView.model_validate(one) for one in found.lacks],
            silence=list(silence(found, t)),
            found=[AssociationView.of(one, t) for one in found.found],
        )
