"""Messages of channels on their way: each is worded when it is sent, for who reads it then."""

import logging
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import procrastinate

from api.mail import LIMITS as MAIL_LIMITS
from api.mail import MailMisset, MailRefused, open_relay, told_reader
from api.outgoing import Outgoing, outgoing_of, read_base
from api.settings import Settings, rules_of
from api.telling.letters import letter
from api.telling.notes import Note, note_of
from api.telling.posting import post
from api.telling.slack import slack_payload
from api.telling.teams import teams_payload
from api.workshop import Workshop
from models.channel_contents import contents_of
from models.channel_messages import Taken, drop_message, record_message, take_message
from models.channel_weeks import tell_weeks
from models.channels import allowed_hosts, open_address
from models.deliveries import LIMITS
from models.errors import BadDatabase, BadInput, Unreachable
from models.outside import Limits
from models.tables import User
from models.tables.columns import now
from models.trying import Outcome

_LOG = logging.getLogger(__name__)
_EVERY_FIVE_MINUTES = "*/5 * * * *"
_TASK = "tell_weeks"
_GONE = "its reader may not see it any more, or does not want it"
_NO_KEY = "its address cannot be opened here; tell an admin, or give the address again"
_NO_MAIL = "this server sends no e-mails; ask who runs it to set that up"


def register(app: procrastinate.App, workshop: Workshop) -> None:
    """Give a queue's app the rounds that write what is to be told of a week."""

    @app.periodic(cron=_EVERY_FIVE_MINUTES)
    @app.task(name=_TASK, queue="push", lock=_TASK, queueing_lock=_TASK)
    def write_weeks(timestamp: int) -> None:
        del timestamp
        with workshop.session() as session:
            tell_weeks(session, now(), workshop.settings.time_zone)


def send_message(
    workshop: Workshop,
    message_id: UUID,
    job_id: int,
    *,
    limits: Limits = LIMITS,
    mail_limits: Limits = MAIL_LIMITS,
    clock: Callable[[], datetime] = now,
) -> None:
    """Send a message once, and write down what came of it or when to try again."""
    with workshop.session() as session:
        taken = take_message(session, message_id, job_id)
    if taken is None:
        return
    try:
        worded = _worded(workshop, taken, clock())
        if worded is None:
            workshop.keep(lambda session: drop_message(session, taken, _GONE))
            return
        if taken.address is None:
            outcome = _mail(workshop.settings, taken, *worded, clock(), mail_limits)
        else:
            outcome = _post(workshop.settings, taken, worded[0], taken.address, limits)
    except (BadDatabase, BadInput) as error:  # a key of the seal is missing
        _LOG.error("message %s cannot be sent: %s", message_id, error)
        outcome = Outcome(error=_NO_KEY)
    workshop.keep(lambda session: record_message(session, taken, outcome))


def _worded(workshop: Workshop, taken: Taken, at: datetime) -> tuple[Note, User] | None:
    """The message and its reader; None when it is none of theirs any more."""
    settings = workshop.settings
    with workshop.session() as session:
        reader = session.get_one(User, taken.user_id)
        contents = contents_of(session, taken, reader, rules_of(settings), at)
        if contents is None:
            return None
        return note_of(contents, reader.language, _base_url(settings)), reader


def _post(settings: Settings, taken: Taken, note: Note, address: bytes, limits: Limits) -> Outcome:
    url = open_address(settings.seal(), address)
    payload = slack_payload(note) if taken.kind == "slack" else teams_payload(note)
    hosts = allowed_hosts(taken.kind, url, settings.channel_hosts)
    return post(url, payload, hosts, limits=limits)


def _mail(
    settings: Settings, taken: Taken, note: Note, reader: User, at: datetime, limits: Limits
) -> Outcome:
    outgoing = _outgoing(settings)
    if outgoing is None:
        return Outcome(error=_NO_MAIL)
    try:
        content = letter(note, reader, taken.message_id, outgoing, at)
        with open_relay(outgoing.server, outgoing.sender.domain, limits=limits) as relay:
            relay.send(outgoing.sender.addr_spec, reader.email, content)
    except Unreachable as error:
        if isinstance(error, MailMisset):
            _LOG.error("no e-mails are sent: %s", error)
        return Outcome(error=told_reader(error), is_final=isinstance(error, MailRefused))
    return Outcome()


def _outgoing(settings: Settings) -> Outgoing | None:
    try:
        return outgoing_of(settings)
    except BadInput as error:
        _LOG.error("no e-mails are sent: %s", error)
        return None


def _base_url(settings: Settings) -> str | None:
    """The address that links begin with; without one, or with a misspelt one, there are none."""
    try:
        return read_base(settings.public_url) if settings.public_url else None
    except BadInput:
        return None
