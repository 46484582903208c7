"""A Pipedrive on loopback: the two APIs of an account, behind its gate."""

import base64
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Literal

from api.crm.credentials import HeldGrant
from api.crm.pipedrive import Pipedrive, manners
from api.crm.wire import Wire
from tests.crm.fakes.pipedrive_account import Account, Row, plain, zulu
from tests.crm.fakes.pipedrive_gate import CLIENT, Gate, Limits, Refused, Route
from tests.crm.fakes.serving import serve
from tests.crm.official import PIPEDRIVE, Checked, description

__all__ = ["CLIENT", "Limits", "PipedriveFake", "Shop", "free", "opened"]
BEYOND = (
    r"/v1/users",
    r"/api/v2/activities(/\d+)?",
    r"/api/v2/dealFields",
    r"/api/v2/deals/archived",
)
"""What exists though the description we have was cut to less."""


class Shop:
    """An ASGI app whose inside is replaced while it is open: starting a server takes its time."""

    def __init__(self) -> None:
        self.inside: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.inside(scope, receive, send)


class PipedriveFake(Account, Gate):
    """Served by `with fake.serve():`, at whose end what was not as described fails the test."""

    def __init__(
        self,
        auth: Literal["oauth", "token"] = "oauth",
        limits: Limits | None = None,
        *,
        is_checked: bool = True,
    ) -> None:
        Account.__init__(self)
        Gate.__init__(self, auth, limits)
        self.has_archive = True
        self.writes_nulls = False
        """Whether it says null for what is not known, which its description does not allow."""
        self.checked: Checked | None = None
        if is_checked and PIPEDRIVE.is_file():
            self.checked = Checked(self.app, description(PIPEDRIVE), BEYOND)

    @contextmanager
    def serve(self) -> Iterator[str]:
        """At an address until the end. Raises AssertionError for what is not as described."""
        with serve(self.checked or self.app) as url, self.at(url):
            yield url

    @contextmanager
    def at(self, url: str) -> Iterator[None]:
        """At an address where something else serves it."""
        self.url = url
        yield
        assert not self.violations, "\n".join(self.violations)

    @property
    def options(self) -> dict[str, Any]:
        """For the connection."""
        return {"oauth_url": self.url}

    @property
    def violations(self) -> list[str]:
        """What was not as Pipedrive describes it."""
        return self.checked.violations if self.checked else []

    def routes(self) -> Sequence[Route]:
        """Its two APIs."""
        v2 = "/api/v2"
        return (
            ("GET", "/api/v1/users/me", 2, self._me),
            ("GET", "/api/v1/users", 20, lambda *_: _whole(list(self.users.values()))),
            ("GET", "/api/v1/notes", 20, self._list_notes),
            ("POST", "/api/v1/notes", 10, self._add_note),
            ("PUT", r"/api/v1/notes/(\d+)", 10, self._put_note),
            ("DELETE", r"/api/v1/notes/(\d+)", 6, self._drop_note),
            ("GET", r"/api/v1/deals/(\d+)/changelog", 20, self._changelog),
            ("GET", f"{v2}/deals/archived", 20, lambda asked, *_: self._deals(asked, True)),
            ("GET", f"{v2}/deals", 10, lambda asked, *_: self._deals(asked, False)),
            ("GET", rf"{v2}/deals/(\d+)", 1, self._deal),
            ("PATCH", rf"{v2}/deals/(\d+)", 5, self._patch_deal),
            ("GET", f"{v2}/persons/search", 20, self._search_persons),
            ("GET", f"{v2}/organizations/search", 20, self._search_organizations),
            ("GET", f"{v2}/persons", 10, lambda a, *_: self._page(self.persons_of(a), a)),
            ("GET", f"{v2}/organizations", 10, self._organizations),
            ("GET", f"{v2}/stages", 5, lambda a, *_: self._page(self._stages(), a)),
            ("GET", rf"{v2}/stages/(\d+)", 1, self._stage),
            ("GET", f"{v2}/pipelines", 5, lambda a, *_: self._page([*self.pipelines.values()], a)),
            ("GET", f"{v2}/dealFields", 10, lambda a, *_: self._page(self.fields, a)),
            ("GET", f"{v2}/activities", 10, self._list_activities),
            ("POST", f"{v2}/activities", 5, self._add_activity),
            ("PATCH", rf"{v2}/activities/(\d+)", 5, self._patch_activity),
        )

    def _me(self, *_: Any) -> Any:
        company = {"company_id": 7, "company_name": "Seller SAS", "company_domain": "seller"}
        return _good({**self.users[self.user_id], "is_you": True, **company})

    def _list_notes(self, asked: dict[str, str], _: Any, __: int) -> Any:
        rows = [one for one in self.note_rows.values() if one["active_flag"]]
        rows = [one for one in rows if str(one["deal_id"]) == asked["deal_id"]]
        if asked.get("sort") != "id ASC":
            rows.reverse()
        start, limit = int(asked.get("start", 0)), int(asked.get("limit", 100))
        is_more = len(rows) > start + limit
        paging: Row = {"start": start, "limit": limit, "more_items_in_collection": is_more}
        if is_more:
            paging["next_start"] = start + limit
        told = _good(rows[start : start + limit])
        return {**told, "additional_data": {"pagination": paging}}

    def _add_note(self, _: Any, told: Any, __: int) -> Any:
        if not self.deals.get(told["deal_id"], {"is_deleted": True})["is_deleted"]:
            note_id = int(self.add_note(told["deal_id"], _sanitized(told["content"])))
            if "add_time" in told:
                self.note_rows[note_id]["add_time"] = told["add_time"]
            return _good(self.note_rows[note_id])
        raise Refused(404, "Deal not found")

    def _put_note(self, _: Any, told: Any, note_id: int) -> Any:
        row = self._active(note_id)
        row.update(content=_sanitized(told["content"]), update_time=plain(datetime.now(UTC)))
        return _good(row)

    def _drop_note(self, _: Any, __: Any, note_id: int) -> Any:
        self._active(note_id)["active_flag"] = False
        return _good(True)

    def _active(self, note_id: int) -> Row:
        row = self.note_rows.get(note_id, {"active_flag": False})
        if not row["active_flag"]:
            raise Refused(404, "Note not found")
        return row

    def _changelog(self, asked: dict[str, str], _: Any, deal_id: int) -> Any:
        return self._page(self.changes[deal_id], asked)

    def _deals(self, asked: dict[str, str], is_archived: bool) -> Any:
        if is_archived and not self.has_archive:
            raise Refused(403)
        rows = [one for one in self.deals_of(asked) if one["is_archived"] == is_archived]
        told = self._page(rows, asked)
        told["data"] = [self._shown(one, asked) for one in told["data"]]
        return told

    def _deal(self, asked: dict[str, str], _: Any, deal_id: int) -> Any:
        if deal_id not in self.deals:
            raise Refused(404, "Deal not found")
        return _good(self._shown(self.deals[deal_id], asked))

    def _patch_deal(self, _: Any, told: Any, deal_id: int) -> Any:
        if deal_id not in self.deals or self.deals[deal_id]["is_deleted"]:
            raise Refused(404, "Deal not found")
        codes = {one["field_code"] for one in self.fields}
        if not told["custom_fields"].keys() <= codes:
            raise Refused(400, "Validation failed: custom_fields")
        self.deals[deal_id]["custom_fields"].update(told["custom_fields"])
        self.change_deal(str(deal_id))
        return _good(self._shown(self.deals[deal_id], {}))

    def _shown(self, deal: Row, asked: dict[str, str]) -> Row:
        counts = {"participants_count": len(self.participants[deal["id"]])}
        shown = {**deal, **(counts if "include_fields" in asked else {})}
        names = ("won_time", "lost_time", "close_time", "expected_close_date", "stage_change_time")
        nothing = dict.fromkeys(names) if self.writes_nulls else {}
        return {**nothing, **self._told(shown)}

    def _told(self, row: Row) -> Row:
        return row if self.writes_nulls else {k: v for k, v in row.items() if v is not None}

    def _search_persons(self, asked: dict[str, str], _: Any, __: int) -> Any:
        is_exact = asked.get("exact_match") == "true"
        return _items(self.find_persons(_term(asked, is_exact), asked["fields"], is_exact))

    def _search_organizations(self, asked: dict[str, str], _: Any, __: int) -> Any:
        is_exact = asked.get("exact_match") == "true"
        return _items(self.find_organizations(_term(asked, is_exact), is_exact))

    def _organizations(self, asked: dict[str, str], _: Any, __: int) -> Any:
        ids = {int(one) for one in asked["ids"].split(",")}
        return self._page([self.organizations[one] for one in ids], asked)

    def _stages(self) -> list[Row]:
        return [one for one in self.stages.values() if not one["is_deleted"]]

    def _stage(self, _: Any, __: Any, stage_id: int) -> Any:
        if stage_id not in self.stages:
            raise Refused(404, "Stage not found")
        return _good(self.stages[stage_id])

    def _list_activities(self, asked: dict[str, str], _: Any, __: int) -> Any:
        rows = [one for one in self.activities.values() if not one["is_deleted"]]
        rows = [one for one in rows if str(one["deal_id"]) == asked["deal_id"]]
        return self._page(rows, asked)

    def _add_activity(self, _: Any, told: Any, __: int) -> Any:
        if told["deal_id"] not in self.deals or not isinstance(told["subject"], str):
            raise Refused(400, "Validation failed")
        row = {"id": self.next_id(), "is_deleted": False, "done": False, **told}
        self.activities[row["id"]] = {"add_time": zulu(datetime.now(UTC)), **row}
        return _good(row)

    def _patch_activity(self, _: Any, told: Any, activity_id: int) -> Any:
        if self.activities.get(activity_id, {"is_deleted": True})["is_deleted"]:
            raise Refused(404, "Activity not found")
        self.activities[activity_id].update(told)
        return _good(self.activities[activity_id])

    def _page(self, rows: list[Row], asked: dict[str, str]) -> Any:
        """A part of a list; the marker of the next is opaque."""
        limit = int(asked.get("limit", 100))
        if not 0 < limit <= 500:
            raise Refused(400, "limit must be less than or equal to 500")
        start = int(base64.b64decode(asked["cursor"]).decode()) if "cursor" in asked else 0
        more: Row = {"next_cursor": None} if self.writes_nulls else {}
        if len(rows) > start + limit:
            more["next_cursor"] = base64.b64encode(str(start + limit).encode()).decode()
        told = _good([self._told(one) for one in rows[start : start + limit]])
        return {**told, "additional_data": more}


