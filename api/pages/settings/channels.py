"""Where else the reader is told what concerns them: Slack, Teams or e-mail, as they choose."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated
from uuid import UUID

from fastapi import Form, Request, Response
from sqlmodel import Session

from api.dependencies import SessionDep, SettingsDep
from api.outgoing import sends_mail
from api.pages.frame import Reader, ReaderDep
from api.pages.rendering import go, show
from api.pages.routing import page_router
from api.pages.settings.channel_forms import (
    EVENT_NAMES,
    KIND_NAMES,
    ChannelForm,
    wrong_channel,
)
from api.settings import Settings
from models import channels as kept
from models.errors import Conflict
from models.storable import readable
from models.tables import Channel

router = page_router("channels")
_HERE = "/settings/channels"
_ONE = f"{_HERE}/{{channel_id}}"
_TEMPLATE = "settings_channels.html"


@dataclass(frozen=True, slots=True)
class ChannelCard:
    """One channel with its form; `problems` by the name of the field."""

    channel: Channel
    form: ChannelForm
    is_waiting: bool
    problems: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChannelsPage:
    """One's own channels, and the form of a new one."""

    cards: Sequence[ChannelCard]
    form: ChannelForm
    problems: dict[str, str]
    has_mail: bool
    leads: bool
    """Whether the reader may be told of a team's calls."""
    has_links: bool
    kinds: dict[str, str] = field(default_factory=lambda: KIND_NAMES)
    events: dict[str, str] = field(default_factory=lambda: EVENT_NAMES)
    most: int = kept.MOST

    @property
    def is_waiting(self) -> bool:
        """Whether something is on its way, so that it is worth looking again."""
        return any(one.is_waiting for one in self.cards)


def channels_page(session: Session, reader: Reader, settings: Settings) -> ChannelsPage:
    """The page as things are."""
    waiting = kept.waiting_channels(session, reader.user)
    found = kept.list_channels(session, reader.user)
    return ChannelsPage(
        cards=[ChannelCard(one, ChannelForm.of(one), one.id in waiting) for one in found],
        form=ChannelForm(events=["call_ready", "mention"]),
        problems={},
        has_mail=sends_mail(settings),
        leads=reader.user.role != "rep",
        has_links=bool(settings.public_url),
    )


@router.get(_HERE)
def show_channels(
    request: Request, reader: ReaderDep, session: SessionDep, settings: SettingsDep
) -> Response:
    """One's own channels."""
    return show(request, reader, _TEMPLATE, channels_page(session, reader, settings))


@router.post(_HERE)
def add_channel(
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    settings: SettingsDep,
    form: Annotated[ChannelForm, Form()],
) -> Response:
    """Add one; it is on."""
    problems = wrong_channel(reader.words, form, settings, is_new=True)
    if problems:
        page = channels_page(session, reader, settings)
        wrong = replace(page, form=form, problems=problems)
        return _unstored(show(request, reader, _TEMPLATE, wrong, 422))
    kept.add_channel(session, reader.user, form.known_kind, _wish(form), terms_of(settings))
    said = reader.words("It is added. Send a test to see whether it arrives.")
    return go(request, _HERE, said)


@router.post(_ONE)
def change_channel(  # noqa: PLR0913, PLR0917 (what FastAPI fills in)
    channel_id: UUID,
    request: Request,
    reader: ReaderDep,
    session: SessionDep,
    settings: SettingsDep,
    form: Annotated[ChannelForm, Form()],
    is_active: Annotated[bool, Form()] = False,
) -> Response:
    """Change one; an address left empty stays."""
    channel = kept.find_channel(session, reader.user, channel_id, lock=True)
    form = form.model_copy(update={"kind": channel.kind})
    problems = wrong_channel(reader.words, form, settings, is_new=False)
    if problems:
        page = channels_page(session, reader, settings)
        cards = [
            replace(one, form=form, problems=problems) if one.channel.id == channel_id else one
            for one in page.cards
        ]
        wrong = replace(page, cards=cards)
        return _unstored(show(request, reader, _TEMPLATE, wrong, 422))
    kept.change_channel(session, reader.user, channel, _wish(form), terms_of(settings))
    kept.switch_channel(channel, is_active=is_active)
    return go(request, _HERE, reader.words("“%(name)s” is changed.", name=channel.name))


@router.post(f"{_ONE}/test")
def try_channel(
    channel_id: UUID, request: Request, reader: ReaderDep, session: SessionDep
) -> Response:
    """Send a test."""
    channel = kept.find_channel(session, reader.user, channel_id)
    if not channel.is_active:
        raise Conflict("the channel is off; switch it on first")
    kept.try_channel(session, channel)
    said = reader.words("A test is on its way to “%(name)s”.", name=channel.name)
    return go(request, _HERE, said)


@router.post(f"{_ONE}/delete")
def delete_channel(
    channel_id: UUID, request: Request, reader: ReaderDep, session: SessionDep
) -> Response:
    """Delete one with what still waits."""
    kept.delete_channel(session, reader.user, channel_id)
    return go(request, _HERE, reader.words("It is deleted: nothing more is sent there."))


def terms_of(settings: Settings) -> kept.Terms:
    """What this server allows of channels."""
    hosts = settings.channel_hosts
    return kept.Terms(settings.seal(), hosts, sends_mail(settings), settings.time_zone)


def _wish(form: ChannelForm) -> kept.Wish:
    url = form.url.strip() or None
    whose: kept.Whose = "team" if form.whose == "team" else "own"
    return kept.Wish(readable(form.name.strip()), form.known_events, whose, url)


def _unstored(response: Response) -> Response:
    """What was typed may be a secret: no browser keeps the page."""
    response.headers["Cache-Control"] = "no-store"
    return response
