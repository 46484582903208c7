"""A deal as people name it: by the CRM's id, or the address of its page there."""

import re
from collections.abc import Mapping
from uuid import UUID

from sqlmodel import Session

from api.crm.match_codec import candidates_of
from models.crm.connections import find_connection
from models.crm.pushes import choose, push_of
from models.errors import BadInput
from models.tables import Call, CrmPush, User

LONGEST = 2000
_DIGITS = re.compile(r"[0-9]{1,19}", re.ASCII)
_FORMS: Mapping[str, re.Pattern[str]] = {
    "hubspot": _DIGITS,
    "pipedrive": _DIGITS,
    "tryton": _DIGITS,
    "salesforce": re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?", re.ASCII),
    "console": re.compile(r"[\w.-]{1,100}", re.ASCII),
}
_IN_URL: Mapping[str, re.Pattern[str]] = {
    "hubspot": re.compile(r"/(?:record/0-3|deal)/([0-9]{1,19})(?![0-9])", re.ASCII),
    "pipedrive": re.compile(r"/deal/([0-9]{1,19})(?![0-9])", re.ASCII),
    "tryton": re.compile(r"/sale\.opportunity/([0-9]{1,19})(?![0-9])", re.ASCII),
    "salesforce": re.compile(r"/(006[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?)(?![A-Za-z0-9])", re.ASCII),
}


def deal_ref(kind: str, typed: str) -> str:
    """The CRM's id in what somebody typed or pasted. Raises BadInput."""
    told = typed.strip()
    if _FORMS[kind].fullmatch(told):
        return told
    found = _IN_URL[kind].search(told) if kind in _IN_URL else None
    if found is None:
        raise BadInput("deal_id: give the deal's number in the CRM, or the address of its page")
    return found[1]


def choose_deal(
    session: Session, user: User, call: Call, connection_id: UUID, typed: str | None
) -> CrmPush:
    """Say which deal a call belongs to; None: look for it again. Raises Missing, BadInput."""
    connection = find_connection(session, connection_id)
    ref = None if typed is None else deal_ref(connection.kind, typed)
    before = push_of(session, connection_id, call.id)
    known = {one.id: one for one in candidates_of(before)} if before else {}
    push = choose(session, user, call, connection_id, ref)
    if ref in known:
        push.deal_name, push.deal_url = known[ref].name[:300], known[ref].url
    return push
