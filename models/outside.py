"""Requests to servers outside, only to those that are allowed, wherever their names lead.

A list of hosts says which: `host` over https on the public internet; `host:port` that very place,
even on a private network, and over plain http if it is this machine; `.example.com` every public
host below it; `*` every public host. The address is checked when the connection is made, so a name
that leads elsewhere by then is refused.
"""

import ipaddress
import socket
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ssl import SSLContext

import httpcore
import httpx

from models.errors import BadInput, Unreachable

SocketOption = httpcore.SOCKET_OPTION
_PORTS = {"https": 443, "http": 80}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Kept for protocols and for relays: a cloud tells machines their secrets from within the first.
_RESERVED = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "64:ff9b:1::/48")))
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait: to connect, for the next bytes, and, if said, for all of it."""

    connect_s: float = 3.0
    read_s: float = 10.0
    whole_s: float | None = None


def check_url(url: str, hosts: Iterable[str]) -> httpx.URL:
    """A URL that may be called. Raises BadInput with what is wrong with it."""
    parsed = _parsed(url)
    host, port = parsed.host.lower(), parsed.port or _PORTS[parsed.scheme]
    allowed = {one.lower() for one in hosts}
    is_named = _place(host, port) in allowed
    is_below = any(host.endswith(one) for one in allowed if one.startswith("."))
    if not (is_named or is_below or host in allowed or "*" in allowed):
        raise BadInput(
            f"url: {host} is not among the hosts that may be called; ask who runs Talktrack"
        )
    if parsed.scheme == "http" and not (is_named and _is_loopback(host)):
        raise BadInput("url: use https; plain http is only for this machine's own listed ports")
    return parsed


@contextmanager
def request(
    method: str,
    url: str,
    hosts: Iterable[str],
    *,
    headers: Mapping[str, str] | None = None,
    content: bytes = b"",
    limits: Limits = Limits(),
) -> Iterator[httpcore.Response]:
    """Send a request and give the answer, its body still to be read by `iter_stream`.

    Redirects are not followed, proxies not asked. Raises BadInput when the URL or the address it
    leads to is not allowed, Unreachable when nobody answers in time.
    """
    listed = tuple(hosts)
    parsed = check_url(url, listed)
    named = frozenset(one.lower() for one in listed)
    waits = {"connect": limits.connect_s, "read": limits.read_s, "write": limits.read_s}
    try:
        with (
            httpcore.ConnectionPool(network_backend=_Guard(named, limits.whole_s)) as pool,
            pool.stream(
                method,
                httpcore.URL(
                    scheme=parsed.raw_scheme,
                    host=parsed.raw_host,
                    port=parsed.port,
                    target=parsed.raw_path,
                ),
                headers=[(b"host", parsed.netloc), *_encoded(headers or {})],
                content=content,
                extensions={"timeout": waits},
            ) as answer,
        ):
            yield answer
    except _BROKEN as error:
        raise Unreachable(f"{parsed.host}: {_why(error)}") from error


class GuardedTransport(httpx.BaseTransport):
    """Connections of an httpx client, only to allowed hosts; kept open between requests."""

    def __init__(self, hosts: Iterable[str]) -> None:
        self._hosts = tuple(hosts)
        named = frozenset(one.lower() for one in self._hosts)
        self._pool = httpcore.ConnectionPool(
            network_backend=_Guard(named, None), keepalive_expiry=30.0
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request. Raises BadInput for a place that is not allowed, httpx's errors."""
        check_url(str(request.url.copy_with(path="/", query=None)), self._hosts)
        with _as_httpx(request):
            answer = self._pool.handle_request(
                httpcore.Request(
                    request.method,
                    httpcore.URL(
                        scheme=request.url.raw_scheme,
                        host=request.url.raw_host,
                        port=request.url.port,
                        target=request.url.raw_path,
                    ),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        body = _Body(answer, request)
        return httpx.Response(answer.status, headers=answer.headers, stream=body)

    def close(self) -> None:
        """Hang up."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    """An answer's body, whose breaking off is told in httpx's words."""

    def __init__(self, answer: httpcore.Response, request: httpx.Request) -> None:
        self._answer, self._request = answer, request

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx(self._request):
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


@contextmanager
def _as_httpx(request: httpx.Request) -> Iterator[None]:
    """Raise what httpx raises: whether a request went out at all is what matters most."""
    try:
        yield
    except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
        raise httpx.ConnectError(_why(error), request=request) from error
    except httpcore.PoolTimeout as error:
        raise httpx.PoolTimeout(_why(error), request=request) from error
    except httpcore.TimeoutException as error:
        raise httpx.ReadTimeout(_why(error), request=request) from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise httpx.ReadError(_why(error), request=request) from error


def is_public(address: str) -> bool:
    """Whether an IP address lies on the public internet, and stands for no other that does not."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if ip.sixtofour is not None or ip.teredo is not None or ip in _NAT64:
            return False
    if any(ip in one for one in _RESERVED):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


_BROKEN = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
)


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]


def _why(error: Exception) -> str:
    if isinstance(error, httpcore.TimeoutException):
        return "did not answer in time"
    return " ".join(str(error).split())[:200] or "broke the connection off"


def _parsed(url: str) -> httpx.URL:
    """Raises BadInput unless it is a plain http(s) URL with a host."""
    if len(url) > _LONGEST:
        raise BadInput(f"url: is longer than {_LONGEST} signs")
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise BadInput(f"url: {' '.join(str(error).split())}") from None
    if parsed.scheme not in _PORTS or not parsed.host:
        raise BadInput("url: give one such as https://example.com/talktrack")
    if parsed.port is not None and not 0 < parsed.port < 65_536:
        raise BadInput(f"url: there is no port {parsed.port}")
    if parsed.userinfo or parsed.fragment:
        raise BadInput("url: leave out names, passwords and whatever follows a #")
    return parsed


def _place(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Guard(httpcore.NetworkBackend):
    """Connects to public addresses, and to the places that are named with their port."""

    def __init__(self, named: frozenset[str], whole_s: float | None) -> None:
        self._named = named
        self._until = None if whole_s is None else time.monotonic() + whole_s
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first address that answers. Raises BadInput for forbidden ones."""
        failure: Exception = httpcore.ConnectError("its name leads nowhere")
        for address in self._allowed(host, port):
            try:
                found = self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
                return _Timed(found, self._until)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def _allowed(self, host: str, port: int) -> Sequence[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"its name leads nowhere ({error})") from error
        addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
        if _place(host.lower(), port) in self._named:
            return addresses
        if not all(is_public(one) for one in addresses):
            raise BadInput(
                f"url: {host} leads to a private address; list it with its port to allow it"
            )
        return addresses


class _Timed(httpcore.NetworkStream):
    """A connection that ends at an instant, however slowly the other side drips."""

    def __init__(self, inner: httpcore.NetworkStream, until: float | None) -> None:
        self._inner, self._until = inner, until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Some bytes. Raises ReadTimeout after that instant."""
        return self._inner.read(max_bytes, self._left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send some bytes."""
        self._inner.write(buffer, self._left(timeout))

    def close(self) -> None:
        """End it."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """The same under TLS, for the host that the URL names."""
        inner = self._inner.start_tls(ssl_context, server_hostname, self._left(timeout))
        return _Timed(inner, self._until)

    def get_extra_info(self, info: str) -> object:
        """What is known of the connection."""
        return self._inner.get_extra_info(info)

    def _left(self, timeout: float | None) -> float | None:
        if self._until is None:
            return timeout
        left = self._until - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time for the whole request is over")
        return left if timeout is None else min(timeout, left)
