"""What an account at HubSpot holds, and how its search understands questions."""

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

DEALS, CONTACTS, COMPANIES, NOTES, TASKS = "0-3", "contacts", "companies", "notes", "tasks"
KINDS = {"deals": DEALS, "0-3": DEALS} | {one: one for one in (CONTACTS, COMPANIES, NOTES, TASKS)}
STAGES = (
    ("appointmentscheduled", "Appointment scheduled", "0.2", "false"),
    ("qualifiedtobuy", "Qualified to buy", "0.4", "false"),
    ("contractsent", "Contract sent", "0.9", "false"),
    ("closedwon", "Closed won", "1.0", "true"),
    ("closedlost", "Closed lost", "0.0", "true"),
)


def iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


class Refused(Exception):
    """An answer that is no good news."""

    def __init__(self, status: int, category: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {
            "status": "error",
            "message": message,
            "correlationId": "aeb5f871-7f07-4993-9211-075dc63e7cbf",
            "category": category,
            **more,
        }


@dataclass
class Stored:
    id: str
    properties: dict[str, str]
    at: datetime
    updated_at: datetime
    history: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)

    def told(self, properties: Iterable[str], history: Iterable[str] = ()) -> dict[str, Any]:
        """As HubSpot tells it: what has no value is null."""
        wanted = {*properties, "hs_object_id", "createdate", "hs_lastmodifieddate"}
        body: dict[str, Any] = {
            "id": self.id,
            "properties": {name: self.value(name) for name in sorted(wanted)},
            "createdAt": iso(self.at),
            "updatedAt": iso(self.updated_at),
            "archived": False,
        }
        if names := list(history):
            body["propertiesWithHistory"] = {
                name: [
                    {"value": value, "timestamp": iso(at), "sourceType": "CRM_UI"}
                    for at, value in reversed(self.history.get(name, []))
                ]
                for name in names
            }
        return body

    def value(self, name: str) -> str | None:
        own = {
            "hs_object_id": self.id,
            "createdate": iso(self.at),
            "hs_lastmodifieddate": iso(self.updated_at),
        }
        return own.get(name) or self.properties.get(name)


@dataclass(frozen=True)
class Note:
    """A note or task as a test sees it."""

    id: str
    deal_id: str | None
    body: str
    properties: Mapping[str, str]


class State:
    """Objects by kind and id, what hangs on what, and ids that were merged away."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.objects: dict[str, dict[str, Stored]] = {kind: {} for kind in set(KINDS.values())}
        self.links: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        self.became: dict[str, str] = {}
        self._ids = iter(range(1_001, 10_000_000))

    def add(self, kind: str, properties: Mapping[str, Any], at: datetime | None = None) -> Stored:
        with self.lock:
            at = at or datetime.now(UTC)
            known = {name: str(value) for name, value in properties.items() if value is not None}
            made = Stored(str(next(self._ids)), known, at, at)
            made.history = {name: [(at, value)] for name, value in known.items()}
            self.objects[kind][made.id] = made
            return made

    def change(
        self, kind: str, one_id: str, properties: Mapping[str, Any], at: datetime | None = None
    ) -> Stored:
        with self.lock:
            stored = self.get(kind, one_id)
            at = at or datetime.now(UTC)
            for name, value in properties.items():
                stored.properties[name] = str(value)
                stored.history.setdefault(name, []).append((at, str(value)))
            stored.updated_at = max(at, stored.updated_at + timedelta(milliseconds=1))
            return stored

    def get(self, kind: str, one_id: str) -> Stored:
        with self.lock:
            if kind == DEALS:
                one_id = self.became.get(one_id, one_id)
            stored = self.objects[kind].get(one_id)
        if stored is None:
            raise Refused(404, "OBJECT_NOT_FOUND", f"Object not found. objectId: {one_id}")
        return stored

    def link(self, kind: str, one_id: str, other: str, other_id: str) -> None:
        with self.lock:
            for key, value in (
                ((kind, one_id, other), other_id),
                ((other, other_id, kind), one_id),
            ):
                if value not in self.links[key]:
                    self.links[key].append(value)

    def hanging(self, kind: str, one_id: str, other: str) -> list[str]:
        with self.lock:
            return [i for i in self.links[kind, one_id, other] if i in self.objects[other]]

    def texts(self, kind: str, body: str) -> list[Note]:
        with self.lock:
            return [
                Note(
                    one.id,
                    next(iter(self.hanging(kind, one.id, DEALS)), None),
                    one.properties.get(body, ""),
                    dict(one.properties),
                )
                for one in self.objects[kind].values()
            ]

    def search(self, kind: str, asked: Mapping[str, Any]) -> list[Stored]:
        groups = asked["filterGroups"]
        if len(groups) > 5 or any(len(group["filters"]) > 6 for group in groups):
            raise Refused(400, "VALIDATION_ERROR", "too many filters")
        with self.lock:
            found = [
                one
                for one in self.objects[kind].values()
                if not groups
                or any(all(_fits(one, f) for f in group["filters"]) for group in groups)
            ]
        for name in asked["sorts"]:
            found.sort(key=lambda one, name=name: (one.value(name) or "", int(one.id)))
        return found


def _fits(one: Stored, asked: Mapping[str, Any]) -> bool:
    name, operator = asked["propertyName"], asked["operator"]
    value = (one.value(name) or "").lower()
    several = set(value.split(";")) if name == "hs_additional_emails" else {value}
    if operator == "IN":
        if "values" not in asked or any(v != v.lower() for v in asked["values"]):
            raise Refused(400, "VALIDATION_ERROR", "IN needs values in lower case")
        return bool(several & set(asked["values"]) - {""})
    if operator == "EQ":
        return asked["value"].lower() in several
    if operator == "GTE":
        at = datetime.fromisoformat(value.upper()) if value else None
        return at is not None and round(at.timestamp() * 1000) >= int(asked["value"])
    raise Refused(400, "VALIDATION_ERROR", f"operator {operator} is not known here")
