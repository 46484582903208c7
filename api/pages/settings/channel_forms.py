"""A channel as a form has it: what it is, where it leads, and what it is told."""

from typing import get_args

from pydantic import BaseModel, Field

from api.outgoing import sends_mail
from api.pages.words import Words, marked
from api.settings import Settings
from models.channels import Event, Kind, check_address
from models.errors import BadInput
from models.tables import Channel

KIND_NAMES = {
    "slack": marked("Slack"),
    "teams": marked("Microsoft Teams"),
    "email": marked("E-mail"),
}
EVENT_NAMES = {
    "call_ready": marked("A call is ready to read"),
    "mention": marked("Somebody mentions me in a comment"),
    "weekly_digest": marked("My week is over: figures and next steps"),
}
_KINDS: tuple[Kind, ...] = get_args(Kind)
_EVENTS: tuple[Event, ...] = get_args(Event)


class ChannelForm(BaseModel):
    """A channel, as it was typed."""

    kind: str = Field(default="slack", max_length=20)
    name: str = Field(default="", max_length=100)
    url: str = Field(default="", max_length=2000)
    events: list[str] = Field(default_factory=list, max_length=10)
    whose: str = Field(default="own", max_length=10)

    @classmethod
    def of(cls, channel: Channel) -> "ChannelForm":
        """As a channel is; its address is never shown."""
        return cls.model_construct(
            kind=channel.kind,
            name=channel.name,
            events=list(channel.events),
            whose=channel.whose,
            url="",
        )

    @property
    def known_kind(self) -> Kind:
        """One of the kinds that there are."""
        return next((one for one in _KINDS if one == self.kind), "slack")

    @property
    def known_events(self) -> tuple[Event, ...]:
        """The events that there are; a week by e-mail is the summary's."""
        is_mail = self.kind == "email"
        return tuple(
            one for one in _EVENTS if one in self.events and not (is_mail and one == _EVENTS[2])
        )


def wrong_channel(
    words: Words, form: ChannelForm, settings: Settings, *, is_new: bool
) -> dict[str, str]:
    """What is wrong, by the name of the field; why a URL may not be called is the server's word."""
    found = dict[str, str]()
    if not form.name.strip():
        found["name"] = words("Give it a name, such as that of the channel there.")
    if not form.known_events:
        found["events"] = words("Choose what to tell, one thing at least.")
    if form.kind not in _KINDS or (form.kind == "email" and not sends_mail(settings)):
        found["kind"] = words("This server cannot tell you that way.")
    problem = _wrong_address(words, form, settings, is_new=is_new)
    return {**found, **({"url": problem} if problem else {})}


def _wrong_address(
    words: Words, form: ChannelForm, settings: Settings, *, is_new: bool
) -> str | None:
    url = form.url.strip()
    if form.kind == "email":
        return words("E-mails go to your own address: leave this empty.") if url else None
    if not url:
        return words("Paste the address that Slack or Teams gave you.") if is_new else None
    try:
        check_address(form.known_kind, url, settings.channel_hosts)
    except BadInput as error:
        return words.reason(str(error))
    return None
