"""Handing mail over to a real server, over TLS, and what each refusal means."""

import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.mail import MailDelayed, MailDown, MailMisset, MailRefused, open_relay
from api.outgoing import MailServer, outgoing_of, read_base, read_sender, read_server
from api.settings import Settings
from models.errors import BadInput
from models.outside import Limits
from tests.api.post_office import (
    PASSWORD,
    USER,
    PostOffice,
    certificate,
    check_password,
    free_port,
    mute_server,
    post_office,
)

MAIL = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: Hi\r\n\r\n.dot\r\n"
QUICK = Limits(connect_s=0.5, read_s=0.5, whole_s=2.0)


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as office:
        yield office


def hand_over(
    server: MailServer,
    *recipients: str,
    context: ssl.SSLContext | None = None,
    limits: Limits = QUICK,
) -> None:
    with open_relay(server, "b.example", limits=limits, context=context) as relay:
        for recipient in recipients or ("c@d.example",):
            relay.send("a@b.example", recipient, MAIL)


def test_a_message_arrives_as_it_is(office: PostOffice) -> None:
    hand_over(MailServer("127.0.0.1", office.port))
    ((recipient, message),) = office.received
    assert (recipient, message["Subject"]) == ("c@d.example", "Hi")
    assert message.get_payload() == ".dot\r\n"


def test_what_smtp_has_no_signs_for_is_the_settings_fault() -> None:
    with pytest.raises(MailMisset, match="signs that SMTP cannot send"):
        hand_over(MailServer("a..b", 25))


def test_a_password_that_smtp_has_no_signs_for_is_not_repeated(tmp_path: Path) -> None:
    shown, trusting = certificate(tmp_path)
    with post_office(tls_context=shown, auth_required=True, authenticator=check_password) as office:
        server = MailServer("127.0.0.1", office.port, "starttls", USER, "pé")
        with pytest.raises(MailMisset, match="signs that SMTP cannot send") as told:
            hand_over(server, context=trusting)
    assert "pé" not in str(told.value)


def test_starttls_comes_before_the_password(tmp_path: Path) -> None:
    shown, trusting = certificate(tmp_path)
    with post_office(
        tls_context=shown, require_starttls=True, auth_required=True, authenticator=check_password
    ) as office:
        server = MailServer("127.0.0.1", office.port, "starttls", USER, PASSWORD)
        hand_over(server, context=trusting)
        assert len(office.received) == 1


def test_a_certificate_that_nobody_vouches_for_gets_no_mail(tmp_path: Path) -> None:
    shown, _trusting = certificate(tmp_path)
    with post_office(tls_context=shown) as office:
        server = MailServer("127.0.0.1", office.port, "starttls", USER, PASSWORD)
        with pytest.raises(MailMisset, match="certificate cannot be trusted"):
            hand_over(server)
        assert office.asked == []


def test_a_certificate_for_another_host_gets_no_mail(tmp_path: Path) -> None:
    shown, trusting = certificate(tmp_path)
    with post_office(tls_context=shown) as office:
        server = MailServer("localhost", office.port, "starttls")
        with pytest.raises(MailMisset, match="certificate cannot be trusted"):
            hand_over(server, context=trusting)
        assert office.asked == []


def test_a_server_without_starttls_gets_no_password(office: PostOffice) -> None:
    server = MailServer("127.0.0.1", office.port, "starttls", USER, PASSWORD)
    with pytest.raises(MailMisset, match="no STARTTLS"):
        hand_over(server)
    assert office.asked == []


def test_tls_from_the_first_byte(tmp_path: Path) -> None:
    shown, trusting = certificate(tmp_path)
    with post_office(ssl_context=shown) as office:
        server = MailServer("127.0.0.1", office.port, "tls")
        hand_over(server, context=trusting)
        assert len(office.received) == 1
        with pytest.raises(MailMisset, match="certificate cannot be trusted"):
            hand_over(server)


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_a_wrong_password_is_for_an_admin_and_not_repeated() -> None:
    with post_office(
        auth_required=True, auth_require_tls=False, authenticator=check_password
    ) as office:
        with pytest.raises(MailMisset, match="refuses the user or the password") as caught:
            hand_over(MailServer("127.0.0.1", office.port, "plain", USER, "not-this-one"))
        assert "not-this-one" not in str(caught.value)
        hand_over(MailServer("127.0.0.1", office.port, "plain", USER, PASSWORD))
        assert len(office.received) == 1


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_a_server_that_wants_a_password_and_gets_none_is_for_an_admin() -> None:
    with (
        post_office(
            auth_required=True, auth_require_tls=False, authenticator=check_password
        ) as office,
        pytest.raises(MailMisset, match="530"),
    ):
        hand_over(MailServer("127.0.0.1", office.port))


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"c@d.example": "451 4.3.0 come back later"}, MailDelayed),
        ({"c@d.example": "550 5.1.1 nobody here"}, MailRefused),
        ({"c@d.example": "421 4.3.2 closing"}, MailDown),
        ({"DATA": "452 4.3.1 full"}, MailDelayed),
        ({"DATA": "554 5.7.1 spam"}, MailRefused),
        ({"MAIL": "550 5.7.1 not you"}, MailMisset),
        ({"MAIL": "451 4.7.1 greylisted"}, MailDelayed),
    ],
)
def test_what_a_server_answers_says_what_helps(
    office: PostOffice, answers: dict[str, str], error: type[Exception]
) -> None:
    office.answers = answers
    (said,) = answers.values()
    with pytest.raises(error, match=said[:3]):
        hand_over(MailServer("127.0.0.1", office.port))


