"""Deliveries of webhooks: written with what they tell, sent by jobs, tried again, replayed.

A delivery's job sends it with no transaction open, and writes down what came of it only while it
is still the delivery's job: a replay has a job of its own. A worker killed in between sends again,
under the same id, by which the receiver knows what it has had.
"""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine, delete, text
from sqlmodel import Session, col, select

from models.database import session_scope
from models.errors import BadInput, Conflict, Missing, Unreachable
from models.outside import Limits, request
from models.queue import cancel, defer
from models.signatures import sign
from models.tables import Webhook, WebhookDelivery
from models.tables.columns import Json, now
from models.trail import note
from models.trying import Outcome, asked_pause_s, next_pause_s

LIMITS = Limits(connect_s=3, read_s=10, whole_s=20)
_GONE = 410
_AGENT = "Talktrack-Webhooks/1"


@dataclass(frozen=True, slots=True)
class _Message:
    """What is to be sent, and where to."""

    delivery_id: UUID
    job_id: int
    url: str
    payload: Json
    secrets: tuple[str, ...]


def enqueue(session: Session, webhook_id: UUID, event: str, payload: Json) -> WebhookDelivery:
    """Write a delivery and the job that sends it."""
    delivery = WebhookDelivery(webhook_id=webhook_id, event=event, payload=payload)
    session.add(delivery)
    session.flush()
    _try_in(session, delivery, None)
    return delivery


def deliver(
    engine: Engine,
    delivery_id: UUID,
    job_id: int,
    hosts: Iterable[str],
    *,
    limits: Limits = LIMITS,
) -> None:
    """Send a delivery once, and write down what came of it or when to try again."""
    with session_scope(engine) as session:
        message = _take(session, delivery_id, job_id)
    if message is None:
        return
    outcome = _send(message, hosts, limits)
    with session_scope(engine) as session:
        _record(session, message, outcome)


def find_delivery(session: Session, webhook_id: UUID, delivery_id: UUID) -> WebhookDelivery:
    """A delivery of a webhook. Raises Missing."""
    delivery = session.get(WebhookDelivery, delivery_id)
    if delivery is None or delivery.webhook_id != webhook_id:
        raise Missing(f"there is no delivery {delivery_id} of that webhook")
    return delivery


def replay(session: Session, delivery: WebhookDelivery) -> None:
    """Send a delivery now, whatever came of it before. Raises Conflict when its webhook is off."""
    session.refresh(delivery, with_for_update=True)
    if not session.get_one(Webhook, delivery.webhook_id).is_active:
        raise Conflict("the webhook is off; set is_active first")
    if delivery.job_id is not None:
        cancel(session, delivery.job_id)
    delivery.state, delivery.attempts, delivery.delivered_at = "waiting", 0, None
    _try_in(session, delivery, None)


def replay_failed(session: Session, webhook_id: UUID, since: datetime, most: int) -> int:
    """Send anew what failed since an instant, the oldest first; returns how many that were."""
    failed = (
        select(WebhookDelivery)
        .where(WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.state == "failed")
        .where(col(WebhookDelivery.created_at) >= since)
        .order_by(col(WebhookDelivery.created_at))
        .limit(most)
    )
    found = session.exec(failed).all()
    for delivery in found:
        replay(session, delivery)
    return len(found)


