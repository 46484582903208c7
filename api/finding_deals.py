"""Which deal of a CRM a call belongs to: what is known of the call, asked there, decided here."""

from collections.abc import Sequence

from sqlalchemy import func
from sqlmodel import Session, col, select

from api.crm.hints import Surroundings, deal_hint
from api.crm.matching import Match, match
from api.crm.port import Crm, DealHint
from models.errors import Missing
from models.reports import load_report
from models.tables import Account, Call, Contact, CrmConnection, Deal, User

_MOST_CONTACTS = 200


def hint_of(session: Session, call: Call, connection: CrmConnection) -> DealHint:
    """What a CRM may find a call's deal by."""
    deal = session.get(Deal, call.deal_id) if call.deal_id else None
    account_id = call.account_id or (deal.account_id if deal else None)
    connections = session.exec(select(func.count()).select_from(CrmConnection)).one()
    around = Surroundings(
        origin=connection.origin,
        our_emails=session.exec(select(User.email)).all(),
        account=session.get(Account, account_id) if account_id else None,
        contacts=_contacts(session, call, account_id),
        deal=deal,
        takes_told_id=connections == 1,
    )
    try:
        report = load_report(session, call.id)
    except Missing:
        report = None
    return deal_hint(call, around, report)


def find_match(crm: Crm, hint: DealHint, rep_email: str | None) -> Match:
    """Ask the CRM, and decide. Raises CrmError."""
    return match(crm.find_deals(hint), hint, rep_email=rep_email)


def _contacts(session: Session, call: Call, account_id: object) -> Sequence[Contact]:
    """People who may have been on the call: of its account, the newest first."""
    if account_id is None:
        return ()
    mine = select(Contact).where(Contact.account_id == account_id)
    return session.exec(mine.order_by(col(Contact.created_at).desc()).limit(_MOST_CONTACTS)).all()
