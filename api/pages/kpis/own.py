"""A company's own KPIs: formulas over the catalogue's, which admins write here."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Form, Query, Request, Response
from pydantic import BaseModel, StringConstraints
from sqlmodel import Session, col, select

from api.dependencies import SessionDep
from api.kpi_questions import Slug
from api.pages.frame import Reader, ReaderDep
from api.pages.kpis.names import BETTER, FAMILIES, UNITS
from api.pages.rendering import go, show
from api.pages.routing import page_router
from api.pages.words import Words, marked
from models.errors import BadInput, Conflict, Missing
from models.kpis import KPIS, Kpi
from models.kpis.kpi import BETTERS
from models.kpis.kpi import UNITS as KNOWN_UNITS
from models.kpis.own import NewKpi, add_kpi, change_kpi, delete_kpi
from models.rights import require
from models.tables import CustomKpi

router = page_router("kpis")
_PATH = "/kpis/own"
_OF_PAGES = frozenset({"all", "own", "choose", "tiles"})
"""What our paths are called, and so no KPI."""
_Text = Annotated[str, StringConstraints(max_length=1000, strip_whitespace=True)]
_MOST_NAME = 200
_TOLD: Sequence[tuple[str, str]] = (
    (
        r"there is no KPI '(?P<name>\w+)'",
        marked("There is no KPI %(name)s; take names of the list."),
    ),
    (r"names no KPI", marked("Name at least one KPI, as in sales_revenue / deals_won.")),
    (r"names \d+ KPIs", marked("These are too many KPIs for one formula; twelve are allowed.")),
    (r"is longer than", marked("The formula is too long.")),
    (r"is nested deeper", marked("There are brackets within too many brackets; write it simpler.")),
    (r"is not allowed", marked("Use names, numbers, + - * / ( ), min, max, abs, if ... else.")),
    (r"is no number", marked("Write numbers plainly, such as 12 or 0.5.")),
    (r"can be called", marked("Only min, max and abs can have values in brackets.")),
    (r"takes one value", marked("abs takes one value.")),
    (r"takes two or more", marked("min and max take two or more values.")),
    (r"NUL|forbidden", marked("There are signs in it that cannot be kept.")),
)
"""What can be wrong with a formula, in the reader's words."""
_UNREADABLE = marked("This cannot be read; check signs and brackets.")


class OwnForm(BaseModel):
    """What was typed."""

    name_en: _Text = ""
    name_fr: _Text = ""
    definition_en: _Text = ""
    definition_fr: _Text = ""
    formula: _Text = ""
    unit: _Text = "number"
    better: _Text = "neither"

    @property
    def names(self) -> dict[str, str]:
        """By language, those that were given."""
        return _given(en=self.name_en, fr=self.name_fr)

    @property
    def definitions(self) -> dict[str, str]:
        """By language, those that were given."""
        return _given(en=self.definition_en, fr=self.definition_fr)


FormDep = Annotated[OwnForm, Form()]


@dataclass(frozen=True, slots=True)
class OwnShown:
    """A KPI of the company's own."""

    slug: str
    name: str
    formula: str
    unit: str


@dataclass(frozen=True, slots=True)
class OwnPage:
    """The company's own KPIs and the form; `slug` is the one that is changed, "" for a new one."""

    own: Sequence[OwnShown]
    slug: str
    typed: OwnForm
    units: Sequence[tuple[str, str]]
    betters: Sequence[tuple[str, str]]
    usable: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    wrong: Mapping[str, str] = field(default_factory=dict)
    """What is wrong, by field."""


