"""Everything held about somebody as one ZIP archive, written while it is sent.

Never more than one call's words are in memory. Names of files are made of numbers and ids, never of
what somebody typed; texts are compressed, sound is not. No transaction is open between two files.
"""

import html
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, col, select

from models.database import session_scope
from models.errors import Missing
from models.files import Files
from models.privacy.matching import Mentions
from models.privacy.person import (
    Person,
    calls_with,
    contact_rows,
    invitation_rows,
    lead_rows,
)
from models.privacy.scanning import HEAVY, scan
from models.tables import (
    ApiToken,
    AuditEntry,
    Call,
    CallFacts,
    Channel,
    CoachingGoal,
    Comment,
    CrmPush,
    Deal,
    Recording,
    SavedView,
    User,
    UserIdentity,
    UserSession,
    Utterance,
)
from models.tables.columns import now

_PIECE = 1 << 18
_SECRET = frozenset({"password_hash", "digest", "address", "secrets"})
_Section = Callable[[Session], Any]


def archive_of_person(
    engine: Engine, files: Files, session: Session, person: Person, with_recordings: bool
) -> Iterator[bytes]:
    """The archive of somebody on the other side, a piece at a time."""
    call_ids = calls_with(session, person)
    named = person.on_call(())
    sections: dict[str, _Section] = {
        "contacts": lambda session: [_row(one) for one in contact_rows(session, person)],
        "leads": lambda session: [_row(one) for one in lead_rows(session, person)],
        "invitations": lambda session: [_row(one) for one in invitation_rows(session, person)],
        "crm_links": lambda session: _crm_links(session, call_ids),
        "mentions_elsewhere": lambda session: _elsewhere(session, person, call_ids),
        "audit": lambda session: _audit_of(session, call_ids),
    }

    def call(session: Session, one: UUID) -> Any:
        return _call(session, one, named)

    who = ", ".join([*person.names, *person.emails])
    return _Archive(engine, files).write(who, sections, call_ids, call, with_recordings)


def archive_of_user(
    engine: Engine, files: Files, session: Session, user_id: UUID, with_recordings: bool
) -> Iterator[bytes]:
    """The archive of a user of ours. Raises Missing."""
    user = session.get(User, user_id)
    if user is None:
        raise Missing(f"there is no user {user_id}")
    mine = select(Call.id).where(Call.rep_id == user_id).order_by(col(Call.started_at))
    call_ids = [*session.exec(mine)]
    tables: dict[str, tuple[type[SQLModel], Any]] = {
        "comments": (Comment, col(Comment.author_id) == user_id),
        "tokens": (ApiToken, col(ApiToken.user_id) == user_id),
        "sessions": (UserSession, col(UserSession.user_id) == user_id),
        "identities": (UserIdentity, col(UserIdentity.user_id) == user_id),
        "channels": (Channel, col(Channel.user_id) == user_id),
        "saved_views": (SavedView, col(SavedView.user_id) == user_id),
        "goals": (CoachingGoal, col(CoachingGoal.rep_id) == user_id),
        "deals": (Deal, col(Deal.rep_id) == user_id),
        "audit": (AuditEntry, col(AuditEntry.actor_id) == user_id),
    }
    sections: dict[str, _Section] = {
        "account": lambda session: [_row(session.get_one(User, user_id))],
        **{name: _rows_of(table, where) for name, (table, where) in tables.items()},
    }

    def call(session: Session, one: UUID) -> Any:
        return _call(session, one, Mentions((user.email,), (user.name,)))

    return _Archive(engine, files).write(user.name, sections, call_ids, call, with_recordings)


