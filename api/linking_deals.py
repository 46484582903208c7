"""The deal of a push: one that was chosen or found before, or is found now, and our copy of it."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from api.crm.match_codec import match_to_json
from api.crm.port import Crm
from api.errands import Errand
from api.finding_deals import find_match, hint_of
from api.workshop import Workshop
from models.crm import pushes
from models.crm.connections import find_connection
from models.crm.copying import copied_deal, copy_deals
from models.crm.deal import CrmDeal
from models.crm.pushes import Try, still_mine
from models.lifecycle import touch
from models.tables import Call, CrmConnection, CrmPush
from models.tables.columns import now


@dataclass(frozen=True, slots=True)
class Linking:
    """Says at one connection which deal a call belongs to; what it finds is kept."""

    workshop: Workshop
    crm: Crm
    connection: CrmConnection

    def deal(self, mine: Try, errand: Errand) -> CrmDeal | None:
        """The deal, None when a person has to say; raises CrmError, Overtaken."""
        ref = errand.push.deal_ref
        if ref is not None:
            there = self.crm.deals([ref])
            if there:
                self._link(mine, errand, there[0])
                return there[0]
            if errand.push.chosen_by_id is not None:
                gone = f"the deal that was chosen is not in {self.connection.name} any more"
                self._end(mine, lambda push: _forget(push, f"{gone}; choose another"))
                return None
        return self._found(mine, errand)

    def _found(self, mine: Try, errand: Errand) -> CrmDeal | None:
        with self.workshop.session() as session:
            call = session.get_one(Call, errand.call.id)
            hint = hint_of(session, call, self.connection)
        match = find_match(self.crm, hint, errand.rep_email)
        candidates, why = match_to_json(match)

        def save(push: CrmPush) -> None:
            push.candidates, push.why, push.matched_at = candidates, why, now()
            push.deal_ref = push.deal_name = push.deal_url = None
            if match.chosen is None:
                pushes.settle(push, "asking" if match.verdict == "several" else "unmatched")

        self._end(mine, save)
        if match.chosen is not None:
            self._link(mine, errand, match.chosen)
        return match.chosen

    def _link(self, mine: Try, errand: Errand, deal: CrmDeal) -> None:
        """Keep which deal it is, a copy of it, and that the call belongs to it."""

        def save(session: Session) -> None:
            push = still_mine(session, mine)
            push.deal_ref, push.deal_name = deal.id, deal.name[:300]
            push.deal_url = (deal.url or "")[:2000] or None
            connection = find_connection(session, self.connection.id)
            currency = self.workshop.settings.currency
            if copied_deal(session, connection, deal.id) is None or deal.history:
                copy_deals(session, connection, [deal], currency=currency)
            _point(
                session, errand.call.id, connection, deal, is_chosen=push.chosen_by_id is not None
            )

        self.workshop.keep(save)

    def _end(self, mine: Try, change: Callable[[CrmPush], None]) -> None:
        self.workshop.keep(lambda session: change(still_mine(session, mine)))


def _forget(push: CrmPush, why: str) -> None:
    """A deal is gone, the note with it, and with that somebody's choice."""
    push.deal_ref = push.deal_url = push.note_id = push.note_hash = push.note_deal_ref = None
    push.chosen_by_id = None
    pushes.settle(push, "asking", why)


def _point(
    session: Session, call_id: UUID, connection: CrmConnection, deal: CrmDeal, *, is_chosen: bool
) -> None:
    """Have a call belong to the copy of a deal, unless somebody said that it is another's."""
    copy = copied_deal(session, connection, deal.id)
    call = session.get(Call, call_id, with_for_update=True)
    if copy is None or call is None or call.deal_id == copy.id:
        return
    if call.deal_id is None or is_chosen:
        call.deal_id = copy.id
        call.account_id = call.account_id or copy.account_id
        touch(call)