def _good(told: Any) -> Row:
    return {"success": True, "data": told}


def _whole(rows: list[Row]) -> Row:
    return {**_good(rows), "additional_data": None}


def _items(hits: list[Row]) -> Row:
    found = [{"result_score": 0.5, "item": one} for one in hits]
    return {**_good({"items": found}), "additional_data": {}}


def _term(asked: dict[str, str], is_exact: bool) -> str:
    if len(asked["term"]) < (1 if is_exact else 2):
        raise Refused(400, "term must be at least 2 characters")
    return asked["term"]


def _sanitized(content: str) -> str:
    """HTML as a server gives it back: not quite as it was sent."""
    return re.sub(r"<script.*?</script>", "", content, flags=re.S).replace("<br>", "<br />")


def free() -> Limits:
    """No limits."""
    return Limits(calls=None, searches=None)


@contextmanager
def opened(fake: PipedriveFake, slept: list[float] | None = None) -> Iterator[Pipedrive]:
    """A way to a fake that is served; it sleeps for real unless what it would sleep is kept."""
    sleep: dict[str, Any] = {} if slept is None else {"sleep": slept.append}
    address = manners(fake.url, fake.options)
    place = fake.url.removeprefix("http://")
    with Wire(address, HeldGrant(fake.credentials()), (place,), **sleep) as wire:
        yield Pipedrive(wire, fake.options)
