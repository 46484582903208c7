"""What somebody tells of a call before it is sent: as they type it, and as the store takes it."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from email.utils import parseaddr
from typing import Annotated, Any
from uuid import UUID

from fastapi import Form
from pydantic import ValidationError
from sqlmodel import Session, col, select

from analyzer.invitation import agenda_lines
from api.call_views import CallGiven
from api.pages.upload.deals import deal_called
from api.pages.words import Words, marked
from models.consent import rule_of
from models.rights import visible_users
from models.storable import readable
from models.tables import User

LANGUAGES = (
    ("", marked("Detect automatically")),
    ("en", marked("English")),
    ("fr", marked("French")),
)
_FIELD_OF = {"started_at": "started", "participants": "theirs"}
_Line = Annotated[str, Form(max_length=2000)]
_Lines = Annotated[str, Form(max_length=20_000)]


@dataclass(frozen=True, slots=True)
class Facts:
    """The fields of a row as they are typed; people and agenda have a line each."""

    title: str = ""
    deal: str = ""
    language: str = ""
    rep_id: str = ""
    started: str = ""
    ours: str = ""
    theirs: str = ""
    agenda: str = ""
    is_private: bool = False
    has_consent: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What the fields come to, or what is wrong with each."""

    call: CallGiven | None
    problems: dict[str, str] = field(default_factory=dict)


def typed_facts(  # noqa: PLR0913, PLR0917 (one parameter a field)
    title: _Line = "",
    deal: _Line = "",
    language: _Line = "",
    rep_id: _Line = "",
    started: _Line = "",
    ours: _Lines = "",
    theirs: _Lines = "",
    agenda: _Lines = "",
    is_private: Annotated[bool, Form()] = False,
    has_consent: Annotated[bool, Form()] = False,
) -> Facts:
    """The fields of a form."""
    told = (title, deal, language, rep_id, started, ours, theirs, agenda)
    return Facts(*told, is_private=is_private, has_consent=has_consent)


def facts_from(fields: dict[str, str]) -> Facts:
    """The fields of a form that was read as it came; what it does not name is empty."""
    texts = {name: fields.get(name, "") for name in _TEXTS}
    ticks = {name: bool(fields.get(name)) for name in ("is_private", "has_consent")}
    return Facts(**texts, **ticks)  # type: ignore[arg-type]


_TEXTS = ("title", "deal", "language", "rep_id", "started", "ours", "theirs", "agenda")
NAMES = frozenset({*_TEXTS, "is_private", "has_consent"})


def read_facts(session: Session, user: User, words: Words, facts: Facts) -> Told:
    """The call that is told of; nothing is sent of one whose people do not know of it."""
    problems: dict[str, str] = {}
    facts = Facts(**readable(asdict(facts)))
    ours = _of_rep(session, user, facts)
    given: dict[str, Any] = {
        "title": facts.title.strip() or None,
        "language": facts.language or None,
        "rep_id": facts.rep_id or None,
        "is_private": facts.is_private,
        "participants": [*_people(ours, "seller"), *_people(facts.theirs, "buyer")] or None,
        "agenda": [_item(one.title, one.minutes) for one in agenda_lines(facts.agenda)] or None,
    }
    given["started_at"] = _started(words, facts.started, problems)
    given["deal_id"] = _deal(session, user, words, facts.deal, problems)
    given["consent"] = "consented" if facts.has_consent else "unknown"
    if not facts.has_consent and needs_tick(session, user, facts.rep_id):
        problems["has_consent"] = words(
            "Tick this once everybody on the call knows: nothing is sent before."
        )
    call = _checked(given, words, problems)
    return Told(None if problems else call, problems)


def needs_tick(session: Session, user: User, rep_id: str = "") -> bool:
    """Whether nothing may be sent without consent, as the team of the call's rep has it.

    Where calls without consent are kept or only transcribed, they may come without.
    """
    reps = {str(one.id): one.id for one in reps_for(session, user)} if rep_id else {}
    return rule_of(session, reps.get(rep_id, user.id)) in {"process", "refuse"}


def reps_for(session: Session, user: User) -> list[User]:
    """Whose calls a user may add: a manager the team's, an admin everybody's; else none to ask."""
    if user.role == "rep":
        return []
    statement = select(User).where(visible_users(user), col(User.is_active))
    return list(session.exec(statement.order_by(col(User.name), col(User.id))).all())


def as_typed(words: Words, at: datetime) -> str:
    """An instant as a field for date and time holds it, on the reader's clock."""
    return words.local(at).strftime("%Y-%m-%dT%H:%M")


def _of_rep(session: Session, user: User, facts: Facts) -> str:
    """Who was on the call for us: the rep, where a manager left the guess that it was them."""
    if facts.rep_id in {"", str(user.id)} or facts.ours.strip() not in {"", own_line(user)}:
        return facts.ours
    rep = next((one for one in reps_for(session, user) if str(one.id) == facts.rep_id), None)
    return own_line(rep) if rep else facts.ours


def own_line(user: User) -> str:
    """A user as a line of people."""
    return f"{user.name} <{user.email}>"


def _started(words: Words, typed: str, problems: dict[str, str]) -> datetime | None:
    try:
        at = datetime.fromisoformat(typed) if typed else None
    except ValueError:
        problems["started"] = words("Write a day and a time, such as 2026-03-12 14:30.")
        return None
    return at.replace(tzinfo=words.zone) if at and at.tzinfo is None else at


def _deal(
    session: Session, user: User, words: Words, typed: str, problems: dict[str, str]
) -> UUID | None:
    if not typed.strip():
        return None
    found = deal_called(session, user, words, typed)
    if len(found) == 1:
        return found[0].id
    if not found:
        problems["deal"] = words("No deal of yours is called that. Choose one of the list.")
    else:
        problems["deal"] = words("Several deals are called that. Choose one of the list.")
    return None


def _people(lines: str, side: str) -> list[dict[str, str | None]]:
    """A person a line: `Jim Kowalski <jim@example.com>, Vantage`, or either part of it."""
    found = []
    for line in lines.splitlines():
        person, _, company = line.strip(" -*•;,\t").partition(",")
        name, email = parseaddr(person) if "@" in person else (person, "")
        name = " ".join(name.split()) or name_in(email)
        if name:
            known = {"name": name, "email": email or None, "company": company.strip() or None}
            found.append({**known, "side": side})
    return found


def name_in(email: str) -> str:
    """The name an address is made of: jim.kowalski@... is Jim Kowalski."""
    local = email.partition("@")[0]
    for sign in "._+-":
        local = local.replace(sign, " ")
    return " ".join(word.capitalize() for word in local.split())


def _item(title: str, minutes: float | None) -> dict[str, object]:
    return {"title": title, "minutes": minutes or None}


def _checked(given: dict[str, Any], words: Words, problems: dict[str, str]) -> CallGiven | None:
    try:
        return CallGiven.model_validate(given)
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False):
            name = str(one["loc"][0]) if one["loc"] else "title"
            what = words("This cannot be kept: %(why)s", why=one["msg"])
            problems.setdefault(_FIELD_OF.get(name, name), what)
        return None
