"""A note as an e-mail in plain text; the same message has the same Message-ID however often."""

from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from uuid import UUID

from analyzer.formats.wording import Wording
from api.channel_words import channel_words
from api.mail import reader_address
from api.outgoing import Outgoing
from api.telling.notes import Note
from models.tables import User


def letter(note: Note, reader: User, message_id: UUID, outgoing: Outgoing, at: datetime) -> bytes:
    """The e-mail. Raises MailRefused when its reader's address cannot be written to."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = outgoing.sender
    mail["To"] = reader_address(reader.name, reader.email)
    mail["Subject"] = note.title
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<channel.{message_id.hex}@{outgoing.sender.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    text = "\n".join(_lines(note, channel_words(reader.language)))
    mail.set_content(f"{text}\n", cte="quoted-printable")
    return mail.as_bytes()


def _lines(note: Note, t: Wording) -> Iterator[str]:
    yield note.title
    if note.text:
        yield from ("", note.text)
    if note.facts:
        yield ""
        yield from (t("message.fact", name=name, value=value) for name, value in note.facts)
    for title, lines in note.lists:
        yield from ("", title, *(f"- {line}" for line in lines))
    if note.link is not None:
        yield from ("", t("message.link", words=note.link.words, url=note.link.url))
    yield from ("", note.why)
