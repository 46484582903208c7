"""Webhooks: where other programs are told what happens here, and what came of telling them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Form, Request, Response
from sqlmodel import Session, select

from api.dependencies import SessionDep, SettingsDep
from api.pages.rendering import show
from api.pages.routing import page_router
from api.pages.settings.shared import AdminReaderDep, CursorQuery, address
from api.pages.settings.webhook_forms import EVENT_NAMES, WebhookForm, wrong_webhook
from api.settings import Settings
from models.paging import take
from models.tables import Webhook
from models.webhooks import add_webhook

router = page_router("webhooks")
_HERE = "/settings/webhooks"


@dataclass(frozen=True, slots=True)
class WebhooksPage:
    """Every webhook, the newest first; `made` with its secret only just after it was made."""

    webhooks: Sequence[Webhook]
    hosts: tuple[str, ...]
    """Those that may be called; empty: none."""
    next_path: str
    first_path: str
    form: WebhookForm = field(default_factory=WebhookForm)
    problems: dict[str, str] = field(default_factory=dict)
    made: Webhook | None = None
    events: dict[str, str] = field(default_factory=lambda: EVENT_NAMES)


@router.get(_HERE)
def show_webhooks(
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    settings: SettingsDep,
    cursor: CursorQuery = None,
) -> Response:
    """Every webhook."""
    return show(request, reader, "settings_webhooks.html", _page(session, settings, cursor))


@router.post(_HERE)
def make_webhook(
    request: Request,
    reader: AdminReaderDep,
    session: SessionDep,
    settings: SettingsDep,
    form: Annotated[WebhookForm, Form()],
) -> Response:
    """Add a webhook, and show its secret this once."""
    hosts = settings.webhook_hosts
    problems = wrong_webhook(reader.words, form, hosts)
    if problems:
        page = _page(session, settings, None, form=form, problems=problems)
        return show(request, reader, "settings_webhooks.html", page, 422)
    made = add_webhook(session, reader.user, form.url.strip(), form.known_events, hosts)
    request.state.made_id, request.state.secret = made.id, made.secret
    page = _page(session, settings, None, made=made)
    response = show(request, reader, "settings_webhooks.html", page)
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(session: Session, settings: Settings, cursor: str | None, **more: object) -> WebhooksPage:
    keys = [(Webhook.created_at, lambda one: one.created_at), (Webhook.id, lambda one: one.id)]
    found = take(session, select(Webhook), keys, limit=20, cursor=cursor)
    following = address(_HERE, {"cursor": found.next}) if found.next else ""
    first = _HERE if cursor else ""
    return WebhooksPage(found.items, settings.webhook_hosts, following, first, **more)  # type: ignore[arg-type]
