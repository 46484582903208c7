"""The catalogue: every KPI, those of the company's own among them, and what else each is called."""

import unicodedata
from collections.abc import Mapping

from sqlmodel import Session, col, select

from models.errors import Missing
from models.kpis.activity import ACTIVITY
from models.kpis.calls import CALLS_KPIS
from models.kpis.conversion import CONVERSION
from models.kpis.costs import COSTS
from models.kpis.customers import CUSTOMERS
from models.kpis.formula import as_kpi
from models.kpis.kpi import Kpi
from models.kpis.pipeline import PIPELINE
from models.kpis.revenue import REVENUE
from models.tables import CustomKpi

KPIS: tuple[Kpi, ...] = tuple(
    sorted(
        (*REVENUE, *PIPELINE, *CONVERSION, *ACTIVITY, *CUSTOMERS, *COSTS, *CALLS_KPIS),
        key=lambda one: one.number,
    )
)
BY_SLUG: Mapping[str, Kpi] = {one.slug: one for one in KPIS}


def find_kpi(session: Session, slug: str) -> Kpi:
    """The KPI of that name, or the company's own. Raises Missing."""
    if slug in BY_SLUG:
        return BY_SLUG[slug]
    own = session.exec(select(CustomKpi).where(CustomKpi.slug == slug)).one_or_none()
    if own is None:
        near = ", ".join(one.slug for one in search_kpis(slug.replace("_", " "))[:3])
        if near:
            raise Missing(f"there is no KPI {slug!r}; did you mean {near}?")
        raise Missing(f"there is no KPI {slug!r}")
    return as_kpi(own, BY_SLUG)


def all_kpis(session: Session) -> tuple[Kpi, ...]:
    """Every KPI; the company's own come last, by name."""
    own = session.exec(select(CustomKpi).order_by(col(CustomKpi.slug))).all()
    return (*KPIS, *(as_kpi(one, BY_SLUG) for one in own))


def search_kpis(words: str, among: tuple[Kpi, ...] = KPIS) -> tuple[Kpi, ...]:
    """Those whose name or alias, in either language, has all of the words; the nearest first."""
    wanted = _plain(words).split()
    found = []
    for kpi in among:
        called = [_plain(one) for one in (kpi.slug, kpi.name.en, kpi.name.fr, *kpi.aliases)]
        fits = [len(one) for one in called if all(word in one for word in wanted)]
        if fits:
            found.append((min(fits), kpi.number, kpi))
    return tuple(kpi for _length, _number, kpi in sorted(found, key=lambda one: one[:2]))


def _plain(text: str) -> str:
    """Without accents, signs and capitals."""
    spread = unicodedata.normalize("NFKD", text.replace("_", " ").replace("\u2019", "'"))
    return "".join(one for one in spread if not unicodedata.combining(one)).casefold()
