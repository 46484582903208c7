"""Pipedrive's calls: its two versions, its two ways of paging."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import httpx

from api.crm.errors import CrmGone, CrmUnavailable
from api.crm.pipedrive_manners import NAME
from api.crm.pipedrive_shapes import Page, Shape, read_one, read_page
from api.crm.wire import Answer, Asked, Wire

_ALIKE = "api.pipedrive.com"
"""The server of all accounts, on which v1 is elsewhere and no pages are."""
_MOST_IDS = 100
_MOST_PAGES = 1000
"""A list that has not ended by then goes round in circles."""

Params = Mapping[str, Any]


class PipedriveApi:
    """One account's calls; everything is v2 except what begins with `v1/`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def web_url(self, path: str) -> str | None:
        """A page of the account, None when its own address is not known."""
        root = self._root
        return None if httpx.URL(root).host == _ALIKE else f"{root}/{path}"

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        body: Any = None,
        may_repeat: bool = True,
        pace: str = "",
    ) -> Answer:
        """The answer to a call. Raises CrmError."""
        asked = Asked(
            method, self._path(path), params=params, body=body, may_repeat=may_repeat, pace=pace
        )
        return self._wire.call(asked)

    def one(self, path: str, shape: type[Shape], params: Params | None = None) -> Shape:
        """One thing. Raises CrmGone when it is not there."""
        found = read_one(self.call("GET", path, params=params), shape)
        if found is None:
            raise CrmUnavailable(f"{NAME} answered something else than was asked for")
        return found

    def page(self, path: str, shape: type[Shape], params: Params, pace: str = "") -> Page[Shape]:
        """Some of a list."""
        return read_page(self.call("GET", path, params=params, pace=pace), shape)

    def every(self, path: str, shape: type[Shape], params: Params) -> Iterator[Shape]:
        """All of a list, page after page."""
        asked = dict(params)
        for _ in range(_MOST_PAGES):
            page = self.page(path, shape, asked)
            yield from page.items
            if page.cursor is not None:
                asked["cursor"] = page.cursor
            elif page.start is not None and page.start != asked.get("start"):
                asked["start"] = page.start
            else:
                return
        raise CrmUnavailable(f"{NAME}'s list does not end; it is tried again")

    def those(
        self, path: str, shape: type[Shape], ids: Iterable[int | None], params: Params | None = None
    ) -> list[Shape]:
        """Those of the things that are there."""
        wanted = iter(sorted({one for one in ids if one is not None}))
        found: list[Shape] = []
        while some := list(islice(wanted, _MOST_IDS)):
            asked = {**(params or {}), "ids": ",".join(map(str, some)), "limit": _MOST_IDS}
            found.extend(self.every(path, shape, asked))
        return found

    @property
    def _root(self) -> str:
        return self._wire.manners.base_url(self._wire.grant.current())

    def _path(self, path: str) -> str:
        if path.startswith("v1/"):
            is_alike = httpx.URL(self._root).host == _ALIKE
            return f"/{path}" if is_alike else f"/api/{path}"
        return f"/api/v2/{path}"


def is_number(told: str) -> bool:
    """Whether it may be one of Pipedrive's ids."""
    return told.isascii() and told.isdigit() and len(told) < 19


def number(told: str, what: str) -> int:
    """An id as Pipedrive counts. Raises CrmGone for what is none of its ids."""
    if is_number(told):
        return int(told)
    raise CrmGone(f"{NAME} has no {what} of that id; choose another")


def stamp(at: datetime) -> str:
    """An instant as v2 reads it, to the second before."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
