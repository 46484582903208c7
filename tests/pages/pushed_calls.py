"""Calls of the stage on their way to CRMs, one in each state, to look at and to test pages on."""

from collections.abc import Sequence
from datetime import timedelta

from sqlmodel import Session, col, select

from api.crm.match_codec import match_to_json
from api.crm.matching import match
from api.crm.port import DealHint, Found
from models.crm.deal import CrmCompany, CrmDeal, CrmPerson
from models.sealing import Seal
from models.tables import Call, CrmConnection, CrmPush, Deal, User
from models.tables.columns import Json, now
from models.tables.crm import PUSH_STATES

BUYER = "jim@harbor-foods.example"
_WEB = "https://crm.example.com/deals"
_ERROR = "HubSpot says no (400): Property values were not valid; correlation id 7d2f"


def push_some(session: Session, seal: Seal) -> None:
    """Two connections, and a push of the last calls in each state at the first."""
    first = CrmConnection(
        name="Our CRM",
        kind="console",
        origin="console",
        address="",
        secrets=seal.close({}),
        state="ready",
        account={"name": "Console", "user": None, "scopes": ["all"], "lacks": [], "limits": []},
        checked_at=now() - timedelta(hours=3),
        synced_at=now() - timedelta(minutes=4),
        fields={"next_step": "next_step", "competitor": "competitor"},
        with_tasks=True,
    )
    second = CrmConnection(
        name="HubSpot of the group",
        kind="hubspot",
        origin="hubspot",
        address="",
        options={"way": "token"},
        secrets=seal.close({"access_token": "worth nothing"}),
        state="needs_login",
        last_error="HubSpot does not accept the access token any more; enter a new one",
        account={"name": "Beacon Group", "user": "crm@beacon.example", "scopes": []},
    )
    session.add_all([first, second])
    session.flush()
    heard = select(Call).where(Call.state == "ready").order_by(col(Call.started_at).desc())
    calls = session.exec(heard.limit(len(PUSH_STATES) * 3)).all()
    for number, call in enumerate(calls):
        session.add(_push(session, first, call, PUSH_STATES[number % len(PUSH_STATES)]))
    session.flush()


def _push(session: Session, connection: CrmConnection, call: Call, state: str) -> CrmPush:
    candidates, why = _thought_of(session, call, state)
    push = CrmPush(
        connection_id=connection.id,
        call_id=call.id,
        state=state,
        candidates=candidates,
        why=why,
        matched_at=now() - timedelta(minutes=30),
    )
    if candidates and state not in {"asking", "unmatched"}:
        push.deal_ref, push.deal_name = candidates[0]["id"], candidates[0]["name"]
        push.deal_url = candidates[0]["url"]
    if state == "pushed":
        push.note_id, push.note_deal_ref = "1", push.deal_ref
        push.note_url, push.pushed_at = push.deal_url, now() - timedelta(minutes=25)
    if state == "failed":
        push.last_error, push.attempts = _ERROR, 1
    if state == "waiting":
        push.attempts, push.next_try_at = 2, now() + timedelta(minutes=20)
    return push


def _thought_of(session: Session, call: Call, state: str) -> tuple[list[Json], Json]:
    rep = session.get(User, call.rep_id)
    deals = session.exec(select(Deal).where(Deal.rep_id == call.rep_id).limit(3)).all()
    own = session.get(Deal, call.deal_id) if call.deal_id else None
    wanted = [*([own] if own else []), *(one for one in deals if one is not own)]
    found = [_found(one, rep) for one in wanted[: 0 if state == "unmatched" else 3]]
    hint = DealHint(call.started_at, emails=(BUYER,))
    if state not in {"asking", "unmatched"}:
        hint = DealHint(call.started_at, emails=(BUYER,), deal_id=wanted[0].ref or "1")
    return match_to_json(match(found, hint, rep_email=rep.email if rep else None))


def _found(deal: Deal, rep: User | None) -> Found:
    ref = deal.ref or str(deal.id)
    owner = CrmPerson("1", rep.name, rep.email) if rep else None
    people: Sequence[CrmPerson] = (CrmPerson("2", "Jim Kowalski", BUYER),)
    copied = CrmDeal(
        id=ref,
        name=deal.name,
        status="open",
        stage=deal.stage or "Discovery",
        url=f"{_WEB}/{ref}",
        owner=owner,
        company=CrmCompany("3", "Harbor Foods"),
        contacts=tuple(people),
    )
    return Found(copied, "email", (BUYER,))
