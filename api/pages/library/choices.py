"""What lists of calls are narrowed by: what there is to choose, and chips for what was chosen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints
from sqlalchemy import func
from sqlmodel import Session, col, select

from analyzer.formats.wording import wording
from analyzer.playbook import text_in
from analyzer.playbook_file import standard_playbook
from api.pages.frame import Reader
from api.pages.words import Words, marked
from models.rights import visible_calls, visible_users
from models.selecting import pick
from models.tables import Call, CallFacts, Deal, Team, User

_MOST_DEALS = 100
_FIRST, _LAST = date(1990, 1, 1), date(2200, 1, 1)
_DAY = timedelta(days=1)


def _filled(given: object) -> object:
    """What a form left empty was not given."""
    return None if isinstance(given, str) and not given.strip() else given


def _within(day: date | None) -> date | None:
    if day is not None and not _FIRST <= day <= _LAST:
        raise ValueError(f"give a day between {_FIRST.year} and {_LAST.year}")
    return day


Filled = BeforeValidator(_filled)
_NO_NUL = r"^[^\x00]*$"
Words300 = Annotated[str, StringConstraints(max_length=300, pattern=_NO_NUL)]
Words1000 = Annotated[str, StringConstraints(max_length=1000, pattern=_NO_NUL)]
Text = Annotated[Words300 | None, Filled]
Key = Annotated[UUID | None, Filled]
Day = Annotated[date | None, Filled, AfterValidator(_within)]


class Asked(BaseModel):
    """What the address of a list says; what a form left empty is None."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    rep_id: Key = None
    team_id: Key = None
    deal_id: Key = None
    call_type: Text = None
    language: Text = None
    since: Day = None
    until: Day = None
    cursor: Annotated[Words1000 | None, Filled] = None
    view: Key = None

    def query(self, *without: str) -> str:
        """The address again, from the first page on, perhaps without some of it."""
        left = self.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
        kept = {name: one for name, one in left.items() if name not in {"cursor", "view", *without}}
        return urlencode(kept)


@dataclass(frozen=True, slots=True)
class Option:
    """Something to choose, and what it is called."""

    value: str
    name: str


@dataclass(frozen=True, slots=True)
class Chip:
    """Something that was chosen; `path` is the list without it."""

    label: str
    value: str
    path: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to choose from, as far as the reader may see it; by name."""

    reps: tuple[Option, ...]
    teams: tuple[Option, ...]
    deals: tuple[Option, ...]
    call_types: tuple[Option, ...]
    languages: tuple[Option, ...]


LABELS: Mapping[str, str] = {
    "rep_id": marked("Rep"),
    "team_id": marked("Team"),
    "deal_id": marked("Deal"),
    "call_type": marked("Type"),
    "language": marked("Language"),
    "since": marked("From"),
    "until": marked("Until"),
    "state": marked("State"),
    "title": marked("Title"),
    "outcome": marked("Deal is"),
    "side": marked("Said by"),
    "moment_kind": marked("Moment"),
}


def choices_of(session: Session, reader: Reader, deal_id: UUID | None = None) -> Choices:
    """What a reader can choose; `deal_id` is there too, however long ago its last call was."""
    types, languages = _kinds(session, reader.user)
    t = wording(reader.words.language)
    named_types = {one: type_name(reader.words, one) for one in types}
    return Choices(
        reps=_reps(session, reader) if reader.is_at_least("manager") else (),
        teams=_teams(session) if reader.is_at_least("admin") else (),
        deals=_deals(session, reader.user, deal_id),
        call_types=_sorted(named_types),
        languages=_sorted({one: t.language_name(one) for one in languages}),
    )


def type_name(words: Words, slug: str | None) -> str:
    """What a type of call is called; a company's own goes by its slug."""
    if slug is None:
        return ""
    texts = standard_playbook().titles.get(f"call_type.{slug}")
    return text_in(texts, words.language) if texts else slug.replace("_", " ").capitalize()


def chips_of(asked: Asked, path: str, words: Words, known: Mapping[str, Any]) -> tuple[Chip, ...]:
    """A chip for each thing chosen; `known` has what there was to choose, by field."""
    chips = []
    for name, label in LABELS.items():
        value = getattr(asked, name, None)
        if value is None:
            continue
        shown = words.day(value) if isinstance(value, date) else _named(known.get(name), value)
        chips.append(Chip(words(label), shown, f"{path}?{asked.query(name)}".rstrip("?")))
    return tuple(chips)


def start_of(day: date | None, words: Words) -> datetime | None:
    """When a day begins where the reader is."""
    return datetime.combine(day, time(), words.zone) if day else None


def end_of(day: date | None, words: Words) -> datetime | None:
    """When a day is over where the reader is."""
    return start_of(day + _DAY, words) if day else None


def _named(options: Iterable[Option] | None, value: object) -> str:
    found = (one.name for one in options or () if one.value == str(value))
    return next(found, str(value))


def _sorted(names: Mapping[Any, str]) -> tuple[Option, ...]:
    options = (Option(str(value), name) for value, name in names.items())
    return tuple(sorted(options, key=lambda one: one.name.casefold()))


def _reps(session: Session, reader: Reader) -> tuple[Option, ...]:
    seen = select(User.id, User.name).where(visible_users(reader.user), col(User.is_active))
    return _sorted(dict(session.exec(seen).all()))


def _teams(session: Session) -> tuple[Option, ...]:
    return _sorted(dict(session.exec(select(Team.id, Team.name)).all()))


def _deals(session: Session, user: User, deal_id: UUID | None) -> tuple[Option, ...]:
    """The deals with the latest calls."""
    latest = (
        pick(Call.deal_id, func.max(Call.started_at).label("at"))
        .where(visible_calls(user), col(Call.deal_id).is_not(None))
        .group_by(col(Call.deal_id))
        .order_by((col(Call.deal_id) == deal_id).desc(), func.max(Call.started_at).desc())
        .limit(_MOST_DEALS)
        .subquery()
    )
    named = pick(Deal.id, Deal.name).join(latest, latest.c.deal_id == Deal.id)
    return _sorted({row[0]: row[1] for row in session.execute(named)})


def _kinds(session: Session, user: User) -> tuple[set[str], set[str]]:
    """The types and languages of the calls that a user may see."""
    found = session.execute(
        pick(CallFacts.call_type, CallFacts.language)
        .join(Call, col(Call.id) == CallFacts.call_id)
        .where(visible_calls(user))
        .distinct()
    ).all()
    return {row[0] for row in found if row[0]}, {row[1] for row in found}
