"""The details of a call, to be changed: title, start, deal, account, people, agenda, privacy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Form, Request, Response
from sqlmodel import Session, col, select

from api.dependencies import SessionDep
from api.pages.frame import Reader, ReaderDep
from api.pages.rendering import go, show
from api.pages.routing import page_router
from api.pages.words import marked
from models.errors import BadInput, Forbidden
from models.new_calls import change_known
from models.rights import change_call, find_call, may_change, visible_accounts, visible_deals
from models.tables import Account, Call, Deal
from models.tables.columns import Json

router = page_router("calls")
_CALL = "/calls/{call_id:uuid}"
_MOST_CHOICES = 200
_SPARE_ROWS = 2
_PERSON = ("name", "email", "company", "role", "side")
_SIDES = ("unknown", "seller", "buyer")
_Texts = Annotated[list[Annotated[str, Form(max_length=320)]] | None, Form(max_length=120)]


@dataclass(frozen=True, slots=True)
class PersonTyped:
    """Somebody invited, as typed."""

    name: str = ""
    email: str = ""
    company: str = ""
    role: str = ""
    side: str = "unknown"


@dataclass(frozen=True, slots=True)
class FactsTyped:
    """The details as typed; `starts` is as the browser writes it, on the reader's clock."""

    title: str
    starts: str
    deal_id: str
    account_id: str
    language: str
    people: tuple[PersonTyped, ...]
    agenda: str
    is_private: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class FactsPage:
    """The form; `wrong` says what could not be kept, `where` in which field."""

    call_id: UUID
    title: str
    typed: FactsTyped
    deals: tuple[Choice, ...]
    accounts: tuple[Choice, ...]
    has_report: bool
    wrong: str = ""
    where: str = ""


class _Wrong(Exception):
    """What somebody typed that cannot be: the field, and words about it."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(what)
        self.where, self.what = where, what


def people_typed(
    person_name: _Texts = None,
    person_email: _Texts = None,
    person_company: _Texts = None,
    person_role: _Texts = None,
    person_side: _Texts = None,
) -> tuple[PersonTyped, ...]:
    """The rows of the form that say somebody's name or address."""
    columns = [person_name, person_email, person_company, person_role, person_side]
    rows = max((len(one or ()) for one in columns), default=0)
    filled = [[*(one or ()), *[""] * (rows - len(one or ()))] for one in columns]
    people = (PersonTyped(*(one.strip() for one in row)) for row in zip(*filled, strict=True))
    return tuple(one for one in people if one.name or one.email)


def facts_typed(  # noqa: PLR0913, PLR0917 (one parameter a field)
    people: Annotated[tuple[PersonTyped, ...], Depends(people_typed)],
    title: Annotated[str, Form(max_length=1000)] = "",
    starts: Annotated[str, Form(max_length=40)] = "",
    deal_id: Annotated[str, Form(max_length=40)] = "",
    account_id: Annotated[str, Form(max_length=40)] = "",
    language: Annotated[str, Form(max_length=8)] = "",
    agenda: Annotated[str, Form(max_length=20_000)] = "",
    is_private: Annotated[bool, Form()] = False,
) -> FactsTyped:
    """The form as it came."""
    return FactsTyped(
        title.strip(), starts, deal_id, account_id, language, people, agenda, is_private
    )


_Typed = Annotated[FactsTyped, Depends(facts_typed)]


@router.get(f"{_CALL}/edit")
def show_facts(request: Request, call_id: UUID, reader: ReaderDep, session: SessionDep) -> Response:
    """The form with what is known."""
    call = find_call(session, reader.user, call_id)
    if not may_change(reader.user, call):
        raise Forbidden("only the call's rep, their manager or an admin may change it")
    return show(
        request, reader, "call_facts.html", _page(session, reader, call, _known(call, reader))
    )


@router.post(f"{_CALL}/edit")
def change_facts(
    request: Request, call_id: UUID, typed: _Typed, reader: ReaderDep, session: SessionDep
) -> Response:
    """Keep what changed; the call is understood again where that matters."""
    call = change_call(session, reader.user, call_id)
    try:
        known, columns = _changed(call, typed, reader)
        with session.begin_nested():
            change_known(session, reader.user, call, known, columns)
    except _Wrong as wrong:
        return _again(
            request, session, reader, call, typed, (wrong.where, reader.words(wrong.what))
        )
    except BadInput as error:
        said = reader.words.reason(str(error))
        return _again(request, session, reader, call, typed, (_field(str(error)), said))
    return go(request, f"/calls/{call_id}", reader.words("The details were changed."))


def _again(
    request: Request,
    session: Session,
    reader: Reader,
    call: Call,
    typed: FactsTyped,
    wrong: tuple[str, str],
) -> Response:
    page = _page(session, reader, call, typed, wrong)
    return show(request, reader, "call_facts.html", page, 422)


