"""Sending an e-mail by SMTP: over TLS that is verified, where it is asked for, in bounded time.

What goes wrong is told by what helps: another try, another address, or an admin.
"""

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.errors import MessageError
from email.headerregistry import Address
from typing import Any

from analyzer.formats.rendering import one_line
from api.outgoing import MailServer
from models.errors import Unreachable
from models.outside import Limits

LIMITS = Limits(connect_s=30, read_s=120, whole_s=300)
"""Mail servers may be slow to greet, and slower to say that they have taken a message."""
_CLOSING = 421
_ADDRESS = re.compile(r"[^@\s\"<>()\[\],:;\\]+@[^@\s\"<>()\[\],:;\\]+", re.ASCII)
_LONGEST = 300


class MailDown(Unreachable):
    """The mail server cannot be reached, or broke off: try again later."""


class MailMisset(Unreachable):
    """The mail server wants another password, sender or certificate: an admin must look."""


class MailDelayed(Unreachable):
    """The mail server does not take this message now: try again later."""


class MailRefused(Unreachable):
    """The mail server will never take this message for this address."""


def reader_address(name: str, email: str) -> Address:
    """Whom a message is to. Raises MailRefused for an address nobody can write to."""
    refused = MailRefused("this address cannot be written to; change it, or ask an admin")
    if not _ADDRESS.fullmatch(email):
        raise refused
    mailbox, domain = email.split("@")
    try:
        return Address(one_line(name), mailbox, domain)
    except (ValueError, IndexError, MessageError):
        raise refused from None


def told_reader(error: Unreachable) -> str:
    """What a reader is told; what is about the mail server itself is in the log, for admins."""
    match error:
        case MailMisset():
            return "the mail server does not take mail from Talktrack; tell an admin"
        case MailDown():
            return "the mail server cannot be reached; it is tried again"
        case MailDelayed():
            return f"{error}; it is tried again"
    return str(error)


class Relay:
    """A connection to a mail server, over which messages go one after the other."""

    def __init__(self, server: MailServer, line: "_Line") -> None:
        self._server, self._line = server, line

    def send(self, sender: str, recipient: str, content: bytes) -> None:
        """Hand over a message; it is the server's once this returns.

        Raises MailDown, MailMisset, MailDelayed or MailRefused.
        """
        if not recipient.isascii() or not recipient.isprintable():
            raise MailRefused("the address has signs that not every mail server takes")
        with _told(self._server), self._line.in_time():
            self._line.sendmail(sender, [recipient], content)


@contextmanager
def open_relay(
    server: MailServer,
    helo: str,
    *,
    limits: Limits = LIMITS,
    context: ssl.SSLContext | None = None,
) -> Iterator[Relay]:
    """Connect and sign in; `helo` is the domain that this server says it is of.

    Certificates are checked against those that this machine trusts, unless a `context` is given.
    Raises MailDown or MailMisset.
    """
    trusted = context or ssl.create_default_context()
    with _told(server):
        line = _connected(server, helo, limits, trusted)
    try:
        with _told(server), line.in_time():
            _sign_in(server, line, trusted)
            if line.sock is not None:
                line.sock.settimeout(limits.read_s)
        yield Relay(server, line)
    finally:
        with suppress(OSError, smtplib.SMTPException), line.in_time():
            line.quit()
        line.close()


class _Line(smtplib.SMTP):
    """A connection that is cut when a step takes too long, however slowly the other side drips."""

    def __init__(self, whole_s: float | None, *told: Any, **more: Any) -> None:
        self._whole_s = whole_s
        super().__init__(*told, **more)

    def connect(self, *told: Any, **more: Any) -> tuple[int, bytes]:
        """Connect and read the greeting."""
        with self.in_time():
            return super().connect(*told, **more)

    @contextmanager
    def in_time(self) -> Iterator[None]:
        """Cut the connection when the block takes too long; what waits for it then raises."""
        if self._whole_s is None:
            yield
            return
        timer = threading.Timer(self._whole_s, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _cut(self) -> None:
        sock = self.sock
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


class _TlsLine(_Line, smtplib.SMTP_SSL):
    """The same under TLS from the first byte."""


def _connected(server: MailServer, helo: str, limits: Limits, context: ssl.SSLContext) -> _Line:
    place = {"host": server.host, "port": server.port, "local_hostname": helo}
    if server.security == "tls":
        return _TlsLine(limits.whole_s, **place, timeout=limits.connect_s, context=context)
    return _Line(limits.whole_s, **place, timeout=limits.connect_s)


def _sign_in(server: MailServer, line: _Line, context: ssl.SSLContext) -> None:
    line.ehlo_or_helo_if_needed()
    if server.security == "starttls":
        if not line.has_extn("starttls"):
            raise MailMisset(
                f"{server.host}: offers no STARTTLS; take it out of TALKTRACK_SMTP_URL"
            )
        line.starttls(context=context)
        line.ehlo()
    if server.user is None or server.password is None:
        return
    try:
        line.login(server.user, server.password)
    except smtplib.SMTPAuthenticationError as error:
        if 400 <= error.smtp_code < 500:
            raise MailDown(f"{server.host}: cannot check the password now") from None
        # Its own words are left out: some servers repeat what they were sent.
        raise MailMisset(
            f"{server.host}: refuses the user or the password of TALKTRACK_SMTP_URL "
            f"({error.smtp_code})"
        ) from None


@contextmanager
def _told(server: MailServer) -> Iterator[None]:
    """Say of what smtplib raises what it means for whoever sends."""
    try:
        yield
    except UnicodeError:  # what it says may repeat the password
        raise MailMisset(
            f"{server.host}: the host, user or password of TALKTRACK_SMTP_URL, or "
            "TALKTRACK_MAIL_FROM, has signs that SMTP cannot send"
        ) from None
    except (OSError, smtplib.SMTPException) as error:
        raise _meaning(server, error) from None


def _meaning(server: MailServer, error: Exception) -> Unreachable:
    match error:
        case smtplib.SMTPRecipientsRefused():
            return _refusal(server, *next(iter(error.recipients.values())))
        case smtplib.SMTPSenderRefused() if error.smtp_code >= 500:
            said = _said(error.smtp_code, error.smtp_error)
            return MailMisset(f"{server.host}: refuses TALKTRACK_MAIL_FROM as sender: {said}")
        case smtplib.SMTPSenderRefused() | smtplib.SMTPDataError():
            return _refusal(server, error.smtp_code, error.smtp_error)
        case smtplib.SMTPResponseException():
            return MailDown(f"{server.host}: {_said(error.smtp_code, error.smtp_error)}")
        case ssl.SSLCertVerificationError():
            why = one_line(error.verify_message)
            return MailMisset(f"{server.host}: its certificate cannot be trusted: {why}")
    return MailDown(f"{server.host}: {_why(error)}")


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError | smtplib.SMTPServerDisconnected):
        return "broke the connection off, or did not answer in time"
    return one_line(str(error))[:_LONGEST] or type(error).__name__


def _refusal(server: MailServer, code: int, text: bytes | str) -> Unreachable:
    said = f"{server.host}: {_said(code, text)}"
    if code >= 500:
        return MailRefused(said)
    # Half an answer, as of a connection that broke, has any other code.
    return MailDelayed(said) if code >= 400 and code != _CLOSING else MailDown(said)


def _said(code: int, text: bytes | str) -> str:
    """What a server answered, on one line."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {one_line(words)}"[:_LONGEST].strip()
