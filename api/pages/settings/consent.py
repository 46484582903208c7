"""Consent: what becomes of calls without, and who does not want to be processed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from fastapi import Form, Request, Response
from pydantic import BaseModel, Field
from sqlmodel import Session, col, select

from api.dependencies import SessionDep
from api.pages.rendering import go, show
from api.pages.routing import page_router
from api.pages.settings.shared import AdminReaderDep, is_email
from api.pages.words import marked
from models import staff
from models.errors import Conflict
from models.objections import add_objection, list_objections, remove_objection
from models.tables import ProcessingObjection, Team

router = page_router("consent")
HERE = "/settings/consent"
WITHOUT = {
    "process": marked("All is done with them"),
    "transcribe": marked("Only a transcript is made"),
    "keep": marked("They are kept as they are until somebody declares consent"),
    "refuse": marked("They are not taken"),
}


class ObjectionForm(BaseModel):
    """Somebody who objected, as typed."""

    email: str = Field(default="", max_length=320)
    note: str = Field(default="", max_length=1000)


@dataclass(frozen=True, slots=True)
class ConsentPage:
    """Every team's rule, and who objected with how many calls."""

    teams: Sequence[Team]
    objections: Sequence[tuple[ProcessingObjection, int]]
    form: ObjectionForm
    problems: dict[str, str] = field(default_factory=dict)
    without: dict[str, str] = field(default_factory=lambda: WITHOUT)


def consent_page(
    session: Session, form: ObjectionForm | None = None, problems: dict[str, str] | None = None
) -> ConsentPage:
    """The page as things are."""
    teams = session.exec(select(Team).order_by(col(Team.name), col(Team.id))).all()
    return ConsentPage(teams, list_objections(session), form or ObjectionForm(), problems or {})


@router.get(HERE)
def show_consent(request: Request, reader: AdminReaderDep, session: SessionDep) -> Response:
    """What becomes of calls without consent, and who objected."""
    return show(request, reader, "settings_consent.html", consent_page(session))


@router.post(f"{HERE}/teams/{{team_id}}")
def change_team_rule(
    team_id: UUID,
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    without_consent: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Say what becomes of a team's calls without consent."""
    if without_consent not in WITHOUT:
        return show(request, reader, "settings_consent.html", consent_page(session), 422)
    team = staff.change_team(session, team_id, {"without_consent": without_consent})
    said = reader.words("From now on that holds for calls of %(name)s.", name=team.name)
    return go(request, HERE, said=said)


@router.post(f"{HERE}/objections")
def object_here(
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    form: Annotated[ObjectionForm, Form()],
) -> Response:
    """Leave calls with somebody alone."""
    words, problems = reader.words, dict[str, str]()
    if not is_email(form.email):
        problems["email"] = words("Write an e-mail address, such as ann@example.com.")
    else:
        try:
            made, stopped = add_objection(session, reader.user, form.email, form.note)
        except Conflict:
            problems["email"] = words("This person objected already.")
    if problems:
        page = consent_page(session, form, problems)
        return show(request, reader, "settings_consent.html", page, 422)
    told = words("Calls with %(email)s are left alone.", email=made.email or "")
    if stopped:
        told += " " + words.plural("%(count)s was stopped.", "%(count)s were stopped.", stopped)
    return go(request, HERE, said=told)


@router.post(f"{HERE}/objections/{{objection_id}}/remove")
def take_back(
    objection_id: UUID, request: Request, reader: AdminReaderDep, session: SessionDep
) -> Response:
    """Take an objection back."""
    email, _released = remove_objection(session, objection_id)
    whom = email or reader.words("somebody who was erased")
    said = reader.words("Calls with %(email)s are worked on again.", email=whom)
    return go(request, HERE, said=said)