def resume_deliveries(session: Session, most: int = 100) -> int:
    """Give deliveries whose job is gone a new one: none should be, but nothing may be lost."""
    lost = (
        select(WebhookDelivery)
        .where(WebhookDelivery.state == "waiting")
        .where(
            text(
                "NOT EXISTS (SELECT 1 FROM procrastinate_jobs job WHERE job.id = "
                "webhook_delivery.job_id AND job.status IN ('todo', 'doing'))"
            )
        )
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    found = session.exec(lost).all()
    for delivery in found:
        _try_in(session, delivery, None)
    return len(found)


def forget_deliveries(session: Session, days: int) -> None:
    """Delete deliveries that came to an end so long ago."""
    before = now() - timedelta(days=days)
    session.execute(
        delete(WebhookDelivery)
        .where(col(WebhookDelivery.state) != "waiting")
        .where(col(WebhookDelivery.created_at) < before)
    )


def _take(session: Session, delivery_id: UUID, job_id: int) -> _Message | None:
    """Begin a try, unless the delivery has come to an end or has another job."""
    delivery = session.get(WebhookDelivery, delivery_id, with_for_update=True)
    if delivery is None or delivery.state != "waiting" or delivery.job_id != job_id:
        return None
    webhook = session.get_one(Webhook, delivery.webhook_id)
    if not webhook.is_active:
        _end(delivery, "failed", "the webhook is off; set is_active and replay")
        return None
    delivery.attempts += 1
    former = webhook.former_until is not None and webhook.former_until > now()
    known = (webhook.secret, webhook.former_secret if former else None)
    return _Message(delivery.id, job_id, webhook.url, delivery.payload, tuple(filter(None, known)))


def _send(message: _Message, hosts: Iterable[str], limits: Limits) -> Outcome:
    body = json.dumps(message.payload, separators=(",", ":"), ensure_ascii=False).encode()
    message_id, at = str(message.payload["id"]), int(time.time())
    headers = {
        "content-type": "application/json",
        "user-agent": _AGENT,
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(
            sign(secret, message_id, at, body) for secret in message.secrets
        ),
    }
    try:
        with request(
            "POST", message.url, hosts, headers=headers, content=body, limits=limits
        ) as answer:
            return _outcome(answer.status, asked_pause_s(answer.headers))
    except BadInput as error:
        return Outcome(error=str(error), is_final=True)
    except Unreachable as error:
        return Outcome(error=str(error))


def _outcome(status: int, wait_s: float) -> Outcome:
    if 200 <= status < 300:
        return Outcome(status)
    if status == _GONE:
        why = "the receiver answered 410: it wants no more, so the webhook was switched off"
        return Outcome(status, why, is_final=True)
    moved = "; redirects are not followed, change the webhook's url" if status < 400 else ""
    return Outcome(status, f"the receiver answered {status}{moved}", wait_s=wait_s)


def _record(session: Session, message: _Message, outcome: Outcome) -> None:
    """Write down what came of a try, unless the delivery has another job by now."""
    delivery = session.get(WebhookDelivery, message.delivery_id, with_for_update=True)
    if delivery is None or delivery.job_id != message.job_id:
        return
    delivery.last_status = outcome.status
    if outcome.is_delivered:
        _end(delivery, "delivered", None)
        delivery.delivered_at = now()
    elif (pause_s := next_pause_s(delivery.attempts, outcome)) is None:
        _end(delivery, "failed", outcome.error)
    else:
        delivery.last_error = outcome.error
        _try_in(session, delivery, pause_s)
    if outcome.status == _GONE:
        _switch_off(session, delivery.webhook_id)


def _try_in(session: Session, delivery: WebhookDelivery, pause_s: int | None) -> None:
    """Give it a job, after a pause if there is to be one."""
    delivery.next_try_at = now() + timedelta(seconds=pause_s or 0)
    delivery.job_id = defer(
        session, "deliver_webhook", after_s=pause_s, delivery_id=str(delivery.id)
    )
    session.add(delivery)


def _end(delivery: WebhookDelivery, state: str, error: str | None) -> None:
    delivery.state, delivery.last_error = state, error
    delivery.next_try_at = delivery.job_id = None


def _switch_off(session: Session, webhook_id: UUID) -> None:
    webhook = session.get(Webhook, webhook_id, with_for_update=True)
    if webhook is not None and webhook.is_active:
        webhook.is_active = False
        note(session, "receiver", verb="switch_off", noun="webhooks", subject_id=str(webhook_id))
