"""A mail server on this machine, that takes messages or refuses them as a test wants."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "talktrack", "s3cret/@#"


@dataclass
class PostOffice:
    """What came in, and what is answered to whom."""

    port: int = 0
    answers: Mapping[str, str] = field(default_factory=dict)
    """By address, or "MAIL" and "DATA" for all; what is not here is taken."""
    slow_s: float = 0.0
    received: list[tuple[str, EmailMessage]] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """Addresses that somebody wanted to write to, whatever was answered."""

    async def handle_MAIL(  # noqa: N802 (aiosmtpd's own name)
        self, _server: object, _session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        if "MAIL" in self.answers:
            return self.answers["MAIL"]
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: object, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        self.asked.append(address)
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, _server: object, _session: Session, envelope: Envelope
    ) -> str:
        if "DATA" in self.answers:
            return self.answers["DATA"]
        if self.slow_s:
            time.sleep(self.slow_s)
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.contents.append(envelope.content)
        self.received += [(address, message) for address in envelope.rcpt_tos]
        return "250 OK"


def check_password(
    _server: object, _session: object, _envelope: object, mechanism: str, given: Any
) -> AuthResult:
    right = isinstance(given, LoginPassword) and (given.login, given.password) == (
        USER.encode(),
        PASSWORD.encode(),
    )
    return AuthResult(success=right, handled=False)


@contextmanager
def post_office(**more: Any) -> Iterator[PostOffice]:
    """Open one at a free port; `more` is what aiosmtpd's server takes."""
    office = PostOffice(port=free_port())
    controller = Controller(office, hostname="127.0.0.1", port=office.port, **more)
    controller.start()
    try:
        yield office
    finally:
        controller.stop()


def free_port() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def mute_server(greeting: bytes = b"", drip_s: float | None = None) -> Iterator[int]:
    """A server that takes connections and then says no more; or one byte now and then."""
    listening, stop = socket.create_server(("127.0.0.1", 0)), threading.Event()
    taken: list[socket.socket] = []

    def serve() -> None:
        while not stop.is_set():
            try:
                taken.append(listening.accept()[0])
                taken[-1].sendall(greeting)
                while drip_s is not None and not stop.wait(drip_s):
                    taken[-1].sendall(b"2")
            except OSError:
                continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        stop.set()
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)
        for one in taken:
            one.close()


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What a server for 127.0.0.1 shows, and who trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    return server, ssl.create_default_context(
        cadata=made.public_bytes(serialization.Encoding.PEM).decode()
    )
