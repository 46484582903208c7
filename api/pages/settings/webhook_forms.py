"""A webhook as a form has it: an address, and which events it is told."""

from collections.abc import Iterable

from pydantic import BaseModel, Field

from api.pages.words import Words, marked
from models.errors import BadInput
from models.events import EVENTS
from models.outside import check_url

EVENT_NAMES = {
    "call.created": marked("A call was added"),
    "call.ready": marked("A call was heard and understood"),
    "call.failed": marked("A call could not be heard"),
    "call.deleted": marked("A call was deleted"),
    "comment.added": marked("A call was commented"),
    "ping": marked("Test"),
}
STATES = {
    "waiting": marked("Waiting"),
    "delivered": marked("Delivered"),
    "failed": marked("Failed"),
}


class WebhookForm(BaseModel):
    """A webhook, as it was typed."""

    url: str = Field(default="", max_length=2000)
    events: list[str] = Field(default_factory=list, max_length=20)

    @property
    def known_events(self) -> list[str]:
        """The events that there are."""
        return [one for one in EVENTS if one in self.events]


def wrong_webhook(words: Words, form: WebhookForm, hosts: Iterable[str]) -> dict[str, str]:
    """What is wrong, by the name of the field; why a URL may not be called is the server's word."""
    found = dict[str, str]()
    if not form.url.strip():
        found["url"] = words("Write where to tell it, such as https://crm.example.com/talktrack.")
    else:
        try:
            check_url(form.url.strip(), hosts)
        except BadInput as error:
            found["url"] = words.reason(str(error))
    if not form.known_events:
        found["events"] = words("Choose what to tell, one thing at least.")
    return found
