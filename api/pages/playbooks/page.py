"""Playbooks: which is in force for whom, their versions, and a new one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Form, Request, Response
from sqlmodel import Session, col, select

from analyzer import read_playbook
from api.dependencies import SessionDep
from api.pages.frame import Reader, ReaderDep
from api.pages.playbooks.shown import Book, book_of, may_write, whose
from api.pages.rendering import go, show
from api.pages.routing import page_router
from models.errors import BadInput, Conflict, Forbidden, Missing
from models.playbooks import (
    Draft,
    activate,
    change_playbook,
    deactivate,
    find_playbook,
    keep_version,
    latest,
    visible_playbooks,
)
from models.rights import require
from models.tables import Playbook, Team, User
from models.understanding_again import understand_again

router = page_router("playbooks")
_MANY = 300
_Again = Annotated[bool, Form()]


@dataclass(frozen=True, slots=True)
class Line:
    """The newest version of a playbook, and which version is in force, None for none."""

    path: str
    name: str
    whose: str
    version: int
    in_force: int | None
    force_path: str
    changed: str


@dataclass(frozen=True, slots=True)
class PlaybooksPage:
    """The list, and what is typed for a new one."""

    lines: tuple[Line, ...]
    may_add: bool
    teams: tuple[tuple[str, str], ...]
    name: str = ""
    team: str = ""
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a playbook."""

    path: str
    id: UUID
    version: int
    by: str
    when: str
    is_active: bool
    is_here: bool


@dataclass(frozen=True, slots=True)
class PlaybookPage:
    """A version of a playbook at a glance."""

    book: Book
    versions: tuple[Version, ...]
    products: int


@router.get("/playbooks")
def show_playbooks(request: Request, reader: ReaderDep, session: SessionDep) -> Response:
    """The playbooks one may see: the team's and everybody's, an admin all."""
    return show(request, reader, "playbooks.html", playbooks_page(session, reader))


@router.post("/playbooks")
def make_playbook(
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    name: Annotated[str, Form(max_length=200)] = "",
    team: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Begin a playbook, empty and not in force, or tell why not."""
    require(reader.user, "manager")
    words, clean = reader.words, "".join(one for one in name if one.isprintable()).strip()
    team_id = _team(reader, team)
    wrong = "" if clean else words("Give it a name.")
    if clean and latest(session, clean) is not None:
        wrong = words("There is one called “%(name)s” already.", name=clean)
    if not wrong:
        try:
            made = keep_version(session, reader.user, Draft(clean, "", team_id, is_active=False))
        except (Conflict, Forbidden, Missing) as refused:
            wrong = words.reason(str(refused))
        else:
            request.state.made_id = made.id
            said = words("Created. Add what you want to listen for, then put it in force.")
            return go(request, f"/playbooks/{made.id}", said)
    page = playbooks_page(session, reader, name, team, wrong)
    return show(request, reader, "playbooks.html", page, 422)


@router.get("/playbooks/{playbook_id}")
def show_playbook(
    request: Request, reader: ReaderDep, session: SessionDep, playbook_id: UUID
) -> Response:
    """A version of a playbook, with all others."""
    row = find_playbook(session, reader.user, playbook_id)
    page = PlaybookPage(
        book_of(session, reader, row, "overview"),
        _versions(session, reader, row),
        len(read_playbook(row.text, f"{row.name}.toml").products),
    )
    return show(request, reader, "playbook.html", page)


@router.post("/playbooks/{playbook_id}/activate")
def put_in_force(
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    playbook_id: UUID,
    again: _Again = False,
) -> Response:
    """Put a version in force, in place of its team's other."""
    row = change_playbook(session, reader.user, playbook_id)
    activate(session, row)
    if again:
        understand_again(session, row.team_id)
    said = reader.words("Version %(version)s is in force now.", version=row.version)
    return go(request, f"/playbooks/{row.id}", said, f"/playbooks/{row.id}/deactivate")


@router.post("/playbooks/{playbook_id}/deactivate")
def take_out_of_force(
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    playbook_id: UUID,
    again: _Again = False,
) -> Response:
    """Take a version out of force."""
    row = change_playbook(session, reader.user, playbook_id)
    deactivate(session, row)
    if again:
        understand_again(session, row.team_id)
    said = reader.words("Version %(version)s is out of force.", version=row.version)
    return go(request, f"/playbooks/{row.id}", said, f"/playbooks/{row.id}/activate")


@router.post("/playbooks/{playbook_id}/restore")
def restore_version(
    request: Request, reader: ReaderDep, session: SessionDep, playbook_id: UUID
) -> Response:
    """Keep what a version says as the next one, in force when the last one was."""
    row = change_playbook(session, reader.user, playbook_id)
    newest = latest(session, row.name)
    draft = Draft(row.name, row.text, row.team_id, newest is not None and newest.is_active)
    made = keep_version(session, reader.user, draft)
    request.state.made_id = made.id
    said = reader.words(
        "Version %(version)s says what version %(old)s said.", version=made.version, old=row.version
    )
    return go(request, f"/playbooks/{made.id}", said)


def playbooks_page(
    session: Session, reader: Reader, name: str = "", team: str = "", wrong: str = ""
) -> PlaybooksPage:
    """The list of playbooks, each by its newest version."""
    words, user = reader.words, reader.user
    rows = session.exec(
        select(Playbook)
        .where(visible_playbooks(user))
        .order_by(col(Playbook.name), col(Playbook.version).desc())
        .limit(2000)
    ).all()
    active = {one.name: one for one in rows if one.is_active}
    newest = {one.name: one for one in reversed(rows)}
    teams: list[tuple[str, str]] = []
    if user.role == "admin":
        listed = session.exec(select(Team).order_by(col(Team.name)).limit(_MANY))
        teams = [("", words("Everybody")), *((str(one.id), one.name) for one in listed)]
    lines = [
        Line(
            f"/playbooks/{one.id}",
            one.name,
            whose(session, words, one.team_id),
            one.version,
            active[one.name].version if one.name in active else None,
            f"/playbooks/{active[one.name].id}" if one.name in active else "",
            words.ago(one.created_at),
        )
        for one in sorted(newest.values(), key=lambda one: (one.name not in active, one.name))
    ]
    may_add = may_write(user, user.team_id)
    return PlaybooksPage(tuple(lines), may_add, tuple(teams), name, team, wrong)


def _team(reader: Reader, typed: str) -> UUID | None:
    """The team of a new playbook: an admin chooses, a manager's is their own."""
    if reader.user.role != "admin":
        return reader.user.team_id
    try:
        return UUID(typed) if typed else None
    except ValueError:
        raise BadInput("team: choose one of the list") from None


def _versions(session: Session, reader: Reader, row: Playbook) -> tuple[Version, ...]:
    found: Sequence[tuple[Playbook, User | None]] = session.exec(
        select(Playbook, User)
        .outerjoin(User, col(User.id) == col(Playbook.created_by_id))
        .where(Playbook.name == row.name, visible_playbooks(reader.user))
        .order_by(col(Playbook.version).desc())
        .limit(50)
    ).all()
    return tuple(
        Version(
            f"/playbooks/{one.id}",
            one.id,
            one.version,
            by.name if by else "",
            reader.words.moment(one.created_at),
            one.is_active,
            one.id == row.id,
        )
        for one, by in found
    )
