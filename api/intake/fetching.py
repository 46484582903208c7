"""Recordings fetched by URL, from the hosts that are listed and nowhere else.

What may be called, and where its name may lead, `models.outside` decides when it connects.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

import httpcore
import httpx

from models.errors import BadInput, Unreachable
from models.files import Files, StoredFile
from models.new_calls import clean_name
from models.outside import Limits, request
from models.sniffing import HEAD, check_head

LIMITS = Limits(connect_s=10.0, read_s=30.0, whole_s=600.0)
_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "Talktrack"}


class TooMuch(Exception):
    """The file is larger than what is taken."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that was fetched into the store, and what its host calls it."""

    stored: StoredFile
    name: str
    media_type: str


def fetch(
    files: Files, url: str, hosts: Iterable[str], most: int, limits: Limits = LIMITS
) -> Fetched:
    """Stream a file of at most `most` bytes into the store; of one that fails nothing stays.

    Raises BadInput for a URL that may not be called or gives no recording, TooMuch, Unreachable.
    """
    with request("GET", url, _hosts(url, hosts), headers=_HEADERS, limits=limits) as answer:
        told = {name.lower().decode(): value.decode("latin-1") for name, value in answer.headers}
        _check(answer.status, told, most)
        name = clean_name(unquote(httpx.URL(url).path.rpartition("/")[2]))
        stored = files.put(_checked(answer, name, most))
    return Fetched(stored, name, told.get("content-type", ""))


def _hosts(url: str, hosts: Iterable[str]) -> list[str]:
    """The hosts that may be called, with the one of the URL when a pattern allows it."""
    listed = [one.lower() for one in hosts]
    try:
        host = httpx.URL(url).host.lower()
    except (httpx.InvalidURL, ValueError):  # told when it is called
        return listed
    patterns = [one.removeprefix("*") for one in listed if one.startswith("*.")]
    return [*listed, host] if any(host.endswith(one) for one in patterns) else listed


def _check(status: int, told: Mapping[str, str], most: int) -> None:
    """Raise unless this is the file itself, and not too large as far as is said."""
    if 300 <= status < 400:
        raise BadInput("url: it leads on to another address; give that one, if its host is listed")
    if status >= 500:
        raise Unreachable(f"the host of the url answered {status}; try again later")
    if status != 200:
        raise BadInput(f"url: its host answered {status}; give a URL that gives the recording")
    if told.get("content-encoding", "identity").lower() != "identity":
        raise BadInput("url: its host packs the file; give one that gives it as it is")
    length = told.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length) > most:
        raise TooMuch


def _checked(answer: httpcore.Response, name: str, most: int) -> Iterator[bytes]:
    """The body, once its first bytes are those of a recording."""
    head, seen = b"", 0
    is_checked = False
    for chunk in answer.iter_stream():
        seen += len(chunk)
        if seen > most:
            raise TooMuch
        if is_checked:
            yield chunk
            continue
        head += chunk
        if len(head) >= HEAD:
            check_head(head, name, is_whole=False)
            is_checked = True
            yield head
    if not is_checked:
        check_head(head, name, is_whole=True)
        yield head
