"""One webhook: changed, tested, given a new secret, and what was sent to it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Form, Query, Request, Response
from pydantic import BaseModel, Field
from sqlmodel import Session, col, select

from api.dependencies import SessionDep, SettingsDep
from api.pages.rendering import go, show
from api.pages.routing import page_router
from api.pages.settings.shared import AdminReaderDep, address
from api.pages.settings.webhook_forms import EVENT_NAMES, STATES, WebhookForm, wrong_webhook
from models.deliveries import find_delivery, replay, replay_failed
from models.errors import Conflict
from models.paging import take
from models.tables import Webhook, WebhookDelivery
from models.tables.columns import now
from models.webhooks import find_webhook, ping, rotate

router = page_router("webhooks")
_LIST = "/settings/webhooks"
_ONE = f"{_LIST}/{{webhook_id}}"
_MOST_REPLAYED = 1000
_WEEK = timedelta(days=7)


class DeliveriesAsked(BaseModel):
    """What the list of deliveries is narrowed to."""

    state: Literal["", "waiting", "delivered", "failed"] = ""
    cursor: str | None = Field(default=None, max_length=1000)


@dataclass(frozen=True, slots=True)
class WebhookPage:
    """One webhook and a page of its deliveries; `secret` only just after it was made."""

    webhook: Webhook
    form: WebhookForm
    deliveries: Sequence[WebhookDelivery]
    asked: DeliveriesAsked
    next_path: str
    first_path: str
    secret: str = ""
    problems: dict[str, str] = field(default_factory=dict)
    events: dict[str, str] = field(default_factory=lambda: EVENT_NAMES)
    states: dict[str, str] = field(default_factory=lambda: STATES)

    @property
    def is_waiting(self) -> bool:
        """Whether the first of the list is on its way."""
        return any(one.state == "waiting" and not one.attempts for one in self.deliveries)


def webhook_page(
    session: Session, webhook: Webhook, asked: DeliveriesAsked, **more: object
) -> WebhookPage:
    """The page as things are."""
    statement = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook.id)
    if asked.state:
        statement = statement.where(col(WebhookDelivery.state) == asked.state)
    keys = [
        (WebhookDelivery.created_at, lambda one: one.created_at),
        (WebhookDelivery.id, lambda one: one.id),
    ]
    found = take(session, statement, keys, limit=25, cursor=asked.cursor)
    here, state = f"{_LIST}/{webhook.id}", {"state": asked.state}
    values = {
        "form": WebhookForm.model_construct(url=webhook.url, events=list(webhook.events)),
        "deliveries": found.items,
        "asked": asked,
        "next_path": address(here, {**state, "cursor": found.next}) if found.next else "",
        "first_path": address(here, state) if asked.cursor else "",
        **more,
    }
    return WebhookPage(webhook, **values)  # type: ignore[arg-type]


@router.get(_ONE)
def show_webhook(
    webhook_id: UUID,
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    asked: Annotated[DeliveriesAsked, Query()],
) -> Response:
    """One webhook."""
    page = webhook_page(session, find_webhook(session, webhook_id), asked)
    return show(request, reader, "settings_webhook.html", page)


@router.post(_ONE)
def change_webhook(  # noqa: PLR0913, PLR0917 (what FastAPI fills in)
    webhook_id: UUID,
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    settings: SettingsDep,
    form: Annotated[WebhookForm, Form()],
    is_active: Annotated[bool, Form()] = False,
) -> Response:
    """Change a webhook; what still waits goes to its new address."""
    webhook = find_webhook(session, webhook_id, lock=True)
    problems = wrong_webhook(reader.words, form, settings.webhook_hosts)
    if problems:
        page = webhook_page(session, webhook, DeliveriesAsked(), form=form, problems=problems)
        return show(request, reader, "settings_webhook.html", page, 422)
    webhook.url, webhook.events = form.url.strip(), sorted(form.known_events)
    webhook.is_active = is_active
    session.add(webhook)
    return go(request, f"{_LIST}/{webhook_id}", reader.words("The webhook is changed."))


@router.post(f"{_ONE}/test")
def try_webhook(
    webhook_id: UUID, request: Request, reader: AdminReaderDep, session: SessionDep
) -> Response:
    """Send a test."""
    webhook = find_webhook(session, webhook_id)
    if not webhook.is_active:
        raise Conflict("the webhook is off; switch it on first")
    ping(session, webhook)
    said = reader.words("A test is on its way; see below what comes of it.")
    return go(request, f"{_LIST}/{webhook_id}", said)


@router.post(f"{_ONE}/secret")
def rotate_secret(
    webhook_id: UUID, request: Request, reader: AdminReaderDep, session: SessionDep
) -> Response:
    """Give a webhook a new secret, shown this once."""
    webhook = find_webhook(session, webhook_id, lock=True)
    rotate(webhook)
    session.add(webhook)
    session.flush()
    request.state.secret = webhook.secret
    page = webhook_page(session, webhook, DeliveriesAsked(), secret=webhook.secret)
    response = show(request, reader, "settings_webhook.html", page)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.post(f"{_ONE}/delete")
def delete_webhook(
    webhook_id: UUID, request: Request, reader: AdminReaderDep, session: SessionDep
) -> Response:
    """Delete a webhook with its deliveries, sent or not."""
    session.delete(find_webhook(session, webhook_id, lock=True))
    return go(request, _LIST, reader.words("The webhook is deleted."))


@router.post(f"{_ONE}/replay")
def replay_deliveries(
    webhook_id: UUID, request: Request, reader: AdminReaderDep, session: SessionDep
) -> Response:
    """Send anew what failed in the last week."""
    find_webhook(session, webhook_id)
    count = replay_failed(session, webhook_id, now() - _WEEK, _MOST_REPLAYED)
    said = reader.words.plural(
        "%(count)s delivery is sent anew.", "%(count)s deliveries are sent anew.", count
    )
    return go(request, f"{_LIST}/{webhook_id}", said)


@router.post(f"{_ONE}/deliveries/{{delivery_id}}/replay")
def replay_delivery(
    webhook_id: UUID,
    delivery_id: UUID,
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
) -> Response:
    """Send a delivery now, whatever came of it before."""
    replay(session, find_delivery(session, webhook_id, delivery_id))
    return go(request, f"{_LIST}/{webhook_id}", reader.words("It is being sent again."))
