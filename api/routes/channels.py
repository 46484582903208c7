"""Channels: where else one is told what concerns oneself; nothing is sent until one is added."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.dependencies import SessionDep, SettingsDep, UserDep
from api.outgoing import sends_mail
from api.routing import signed_router
from api.settings import Settings
from api.views import Given, View
from models import channels as kept
from models.tables import Channel

router = signed_router("channels")
Name = Annotated[str, Field(min_length=1, max_length=100, examples=["#sales-calls"])]
Url = Annotated[
    str,
    Field(
        min_length=1,
        max_length=2000,
        examples=["https://hooks.slack.com/services/T000/B000/XXXX"],
        description="The incoming webhook's address. It is kept sealed and never shown again.",
    ),
]
Events = Annotated[
    list[kept.Event],
    Field(
        min_length=1,
        max_length=10,
        examples=[["call_ready", "mention"]],
        description="The week by e-mail is `/me/digest`: no channel's.",
    ),
]


class ChannelGiven(Given):
    """A channel to be added."""

    kind: kept.Kind
    name: Name
    events: Events
    url: Url | None = Field(default=None, description="Left out for e-mail: one's own address.")
    whose: kept.Whose = Field(default="own", description="`team` is for managers and admins.")


class ChannelChange(Given):
    """What is to change of a channel; what is left out stays."""

    name: Name | None = None
    events: Events | None = None
    url: Url | None = None
    whose: kept.Whose | None = None
    is_active: bool | None = None


class ChannelView(View):
    """A channel, without its address."""

    id: UUID
    kind: kept.Kind
    name: str
    host: str | None = Field(description="Where its address leads; null for e-mail.")
    events: list[kept.Event]
    whose: kept.Whose
    is_active: bool = Field(description="A receiver that wants no more switches it off.")
    last_error: str | None = Field(description="Why the last message did not arrive.")
    sent_at: datetime | None = Field(description="When a message arrived last.")
    created_at: datetime


@router.get("/me/channels")
def list_channels(session: SessionDep, user: UserDep) -> list[ChannelView]:
    """One's own channels, the oldest first."""
    return [ChannelView.model_validate(one) for one in kept.list_channels(session, user)]


@router.post("/me/channels", status_code=201)
def add_channel(
    given: ChannelGiven, session: SessionDep, user: UserDep, settings: SettingsDep
) -> ChannelView:
    """Add a channel of one's own; it is on."""
    wish = kept.Wish(given.name, tuple(given.events), given.whose, given.url)
    made = kept.add_channel(session, user, given.kind, wish, _terms(settings))
    return ChannelView.model_validate(made)


@router.get("/me/channels/{channel_id}")
def read_channel(channel_id: UUID, session: SessionDep, user: UserDep) -> ChannelView:
    """One channel of one's own."""
    return ChannelView.model_validate(kept.find_channel(session, user, channel_id))


@router.patch("/me/channels/{channel_id}")
def change_channel(
    channel_id: UUID,
    given: ChannelChange,
    session: SessionDep,
    user: UserDep,
    settings: SettingsDep,
) -> ChannelView:
    """Change a channel; what still waits goes to its new address."""
    channel = kept.find_channel(session, user, channel_id, lock=True)
    kept.change_channel(session, user, channel, _wish(channel, given), _terms(settings))
    if given.is_active is not None:
        kept.switch_channel(channel, is_active=given.is_active)
    session.flush()
    return ChannelView.model_validate(channel)


@router.delete("/me/channels/{channel_id}", status_code=204)
def delete_channel(channel_id: UUID, session: SessionDep, user: UserDep) -> None:
    """Delete a channel; what still waits is never sent."""
    kept.delete_channel(session, user, channel_id)


@router.post("/me/channels/{channel_id}/test", status_code=202)
def try_channel(channel_id: UUID, session: SessionDep, user: UserDep) -> ChannelView:
    """Send a test; read the channel to see what came of it."""
    channel = kept.find_channel(session, user, channel_id)
    kept.try_channel(session, channel)
    return ChannelView.model_validate(channel)


def _wish(channel: Channel, change: ChannelChange) -> kept.Wish:
    """The channel as it is to be: what is left out stays."""
    now = ChannelView.model_validate(channel)
    return kept.Wish(
        now.name if change.name is None else change.name,
        tuple(now.events if change.events is None else change.events),
        now.whose if change.whose is None else change.whose,
        change.url,
    )


def _terms(settings: Settings) -> kept.Terms:
    return kept.Terms(
        settings.seal(), settings.channel_hosts, sends_mail(settings), settings.time_zone
    )
