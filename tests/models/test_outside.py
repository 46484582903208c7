"""Requests go out only to where they may, and come to an end."""

import socket
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import BadInput, Unreachable
from models.outside import Limits, check_url, is_public, request
from tests.models.receiver import receiving

LISTED = ("hooks.example.com", "10.0.0.5:8443", "127.0.0.1:9000", "[::1]:9001", "localhost:9002")


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com/a?b=c",
        "https://HOOKS.example.com:8443/",
        "https://10.0.0.5:8443/",
        "http://127.0.0.1:9000/",
        "http://[::1]:9001/",
        "http://localhost:9002/",
    ],
)
def test_a_listed_place_may_be_called(url: str) -> None:
    assert check_url(url, LISTED).scheme in {"http", "https"}


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.com",
        "ftp://hooks.example.com/",
        "file:///etc/passwd",
        "http://hooks.example.com/",
        "https://evil.example.com/",
        "https://hooks.example.com.evil.example/",
        "https://hooks.example.com@evil.example/",
        "https://user:secret@hooks.example.com/",
        "https://evil.example\\@hooks.example.com/",
        "https://hooks.example.com/#fragment",
        "https://10.0.0.5/",
        "http://10.0.0.5:8443/",
        "http://127.0.0.1:9001/",
        "https://hooks.example.com:99999/",
        "https://hooks.example.com:0/",
        "https://hooks.example.com:port/",
        "https://hooks.example.com/\r\nX: 1",
        "https://hooks.example.com/" + "a" * 2000,
        "https://[::1/",
        "https://",
    ],
)
def test_any_other_place_is_refused_with_a_reason(url: str) -> None:
    with pytest.raises(BadInput, match=r"^url: .+"):
        check_url(url, LISTED)


@given(st.text(max_size=60))
def test_no_text_is_taken_for_a_url_by_accident(text: str) -> None:
    with pytest.raises(BadInput):
        check_url(text, LISTED)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::", True),
        ("127.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104
        ("10.1.2.3", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("192.168.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::a00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_an_address_is_public_only_when_everybody_could_reach_it(
    address: str, public: bool
) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1"])
def test_a_public_star_leads_to_no_private_address(host: str) -> None:
    with (
        pytest.raises(BadInput, match="private address"),
        request("POST", f"https://{host}:9000/", ["*"]),
    ):
        pytest.fail("it was called")


def test_a_name_that_leads_elsewhere_by_now_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with DNS rebinding: the address that counts is the one that is connected to."""
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", 443)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: found)
    with (
        pytest.raises(BadInput, match="private address"),
        request("POST", "https://hooks.example.com/", ["hooks.example.com"]),
    ):
        pytest.fail("it was called")


def test_the_body_and_path_arrive_as_they_are() -> None:
    with (
        receiving() as receiver,
        request(
            "POST", receiver.url("/a%20b?c=%2F"), [receiver.place], content=b"\x00\xff"
        ) as answer,
    ):
        assert answer.status == 204
    assert (receiver.got[0].path, receiver.got[0].body) == ("/a%20b?c=%2F", b"\x00\xff")
    assert receiver.got[0].headers["host"] == receiver.place


@pytest.mark.parametrize("manner", ["slow", "dripping", "dropping"])
def test_who_does_not_answer_is_waited_for_so_long_and_no_longer(manner: str) -> None:
    began = time.monotonic()
    with receiving() as receiver:
        receiver.manner = manner
        limits = Limits(connect_s=1, read_s=0.3, whole_s=0.6)
        with (
            pytest.raises(Unreachable, match=r"127\.0\.0\.1: "),
            request("POST", receiver.url(), [receiver.place], limits=limits),
        ):
            pytest.fail("it answered")
    assert time.monotonic() - began < 2


def test_where_nobody_listens_nobody_is_reached() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{free.getsockname()[1]}"
        with (
            pytest.raises(Unreachable, match="refused"),
            request("POST", f"http://{place}/", [place]),
        ):
            pytest.fail("somebody answered")
