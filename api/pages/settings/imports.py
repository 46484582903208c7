"""Sales data from CSV files: checked line by line first, then imported."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from fastapi import Request, Response
from sqlmodel import Session

from api.dependencies import SettingsDep, settings_of
from api.intake.streaming import CallerDep, stream_router, transact
from api.pages.frame import Reader, signed_frame
from api.pages.rendering import show
from api.pages.routing import page_router
from api.pages.settings.import_asked import ImportChoices, PageImportForm, options_of
from api.pages.settings.shared import AdminReaderDep, zones
from api.pages.words import marked
from models.errors import BadImport
from models.importing import SHAPES, ImportReport, import_files
from models.rights import require
from models.trail import note

router = page_router("imports")
bodies = stream_router("imports")
_HERE = "/settings/imports"
KINDS = {
    "reps": marked("Reps"),
    "accounts": marked("Accounts"),
    "contacts": marked("Contacts"),
    "deals": marked("Deals"),
    "leads": marked("Leads"),
    "stage_history": marked("Stage history"),
    "meetings": marked("Meetings"),
    "invitations": marked("Invitations"),
    "activities": marked("Activities"),
    "surveys": marked("Surveys"),
    "subscriptions": marked("Subscriptions"),
    "spend": marked("Spend"),
    "targets": marked("Targets"),
    "fx_rates": marked("Exchange rates"),
    "figures": marked("Figures"),
}
COLUMNS = {kind: tuple(one.name for one in shape.columns) for kind, shape in SHAPES.items()}
"""What the header of each kind of file may name."""


@dataclass(frozen=True, slots=True)
class ImportsPage:
    """The form, and what became of the files; `reports` None: nothing was sent yet."""

    choices: ImportChoices
    most_mb: int
    reports: Sequence[ImportReport] | None = None
    is_dry_run: bool = True
    is_kept: bool = False
    problem: str = ""
    zones: tuple[str, ...] = field(default_factory=zones)
    kinds: dict[str, str] = field(default_factory=lambda: KINDS)
    columns: dict[str, tuple[str, ...]] = field(default_factory=lambda: COLUMNS)

    @property
    def refused(self) -> int:
        """How many lines cannot be used."""
        return sum(one.refused for one in self.reports or ())

    @property
    def usable(self) -> int:
        """How many lines bring something."""
        return sum(one.new + one.changed for one in self.reports or ())


@router.get(_HERE)
def show_imports(request: Request, reader: AdminReaderDep, settings: SettingsDep) -> Response:
    """The form."""
    choices = ImportChoices(time_zone=settings.time_zone)
    page = ImportsPage(choices, settings.max_import_mb)
    return show(request, reader, "settings_imports.html", page)


@bodies.post(_HERE, include_in_schema=False)
async def import_sales(request: Request, user: CallerDep) -> Response:
    """Check the files, or import them, in one transaction."""
    require(user, "admin")
    form = PageImportForm()
    try:
        await form.read(request)
        return await transact(request, lambda session: _import(session, request, form))
    finally:
        await asyncio.to_thread(form.close)


def _import(session: Session, request: Request, form: PageImportForm) -> Response:
    settings = settings_of(request)
    reader = signed_frame(request, session, settings)
    page = ImportsPage(form.choices, settings.max_import_mb)
    try:
        options = options_of(form.choices, is_dry_run=form.is_dry_run)
        reports = import_files(session, form.files, options)
    except BadImport as error:
        return _shown(request, reader, page, problem=str(error))
    kept = options.keeps(reports)
    if kept:
        counts = {one.name: [one.new, one.changed, one.refused] for one in reports}
        note(session, reader.user, verb="import_sales", noun="imports", detail={"files": counts})
    return _shown(request, reader, page, reports=reports, is_dry_run=form.is_dry_run, is_kept=kept)


def _shown(request: Request, reader: Reader, page: ImportsPage, **told: object) -> Response:
    """The page with what came of it; 422 with a problem, unless a script puts it in place."""
    told_page = replace(page, **told)  # type: ignore[arg-type]
    status = 422 if told_page.problem and not reader.is_part else 200
    return show(request, reader, "settings_imports.html", told_page, status)
