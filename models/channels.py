"""Channels: where else a user is told what concerns them, as they chose; none until they add one.

The address of an incoming webhook is a secret: it is kept sealed, and nothing shows it again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal
from uuid import UUID, uuid4

from sqlmodel import Session, col, func, select

from models.channel_messages import About, enqueue
from models.errors import BadInput, Conflict, Forbidden, Missing
from models.kpis.periods import parse_period
from models.outside import check_url
from models.sealing import Seal
from models.tables import Channel, ChannelMessage, User
from models.tables.columns import now
from models.users import zone_for

Kind = Literal["slack", "teams", "email"]
Event = Literal["call_ready", "mention", "weekly_digest"]
Whose = Literal["own", "team"]
HOSTS: dict[str, tuple[str, ...]] = {
    "slack": ("hooks.slack.com",),
    "teams": (".webhook.office.com", ".logic.azure.com", ".api.powerplatform.com"),
    "email": (),
}
"""Where webhooks of a kind are; a name that begins with a dot stands for all below it."""
MOST = 10
"""Channels of one user."""
_URL = "url"


@dataclass(frozen=True, slots=True)
class Wish:
    """A channel as its owner wants it; `url` is None for e-mail, and where the one before stays."""

    name: str
    events: tuple[Event, ...]
    whose: Whose = "own"
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What the server allows: how it seals, whom it may call, whether it mails, its clock."""

    seal: Seal
    hosts: tuple[str, ...]
    has_mail: bool
    zone: str


def list_channels(session: Session, user: User) -> Sequence[Channel]:
    """A user's channels, the oldest first."""
    own = select(Channel).where(Channel.user_id == user.id)
    return session.exec(own.order_by(col(Channel.created_at), col(Channel.id))).all()


def find_channel(session: Session, user: User, channel_id: UUID, *, lock: bool = False) -> Channel:
    """A channel of the user's own. Raises Missing."""
    own = select(Channel).where(col(Channel.id) == channel_id, Channel.user_id == user.id)
    found = session.exec(own.with_for_update() if lock else own).one_or_none()
    if found is None:
        raise Missing(f"there is no channel {channel_id} of yours")
    return found


def add_channel(session: Session, user: User, kind: Kind, wish: Wish, terms: Terms) -> Channel:
    """Add a channel; it is on. Raises BadInput, Forbidden, and Conflict for one too many."""
    session.get_one(User, user.id, with_for_update={"key_share": True})  # one at a time
    counted = select(func.count()).select_from(Channel).where(Channel.user_id == user.id)
    if session.exec(counted).one() >= MOST:
        raise Conflict(f"you have {MOST} channels; delete one first")
    if kind == "email" and not terms.has_mail:
        raise Conflict("this server sends no e-mails; ask who runs it to set that up")
    if kind != "email" and wish.url is None:
        raise BadInput("url: say where; copy the webhook's address from Slack or Teams")
    channel = Channel(user_id=user.id, kind=kind, name=wish.name, events=[])
    _apply(session, user, channel, wish, terms)
    session.add(channel)
    session.flush()
    return channel


def change_channel(
    session: Session, user: User, channel: Channel, wish: Wish, terms: Terms
) -> None:
    """Have a channel be as its owner wants it. Raises BadInput, Forbidden."""
    _apply(session, user, channel, wish, terms)
    session.add(channel)
    session.flush()


def switch_channel(channel: Channel, *, is_active: bool) -> None:
    """Switch it on or off; its owner has seen by then why it was switched off."""
    if not (is_active and channel.is_active):
        channel.last_error = None
    channel.is_active = is_active


def delete_channel(session: Session, user: User, channel_id: UUID) -> None:
    """Delete a channel with what still waits. Raises Missing."""
    session.delete(find_channel(session, user, channel_id, lock=True))
    session.flush()


def try_channel(session: Session, channel: Channel) -> None:
    """Send a test; what comes of it is on the channel. Raises Conflict when it is off."""
    if not channel.is_active:
        raise Conflict("the channel is off; switch it on first")
    enqueue(session, channel.id, About("test", uuid4().hex))


def waiting_channels(session: Session, user: User) -> frozenset[UUID]:
    """The user's channels to which something is on its way that was not tried yet."""
    waiting = (
        select(ChannelMessage.channel_id)
        .join(Channel, col(Channel.id) == ChannelMessage.channel_id)
        .where(Channel.user_id == user.id, ChannelMessage.state == "waiting")
        .where(ChannelMessage.attempts == 0)
    )
    return frozenset(session.exec(waiting).all())


def lost_channels(session: Session, user: User) -> tuple[str, ...]:
    """The names of the user's channels that a receiver switched off, until they look after it."""
    lost = (
        select(Channel.name)
        .where(Channel.user_id == user.id, col(Channel.is_active).is_(False))
        .where(col(Channel.last_error).is_not(None))
    )
    return tuple(session.exec(lost.order_by(Channel.name)).all())


def allowed_hosts(kind: str, url: str, hosts: Iterable[str]) -> tuple[str, ...]:
    """Whom a message to a URL may call: the hosts of its kind, and those of the settings."""
    host = _host(url)
    known = (host == one or (one[0] == "." and host.endswith(one)) for one in HOSTS[kind])
    return (*hosts, host) if any(known) else (*hosts,)


def check_address(kind: Kind, url: str, hosts: Iterable[str]) -> str:
    """The host of a webhook's URL. Raises BadInput with what is wrong with it."""
    host = _host(url)
    for other in HOSTS:
        if other != kind and allowed_hosts(other, url, ()):
            raise BadInput(f"url: {host} is of {other.capitalize()}; choose that instead")
    return check_url(url, allowed_hosts(kind, url, hosts)).host


def _host(url: str) -> str:
    """The host a URL names, at its usual port; empty when there is something wrong with it."""
    try:
        parsed = check_url(url, ["*"])
    except BadInput:
        return ""
    return parsed.host.lower() if parsed.port is None else ""


def _apply(session: Session, user: User, channel: Channel, wish: Wish, terms: Terms) -> None:
    kind: Kind = channel.kind  # type: ignore[assignment]  # one of them, by the table
    if wish.whose == "team" and user.role == "rep":
        raise Forbidden("whose: only managers and admins are told of their team's calls")
    if kind == "email" and wish.url is not None:
        raise BadInput("url: e-mails go to your own address; leave it out")
    if kind == "email" and "weekly_digest" in wish.events:
        raise BadInput(
            "events: the week by e-mail is a setting of its own; leave weekly_digest out"
        )
    if wish.url is not None:
        channel.host = check_address(kind, wish.url, terms.hosts)
        channel.address = terms.seal.close({_URL: wish.url})
    if "weekly_digest" in wish.events and "weekly_digest" not in channel.events:
        channel.told_until = _week_end(session, user, terms.zone)
    channel.name, channel.whose = wish.name, wish.whose
    channel.events = sorted(set(wish.events))


def open_address(seal: Seal, address: bytes) -> str:
    """The URL that was sealed. Raises BadDatabase when no listed key opens it."""
    return seal.open(address)[_URL]


def _week_end(session: Session, user: User, zone: str) -> date:
    """The last day of the week that ended: the first to be told of is the one that now runs."""
    today = now().astimezone(zone_for(session, user, zone)).date()
    return parse_period("last_week", today).end_on - timedelta(days=1)
