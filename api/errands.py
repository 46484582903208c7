"""What one push needs, read in one go, and whether it is to be written now."""

from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from api.crm.upserting import KnownNote
from api.crm_notes import Writing, writing_of
from api.settings import Settings
from models.crm.deal import CrmDeal
from models.crm.pushes import Try, database_now, still_mine
from models.tables import Call, CallFacts, CrmConnection, CrmPush, User


@dataclass(frozen=True, slots=True)
class Errand:
    """A push and all that is known of its call; `uncertain_for_s` is negative while it may land."""

    push: CrmPush
    call: Call
    rep_email: str | None
    team_id: UUID | None
    call_type: str | None
    writing: Writing
    uncertain_for_s: float | None

    @property
    def known(self) -> KnownNote | None:
        """The note as it was last seen."""
        push = self.push
        if push.note_id is None or push.note_deal_ref is None:
            return None
        return KnownNote(push.note_id, push.note_hash, push.note_deal_ref, push.note_url)

    @property
    def known_tasks(self) -> dict[str, KnownNote]:
        """The to-dos as they were last seen, by their marks."""
        return {mark: KnownNote(**one) for mark, one in self.push.tasks.items()}


def read_errand(
    session: Session, mine: Try, connection: CrmConnection, settings: Settings
) -> Errand:
    """Raises Overtaken, Missing, BadReport, BadInput."""
    push = still_mine(session, mine)
    call = session.get_one(Call, push.call_id)
    rep, facts = session.get(User, call.rep_id), session.get(CallFacts, call.id)
    since = push.uncertain_since
    errand = Errand(
        push,
        call,
        rep.email if rep else None,
        rep.team_id if rep else None,
        facts.call_type if facts else None,
        writing_of(session, call, connection, settings),
        None if since is None else (database_now(session) - since).total_seconds(),
    )
    session.flush()
    session.expunge(push)
    return errand


def held_back(errand: Errand, deal: CrmDeal, connection: CrmConnection) -> str | None:
    """The state of a push that is not to be written now."""
    push = errand.push
    if push.is_asked or push.note_id is not None or push.uncertain_since is not None:
        return None
    if connection.push_when == "by_hand":
        return "held"
    if connection.push_when == "always":
        return None
    rule = connection.rule
    fits = (
        _is_among(str(errand.team_id), rule.get("teams")),
        _is_among(deal.stage, rule.get("stages")),
        _is_among(errand.call_type, rule.get("call_types")),
    )
    return None if all(fits) else "skipped"


def _is_among(value: str | None, wanted: object) -> bool:
    """Whether a rule lets it through; one that names nothing lets everything."""
    return not wanted or (isinstance(wanted, list) and value in wanted)
