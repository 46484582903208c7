"""Opportunities, as one user of a Tryton sees them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from pydantic import TypeAdapter

from api.crm.errors import CrmError, CrmRejected
from api.crm.port import DealPage, Found
from api.crm.tryton_deals import (
    FIELDS,
    Around,
    Opportunity,
    deal,
    opportunities,
    ownerless,
    pages,
    status,
)
from api.crm.tryton_history import MODEL, Present, courses
from api.crm.tryton_rpc import COUNT, NAME, NAMED, ROWS, Rpc
from api.crm.tryton_search import Domain, Way, is_timely
from api.crm.wire import Asked
from models.crm.deal import CrmDeal

_PAGE = 2000
"""Deals read at once: the more, the fewer calls their history takes."""
_CANDIDATES = 50
_FIELDS = TypeAdapter(dict[str, dict[str, Any]])
_CONTEXT = ("company", "companies", "company_filter", "employee", "language")
_OLDEST: Domain = [["last_modified_at", "ASC"], ["id", "ASC"]]
_NEWEST: Domain = [["last_modified_at", "DESC"], ["id", "DESC"]]


@dataclass
class Opportunities:
    """What a user sees; `web` is where the web client is, when it is not the server itself."""

    rpc: Rpc
    database: str
    web: str | None = None

    @cached_property
    def context(self) -> Mapping[str, Any]:
        """What Tryton's own clients send along: which company, which language."""
        preferences = self.rpc.call(NAMED, "model.res.user.get_preferences", True, {})
        return {name: preferences[name] for name in _CONTEXT if preferences.get(name) is not None}

    @cached_property
    def fields(self) -> Mapping[str, Mapping[str, Any]]:
        """How Tryton defines them."""
        return self.rpc.call(_FIELDS, f"{MODEL}.fields_get", [], self.context)

    @cached_property
    def web_url(self) -> str | None:
        """Where people open Tryton in a browser: not every server shows pages."""
        if self.web is not None:
            return self.web
        wire = self.rpc.wire
        credentials = wire.grant.current()
        try:
            answer = wire.ask(Asked("GET", "/", is_signed=False), credentials)
        except CrmError:
            return None
        is_page = answer.is_good and not answer.is_json and answer.body is not None
        return wire.manners.base_url(credentials) if is_page else None

    def url(self, number: int | str) -> str | None:
        """The page of one, if there are pages."""
        return None if self.web_url is None else f"{pages(self.web_url, self.database)}{number}"

    def is_there(self, number: int) -> bool:
        """Whether the user can see one."""
        asked = ([["id", "=", number]], 0, None, self.context)
        return self.rpc.call(COUNT, f"{MODEL}.search_count", *asked) > 0

    def read(self, numbers: Sequence[int]) -> list[CrmDeal]:
        """Those that are there, with their history."""
        if not numbers:
            return []
        rows = self.rows([["id", "in", list(numbers)]], FIELDS, _OLDEST)
        return self._told(opportunities(rows))

    def found(self, way: Way, at: datetime) -> list[Found]:
        """Those found one way that were open at an instant, or closed not long before."""
        rows = self.rows(way.domain(at), FIELDS, _NEWEST, _CANDIDATES)
        meant = [row for row in opportunities(rows) if way.meant(row)]
        is_any_closed = any(status(row.state) != "open" for row in meant)
        told = self._told(meant, with_history=is_any_closed)
        return [
            Found(one, way.via, way.meant(row))
            for row, one in zip(meant, told, strict=True)
            if is_timely(one.closed_at, at)
        ]

    def page(self, since: datetime | None, cursor: str | None) -> DealPage:
        """Those changed at or after an instant, in the order of their changes."""
        domain: Domain = [["last_modified_at", ">=", since]] if since is not None else []
        if cursor is not None:
            domain.append(_after(cursor))
        rows = self.rows(domain, FIELDS, _OLDEST, _PAGE)
        read = opportunities(rows)
        is_last = len(rows) < _PAGE or not read
        follows = None if is_last else f"{read[-1].changed_at.isoformat()} {read[-1].id}"
        return DealPage(tuple(self._told(read)), follows)

    def rows(
        self, domain: Domain, names: Sequence[str], order: Domain, most: int | None = None
    ) -> list[dict[str, Any]]:
        """Rows as Tryton gives them."""
        asked = (domain, 0, most, order, list(names), self.context)
        return self.rpc.call(ROWS, f"{MODEL}.search_read", *asked)

    def _told(self, rows: Sequence[Opportunity], *, with_history: bool = True) -> list[CrmDeal]:
        if not rows:
            return []
        presents = [Present(row.id, row.state, row.changed_at) for row in rows]
        states = list(self._labels)
        known = courses(self.rpc, presents, states, self.context) if with_history else {}
        around = Around(self._labels, self._user_emails(ownerless(rows)), self.url(""))
        return [deal(row, around, known.get(row.id, ())) for row in rows]

    @property
    def _labels(self) -> Mapping[str, str]:
        """The states as the user's language calls them."""
        selection = self.fields.get("state", {}).get("selection")
        pairs = selection if isinstance(selection, list) else []
        return {str(one[0]): str(one[1]) for one in pairs}

    def _user_emails(self, employees: set[int]) -> Mapping[int, str]:
        """Addresses of the users that employees are; none where this user may not see others."""
        if not employees:
            return {}
        domain = [["employee", "in", sorted(employees)]]
        asked = (domain, 0, None, None, ["employee", "email"], self.context)
        try:
            users = self.rpc.call(ROWS, "model.res.user.search_read", *asked)
        except CrmRejected:
            return {}
        return {one.get("employee", 0): one["email"] for one in users if one.get("email")}


def _after(cursor: str) -> Domain:
    """What changed after the last deal of a page."""
    at, _, number = cursor.rpartition(" ")
    try:
        changed_at, last = datetime.fromisoformat(at), int(number)
    except ValueError:
        raise CrmRejected(f"{NAME}: the sync lost its place; begin it anew") from None
    same = [["last_modified_at", "=", changed_at], ["id", ">", last]]
    return ["OR", ["last_modified_at", ">", changed_at], same]
