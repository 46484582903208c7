"""Demo data: a year of sales of an invented company and four of its calls, to look around in.

All of it has the origin `demo`, by which it is told apart and taken back. Its dates are moved so
that its last day is one of these days.
"""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import delete, func, or_, text, update
from sqlalchemy.sql import ColumnElement
from sqlmodel import Session, SQLModel, col, select

from models.demo_dates import days_until, moved
from models.errors import Conflict, Missing
from models.files import Files
from models.importing import ImportOptions, SalesFile, import_files
from models.new_calls import File, NewCall, add_call, delete_call, give_recording
from models.queue import defer
from models.selecting import pick
from models.tables import ApiToken, Call, Deal, FxRate, Progress, Team, User
from models.users import find_user

ORIGIN = "demo"
NEEDED_FIRST = ("reps", "accounts", "deals")
"""Kinds of files that calls point to."""
TASKS = ("load_demo", "remove_demo")
_LOCK = 7_411_703
_ZONES = {"EMEA": "Europe/Paris", "Americas": "America/Chicago"}
_SOUND = "audio.flac"


@dataclass(frozen=True, slots=True)
class DemoCall:
    """A call of the demo, and how far it is; `left_s` None when that is not known."""

    id: UUID
    ref: str
    title: str
    state: str
    rep_id: UUID
    rep: str
    fraction: float
    left_s: float | None

    @property
    def language(self) -> str:
        """What is spoken, by its name: `en04_coldcall_vantage`."""
        return self.ref[:2]


@dataclass(frozen=True, slots=True)
class Demo:
    """What there is of the demo data, and what is under way with it."""

    task: Literal["load_demo", "remove_demo"] | None
    has_failed: bool
    deals: int
    calls: tuple[DemoCall, ...]

    @property
    def is_there(self) -> bool:
        """Whether any of it is here."""
        return bool(self.deals or self.calls)

    @property
    def ready(self) -> tuple[DemoCall, ...]:
        """The calls that were heard."""
        return tuple(one for one in self.calls if one.state == "ready")

    @property
    def is_moving(self) -> bool:
        """Whether it will look different in a moment."""
        waits = ("waiting", "hearing", "understanding")
        return self.task is not None or any(one.state in waits for one in self.calls)


def find_demo(session: Session) -> Demo:
    """How far the demo data is."""
    found = session.execute(
        pick(Call, User, Progress)
        .join(User, col(User.id) == Call.rep_id)
        .outerjoin(Progress, col(Progress.call_id) == Call.id)
        .where(col(Call.origin) == ORIGIN)
        .order_by(col(Call.started_at))
    )
    calls = tuple(
        DemoCall(
            call.id,
            call.ref or "",
            call.title,
            call.state,
            rep.id,
            rep.name,
            progress.fraction if progress else 0.0,
            progress.left_s if progress else None,
        )
        for call, rep, progress in found
    )
    deals = session.exec(select(func.count()).select_from(Deal).where(Deal.origin == ORIGIN)).one()
    return Demo(*_job(session), deals, calls)


def ask_for_demo(session: Session, user: User, today: date) -> None:
    """Have the demo data loaded; nothing when that is under way. Raises Conflict."""
    _ask(session, "load_demo", {"user_id": str(user.id), "today": today.isoformat()})


def ask_to_remove_demo(session: Session) -> None:
    """Have the demo data taken back; nothing when that is under way. Raises Conflict."""
    _ask(session, "remove_demo", {})


def import_demo(session: Session, folder: Path, kinds: Iterable[str], today: date) -> None:
    """Import files of sales by their names; again, they change nothing but the dates."""
    kinds = list(kinds)
    if "reps" in kinds:
        _make_teams(session, folder / "reps.csv")
    if "fx_rates" in kinds and _has_own_rates(session):
        kinds.remove("fx_rates")
    days = days_until(today)
    files = [
        SalesFile(f"{kind}.csv", moved((folder / f"{kind}.csv").read_bytes(), days))
        for kind in kinds
    ]
    import_files(session, files, ImportOptions(origin=ORIGIN))


