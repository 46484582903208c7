"""Changing a playbook entry by entry, with forms."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Form, Query, Request, Response
from sqlmodel import Session

from analyzer import read_playbook
from analyzer.playbook_file import standard_playbook
from api.dependencies import SessionDep
from api.pages.frame import Reader, ReaderDep
from api.pages.playbooks.drafts import DraftEntry, TypedDep, draft_entry, first, part_of
from api.pages.playbooks.fields import FORMS, PartForm, suggestions
from api.pages.playbooks.forms import Shown, shown_fields, typed_of
from api.pages.playbooks.shown import Book, book_of, entry_name, entry_path, find_entry, own_keys
from api.pages.rendering import go, show
from api.pages.routing import page_router
from models.errors import Conflict, Missing
from models.playbook_entries import Part, drop_entry, keys_of, put_names, restore_entry
from models.playbooks import change_playbook, change_text, find_playbook
from models.tables import Playbook

router = page_router("playbooks")
_KNOWN = ("measures", "passages", "areas", "moments")
_Part = Annotated[str, Query(max_length=20)]
_Key = Annotated[str, Query(max_length=300)]
_Given = Annotated[str, Form(max_length=300)]


@dataclass(frozen=True, slots=True)
class EntryPage:
    """The form of an entry; `key` is empty of a new one."""

    book: Book
    form: PartForm
    part: Part
    key: str
    name: str
    fields: tuple[Shown, ...]
    types: tuple[tuple[str, str], ...]
    known: tuple[tuple[str, tuple[str, ...]], ...]
    problems: tuple[str, ...]
    is_wrong: bool
    is_standard: bool
    is_own: bool
    is_off: bool


@dataclass(frozen=True, slots=True)
class ProductsPage:
    """What the team sells, a name a line."""

    book: Book
    typed: str
    problems: tuple[str, ...] = ()


@router.get("/playbooks/{playbook_id}/entry")
def show_entry(
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    playbook_id: UUID,
    part: _Part,
    key: _Key = "",
) -> Response:
    """An entry's form, or an empty one."""
    row, of = find_playbook(session, reader.user, playbook_id), part_of(part)
    entry = find_entry(read_playbook(row.text, f"{row.name}.toml"), of, key)
    entry = entry or find_entry(standard_playbook(), of, key)
    if key and entry is None:
        raise Missing("there is no such entry in this playbook")
    draft = DraftEntry(of, key, typed_of(FORMS[of].fields, entry))
    return show(request, reader, "playbook_entry.html", entry_page(session, reader, row, draft))


@router.post("/playbooks/{playbook_id}/entry")
def keep_entry(
    request: Request, reader: ReaderDep, session: SessionDep, playbook_id: UUID, given: TypedDep
) -> Response:
    """Keep an entry in a next version, or tell what is not right yet; `more` asks for a row."""
    row = change_playbook(session, reader.user, playbook_id)
    more = first(given, "more")
    if more:
        part, key = part_of(first(given, "part")), first(given, "key")
        page = entry_page(session, reader, row, DraftEntry(part, key, given), more)
        return show(request, reader, "playbook_entry.html", page)
    draft = draft_entry(reader.words, row, given)
    if not draft.is_right or draft.text is None:
        page = entry_page(session, reader, row, draft)
        return show(request, reader, "playbook_entry.html", page, 422)
    made = _kept(session, reader, row, draft.text)
    if made is None:
        page = entry_page(session, reader, row, _outdated(reader, draft))
        return show(request, reader, "playbook_entry.html", page, 409)
    return _went(request, reader, row, made, entry_path(made.id, draft.part, draft.made_key))


@router.post("/playbooks/{playbook_id}/drop")
def forget_entry(
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    playbook_id: UUID,
    part: _Given,
    key: _Given,
) -> Response:
    """Do without an entry, in a next version."""
    row = change_playbook(session, reader.user, playbook_id)
    made = change_text(session, reader.user, row, drop_entry(row.text, part_of(part), key))
    return _went(request, reader, row, made, f"/playbooks/{made.id}")


@router.post("/playbooks/{playbook_id}/standard")
def take_standard(
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    playbook_id: UUID,
    part: _Given,
    key: _Given,
) -> Response:
    """Take an entry as it comes with Talktrack, in a next version."""
    row, of = change_playbook(session, reader.user, playbook_id), part_of(part)
    made = change_text(session, reader.user, row, restore_entry(row.text, of, key))
    return _went(request, reader, row, made, entry_path(made.id, of, key))


@router.get("/playbooks/{playbook_id}/products")
def show_products(
    request: Request, reader: ReaderDep, session: SessionDep, playbook_id: UUID
) -> Response:
    """What the team sells."""
    row = find_playbook(session, reader.user, playbook_id)
    products = read_playbook(row.text, f"{row.name}.toml").products
    page = ProductsPage(book_of(session, reader, row, "products"), "\n".join(products))
    return show(request, reader, "playbook_products.html", page)


@router.post("/playbooks/{playbook_id}/products")
def keep_products(
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    playbook_id: UUID,
    products: Annotated[str, Form(max_length=20_000)] = "",
) -> Response:
    """Keep what the team sells, in a next version."""
    row = change_playbook(session, reader.user, playbook_id)
    plain = products.replace("\0", "")
    names = [one.strip() for one in plain.splitlines() if one.strip()]
    made = change_text(session, reader.user, row, put_names(row.text, "products", names))
    return _went(request, reader, row, made, f"/playbooks/{made.id}/products")


def entry_page(
    session: Session, reader: Reader, row: Playbook, draft: DraftEntry, more: str = ""
) -> EntryPage:
    """The page of an entry as it was typed."""
    words, form = reader.words, FORMS[draft.part]
    rules = read_playbook(row.text, f"{row.name}.toml")
    entry = find_entry(rules, draft.part, draft.key)
    standard = draft.key in keys_of(standard_playbook(), draft.part)
    here = entry or find_entry(standard_playbook(), draft.part, draft.key)
    return EntryPage(
        book=book_of(session, reader, row, "entry", draft.part, draft.key),
        form=form,
        part=draft.part,
        key=draft.key,
        name=entry_name(words, here) if here else "",
        fields=shown_fields(form.fields, draft.typed, draft.wrong, words, more),
        types=tuple((one.id, entry_name(words, one)) for one in rules.call_types),
        known=tuple((name, suggestions(name)) for name in _KNOWN),
        problems=draft.others,
        is_wrong=not draft.is_right,
        is_standard=standard,
        is_own=draft.key in own_keys(row.text, draft.part),
        is_off=bool(draft.key) and entry is None,
    )


def _kept(session: Session, reader: Reader, row: Playbook, text: str) -> Playbook | None:
    """The next version; None when somebody was faster."""
    try:
        return change_text(session, reader.user, row, text)
    except Conflict:
        return None


def _outdated(reader: Reader, draft: DraftEntry) -> DraftEntry:
    told = reader.words(
        "Somebody kept a newer version meanwhile. Copy what you typed, open the newest version "
        "and change that."
    )
    return DraftEntry(draft.part, draft.key, draft.typed, others=(told,))


def _went(request: Request, reader: Reader, row: Playbook, made: Playbook, path: str) -> Response:
    request.state.made_id = made.id
    words = reader.words
    said = (
        words("Kept as version %(version)s, which is in force now.", version=made.version)
        if made.is_active
        else words("Kept as version %(version)s, which is not in force.", version=made.version)
    )
    return go(request, path, said, f"/playbooks/{row.id}/restore")
