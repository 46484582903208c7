"""How this server sends mail, as the settings say; without them it sends none."""

import ipaddress
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.policy import SMTP
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from api.settings import Settings
from models.errors import BadInput

_PORTS = {"smtp": 587, "smtps": 465}
_STARTTLS = {"true": True, "false": False}
_HOW = (
    "TALKTRACK_SMTP_URL: write it like smtp://user:password@host:587?starttls=true or "
    "smtps://user:password@host, signs such as / @ # in the password as %2F %40 %23"
)


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over."""

    host: str
    port: int
    security: Literal["plain", "starttls", "tls"] = "plain"
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """All that it takes to send: the server, who sends, and the address that links lead to."""

    server: MailServer
    sender: Address
    base_url: str


def outgoing_of(settings: Settings) -> Outgoing | None:
    """How this server sends mail; None when it does not. Raises BadInput for what is misspelt."""
    if settings.smtp_url is None or not settings.mail_from or not settings.public_url:
        return None
    return Outgoing(
        read_server(settings.smtp_url.get_secret_value()),
        read_sender(settings.mail_from),
        read_base(settings.public_url),
    )


def sends_mail(settings: Settings) -> bool:
    """Whether this server sends mail; not with settings that are misspelt."""
    try:
        return outgoing_of(settings) is not None
    except BadInput:
        return False


def read_server(url: str) -> MailServer:
    """Read a TALKTRACK_SMTP_URL. Raises BadInput, which never has the URL in it."""
    try:
        server = _server(url)
    except (ValueError, KeyError):
        raise BadInput(_HOW) from None
    if server.password and server.security == "plain" and not _is_loopback(server.host):
        raise BadInput(
            "TALKTRACK_SMTP_URL: the password would travel in the clear; add ?starttls=true or "
            "use smtps://"
        )
    return server


def read_sender(text: str) -> Address:
    """Read a TALKTRACK_MAIL_FROM, with or without a name. Raises BadInput."""
    header: Any = SMTP.header_factory("from", text.strip()) if text.isprintable() else None
    found: tuple[Address, ...] = header.addresses if header and not header.defects else ()
    if len(found) != 1 or not found[0].username or "." not in found[0].domain:
        raise BadInput("TALKTRACK_MAIL_FROM: write it like Talktrack <talktrack@example.com>")
    return found[0]


def read_base(url: str) -> str:
    """Read a TALKTRACK_PUBLIC_URL as links begin with it. Raises BadInput."""
    parsed = urlsplit(url)
    is_plain = url.isascii() and url.isprintable() and not set(url) & set(' <>"')
    if parsed.scheme not in {"http", "https"} or not parsed.netloc or not is_plain:
        raise BadInput("TALKTRACK_PUBLIC_URL: write it like https://talktrack.example.com")
    return url.rstrip("/")


def _server(url: str) -> MailServer:
    """Raises ValueError or KeyError for what cannot be meant."""
    parsed = urlsplit(url)
    asked = dict(parse_qsl(parsed.query, keep_blank_values=True, strict_parsing=bool(parsed.query)))
    starttls = _STARTTLS[asked.pop("starttls", "false")]
    if asked or not parsed.hostname or parsed.path.strip("/") or parsed.fragment:
        raise ValueError("there is something else in it")
    if bool(parsed.username) != bool(parsed.password) or not url.isprintable():
        raise ValueError("a user needs a password")
    return MailServer(
        parsed.hostname,
        parsed.port or _PORTS[parsed.scheme],
        _security(parsed.scheme, starttls),
        unquote(parsed.username) if parsed.username else None,
        unquote(parsed.password) if parsed.password else None,
    )


def _security(scheme: str, starttls: bool) -> Literal["plain", "starttls", "tls"]:
    if scheme == "smtps":
        return "tls"
    if scheme != "smtp":
        raise ValueError("no mail server is spoken to like that")
    return "starttls" if starttls else "plain"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
