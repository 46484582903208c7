"""Teams: their names, clocks, currencies and fiscal years, as an admin sets them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

from babel import dates
from fastapi import Form, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import func
from sqlmodel import Session, col, select

from api.dependencies import SessionDep, SettingsDep
from api.pages.frame import Reader
from api.pages.rendering import go, show
from api.pages.routing import page_router
from api.pages.settings.shared import AdminReaderDep, is_zone, wrong_zone, zones
from api.pages.words import Words
from models import staff
from models.selecting import pick
from models.storable import readable
from models.tables import Team, User

router = page_router("teams")
_HERE = "/settings/teams"
_CURRENCY = re.compile("[A-Z]{3}")


class TeamForm(BaseModel):
    """A team as the form has it."""

    name: str = Field(default="", max_length=200)
    time_zone: str = Field(default="", max_length=64)
    currency: str = Field(default="", max_length=10)
    fiscal_year_start: int = Field(default=1, ge=1, le=12)


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A team, how many active people are in it, and the form as it was filled in last."""

    team: Team
    people: int
    form: TeamForm
    problems: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TeamsPage:
    """Every team by name, and the form for a new one."""

    rows: Sequence[TeamRow]
    new: TeamForm
    problems: dict[str, str]
    months: dict[int, str]
    zones: tuple[str, ...]


def teams_page(
    session: Session,
    reader: Reader,
    new: TeamForm,
    *,
    wrong_id: UUID | None = None,
    problems: dict[str, str] | None = None,
) -> TeamsPage:
    """The page; `problems` are of the new team, or of the one that `wrong_id` names."""
    counted = (
        pick(Team, func.count(col(User.id)).filter(col(User.is_active)))
        .outerjoin(User, col(User.team_id) == Team.id)
        .group_by(col(Team.id))
        .order_by(Team.name)
    )
    rows = []
    for team, people in session.execute(counted):
        if team.id == wrong_id:
            rows.append(TeamRow(team, people, new, problems or {}))
        else:
            rows.append(TeamRow(team, people, TeamForm.model_construct(**_columns(team))))
    is_new = wrong_id is None
    return TeamsPage(
        rows,
        new if is_new else TeamForm(),
        (problems or {}) if is_new else {},
        months(reader.words),
        zones(),
    )


@router.get(_HERE)
def show_teams(
    request: Request, reader: AdminReaderDep, session: SessionDep, settings: SettingsDep
) -> Response:
    """Every team."""
    new = TeamForm(time_zone=settings.time_zone, currency=settings.currency)
    return show(request, reader, "settings_teams.html", teams_page(session, reader, new))


@router.post(_HERE)
def make_team(
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    form: Annotated[TeamForm, Form()],
) -> Response:
    """Add a team."""
    problems = _wrong(session, reader.words, form, None)
    if problems:
        page = teams_page(session, reader, form, problems=problems)
        return show(request, reader, "settings_teams.html", page, 422)
    team = staff.add_team(session, Team(**_given(form)))
    request.state.made_id = team.id
    return go(request, _HERE, reader.words("The team %(name)s is there.", name=team.name))


@router.post(f"{_HERE}/{{team_id}}")
def change_team(
    team_id: UUID,
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    form: Annotated[TeamForm, Form()],
) -> Response:
    """Change a team."""
    staff.find_team(session, team_id)
    problems = _wrong(session, reader.words, form, team_id)
    if problems:
        page = teams_page(session, reader, form, wrong_id=team_id, problems=problems)
        return show(request, reader, "settings_teams.html", page, 422)
    team = staff.change_team(session, team_id, _given(form))
    return go(request, _HERE, reader.words("The team %(name)s is changed.", name=team.name))


@router.post(f"{_HERE}/{{team_id}}/delete")
def delete_team(
    team_id: UUID, request: Request, reader: AdminReaderDep, session: SessionDep
) -> Response:
    """Delete a team; its people stay, in none."""
    name = staff.find_team(session, team_id).name
    staff.delete_team(session, team_id)
    return go(request, _HERE, reader.words("The team %(name)s is deleted.", name=name))


def months(words: Words) -> dict[int, str]:
    """The months by their names."""
    return dict(dates.get_month_names("wide", "stand-alone", locale=words.locale))


def _columns(team: Team) -> dict[str, Any]:
    return {name: getattr(team, name) for name in TeamForm.model_fields}


def _given(form: TeamForm) -> dict[str, Any]:
    name, currency = readable(form.name.strip()), form.currency.strip().upper()
    return {**form.model_dump(), "name": name, "currency": currency}


def _wrong(session: Session, words: Words, form: TeamForm, team_id: UUID | None) -> dict[str, str]:
    found, name = dict[str, str](), readable(form.name.strip())
    if not name:
        found["name"] = words("Give the team a name.")
    same = session.exec(select(Team.id).where(Team.name == name)).first()
    if same is not None and same != team_id:
        found["name"] = words("There is a team of this name already.")
    if not is_zone(form.time_zone):
        found["time_zone"] = wrong_zone(words)
    if not _CURRENCY.fullmatch(form.currency.strip().upper()):
        found["currency"] = words("Write a currency as three letters, such as EUR.")
    return found
