"""What the command line does to the database."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import select

from api.console import COMMAND_LINE
from api.import_console import opened, print_reports, write_problems
from api.settings import Settings
from models.database import session_scope
from models.errors import BadImport, Missing
from models.files import Files
from models.first_admin import is_untouched
from models.importing import ImportOptions, import_files
from models.privacy.reapplying import reapply
from models.resealing import reseal_all
from models.retention import begin_new
from models.sealing import Seal
from models.tables import Team, User
from models.tables.columns import now
from models.tokens import SCOPES, add_token
from models.trail import note
from models.users import add_user, find_user

_LINES_REFUSED = 11


def new_user(
    engine: Engine, email: str, name: str, role: str, team: str | None, password: str | None
) -> User:
    """Add a user, and the team when there is none of that name."""
    with session_scope(engine) as session:
        row = session.exec(select(Team).where(Team.name == team)).one_or_none() if team else None
        if team and row is None:
            row = Team(name=team)
            session.add(row)
            session.flush()
        user = User(email=email, name=name, role=role, team_id=row.id if row else None)
        if is_untouched(session):
            begin_new(session)
        add_user(session, user, password)
        note(session, COMMAND_LINE, verb="make_user", noun="users", subject_id=str(user.id))
        return user


def new_token(
    engine: Engine, email: str, name: str, scopes: Sequence[str] = SCOPES, days: int | None = None
) -> str:
    """A token that speaks for a user, for so many days if said. Raises Missing, BadInput."""
    with session_scope(engine) as session:
        user = find_user(session, email)
        if user is None:
            raise Missing(f"there is no user {email}; add one: talktrack user add {email}")
        until = now() + timedelta(days=days) if days else None
        made = add_token(session, user, name, until, scopes=scopes)
        note(session, COMMAND_LINE, verb="make_token", noun="tokens", subject_id=str(made.row.id))
        return made.secret


def reseal_secrets(engine: Engine, seal: Seal) -> int:
    """Put every sealed secret under the first key; returns how many. Raises BadDatabase."""
    with session_scope(engine) as session:
        count = reseal_all(session, seal)
        note(session, COMMAND_LINE, verb="rotate_seals", noun="secrets", detail={"count": count})
        return count


def import_tables(
    engine: Engine, paths: Sequence[Path], options: ImportOptions, problems: Path | None = None
) -> int:
    """Import CSV files in one transaction and say what became of them; returns the exit code.

    `problems` is a file to which every problem is written. Raises BadImport when a file cannot be
    read, with nothing kept.
    """
    if problems is not None and problems.resolve() in {path.resolve() for path in paths}:
        raise BadImport(f"{problems} is to be imported; name another file for the problems")
    with session_scope(engine) as session:
        with opened(paths) as files:
            reports = import_files(session, files, options)
        if problems is not None:
            write_problems(problems, reports)  # before the commit: nothing is kept if it fails
        if options.keeps(reports):
            note(session, COMMAND_LINE, verb="import_sales", noun="imports")
    print_reports(reports, options)
    return _LINES_REFUSED if any(report.refused for report in reports) else 0


def erase_again(engine: Engine, settings: Settings, files: Files) -> int:
    """Make erasures again that a backup knows nothing of; returns how many found something."""
    return reapply(engine, files, settings.seal(), settings.signing_key())
