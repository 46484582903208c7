"""A company's own KPIs: formulas over the others, which admins add, change and delete."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, col, delete, func, select

from models.errors import BadInput, Conflict, Missing
from models.kpis.catalogue import BY_SLUG
from models.kpis.dashboards import drop_tiles
from models.kpis.formula import as_kpi, read_formula
from models.kpis.kpi import Better, Kpi, Unit
from models.rights import require
from models.tables import CustomKpi, Target, User
from models.tables.columns import now

MOST_OWN = 200
_SLUG = re.compile(r"[a-z][a-z0-9_]{0,99}")
_LANGUAGES = ("en", "fr")


@dataclass(frozen=True, slots=True)
class NewKpi:
    """A KPI to be added; `names` and `definitions` by language, en, fr or both."""

    slug: str
    names: Mapping[str, str]
    formula: str
    definitions: Mapping[str, str] = field(default_factory=dict)
    unit: Unit = "number"
    better: Better = "neither"


def add_kpi(session: Session, user: User, new: NewKpi) -> Kpi:
    """Add a KPI. Raises Forbidden unless an admin asks, BadInput, Conflict for a slug in use."""
    require(user, "admin")
    if not _SLUG.fullmatch(new.slug):
        raise BadInput("slug: use small letters, digits and _, such as revenue_per_call")
    is_taken = select(CustomKpi.id).where(CustomKpi.slug == new.slug)
    if new.slug in BY_SLUG or session.exec(is_taken).first() is not None:
        raise Conflict(f"there is a KPI {new.slug} already; choose another slug")
    if session.exec(select(func.count()).select_from(CustomKpi)).one() >= MOST_OWN:
        raise Conflict(f"there are {MOST_OWN} KPIs of your own; delete one first")
    row = CustomKpi(
        slug=new.slug,
        names=_texts("names", new.names),
        definitions=_texts("definitions", new.definitions),
        formula=_checked(new.formula),
        unit=new.unit,
        better=new.better,
        created_by_id=user.id,
    )
    session.add(row)
    session.flush()
    return as_kpi(row, BY_SLUG)


def change_kpi(session: Session, user: User, slug: str, change: Mapping[str, Any]) -> Kpi:
    """Change names, definitions, formula, unit or better of a KPI.

    Raises Forbidden, Missing, BadInput; Conflict for a catalogue's KPI, and when targets are kept
    in the unit it had.
    """
    row = _find(session, user, slug)
    unit = change.get("unit", row.unit)
    if (unit == "money") != (row.unit == "money") and _has_targets(session, slug):
        raise Conflict(f"{slug} has targets in another unit; delete them first")
    for name, value in change.items():
        if value is None:
            raise BadInput(f"{name}: cannot be taken away")
        setattr(row, name, _read(name, value))
    row.updated_at = now()
    session.add(row)
    session.flush()
    return as_kpi(row, BY_SLUG)


def delete_kpi(session: Session, user: User, slug: str) -> None:
    """Delete a KPI with its targets, and take it off everybody's dashboard.

    Raises Forbidden, Missing, Conflict for a catalogue's KPI.
    """
    row = _find(session, user, slug)
    drop_tiles(session, slug)
    session.exec(delete(Target).where(col(Target.kpi) == slug))
    session.delete(row)
    session.flush()


def _find(session: Session, user: User, slug: str) -> CustomKpi:
    require(user, "admin")
    if slug in BY_SLUG:
        raise Conflict(
            f"{slug} belongs to the catalogue and cannot be changed; add one of your own"
        )
    found = select(CustomKpi).where(CustomKpi.slug == slug).with_for_update()
    row = session.exec(found).one_or_none()
    if row is None:
        raise Missing(f"there is no KPI {slug!r} of your own")
    return row


def _read(name: str, value: Any) -> Any:
    if name == "formula":
        return _checked(value)
    return _texts(name, value) if name in {"names", "definitions"} else value


def _checked(formula: str) -> str:
    read_formula(formula, BY_SLUG)
    return formula.strip()


def _texts(name: str, texts: Mapping[str, str]) -> dict[str, str]:
    """A text for every language: where one is left out, that of the other."""
    known = {one: texts[one] for one in _LANGUAGES if texts.get(one)}
    if not known and name == "names":
        raise BadInput("names: give one, in en or fr")
    return {one: known.get(one) or next(iter(known.values())) for one in _LANGUAGES if known}


def _has_targets(session: Session, slug: str) -> bool:
    return session.exec(select(Target.id).where(Target.kpi == slug).limit(1)).first() is not None
