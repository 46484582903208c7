"""What happens is told to webhooks, in the transaction in which it happens."""

from typing import Literal, get_args
from uuid import uuid4

from sqlmodel import Session, col, select

from models.deliveries import enqueue
from models.tables import Call, Comment, Deal, Mention, User, Webhook
from models.tables.columns import Json, now

Event = Literal["call.created", "call.ready", "call.failed", "call.deleted", "comment.added"]
EVENTS: tuple[Event, ...] = get_args(Event)


def tell(session: Session, event: Event, subject: Json) -> None:
    """Write what happened for every active webhook that listens; a job of each sends it.

    `subject` is what a receiver needs to ask for more: ids and names, nothing that was said.
    """
    listening = (
        select(Webhook.id)
        .where(col(Webhook.is_active).is_(True), col(Webhook.events).contains([event]))
        .order_by(col(Webhook.created_at))
    )
    payload = payload_of(event, subject)
    for webhook_id in session.exec(listening).all():
        enqueue(session, webhook_id, event, payload)


def tell_call(session: Session, event: Event, call: Call) -> None:
    """Tell what happened to a call."""
    tell(session, event, call_subject(session, call))


def tell_comment(session: Session, comment: Comment) -> None:
    """Tell that a call was commented; who is mentioned is known by then. The text stays here."""
    call = session.get_one(Call, comment.call_id)
    mentions = select(Mention.user_id).where(Mention.comment_id == comment.id)
    told = {
        "id": str(comment.id),
        "author_id": str(comment.author_id),
        "reply_to_id": _text(comment.reply_to_id),
        "start_s": comment.start_s,
        "mentions": sorted(map(str, session.exec(mentions))),
    }
    tell(session, "comment.added", {**call_subject(session, call), "comment": told})


def call_subject(session: Session, call: Call) -> Json:
    """A call as webhooks tell it: by our ids, and by those of the program it came from."""
    rep = session.get_one(User, call.rep_id)
    deal = session.get(Deal, call.deal_id) if call.deal_id else None
    return {
        "call": {
            "id": str(call.id),
            "ref": call.ref,
            "title": call.title,
            "started_at": call.started_at.isoformat(),
            "is_private": call.is_private,
            "state": call.state,
            "failure": call.failure,
            "account_id": _text(call.account_id),
        },
        "rep": {"id": str(rep.id), "email": rep.email, "ref": rep.ref},
        "deal": {"id": str(deal.id), "name": deal.name, "ref": deal.ref} if deal else None,
    }


def payload_of(event: str, subject: Json) -> Json:
    """What is sent: the same id however often, and to however many."""
    return {
        "id": str(uuid4()),
        "type": event,
        "timestamp": now().isoformat(),
        "data": subject,
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)
