"""KPIs as the API shows and takes them: what each is, and a company's own."""

from typing import Annotated

from pydantic import Field, StringConstraints

from api.fields import SLUG, Text200
from api.views import Given, View
from models.kpis import DIMENSIONS, Dimension, Kpi
from models.kpis.evaluating import dimensions_in, is_companys
from models.kpis.figure import Figure
from models.kpis.kpi import Better, Family, Unit

FormulaText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=1000, pattern=r"^[^\x00]*$"),
    Field(examples=["sales_revenue / recorded_calls"]),
]
_Text = Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00]*$")]


class WordsView(View):
    """The same in both languages."""

    en: str
    fr: str


class VariantView(View):
    """Another reading of a KPI, and by what it can be asked."""

    slug: str
    formula: WordsView
    unit: Unit
    by: list[Dimension]
    is_companys: bool


class KpiView(View):
    """A KPI: what it is, how it is counted, by what it can be asked, and what else it is called."""

    slug: str = Field(examples=["win_rate"])
    family: Family
    name: WordsView
    definition: WordsView
    formula: WordsView
    unit: Unit = Field(description="Shares are 0 to 1; money is in whole units.")
    better: Better
    by: list[Dimension] = Field(description="What it can be asked by.")
    shown_by: Dimension | None = Field(description="What it is split by unless asked otherwise.")
    is_companys: bool = Field(description="It tells of the whole company: not for reps.")
    as_odds: bool = Field(description="Shown as 60:40 too.")
    variants: list[VariantView]
    needs: list[str] = Field(description="What must be imported for it.")
    companions: list[str] = Field(description="KPIs that are shown beside it.")
    aliases: list[str]
    source: str

    @classmethod
    def of(cls, kpi: Kpi) -> "KpiView":
        """What a KPI says of itself."""
        variants = [
            VariantView(
                slug=slug,
                formula=WordsView.model_validate(one.formula),
                unit=one.unit or kpi.unit,
                by=_by(one.figure),
                is_companys=is_companys(one.figure),
            )
            for slug, one in kpi.variants.items()
        ]
        return cls(
            slug=kpi.slug,
            family=kpi.family,
            name=WordsView.model_validate(kpi.name),
            definition=WordsView.model_validate(kpi.definition),
            formula=WordsView.model_validate(kpi.formula),
            unit=kpi.unit,
            better=kpi.better,
            by=_by(kpi.figure),
            shown_by=kpi.by,
            is_companys=is_companys(kpi.figure),
            as_odds=kpi.as_odds,
            variants=variants,
            needs=list(kpi.needs),
            companions=list(kpi.companions),
            aliases=list(kpi.aliases),
            source=kpi.source,
        )


class NamesGiven(Given):
    """What it is called, in one language or both."""

    en: Text200 | None = None
    fr: Text200 | None = None


class DefinitionsGiven(Given):
    """What it tells, in one language or both."""

    en: _Text | None = None
    fr: _Text | None = None


class KpiGiven(Given):
    """A KPI of the company's own, made of others."""

    slug: str = Field(pattern=SLUG, examples=["revenue_per_recorded_call"])
    names: NamesGiven
    definitions: DefinitionsGiven = DefinitionsGiven()
    formula: FormulaText
    unit: Unit = "number"
    better: Better = "neither"


class KpiChange(Given):
    """What is to change of it; what is left out stays."""

    names: NamesGiven | None = None
    definitions: DefinitionsGiven | None = None
    formula: FormulaText | None = None
    unit: Unit | None = None
    better: Better | None = None


def _by(figure: Figure) -> list[Dimension]:
    known = dimensions_in(figure)
    return [one for one in DIMENSIONS if one in known]