class _Sink:
    """Takes what a ZIP writes, and gives it away."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._at = 0

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        self._at += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        """Nothing waits."""

    def taken(self) -> bytes:
        """What was written since the last time."""
        whole = b"".join(self._pieces)
        self._pieces.clear()
        return whole


class _Archive:
    """One archive being written."""

    def __init__(self, engine: Engine, files: Files) -> None:
        self._engine, self._files = engine, files
        self._sink = _Sink()
        self._listed: list[tuple[str, str]] = []

    def write(
        self,
        who: str,
        sections: dict[str, _Section],
        call_ids: list[UUID],
        call: Callable[[Session, UUID], Any],
        with_recordings: bool,
    ) -> Iterator[bytes]:
        """Write section after section, call after call, the page that leads to them last."""
        with ZipFile(self._sink, "w", ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
            for name, section in sections.items():
                with session_scope(self._engine) as session:
                    found = section(session)
                yield self._json(archive, f"{name}.json", found, f"{name} ({len(found)})")
            for number, one in enumerate(call_ids, 1):
                with session_scope(self._engine) as session:
                    told = call(session, one)
                    recording = _recording(session, one) if with_recordings else None
                if told is None:
                    continue  # deleted meanwhile
                at = f"calls/{number:05}-{one}"
                title = f"{told['call']['started_at'][:10]} {told['call']['title']}"
                yield self._json(archive, f"{at}.json", told, title)
                if recording is not None:
                    yield from self._sound(archive, at, recording)
            archive.writestr(_entry("index.html"), _page(who, self._listed))
            yield self._sink.taken()
        yield self._sink.taken()

    def _json(self, archive: ZipFile, name: str, found: Any, title: str) -> bytes:
        written = json.dumps(found, ensure_ascii=False, indent=1, default=_plain)
        archive.writestr(_entry(name), written.encode(errors="replace"))
        self._listed.append((name, title))
        return self._sink.taken()

    def _sound(self, archive: ZipFile, at: str, recording: Recording) -> Iterator[bytes]:
        try:
            pieces = self._files.read(recording.key, chunk=_PIECE)
            name = f"{at}.recording"
            entry = _entry(name, ZIP_STORED)
            with archive.open(entry, "w", force_zip64=True) as out:
                for piece in pieces:
                    out.write(piece)
                    yield self._sink.taken()
            self._listed.append((name, f"recording, {recording.media_type}"))
        except Missing:
            return  # deleted meanwhile


def _entry(name: str, method: int = ZIP_DEFLATED) -> ZipInfo:
    entry = ZipInfo(name, now().timetuple()[:6])
    entry.compress_type = method
    entry.external_attr = 0o600 << 16
    return entry


def _call(session: Session, call_id: UUID, named: Mentions) -> Any:
    """A call with the words of it; those of the person are marked."""
    call = session.get(Call, call_id)
    if call is None:
        return None
    said = select(Utterance).where(Utterance.call_id == call_id).order_by(col(Utterance.position))
    theirs = _speakers(session, call_id, named)
    facts = session.get(CallFacts, call_id)
    comments = session.exec(select(Comment).where(Comment.call_id == call_id)).all()
    recording = _recording(session, call_id)
    return {
        "call": _row(call),
        "facts": _row(facts) if facts else None,
        "recording": _row(recording) if recording else None,
        "transcript": [
            {
                "speaker": one.speaker,
                "side": one.side,
                "is_theirs": one.speaker in theirs,
                "start_s": one.start_s,
                "end_s": one.end_s,
                "text": one.text,
            }
            for one in session.exec(said)
        ],
        "comments_that_name_them": [_row(one) for one in comments if named.in_text(one.text)],
    }


def _speakers(session: Session, call_id: UUID, named: Mentions) -> set[str]:
    from models.tables import Report

    told = session.exec(select(Report.report["speakers"]).where(Report.call_id == call_id)).first()
    return {str(one["id"]) for one in told or [] if named.in_text(one.get("name") or "")}


def _recording(session: Session, call_id: UUID) -> Recording | None:
    found = session.exec(select(Recording).where(Recording.call_id == call_id)).one_or_none()
    if found is not None:
        session.expunge(found)
    return found


def _crm_links(session: Session, call_ids: list[UUID]) -> list[Any]:
    pushes = session.exec(select(CrmPush).where(col(CrmPush.call_id).in_(call_ids)))
    keys = ("call_id", "connection_id", "deal_name", "deal_url", "note_url", "state", "pushed_at")
    return [{key: getattr(one, key) for key in keys} for one in pushes]


def _elsewhere(session: Session, person: Person, call_ids: list[UUID]) -> list[Any]:
    counted = {"contact", "lead", "invitation", *HEAVY}
    own = {*call_ids}
    hits = scan(session, person.everywhere, tables=lambda table: table not in counted)
    return [
        {"table": hit.table, "call_id": hit.call_id, **hit.values}
        for hit in hits
        if hit.call_id not in own
    ]


def _audit_of(session: Session, call_ids: list[UUID]) -> list[Any]:
    """What was done with the calls they took part in."""
    subjects = [str(one) for one in call_ids]
    found = select(AuditEntry).where(col(AuditEntry.subject_id).in_(subjects))
    return [_row(one) for one in session.exec(found.order_by(col(AuditEntry.id)))]


def _rows_of(table: type[SQLModel], where: Any) -> _Section:
    def read(session: Session) -> Any:
        return [_row(one) for one in session.exec(select(table).where(where))]

    return read


def _row(row: SQLModel) -> dict[str, Any]:
    """A row without what opens something."""
    return {
        name: _plain(value) if not isinstance(value, dict | list | str | int | float) else value
        for name, value in row.model_dump().items()
        if name not in _SECRET
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    return None if value is None or isinstance(value, bytes) else str(value)


def _page(who: str, listed: Iterable[tuple[str, str]]) -> bytes:
    """The page that leads to every file; nothing in it runs."""
    items = "\n".join(
        f'<li><a href="{html.escape(name, quote=True)}">{html.escape(title)}</a></li>'
        for name, title in listed
    )
    head = html.escape(f"What is held about {who}")
    page = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{head}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'"></head>
<body><h1>{head}</h1><p>As of {now():%Y-%m-%d %H:%M} UTC.</p><ul>
{items}
</ul></body></html>
"""
    return page.encode(errors="replace")