@router.get(_PATH)
def show_own(
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    slug: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """The KPIs of the company's own, and the form for a new one or one of them."""
    require(reader.user, "admin")
    typed = _kept(session, slug) if slug else OwnForm()
    return show(request, reader, "kpi_own.html", own_page(session, reader, slug, typed))


@router.post(_PATH)
def make_own(request: Request, reader: ReaderDep, session: SessionDep, typed: FormDep) -> Response:
    """Add one, and show what it came to."""
    require(reader.user, "admin")
    slug = _slug(typed)

    def add() -> Kpi:
        unit = next(one for one in KNOWN_UNITS if one == typed.unit)
        better = next(one for one in BETTERS if one == typed.better)
        new = NewKpi(slug, typed.names, typed.formula, typed.definitions, unit, better)
        return add_kpi(session, reader.user, new)

    if wrong := _wrong(typed, reader.words) or _tried(add, reader.words):
        page = own_page(session, reader, "", typed, wrong)
        return show(request, reader, "kpi_own.html", page, 422)
    request.state.made_id = slug
    return go(request, f"/kpis/{slug}", reader.words("The KPI is there for everybody now."))


@router.post(f"{_PATH}/{{slug}}")
def change_own(
    slug: Slug, request: Request, reader: ReaderDep, session: SessionDep, typed: FormDep
) -> Response:
    """Change one, and show what it comes to now."""
    require(reader.user, "admin")

    def change() -> Kpi:
        told: dict[str, object] = {
            "names": typed.names,
            "definitions": typed.definitions,
            "formula": typed.formula,
        }
        told |= {"unit": typed.unit, "better": typed.better}
        return change_kpi(session, reader.user, slug, told)

    if wrong := _wrong(typed, reader.words) or _tried(change, reader.words):
        page = own_page(session, reader, slug, typed, wrong)
        return show(request, reader, "kpi_own.html", page, 422)
    return go(request, f"/kpis/{slug}", reader.words("The KPI was changed."))


@router.post(f"{_PATH}/{{slug}}/delete")
def delete_own(slug: Slug, request: Request, reader: ReaderDep, session: SessionDep) -> Response:
    """Delete one with its targets."""
    delete_kpi(session, reader.user, slug)
    return go(request, _PATH, reader.words("The KPI was deleted."))


def own_page(
    session: Session,
    reader: Reader,
    slug: str,
    typed: OwnForm,
    wrong: Mapping[str, str] | None = None,
) -> OwnPage:
    """What there is, and the form as it was typed."""
    words = reader.words
    own = session.exec(select(CustomKpi).order_by(col(CustomKpi.slug))).all()
    usable = [
        (
            words(name),
            [(one.slug, one.name[words.language]) for one in KPIS if one.family == family],
        )
        for family, name in FAMILIES.items()
        if family != "own"
    ]
    return OwnPage(
        own=[_shown(one, words) for one in own],
        slug=slug,
        typed=typed,
        units=[(one, words(UNITS[one])) for one in KNOWN_UNITS],
        betters=[(one, words(BETTER[one])) for one in BETTERS],
        usable=usable,
        wrong=wrong or {},
    )


def _shown(own: CustomKpi, words: Words) -> OwnShown:
    name = own.names.get(words.language) or own.slug
    return OwnShown(own.slug, name, own.formula, words(UNITS[own.unit]))


def _kept(session: Session, slug: str) -> OwnForm:
    own = session.exec(select(CustomKpi).where(CustomKpi.slug == slug)).one_or_none()
    if own is None:
        raise Missing(f"there is no KPI {slug[:60]!r} of your own")
    return OwnForm(
        name_en=own.names.get("en", ""),
        name_fr=own.names.get("fr", ""),
        definition_en=own.definitions.get("en", ""),
        definition_fr=own.definitions.get("fr", ""),
        formula=own.formula,
        unit=own.unit,
        better=own.better,
    )


def _wrong(typed: OwnForm, words: Words) -> dict[str, str]:
    """What is wrong before anything is tried."""
    wrong = {}
    if not typed.names:
        wrong["name"] = words("Give it a name.")
    elif any(len(one) > _MOST_NAME for one in typed.names.values()):
        wrong["name"] = words("The name is too long.")
    elif any("\x00" in one for one in typed.model_dump().values()):
        wrong["name"] = words("There are signs in it that cannot be kept.")
    if not typed.formula:
        wrong["formula"] = words("Write a formula.")
    if typed.unit not in KNOWN_UNITS:
        wrong["unit"] = words("Choose one of the list.")
    if typed.better not in BETTERS:
        wrong["better"] = words("Choose one of the list.")
    return wrong


def _tried(work: Callable[[], Kpi], words: Words) -> dict[str, str]:
    """Do it; what is wrong with it, by field."""
    try:
        work()
    except Conflict as error:
        if "targets" in str(error):
            return {"unit": words("It has targets in another unit. Delete them first.")}
        if "delete one" in str(error):
            return {"name": words("There are 200 KPIs of your own. Delete one first.")}
        return {"name": words("There is a KPI of that name already. Choose another.")}
    except BadInput as error:
        part, _, told = str(error).partition(":")
        return {part if part == "formula" else "name": _told(told, words)}
    return {}


def _told(problem: str, words: Words) -> str:
    for pattern, told in _TOLD:
        if found := re.search(pattern, problem):
            return words(told, **found.groupdict())
    return words(_UNREADABLE)


def _slug(typed: OwnForm) -> str:
    """What the program calls it, made of its name."""
    spread = unicodedata.normalize("NFKD", typed.name_en or typed.name_fr).casefold()
    plain = re.sub(r"[^a-z0-9]+", "_", spread.encode("ascii", "ignore").decode()).strip("_")[:90]
    if not plain or not plain[0].isalpha() or plain in _OF_PAGES:
        return f"own_{plain}".rstrip("_")
    return plain


def _given(**texts: str) -> dict[str, str]:
    return {language: text for language, text in texts.items() if text}