@pytest.mark.parametrize("answer", ["451 later", "550 nobody"])
def test_a_refusal_leaves_the_connection_to_others(office: PostOffice, answer: str) -> None:
    office.answers = {"gone@d.example": answer}
    server = MailServer("127.0.0.1", office.port)
    with open_relay(server, "b.example", limits=QUICK) as relay:
        with pytest.raises((MailDelayed, MailRefused)):
            relay.send("a@b.example", "gone@d.example", MAIL)
        relay.send("a@b.example", "here@d.example", MAIL)
    assert [recipient for recipient, _message in office.received] == ["here@d.example"]


@pytest.mark.parametrize(
    "greeting", [b"", b"220 hello\r\n", b"220", b"not smtp at all\r\n", b"554 go away\r\n"]
)
def test_a_server_that_says_no_more_is_not_waited_for(greeting: bytes) -> None:
    began = time.monotonic()
    with mute_server(greeting) as port, pytest.raises(MailDown):
        hand_over(MailServer("127.0.0.1", port))
    assert time.monotonic() - began < 4


@pytest.mark.parametrize("greeting", [b"", b"220 hello\r\n", b"220 hello\r\n250 ok\r\n"])
def test_a_server_that_drips_is_cut_off(greeting: bytes) -> None:
    limits = Limits(connect_s=1.0, read_s=1.0, whole_s=1.0)
    began = time.monotonic()
    with mute_server(greeting, drip_s=0.1) as port, pytest.raises(MailDown):
        hand_over(MailServer("127.0.0.1", port), limits=limits)
    assert time.monotonic() - began < 4


def test_where_nobody_listens_is_down() -> None:
    with pytest.raises(MailDown):
        hand_over(MailServer("127.0.0.1", free_port()))


def test_an_address_of_other_signs_is_refused(office: PostOffice) -> None:
    server = MailServer("127.0.0.1", office.port)
    for recipient in ("zoé@d.example", "a@d.example\r\nDATA"):
        with pytest.raises(MailRefused):
            hand_over(server, recipient)
    assert office.asked == []


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", MailServer("mail.example", 587)),
        ("smtp://mail.example:25", MailServer("mail.example", 25)),
        ("smtp://127.0.0.1:2525?starttls=false", MailServer("127.0.0.1", 2525)),
        (
            "smtp://ann%40b.example:p%2F%23w@mail.example?starttls=true",
            MailServer("mail.example", 587, "starttls", "ann@b.example", "p/#w"),
        ),
        ("smtps://u:p@mail.example", MailServer("mail.example", 465, "tls", "u", "p")),
        ("smtp://u:p@localhost:1025", MailServer("localhost", 1025, "plain", "u", "p")),
        ("smtp://u:p@[::1]:1025", MailServer("::1", 1025, "plain", "u", "p")),
    ],
)
def test_how_a_mail_server_is_written(url: str, expected: MailServer) -> None:
    assert read_server(url) == expected
    assert "p/#w" not in repr(read_server(url))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://mail.example:sekret",
        "smtp://mail.example:99999",
        "smtp://user@mail.example?starttls=true",
        "smtp://user:sekret@mail.example",
        "smtp://user:se#kret@mail.example?starttls=true",
        "smtp://mail.example?starttls=yes",
        "smtp://mail.example?starttsl=true",
        "smtp://mail.example/inbox",
        "smtp://user:sekret@mail.example\r\nX: y?starttls=true",
    ],
)
def test_a_mail_server_that_cannot_be_meant_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(BadInput, match="TALKTRACK_SMTP_URL") as caught:
        read_server(url)
    assert "kret" not in str(caught.value)


@given(
    st.one_of(st.text(), st.text().map("smtp://".__add__), st.text().map("smtps://a:b@".__add__))
)
def test_whatever_is_written_is_read_or_refused(url: str) -> None:
    with suppress(BadInput):
        assert read_server(url).host


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("talktrack@beacon.example", "", "talktrack@beacon.example"),
        ("Télé Track <t@beacon.example>", "Télé Track", "t@beacon.example"),
    ],
)
def test_who_mail_is_from(text: str, name: str, address: str) -> None:
    sender = read_sender(text)
    assert (sender.display_name, sender.addr_spec) == (name, address)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nobody",
        "a@b",
        "a@b.example, c@d.example",
        "a@b.example\r\nBcc: c@d.example",
        "<>",
        "x <@b.c>",
    ],
)
def test_a_sender_that_cannot_be_meant_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="TALKTRACK_MAIL_FROM"):
        read_sender(text)


@given(st.text() | st.emails())
def test_any_sender_is_read_or_refused(text: str) -> None:
    with suppress(BadInput):
        assert "@" in read_sender(text).addr_spec


@pytest.mark.parametrize(
    "url",
    ["", "talktrack.example", "ftp://a.example", "https://a b", 'https://a"b', "https://é.example"],
)
def test_an_address_of_the_server_that_cannot_be_meant_is_refused(url: str) -> None:
    with pytest.raises(BadInput, match="TALKTRACK_PUBLIC_URL"):
        read_base(url)


def test_all_three_settings_are_needed() -> None:
    whole = {
        "smtp_url": "smtp://user:sekret@mail.example?starttls=true",
        "mail_from": "t@beacon.example",
        "public_url": "https://talktrack.beacon.example/",
    }
    found = outgoing_of(Settings(**whole))  # type: ignore[arg-type]
    assert found is not None
    assert found.base_url == "https://talktrack.beacon.example"
    assert "sekret" not in repr(found)
    assert "sekret" not in repr(Settings(**whole))  # type: ignore[arg-type]
    for name in whole:
        assert outgoing_of(Settings(**{**whole, name: None})) is None  # type: ignore[arg-type]
