"""A playbook's entry as a form: from the entry to what stands in its fields, and back."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

from analyzer.playbook import Entry
from api.pages.playbooks.fields import Field, PartForm
from api.pages.words import LANGUAGES, Words

Typed = dict[str, list[str]]
"""What stands in the fields, by their names: items.0.title, phrases.en."""
_BY_LANGUAGE = ("words", "long", "phrases")
_NUMBERED = re.compile(r"a\d+")
_NOT_PLAIN = re.compile(r"[^a-z0-9]+")
_ROWS = 200


@dataclass(frozen=True, slots=True)
class Box:
    """One place to type into; `line` of what is wrong is within it."""

    name: str
    value: str
    label: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A field as the page shows it, with what is wrong in it."""

    field: Field
    name: str
    boxes: tuple[Box, ...]
    chosen: tuple[str, ...]
    rows: tuple[tuple["Shown", ...], ...]
    wrong: str


def typed_of(fields: Sequence[Field], entry: Entry | None) -> Typed:
    """What stands in the fields of an entry; of a new one nothing does."""
    typed: Typed = {}
    if entry is not None:
        _flatten(fields, asdict(entry), "", typed)
    return typed


def _flatten(fields: Sequence[Field], entry: Mapping[str, Any], prefix: str, typed: Typed) -> None:
    for field in fields:
        name, value = prefix + field.key, entry.get(field.key)
        if field.kind == "rows":
            for index, row in enumerate(value or ()):
                _flatten(field.fields, row, f"{name}.{index}.", typed)
        elif field.kind in _BY_LANGUAGE:
            for language, said in (value or {}).items():
                text = "\n".join(said) if field.kind == "phrases" else said
                typed[f"{name}.{language}"] = [text]
        elif field.kind == "types":
            typed[name] = list(value or ())
        elif value is not None:
            typed[name] = [_plain(field, value)]


def _plain(field: Field, value: Any) -> str:
    match field.kind:
        case "lines":
            return "\n".join(value)
        case "list":
            return ", ".join(value)
        case "flag":
            return "yes" if value else ""
        case "number":
            return f"{value:g}"
        case _:
            return str(value)


def compacted(fields: Sequence[Field], typed: Typed) -> Typed:
    """The same without empty rows, so that rows are counted as the playbook will count them."""
    made = {name: list(values) for name, values in typed.items()}
    for field in fields:
        if field.kind != "rows":
            continue
        start = f"{field.key}."
        kept = [row for row in _rows(typed, field.key) if _has_words(field, typed, row)]
        for name in [one for one in made if one.startswith(start)]:
            del made[name]
        for index, row in enumerate(kept):
            old = f"{field.key}.{row}."
            for name, values in typed.items():
                if name.startswith(old):
                    made[f"{start}{index}.{name.removeprefix(old)}"] = values
    return made


def _rows(typed: Typed, key: str) -> list[int]:
    found = (re.match(rf"{re.escape(key)}\.(\d{{1,4}})\.", name) for name in typed)
    return sorted({int(one[1]) for one in found if one})[:_ROWS]


def _has_words(field: Field, typed: Typed, row: int) -> bool:
    quiet = {one.key for one in field.fields if one.kind in {"side", "hidden"}}
    prefix = f"{field.key}.{row}."
    return any(
        value.strip()
        for name, values in typed.items()
        if name.startswith(prefix) and name.removeprefix(prefix) not in quiet
        for value in values
    )


def entry_of(form: PartForm, typed: Typed, words: Words) -> tuple[dict[str, Any], dict[str, str]]:
    """The entry that was typed, without what is empty, and what cannot be read, by field."""
    wrong: dict[str, str] = {}
    entry = _entry(form.fields, typed, "", wrong, words)
    if not entry.get("id") and form.named_by:
        names = entry.get(form.named_by) or {}
        made = plain_name(names.get("en") or next(iter(names.values()), ""))
        entry = {"id": made, **entry} if made else entry
    keyed = any(field.kind == "key" for field in form.fields)
    key = "id" if keyed else "name"
    if not entry.get(key):
        wrong.setdefault(key, words("Give it a name."))
    return entry, wrong


def _entry(
    fields: Sequence[Field], typed: Typed, prefix: str, wrong: dict[str, str], words: Words
) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    for field in fields:
        name = prefix + field.key
        if field.kind == "rows":
            value: Any = [
                _row(field, typed, f"{name}.{row}.", wrong, words) for row in _rows(typed, name)
            ]
        elif field.kind in _BY_LANGUAGE:
            value = dict(_by_language(field, typed, name))
        else:
            value = _value(field, typed.get(name, []), name, wrong, words)
        if value not in (None, "", [], {}):
            entry[field.key] = value
    return entry


