"""HubSpot's deals in the order in which they changed."""

import logging
import re
from datetime import UTC, datetime, timedelta

from api.crm.errors import CrmRejected
from api.crm.hubspot_deals import Deals
from api.crm.hubspot_objects import DEALS, SEARCHED_TO, Filter, Objects
from api.crm.hubspot_reading import Record, instant_of
from api.crm.port import DealPage
from models.crm.deal import CrmDeal

_LOG = logging.getLogger(__name__)
_CHANGED = "hs_lastmodifieddate"
_PAGE = 200
_INDEX_LAG = timedelta(minutes=2)
"""How much later than the deal itself HubSpot's search may know of a change."""
_CURSOR = re.compile(r"([0-9]{1,15}):([0-9]{1,5})")
_NEVER = datetime.min.replace(tzinfo=UTC)


def changed(objects: Objects, deals: Deals, since: datetime | None, cursor: str | None) -> DealPage:
    """A page of deals, the one that changed first at its head.

    A page begins where the last one ended in time, not in number: what changes meanwhile moves to
    the end and would push others over the page's edge, and HubSpot numbers no more than 10,000.
    """
    from_ms, after = _start(since, cursor)
    filters: list[Filter] = [{"propertyName": _CHANGED, "operator": "GTE", "value": str(from_ms)}]
    records, has_more = objects.search(
        DEALS, [filters], (_CHANGED,), sorts=(_CHANGED,), page=(after, _PAGE)
    )
    following = _following(from_ms, after, records) if has_more else None
    found = deals.read(record.id for record in records)
    return DealPage(tuple(sorted(found, key=_changed_at)), following)


def _start(since: datetime | None, cursor: str | None) -> tuple[int, int]:
    """From when, in milliseconds, and after how many."""
    if cursor is not None:
        parts = _CURSOR.fullmatch(cursor)
        if parts is None:
            raise CrmRejected("HubSpot: the sync lost its place; start it from the beginning")
        return int(parts[1]), int(parts[2])
    if since is None:
        return 0, 0
    return max(0, int((since - _INDEX_LAG).timestamp() * 1000)), 0


def _following(from_ms: int, after: int, records: list[Record]) -> str:
    """Where the next page begins: at the last change of this one, which it repeats."""
    last_ms = max((_changed_ms(record) for record in records), default=from_ms)
    if last_ms > from_ms:
        return f"{last_ms}:0"
    if after + 2 * _PAGE <= SEARCHED_TO:
        return f"{from_ms}:{after + _PAGE}"
    _LOG.warning("HubSpot: more than %d deals changed in one millisecond", SEARCHED_TO)
    return f"{from_ms + 1}:0"


def _changed_ms(record: Record) -> int:
    at = instant_of(record.text(_CHANGED)) or record.updated_at
    return 0 if at is None else int(at.timestamp() * 1000)


def _changed_at(deal: CrmDeal) -> datetime:
    return deal.updated_at or _NEVER
