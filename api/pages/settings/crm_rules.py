"""What a CRM connection does by itself: which calls are pushed, in which words, what is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import func
from sqlmodel import Session, col, select

from analyzer.playbook import text_in
from analyzer.playbook_file import standard_playbook
from api.pages.crm_phrases import PUSH_WHEN
from api.pages.settings.shared import LANGUAGES
from api.pages.words import Words, marked
from models.errors import BadInput
from models.tables import CallFacts, CrmConnection, Deal, Team

_MANY = 100
_EVERY = {
    5: marked("every 5 minutes"),
    15: marked("every 15 minutes"),
    60: marked("every hour"),
    1440: marked("once a day"),
}


class RuleForm(BaseModel):
    """What a connection does, as it was typed."""

    name: str = Field(default="", max_length=100)
    push_when: str = Field(default="by_hand", max_length=20)
    teams: list[str] = Field(default_factory=list, max_length=200)
    stages: list[str] = Field(default_factory=list, max_length=200)
    call_types: list[str] = Field(default_factory=list, max_length=200)
    language: str = Field(default="", max_length=8)
    with_tasks: bool = False
    is_synced: bool = False
    sync_every_min: int = Field(default=15, ge=1, le=10_080)


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose."""

    value: str
    name: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class RulePart:
    """The form of what a connection does."""

    name: str
    when: tuple[Choice, ...]
    teams: tuple[Choice, ...]
    stages: tuple[Choice, ...]
    call_types: tuple[Choice, ...]
    languages: tuple[Choice, ...]
    with_tasks: bool
    is_synced: bool
    every: tuple[Choice, ...]


def rule_values(form: RuleForm) -> dict[str, Any]:
    """What was typed, as it is kept. Raises BadInput."""
    if form.language not in {"", *LANGUAGES}:
        raise BadInput("language: there is none such")
    return {
        "name": " ".join(form.name.split()),
        "push_when": form.push_when,
        "rule": _rule(form),
        "language": form.language or None,
        "with_tasks": form.with_tasks,
        "is_synced": form.is_synced,
        "sync_every_min": form.sync_every_min,
    }


def rule_part(
    session: Session, words: Words, connection: CrmConnection, form: RuleForm | None = None
) -> RulePart:
    """The form as it was typed, else as things are."""
    typed = form or _as_typed(connection)
    teams = session.exec(select(Team.id, Team.name).order_by(col(Team.name)).limit(_MANY)).all()
    stages = [*_stages(session, connection), *typed.stages]
    types = [*_call_types(session), *typed.call_types]
    every = {**_EVERY}
    minutes = typed.sync_every_min
    if minutes not in every:
        every[minutes] = words.plural("every %(count)s minute", "every %(count)s minutes", minutes)
    return RulePart(
        name=typed.name,
        when=_choices({key: words(name) for key, name in PUSH_WHEN.items()}, [typed.push_when]),
        teams=_choices({str(key): name for key, name in teams}, typed.teams),
        stages=_choices({one: one for one in stages}, typed.stages),
        call_types=_choices({one: _type_name(words, one) for one in types}, typed.call_types),
        languages=_choices({"": words("that of the call"), **LANGUAGES}, [typed.language]),
        with_tasks=typed.with_tasks,
        is_synced=typed.is_synced,
        every=_choices({str(one): words(name) for one, name in every.items()}, [str(minutes)]),
    )


def _as_typed(connection: CrmConnection) -> RuleForm:
    rule = connection.rule
    return RuleForm.model_construct(
        name=connection.name,
        push_when=connection.push_when,
        teams=[str(one) for one in rule.get("teams") or ()],
        stages=[str(one) for one in rule.get("stages") or ()],
        call_types=[str(one) for one in rule.get("call_types") or ()],
        language=connection.language or "",
        with_tasks=connection.with_tasks,
        is_synced=connection.is_synced,
        sync_every_min=connection.sync_every_min,
    )


def _rule(form: RuleForm) -> dict[str, list[str]]:
    """The rule as it is kept; teams that are none are left out."""
    given = {"teams": form.teams, "stages": form.stages, "call_types": form.call_types}
    return {name: [one[:100] for one in values if one] for name, values in given.items() if values}


def _stages(session: Session, connection: CrmConnection) -> Sequence[str]:
    """The stages that its deals are in, those of most deals first."""
    named = select(Deal.stage).where(Deal.origin == connection.origin, col(Deal.stage).is_not(None))
    grouped = named.group_by(col(Deal.stage)).order_by(func.count().desc(), col(Deal.stage))
    return [one for one in session.exec(grouped.limit(_MANY)) if one]


def _call_types(session: Session) -> list[str]:
    standard = [one.id for one in standard_playbook().call_types]
    heard = select(CallFacts.call_type).where(col(CallFacts.call_type).is_not(None)).distinct()
    return [*standard, *(one for one in session.exec(heard.limit(_MANY)) if one)]


def _type_name(words: Words, slug: str) -> str:
    texts = standard_playbook().titles.get(f"call_type.{slug}")
    return text_in(texts, words.language) if texts else slug.replace("_", " ").capitalize()


def _choices(named: dict[str, str], chosen: Sequence[str]) -> tuple[Choice, ...]:
    return tuple(Choice(value, name, value in chosen) for value, name in named.items())