def _row(
    field: Field, typed: Typed, prefix: str, wrong: dict[str, str], words: Words
) -> dict[str, Any]:
    row = _entry(field.fields, typed, prefix, wrong, words)
    if _NUMBERED.fullmatch(row.get("id", "")):  # given by its place in the list
        del row["id"]
    if not row.get("id") and row.get("question"):
        made = plain_name(next(iter(row["question"].values())))[:40].strip("-")
        return {"id": made, **row}
    return row


def _by_language(field: Field, typed: Typed, name: str) -> Iterator[tuple[str, Any]]:
    for language in languages_of(typed, name):
        text = typed[f"{name}.{language}"][0]
        said: Any = _lines(text) if field.kind == "phrases" else " ".join(text.split())
        if said:
            yield language, said


def _value(field: Field, values: list[str], name: str, wrong: dict[str, str], words: Words) -> Any:
    text = values[0].strip() if values else ""
    readers: dict[str, Callable[[], Any]] = {
        "types": lambda: [one for one in values if one],
        "lines": lambda: _lines(text),
        "list": lambda: [one.strip() for one in text.split(",") if one.strip()],
        "flag": lambda: bool(text),
        "side": lambda: text.replace("unknown", ""),
        "number": lambda: _number(text, name, wrong, words) if text else None,
    }
    return readers.get(field.kind, lambda: text)()


def _number(text: str, name: str, wrong: dict[str, str], words: Words) -> float | int | None:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        number = float("nan")
    if not isfinite(number):
        wrong[name] = words("This is not a number; write it like 12 or 0.5.")
        return None
    return int(number) if number == int(number) and "." not in text else number


def _lines(text: str) -> list[str]:
    return [one.strip() for one in text.splitlines() if one.strip()]


def languages_of(typed: Typed, name: str) -> tuple[str, ...]:
    """The languages that texts of a field are typed in, those of the pages first."""
    more = [one.removeprefix(f"{name}.") for one in typed if one.startswith(f"{name}.")]
    known = [one for one in more if re.fullmatch("[a-z]{2,3}", one)]
    return tuple(one for one in dict.fromkeys((*LANGUAGES, *known)) if one in known)


def plain_name(text: str) -> str:
    """A short name for the program, made of what readers see."""
    letters = unicodedata.normalize("NFKD", text.lower())
    return _NOT_PLAIN.sub(
        "-", "".join(one for one in letters if not unicodedata.combining(one))
    ).strip("-")


def shown_fields(
    fields: Sequence[Field],
    typed: Typed,
    wrong: Mapping[str, str],
    words: Words,
    more: str = "",
    prefix: str = "",
) -> tuple[Shown, ...]:
    """The fields as the page shows them; `more` names rows of which one more is wanted."""
    return tuple(_shown(field, typed, wrong, words, more, prefix) for field in fields)


def _shown(
    field: Field, typed: Typed, wrong: Mapping[str, str], words: Words, more: str, prefix: str
) -> Shown:
    name = prefix + field.key
    boxes, rows = _boxes(field, typed, name, words), _shown_rows(field, typed, wrong, words, more)
    told = [what for place, what in wrong.items() if _is_in(place, name, field)]
    return Shown(field, name, boxes, tuple(typed.get(name, ())), rows, " ".join(told))


def _boxes(field: Field, typed: Typed, name: str, words: Words) -> tuple[Box, ...]:
    if field.kind not in _BY_LANGUAGE:
        return (Box(name, (typed.get(name) or [""])[0], words(field.label)),)
    told = dict.fromkeys((*LANGUAGES, *languages_of(typed, name)))
    return tuple(
        Box(
            f"{name}.{one}",
            (typed.get(f"{name}.{one}") or [""])[0],
            words.locale.languages.get(one, one),
            one,
        )
        for one in told
    )


def _shown_rows(
    field: Field, typed: Typed, wrong: Mapping[str, str], words: Words, more: str
) -> tuple[tuple[Shown, ...], ...]:
    if field.kind != "rows":
        return ()
    rows = _rows(typed, field.key)
    blank = (rows[-1] + 1 if rows else 0) + (1 if more == field.key else 0)
    return tuple(
        shown_fields(field.fields, typed, wrong, words, prefix=f"{field.key}.{row}.")
        for row in (*rows, *range(rows[-1] + 1 if rows else 0, blank + 1))
    )


def _is_in(place: str, name: str, field: Field) -> bool:
    """Whether something wrong belongs to this field and to no field within it."""
    if field.kind == "rows":
        return re.fullmatch(rf"{re.escape(name)}(\.\d+)?", place) is not None
    return place == name or place.startswith(f"{name}.")