def add_demo_call(
    session: Session, files: Files, folder: Path, user_id: UUID, today: date
) -> Call | None:
    """Add a recorded call and have it heard; None when it is there. Raises Missing, BadInput."""
    if _has_call(session, folder.name):
        return None
    meeting = json.loads((folder / "meeting.json").read_text("utf-8"))
    days = timedelta(days=days_until(today))
    rep = find_user(session, meeting["participants"][0]["email"])
    admin = session.get(User, user_id)
    if rep is None or admin is None:
        raise Missing(f"whoever {folder.name} belongs to is gone; load the demo data once more")
    ref = meeting["deal"]["id"]
    deal = session.exec(select(Deal).where(Deal.ref == ref, Deal.origin == ORIGIN)).one_or_none()
    new = NewCall(
        title=meeting["title"],
        started_at=datetime.fromisoformat(meeting["started_at"]) + days,
        rep_id=rep.id,
        deal_id=deal.id if deal else None,
        known={name: meeting[name] for name in ("participants", "agenda", "competitors")},
        consent="not_needed",
        consent_basis="Demo: nobody spoke for real",
    )
    stored = files.put([(folder / _SOUND).read_bytes()])
    call = add_call(session, admin, new)
    call.origin, call.ref = ORIGIN, folder.name
    give_recording(session, files, call, File(stored, f"{folder.name}.flac", "audio/flac"))
    return call


def remove_demo_calls(session: Session, files: Files) -> None:
    """Delete the calls, with their files once that is certain."""
    for call in session.exec(select(Call).where(Call.origin == ORIGIN)).all():
        delete_call(session, files, call)


def remove_demo_sales(session: Session) -> None:
    """Delete every row of the demo, but for people who have come to be more than that.

    Whoever has calls of their own by now, or signs in, stays, as a user like any other.
    """
    for table in reversed(SQLModel.metadata.sorted_tables):
        if "origin" in table.c and table.name not in {"call", "user", "team"}:
            session.execute(delete(table).where(table.c.origin == ORIGIN))
    ours = col(User.origin) == ORIGIN
    session.execute(update(User).where(ours, _is_used()).values(origin="talktrack", ref=None))
    session.execute(delete(User).where(ours))
    is_empty = col(Team.id).not_in(select(User.team_id).where(col(User.team_id).is_not(None)))
    session.execute(delete(Team).where(col(Team.origin) == ORIGIN, is_empty))
    kept = update(Team).where(col(Team.origin) == ORIGIN)
    session.execute(kept.values(origin="talktrack", ref=None))
    session.expire_all()


def _ask(session: Session, task: str, arguments: dict[str, Any]) -> None:
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    under_way, _ = _job(session)
    if under_way not in {None, task}:
        raise Conflict("the demo data is being changed; wait until that is done")
    if under_way is None:
        _forget_failed(session)
        defer(session, task, **arguments)


def _job(session: Session) -> tuple[Any, bool]:
    """What is under way, and whether the last of it failed."""
    rows = session.execute(
        text(
            "SELECT task_name, status::text FROM procrastinate_jobs WHERE task_name = ANY(:tasks) "
            "AND status IN ('todo', 'doing', 'failed') ORDER BY id DESC LIMIT 1"
        ),
        {"tasks": list(TASKS)},
    ).one_or_none()
    if rows is None:
        return None, False
    return (None, True) if rows[1] == "failed" else (rows[0], False)


def _forget_failed(session: Session) -> None:
    session.execute(
        text("DELETE FROM procrastinate_jobs WHERE task_name = ANY(:tasks) AND status = 'failed'"),
        {"tasks": list(TASKS)},
    )


def _make_teams(session: Session, reps: Path) -> None:
    """The teams of the reps that are not there, known as the demo's."""
    rows: Sequence[dict[str, str]] = list(csv.DictReader(io.StringIO(reps.read_text("utf-8"))))
    for name in sorted({row["team"] for row in rows}):
        if session.exec(select(Team).where(Team.name == name)).first() is None:
            zone = _ZONES.get(name, "UTC")
            session.add(Team(name=name, time_zone=zone, origin=ORIGIN, ref=name))
    session.flush()


def _has_own_rates(session: Session) -> bool:
    own = select(FxRate.id).where(FxRate.origin != ORIGIN).limit(1)
    return session.exec(own).first() is not None


def _has_call(session: Session, ref: str) -> bool:
    found = select(Call.id).where(Call.origin == ORIGIN, Call.ref == ref)
    return session.exec(found).first() is not None


def _is_used() -> ColumnElement[bool]:
    """Whether a rep of the demo came to be somebody: has calls left, or signs in."""
    has_calls = col(User.id).in_(select(Call.rep_id))
    has_token = col(User.id).in_(select(ApiToken.user_id))
    return or_(has_calls, has_token, col(User.password_hash).is_not(None))