def _page(
    session: Session,
    reader: Reader,
    call: Call,
    typed: FactsTyped,
    wrong: tuple[str, str] = ("", ""),
) -> FactsPage:
    spare = (PersonTyped(),) * _SPARE_ROWS
    shown = FactsTyped(
        typed.title,
        typed.starts,
        typed.deal_id,
        typed.account_id,
        typed.language,
        (*typed.people, *spare),
        typed.agenda,
        typed.is_private,
    )
    return FactsPage(
        call.id,
        call.title,
        shown,
        _deals(session, reader, call),
        _accounts(session, reader, call),
        call.state == "ready",
        wrong[1],
        wrong[0],
    )


def _known(call: Call, reader: Reader) -> FactsTyped:
    known: dict[str, Any] = call.known
    people = (
        PersonTyped(*(one.get(key) or ("unknown" if key == "side" else "") for key in _PERSON))
        for one in known.get("participants", ())
    )
    return FactsTyped(
        title=call.title,
        starts=f"{reader.words.local(call.started_at):%Y-%m-%dT%H:%M}",
        deal_id=str(call.deal_id or ""),
        account_id=str(call.account_id or ""),
        language=known.get("language") or "",
        people=tuple(people),
        agenda="\n".join(one["title"] for one in known.get("agenda", ())),
        is_private=call.is_private,
    )


def _changed(call: Call, typed: FactsTyped, reader: Reader) -> tuple[Json, dict[str, Any]]:
    """What differs from what is known, so that only then the call is understood again."""
    before, known, columns = _known(call, reader), Json(), dict[str, Any]()
    columns.update(_links(typed, before, reader))
    if not typed.title:
        raise _Wrong("title", marked("Give the call a title."))
    if typed.title != before.title:
        columns["title"] = typed.title[:300]
    if typed.is_private != before.is_private:
        columns["is_private"] = typed.is_private
    if typed.language != before.language:
        known["language"] = typed.language or None
    if typed.people != before.people:
        known["participants"] = _people(call, typed.people) or None
    if typed.agenda.splitlines() != before.agenda.splitlines():
        known["agenda"] = _agenda(call, typed.agenda) or None
    return known, columns


def _links(typed: FactsTyped, before: FactsTyped, reader: Reader) -> dict[str, Any]:
    """When it was, and what it belongs to, where that differs."""
    columns = dict[str, Any]()
    if typed.starts != before.starts:
        columns["started_at"] = _instant(typed.starts, reader)
    if typed.deal_id != before.deal_id:
        columns["deal_id"] = _id(typed.deal_id, "deal_id")
    if typed.account_id != before.account_id:
        columns["account_id"] = _id(typed.account_id, "account_id")
    return columns


def _instant(starts: str, reader: Reader) -> datetime:
    try:
        read = datetime.fromisoformat(starts)
    except ValueError:
        raise _Wrong("starts", marked("Write when it started, such as 2026-03-12 14:30.")) from None
    return read if read.tzinfo else read.replace(tzinfo=reader.words.zone)


def _id(typed: str, where: str) -> UUID | None:
    try:
        return UUID(typed) if typed else None
    except ValueError:
        raise _Wrong(where, marked("Choose one of the list.")) from None


def _people(call: Call, people: Sequence[PersonTyped]) -> list[Json]:
    """As a meeting file says them; what the form does not show of somebody stays."""
    kept = {one.get("name"): one for one in call.known.get("participants", ())}
    made: list[Json] = []
    for one in people:
        name = one.name or one.email.partition("@")[0]
        told = {"name": name, "email": one.email, "company": one.company, "role": one.role}
        side = one.side if one.side in _SIDES else "unknown"
        full: Json = {**kept.get(name, {}), **told, "side": side}
        made.append({key: value for key, value in full.items() if value != ""})
    return made


def _agenda(call: Call, typed: str) -> list[Json]:
    """An item a line; one that was there keeps its other words."""
    kept = {one["title"]: one for one in call.known.get("agenda", ())}
    lines = (line.strip(" \t\r-•*") for line in typed.splitlines())
    return [kept.get(line, {"title": line}) for line in lines if line]


def _field(error: str) -> str:
    """The part of the form an error is about."""
    for where in ("participants", "agenda", "language"):
        if where in error:
            return where
    return ""


def _deals(session: Session, reader: Reader, call: Call) -> tuple[Choice, ...]:
    """Deals of the call's rep that one may see, the newest first; the call's own before them."""
    statement = (
        select(Deal.id, Deal.name)
        .where(visible_deals(reader.user), Deal.rep_id == call.rep_id)
        .order_by((col(Deal.outcome) == "open").desc(), col(Deal.opened_at).desc().nulls_last())
        .limit(_MOST_CHOICES)
    )
    found = dict(session.exec(statement).all())
    own = session.get(Deal, call.deal_id) if call.deal_id else None
    if own is not None:
        found = {own.id: own.name, **found}
    return tuple(Choice(str(id_), name) for id_, name in found.items())


def _accounts(session: Session, reader: Reader, call: Call) -> tuple[Choice, ...]:
    statement = (
        select(Account.id, Account.name)
        .where(visible_accounts(reader.user))
        .order_by(col(Account.name))
        .limit(_MOST_CHOICES)
    )
    found = dict(session.exec(statement).all())
    own = session.get(Account, call.account_id) if call.account_id else None
    if own is not None:
        found = {own.id: own.name, **found}
    return tuple(Choice(str(id_), name) for id_, name in found.items())
