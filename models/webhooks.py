"""Webhooks: where to tell what happens, and the secrets that sign it."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from sqlmodel import Session

from models.deliveries import enqueue
from models.errors import Conflict, Missing
from models.events import payload_of
from models.outside import check_url
from models.signatures import new_secret
from models.tables import User, Webhook, WebhookDelivery
from models.tables.columns import now

PING = "ping"
"""What a test sends; nothing listens to it otherwise."""
_ROTATING = timedelta(days=1)


def add_webhook(
    session: Session, user: User, url: str, events: Sequence[str], hosts: Iterable[str]
) -> Webhook:
    """Add a webhook. Raises BadInput when its URL may not be called."""
    check_url(url, hosts)
    webhook = Webhook(
        url=url, events=sorted(set(events)), secret=new_secret(), created_by_id=user.id
    )
    session.add(webhook)
    session.flush()
    return webhook


def find_webhook(session: Session, webhook_id: UUID, *, lock: bool = False) -> Webhook:
    """The webhook. Raises Missing."""
    webhook = session.get(Webhook, webhook_id, with_for_update=lock or None)
    if webhook is None:
        raise Missing(f"there is no webhook {webhook_id}")
    return webhook


def rotate(webhook: Webhook) -> None:
    """Give it a new secret; for a day the one before signs too."""
    webhook.former_secret, webhook.former_until = webhook.secret, now() + _ROTATING
    webhook.secret = new_secret()


def ping(session: Session, webhook: Webhook) -> WebhookDelivery:
    """Send a test. Raises Conflict when the webhook is off."""
    if not webhook.is_active:
        raise Conflict("the webhook is off; set is_active first")
    return enqueue(session, webhook.id, PING, payload_of(PING, {"webhook_id": str(webhook.id)}))
