"""A change to a playbook that was typed, before it is kept."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from analyzer.errors import BadPlaybook
from analyzer.playbook_file import mistakes_in
from api.pages.playbooks.fields import FORMS
from api.pages.playbooks.forms import Typed, compacted, entry_of
from api.pages.playbooks.mistakes import by_field
from api.pages.playbooks.shown import own_keys
from api.pages.words import Words
from models.errors import BadInput, Conflict
from models.playbook_entries import PARTS, Part, put_entry
from models.tables import Playbook

_LONGEST, _FIELDS = 2_000_000, 3000


@dataclass(frozen=True, slots=True)
class DraftEntry:
    """An entry as it was typed, in the text it would make; `text` is None where it makes none."""

    part: Part
    key: str
    typed: Typed
    text: str | None = None
    made_key: str = ""
    wrong: dict[str, str] = field(default_factory=dict)
    others: tuple[str, ...] = ()

    @property
    def is_right(self) -> bool:
        """Whether it can be kept."""
        return not self.wrong and not self.others


async def typed_form(request: Request) -> Typed:
    """What was typed into the fields. Raises BadInput when it is too much."""
    if int(request.headers.get("content-length") or 0) > _LONGEST:
        raise BadInput("this is too much for a playbook; take something away")
    form = await request.form(max_fields=_FIELDS, max_files=1)
    typed: Typed = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            typed.setdefault(name, []).append(value.replace("\0", "").replace("\r\n", "\n"))
    return typed


TypedDep = Annotated[Typed, Depends(typed_form)]


def first(typed: Typed, name: str) -> str:
    """What stands in one field."""
    return typed[name][0] if typed.get(name) else ""


def part_of(name: str) -> Part:
    """A part by its name. Raises BadInput."""
    for one in PARTS:
        if one == name:
            return one
    raise BadInput(f"part: there is no part {name!r}; it is one of {', '.join(PARTS)}")


def draft_entry(words: Words, row: Playbook, given: Typed) -> DraftEntry:
    """The entry of a form, with everything that is wrong in it."""
    part, key = part_of(first(given, "part")), first(given, "key")
    form = FORMS[part]
    typed = compacted(form.fields, given)
    entry, wrong = entry_of(form, typed, words)
    if key and any(one.kind == "key" for one in form.fields):
        entry = {"id": key, **{name: value for name, value in entry.items() if name != "id"}}
        wrong.pop("id", None)
    if wrong:
        return DraftEntry(part, key, typed, wrong=wrong)
    made_key = str(entry.get("id") or entry["name"])
    if made_key != key and made_key in own_keys(row.text, part):
        name = "id" if "id" in entry else "name"
        taken = words("There is one called “%(name)s” already.", name=made_key)
        return DraftEntry(part, key, typed, wrong={name: taken})
    try:
        text = put_entry(row.text, part, entry, key or None)
        index = own_keys(text, part).index(made_key)
        wrong, others = by_field(words, mistakes_in(text, "playbook.toml"), part, index)
    except (Conflict, BadPlaybook):
        told = words("This playbook is written in a way that forms cannot change: change its file.")
        return DraftEntry(part, key, typed, others=(told,))
    return DraftEntry(part, key, typed, text, made_key, wrong, others)
