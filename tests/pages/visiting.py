"""Where every page is: the paths of the own routes, with what is there put in their places."""

import re
from collections.abc import Iterator
from typing import Any

from fastapi.routing import APIRoute
from sqlmodel import Session, col, select

from api.pages import PAGES
from models.rights import visible_calls, visible_deals
from models.tables import Call, CrmConnection, Deal, Playbook, Report, Target, User, Webhook

SEEN_ALONE = {
    "/calls/{call_id:uuid}/original",
    "/sign-in",
    "/sign-in/provider",
    "/sign-in/provider/callback",
    "/settings/crm/callback",
    "/settings/crm/{connection_id:uuid}/sign-in",
    "/welcome",
    "/welcome/join",
    "/s/{secret}",
}
"""Pages for who did not sign in, or that a test of their own opens."""
PARTS = {
    "/calls/{call_id:uuid}/course",
    "/calls/{call_id:uuid}/words/{index:int}",
    "/home/calls",
    "/home/deals",
    "/home/kpis",
    "/upload/added",
    "/upload/deals",
}
"""Parts of pages, which stand in the whole of them."""
_QUESTIONS = {"/search": "?q=price"}
_PLACE = re.compile(r"{(\w+)(?::\w+)?}")


def page_routes() -> Iterator[APIRoute]:
    """Every route of a page that is read."""
    for router in PAGES:
        for route in router.routes:
            if isinstance(route, APIRoute) and "GET" in (route.methods or ()):
                yield route


def page_paths() -> list[str]:
    """The paths of pages, with their places still open."""
    return sorted({one.path for one in page_routes()} - SEEN_ALONE)


def places(session: Session, user: User) -> dict[str, str]:
    """What can stand in the place of a path for a user: the newest they may see of each."""
    understood = select(Report.call_id)
    call = session.exec(
        select(Call)
        .where(visible_calls(user), col(Call.id).in_(understood), col(Call.deal_id).is_not(None))
        .order_by(col(Call.started_at).desc())
        .limit(1)
    ).first()
    deal = session.exec(select(Deal).where(visible_deals(user)).limit(1)).first()
    found: dict[str, Any] = {
        "call_id": call and call.id,
        "deal_id": (call and call.deal_id) or (deal and deal.id),
        "rep_id": call.rep_id if call else user.id,
        "playbook_id": session.exec(select(Playbook.id)).first(),
        "slug": "win_rate",
        "place": "calls",
        "index": 0,
        "user_id": user.id,
        "connection_id": session.exec(
            select(CrmConnection.id).where(CrmConnection.kind == "console")
        ).first(),
        "webhook_id": session.exec(select(Webhook.id)).first(),
        "target_id": session.exec(select(Target.id)).first(),
    }
    return {name: str(value) for name, value in found.items() if value is not None}


def visited(path: str, known: dict[str, str]) -> str | None:
    """The path with its places filled; None when there is nothing to put there."""
    if any(name not in known for name in _PLACE.findall(path)):
        return None
    return _PLACE.sub(lambda place: known[place[1]], path) + _QUESTIONS.get(path, "")
