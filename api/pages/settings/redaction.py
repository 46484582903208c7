"""What is struck out of calls: rules, what they would find, and calls there are gone through."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from fastapi import Form, Request, Response
from sqlmodel import Session

from analyzer.redaction.kinds import KINDS, Kind
from api.dependencies import SessionDep
from api.pages.rendering import go, show
from api.pages.routing import page_router
from api.pages.settings.shared import AdminReaderDep
from api.pages.words import marked
from api.striking_out import DryRun, strike_out_existing, try_out
from models import redaction_rules as kept
from models.errors import BadInput
from models.redacting import count_due, counts_struck
from models.redaction_rules import SUGGESTED, Originals, TeamRule

router = page_router("redaction")
HERE = "/settings/redaction"
KIND_NAMES: dict[Kind, str] = {
    "card": marked("Card numbers"),
    "bank": marked("Account numbers (IBAN)"),
    "identity": marked("Identity and social security numbers"),
    "email": marked("E-mail addresses"),
    "phone": marked("Phone numbers"),
    "address": marked("Postal addresses"),
    "name": marked("Names of people, but for your own"),
}
ORIGINAL_NAMES: dict[Originals, str] = {
    "none": marked("Nobody: originals are not kept"),
    "admins": marked("Admins"),
    "managers": marked("Admins and managers of the team"),
}


@dataclass(frozen=True, slots=True)
class RedactionPage:
    """Every rule, the calls they were not applied to, and what was struck out so far."""

    rows: Sequence[TeamRule]
    due: int
    struck: dict[str, int]
    tried: DryRun | None
    suggested: Sequence[Kind] = SUGGESTED
    kinds: dict[Kind, str] = field(default_factory=lambda: KIND_NAMES)
    originals: dict[Originals, str] = field(default_factory=lambda: ORIGINAL_NAMES)

    @property
    def is_on(self) -> bool:
        """Whether anything is struck out of anybody's calls."""
        return any(one.rule.kinds for one in self.rows)


def redaction_page(session: Session, *, tries: bool = False) -> RedactionPage:
    """The page as things are; with a dry run when that was asked for."""
    rows = kept.redaction_rules(session)
    struck = counts_struck(session)
    return RedactionPage(
        rows,
        count_due(session),
        {one: struck[one] for one in KINDS if one in struck},
        try_out(session) if tries else None,
    )


@router.get(HERE)
def show_redaction(
    request: Request, reader: AdminReaderDep, session: SessionDep, look: bool = False
) -> Response:
    """What is struck out of whose calls; `look` asks for a dry run."""
    return show(request, reader, "settings_redaction.html", redaction_page(session, tries=look))


@router.post(f"{HERE}/rules/{{rule}}")
def change_redaction_rule(
    rule: str,
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    kinds: Annotated[list[str] | None, Form(max_length=20)] = None,
    originals: Annotated[str, Form(max_length=20)] = "none",
) -> Response:
    """Keep a rule; it holds for calls that are heard from now on."""
    if rule not in {_key(one) for one in kept.redaction_rules(session)}:
        return go(request, HERE, said=reader.words("That team is gone."))
    team_id = None if rule == "everybody" else UUID(rule)
    try:
        kept.set_redaction(session, reader.user, team_id, kinds or [], originals)
    except BadInput:
        return show(request, reader, "settings_redaction.html", redaction_page(session), 422)
    return go(request, HERE, said=reader.words("The rule is kept."))


@router.post(f"{HERE}/rules/{{team_id}}/follow")
def follow_redaction(
    team_id: UUID, request: Request, reader: AdminReaderDep, session: SessionDep
) -> Response:
    """Have a team follow everybody's rule again."""
    kept.drop_redaction(session, reader.user, team_id)
    return go(request, HERE, said=reader.words("The team has no rule of its own any more."))


@router.post(f"{HERE}/run")
def redact_calls(request: Request, reader: AdminReaderDep, session: SessionDep) -> Response:
    """Have the calls there are gone through."""
    strike_out_existing(session)
    said = reader.words("The calls are gone through as soon as a worker is free.")
    return go(request, HERE, said=said)


def _key(row: TeamRule) -> str:
    return str(row.team.id) if row.team else "everybody"
