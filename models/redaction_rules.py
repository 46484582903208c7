"""What is struck out of whose calls, and whether a call's sound may be heard yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args
from uuid import UUID

from sqlmodel import Session, col, select

from analyzer.redaction.kinds import KINDS, Kind, check_kinds
from models.errors import BadInput, Missing
from models.tables import Call, Hearing, Redaction, RedactionRule, Team, User
from models.tables.columns import now
from models.trail import note

Originals = Literal["none", "admins", "managers"]
ORIGINALS: tuple[Originals, ...] = get_args(Originals)
SUGGESTED: tuple[Kind, ...] = ("card", "bank", "identity")
"""What nobody needs for selling: a rep does need the phone and the address of a buyer."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Which kinds are struck out, none by default, and who may read originals."""

    kinds: tuple[Kind, ...] = ()
    originals: Originals = "none"


@dataclass(frozen=True, slots=True)
class TeamRule:
    """The rule of a team, or of everybody (`team` None); not `is_own` when it follows that."""

    team: Team | None
    rule: Rule
    is_own: bool


def redaction_rules(session: Session) -> list[TeamRule]:
    """Everybody's rule, then each team's by name."""
    kept = {one.team_id: _rule(one) for one in session.exec(select(RedactionRule))}
    every = kept.get(None, Rule())
    teams = session.exec(select(Team).order_by(col(Team.name), col(Team.id))).all()
    found = [TeamRule(None, every, None in kept)]
    return found + [TeamRule(one, kept.get(one.id, every), one.id in kept) for one in teams]


def rule_for(session: Session, rep_id: UUID) -> Rule:
    """The rule for a rep's calls."""
    team_id = session.exec(select(User.team_id).where(User.id == rep_id)).one_or_none()
    row = _row(session, team_id) if team_id is not None else None
    row = row or _row(session, None)
    return _rule(row) if row is not None else Rule()


def set_redaction(
    session: Session, admin: User, team_id: UUID | None, kinds: Sequence[str], originals: str
) -> Rule:
    """Keep a rule in place of the one before, with a line in the trail. Raises Missing, BadInput.

    It holds for calls that are heard or understood from now on.
    """
    try:
        wanted = check_kinds(list(kinds))
    except ValueError as error:
        raise BadInput(f"kinds: {error}") from None
    if originals not in ORIGINALS:
        raise BadInput(f"originals: {originals[:40]!r} is none of {', '.join(ORIGINALS)}")
    if team_id is not None and session.get(Team, team_id) is None:
        raise Missing(f"there is no team {team_id}")
    row = _row(session, team_id) or RedactionRule(team_id=team_id)
    row.kinds, row.originals, row.updated_at = _ordered(wanted), originals, now()
    session.add(row)
    session.flush()
    detail = {"kinds": row.kinds, "originals": originals}
    subject = str(team_id) if team_id else "everybody"
    note(session, admin, verb="change", noun="redaction", subject_id=subject, detail=detail)
    return _rule(row)


def drop_redaction(session: Session, admin: User, team_id: UUID) -> None:
    """Have a team follow everybody's rule again."""
    row = _row(session, team_id)
    if row is not None:
        session.delete(row)
        session.flush()
        note(session, admin, verb="follow", noun="redaction", subject_id=str(team_id))


def still_to_find(session: Session, call: Call) -> tuple[Kind, ...]:
    """The kinds that the rule wants struck out of a call and nobody looked for yet."""
    rule = rule_for(session, call.rep_id)
    row = session.get(Redaction, call.id)
    done = set(row.kinds) if row is not None else set()
    return tuple(one for one in rule.kinds if one not in done)


def sound_is_open(session: Session, call_id: UUID) -> bool:
    """Whether a call's recording may be heard: not before a tone lies over what is struck out."""
    row = session.get(Redaction, call_id)
    if row is not None:
        return row.sound in {"done", "none"}
    call = session.get(Call, call_id)
    if call is None or not rule_for(session, call.rep_id).kinds:
        return True
    heard = select(Hearing.call_id).where(Hearing.call_id == call_id)
    return session.exec(heard).one_or_none() is not None or call.transcript_deleted_at is not None


def check_sound(session: Session, call_id: UUID) -> None:
    """Raise Missing while a call's recording is not to be heard."""
    if not sound_is_open(session, call_id):
        raise Missing(
            "the recording is not to be heard yet: what is struck out of it has no tone over it; "
            "try again once the call is ready"
        )


def _ordered(kinds: frozenset[Kind]) -> list[str]:
    return [one for one in KINDS if one in kinds]


def _rule(row: RedactionRule) -> Rule:
    kinds = tuple(one for one in KINDS if one in row.kinds)
    return Rule(kinds, row.originals)  # type: ignore[arg-type]  # the column holds these only


def _row(session: Session, team_id: UUID | None) -> RedactionRule | None:
    same = (
        col(RedactionRule.team_id).is_(None)
        if team_id is None
        else RedactionRule.team_id == team_id
    )
    return session.exec(select(RedactionRule).where(same)).one_or_none()
