"""HubSpot's objects by name and id: one call each, in batches where there are many."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from api.crm.errors import CrmUnavailable, CrmUncertain
from api.crm.hubspot_access import NAME, SEARCH
from api.crm.hubspot_reading import Associated, Record, next_after, parsed
from api.crm.wire import Asked, Wire

DEALS, CONTACTS, COMPANIES, NOTES, TASKS = "0-3", "contacts", "companies", "notes", "tasks"
SEARCHED_TO = 10_000
"""Results of a search; HubSpot refuses to go on."""
_READ_AT_ONCE = 100
_READ_WITH_HISTORY = 50
_ASSOCIATED_AT_ONCE = 1000
_MOST_PAGES = 100
# Deals have a number where they are an object, and a name where things hang on one another.
_NAMES = {DEALS: "deals"}

Filter = Mapping[str, Any]


def equals(name: str, value: str) -> Filter:
    """Objects whose property has a value."""
    return {"propertyName": name, "operator": "EQ", "value": value}


def one_of(name: str, values: Iterable[str]) -> Filter:
    """Objects whose property has one of some values, which HubSpot wants in lower case."""
    return {"propertyName": name, "operator": "IN", "values": [one.lower() for one in values]}


def portions(items: Iterable[str], size: int) -> Iterator[list[str]]:
    """Lists of so many at most."""
    rest = list(items)
    for at in range(0, len(rest), size):
        yield rest[at : at + size]


class Objects:
    """One account's objects, by the version of the API that the connection speaks."""

    def __init__(self, wire: Wire, version: str) -> None:
        self._wire, self._version = wire, version

    def get(self, kind: str, object_id: str, properties: Sequence[str]) -> Record:
        """An object. Raises CrmGone for one that is not there."""
        answer = self._wire.call(
            Asked("GET", self._path(kind, object_id), params={"properties": ",".join(properties)})
        )
        return _record(answer.body)

    def read(
        self,
        kind: str,
        ids: Iterable[str],
        properties: Sequence[str],
        with_history: Sequence[str] = (),
    ) -> list[Record]:
        """Those of the objects that are there, in no order."""
        found: list[Record] = []
        size = _READ_WITH_HISTORY if with_history else _READ_AT_ONCE
        for some in portions(dict.fromkeys(ids), size):
            body = self.post(
                f"{self._path(kind)}/batch/read",
                {
                    "inputs": [{"id": one} for one in some],
                    "properties": list(properties),
                    "propertiesWithHistory": list(with_history),
                },
            )
            found += parsed(body.get("results"), Record, kind)
        return found

    def search(
        self,
        kind: str,
        groups: Sequence[Sequence[Filter]],
        properties: Sequence[str],
        *,
        sorts: Sequence[str] = (),
        page: tuple[int, int] = (0, _READ_AT_ONCE),
    ) -> tuple[list[Record], bool]:
        """A page of the objects that fit one group of filters, and whether there are more.

        `page` is where it begins, and how long it is. What was just made may not be found yet.
        """
        after, limit = page
        body = self.post(
            f"{self._path(kind)}/search",
            {
                "filterGroups": [{"filters": list(filters)} for filters in groups],
                "sorts": list(sorts),
                "properties": list(properties),
                "limit": limit,
                "after": str(after),
            },
            pace=SEARCH,
        )
        found = list(parsed(body.get("results"), Record, kind))
        return found, next_after(body.get("paging")) is not None

    def associated(self, kind: str, other: str, ids: Iterable[str]) -> dict[str, list[str]]:
        """What hangs on each of some objects, never from a search index."""
        path = (
            f"/crm/associations/{self._version}"
            f"/{_NAMES.get(kind, kind)}/{_NAMES.get(other, other)}/batch/read"
        )
        found: dict[str, list[str]] = {}
        for some in portions(dict.fromkeys(ids), _ASSOCIATED_AT_ONCE):
            inputs = [{"id": one} for one in some]
            for _ in range(_MOST_PAGES):
                body = self.post(path, {"inputs": inputs})
                inputs = []
                for one in parsed(body.get("results"), Associated, "association"):
                    origin = str(one.origin.get("id"))
                    found.setdefault(origin, []).extend(one.ids())
                    after = next_after(one.paging)
                    inputs += [{"id": origin, "after": after}] if after else []
                if not inputs:
                    break
        return {origin: list(dict.fromkeys(others)) for origin, others in found.items()}

    def create(
        self, kind: str, properties: Mapping[str, str], deal_id: str, association: int
    ) -> Record:
        """A new object on a deal. Raises CrmUncertain when it may be there or not."""
        answer = self._wire.call(
            Asked(
                "POST",
                self._path(kind),
                body={
                    "properties": dict(properties),
                    "associations": [
                        {
                            "to": {"id": deal_id},
                            "types": [
                                {
                                    "associationCategory": "HUBSPOT_DEFINED",
                                    "associationTypeId": association,
                                }
                            ],
                        }
                    ],
                },
                may_repeat=False,
            )
        )
        made = next(parsed([answer.body], Record, kind), None)
        if made is None:
            raise CrmUncertain(f"{NAME} does not say what it made; it is looked for")
        return made

    def update(self, kind: str, object_id: str, properties: Mapping[str, str]) -> Record:
        """Put values in place of those an object has. Raises CrmGone."""
        answer = self._wire.call(
            Asked("PATCH", self._path(kind, object_id), body={"properties": dict(properties)})
        )
        return _record(answer.body)

    def delete(self, kind: str, object_id: str) -> None:
        """Take an object away. Raises CrmGone when it is not there."""
        self._wire.call(Asked("DELETE", self._path(kind, object_id)))

    def listed(self, path: str, params: Mapping[str, Any] | None = None) -> Iterator[Any]:
        """The items of a list, page after page, as they came; `{V}` stands for the version."""
        asked = dict(params or {})
        for _ in range(_MOST_PAGES):
            answer = self._wire.call(
                Asked("GET", path.replace("{V}", self._version), params=asked or None)
            )
            body = _mapping(answer.body)
            results = body.get("results")
            yield from results if isinstance(results, list) else ()
            after = next_after(body.get("paging"))
            if after is None:
                return
            asked["after"] = after

    def post(self, path: str, body: Any, pace: str = "") -> Mapping[str, Any]:
        """What a question by POST is answered: nothing is made by it."""
        return _mapping(self._wire.call(Asked("POST", path, body=body, pace=pace)).body)

    def _path(self, kind: str, object_id: str | None = None) -> str:
        base = f"/crm/objects/{self._version}/{kind}"
        return base if object_id is None else f"{base}/{quoted(object_id)}"


def quoted(object_id: str) -> str:
    """An id as part of a path, which it can never leave."""
    return quote(object_id, safe="")


def _record(body: object) -> Record:
    found = next(parsed([body], Record, "object"), None)
    if found is None:
        raise CrmUnavailable(f"{NAME} answered something else than an object; it is tried again")
    return found


def _mapping(body: object) -> Mapping[str, Any]:
    if not isinstance(body, dict):
        raise CrmUnavailable(f"{NAME} answered something else than a list; it is tried again")
    return body
