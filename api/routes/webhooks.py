"""Webhooks: what happens here is told to other programs; an admin says where."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request
from pydantic import AwareDatetime, Field
from sqlmodel import col, select

from api.dependencies import (
    DEFAULT_LIMIT,
    AdminDep,
    CursorQuery,
    LimitQuery,
    SessionDep,
    SettingsDep,
)
from api.routing import signed_router
from api.views import Given, Page, View
from models.deliveries import find_delivery, replay, replay_failed
from models.events import Event
from models.outside import check_url
from models.paging import take
from models.tables import Webhook, WebhookDelivery
from models.webhooks import add_webhook, find_webhook, ping, rotate

router = signed_router("webhooks")
_MOST_REPLAYED = 1000
Url = Annotated[
    str, Field(min_length=1, max_length=2000, examples=["https://crm.example.com/talktrack"])
]
Events = Annotated[list[Event], Field(min_length=1, max_length=20, examples=[["call.ready"]])]


class WebhookGiven(Given):
    """A webhook to be added."""

    url: Url
    events: Events


class WebhookChange(Given):
    """What is to change of a webhook; what is left out stays."""

    url: Url | None = None
    events: Events | None = None
    is_active: bool | None = None


class WebhookView(View):
    """A webhook, without its secret."""

    id: UUID
    url: str
    events: list[str]
    is_active: bool = Field(description="A receiver that answers 410 switches it off.")
    former_until: datetime | None = Field(
        description="Until then the secret before the last rotation signs too."
    )
    created_at: datetime


class WebhookMade(WebhookView):
    """A webhook with its secret, which is shown only now."""

    secret: str = Field(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])


class DeliveryView(View):
    """One event for one webhook, and what came of sending it."""

    id: UUID
    event: str
    state: Literal["waiting", "delivered", "failed"]
    attempts: int
    next_try_at: datetime | None
    last_status: int | None = Field(description="What the receiver answered last; null: nothing.")
    last_error: str | None
    delivered_at: datetime | None
    created_at: datetime
    payload: dict[str, Any]


class FailedSince(Given):
    """Which deliveries to send anew."""

    since: AwareDatetime


class Replayed(View):
    """How many deliveries are sent anew; at the most, ask again for the rest."""

    deliveries: int = Field(ge=0, le=_MOST_REPLAYED)


@router.get("/webhooks")
def list_webhooks(
    session: SessionDep,
    _admin: AdminDep,
    limit: LimitQuery = DEFAULT_LIMIT,
    cursor: CursorQuery = None,
) -> Page[WebhookView]:
    """Every webhook, the newest first."""
    keys = [(Webhook.created_at, lambda one: one.created_at), (Webhook.id, lambda one: one.id)]
    found = take(session, select(Webhook), keys, limit=limit, cursor=cursor)
    return Page(items=[WebhookView.model_validate(one) for one in found.items], next=found.next)


@router.post("/webhooks", status_code=201)
def make_webhook(
    given: WebhookGiven,
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    admin: AdminDep,
) -> WebhookMade:
    """Add a webhook; its host must be among those that the server may call."""
    made = add_webhook(session, admin, given.url, given.events, settings.webhook_hosts)
    request.state.made_id, request.state.secret = made.id, made.secret
    return WebhookMade.model_validate(made)


@router.get("/webhooks/{webhook_id}")
def read_webhook(webhook_id: UUID, session: SessionDep, _admin: AdminDep) -> WebhookView:
    """One webhook."""
    return WebhookView.model_validate(find_webhook(session, webhook_id))


@router.patch("/webhooks/{webhook_id}")
def change_webhook(
    webhook_id: UUID,
    given: WebhookChange,
    session: SessionDep,
    settings: SettingsDep,
    _admin: AdminDep,
) -> WebhookView:
    """Change a webhook; what still waits goes to its new URL."""
    webhook = find_webhook(session, webhook_id, lock=True)
    if given.url is not None:
        check_url(given.url, settings.webhook_hosts)
        webhook.url = given.url
    if given.events is not None:
        webhook.events = sorted(set(given.events))
    if given.is_active is not None:
        webhook.is_active = given.is_active
    session.flush()
    return WebhookView.model_validate(webhook)


@router.delete("/webhooks/{webhook_id}", status_code=204)
def delete_webhook(webhook_id: UUID, session: SessionDep, _admin: AdminDep) -> None:
    """Delete a webhook with its deliveries, sent or not."""
    session.delete(find_webhook(session, webhook_id, lock=True))


@router.post("/webhooks/{webhook_id}/secret")
def rotate_secret(
    webhook_id: UUID, request: Request, session: SessionDep, _admin: AdminDep
) -> WebhookMade:
    """Give a webhook a new secret; for a day what is sent carries both signatures."""
    webhook = find_webhook(session, webhook_id, lock=True)
    rotate(webhook)
    session.flush()
    request.state.secret = webhook.secret
    return WebhookMade.model_validate(webhook)


@router.post("/webhooks/{webhook_id}/test", status_code=202)
def try_webhook(webhook_id: UUID, session: SessionDep, _admin: AdminDep) -> DeliveryView:
    """Send a `ping`; read the delivery to see what came of it."""
    return DeliveryView.model_validate(ping(session, find_webhook(session, webhook_id)))


@router.get("/webhooks/{webhook_id}/deliveries")
def list_deliveries(
    webhook_id: UUID,
    session: SessionDep,
    _admin: AdminDep,
    state: Annotated[Literal["waiting", "delivered", "failed"] | None, Query()] = None,
    event: Annotated[Event | Literal["ping"] | None, Query()] = None,
    limit: LimitQuery = DEFAULT_LIMIT,
    cursor: CursorQuery = None,
) -> Page[DeliveryView]:
    """What was sent, or is to be, the newest first."""
    find_webhook(session, webhook_id)
    statement = select(WebhookDelivery).where(col(WebhookDelivery.webhook_id) == webhook_id)
    if state is not None:
        statement = statement.where(WebhookDelivery.state == state)
    if event is not None:
        statement = statement.where(WebhookDelivery.event == event)
    keys = [
        (WebhookDelivery.created_at, lambda one: one.created_at),
        (WebhookDelivery.id, lambda one: one.id),
    ]
    found = take(session, statement, keys, limit=limit, cursor=cursor)
    return Page(items=[DeliveryView.model_validate(one) for one in found.items], next=found.next)


@router.get("/webhooks/{webhook_id}/deliveries/{delivery_id}")
def read_delivery(
    webhook_id: UUID, delivery_id: UUID, session: SessionDep, _admin: AdminDep
) -> DeliveryView:
    """One delivery."""
    return DeliveryView.model_validate(find_delivery(session, webhook_id, delivery_id))


@router.post("/webhooks/{webhook_id}/deliveries/{delivery_id}/replay", status_code=202)
def replay_delivery(
    webhook_id: UUID, delivery_id: UUID, session: SessionDep, _admin: AdminDep
) -> DeliveryView:
    """Send a delivery now, whatever came of it before; it keeps its `webhook-id`."""
    delivery = find_delivery(session, webhook_id, delivery_id)
    replay(session, delivery)
    session.flush()
    return DeliveryView.model_validate(delivery)


@router.post("/webhooks/{webhook_id}/replay", status_code=202)
def replay_deliveries(
    webhook_id: UUID, given: FailedSince, session: SessionDep, _admin: AdminDep
) -> Replayed:
    """Send anew what failed since an instant, the oldest first, a thousand at most."""
    find_webhook(session, webhook_id)
    sent = replay_failed(session, webhook_id, given.since, _MOST_REPLAYED)
    return Replayed(deliveries=sent)
