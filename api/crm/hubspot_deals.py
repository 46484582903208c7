"""HubSpot's deals with the names of all that they point to."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from api.crm.errors import CrmGone, CrmRejected
from api.crm.hubspot_access import HubSpotManners, known_zone
from api.crm.hubspot_objects import COMPANIES, CONTACTS, DEALS, Objects
from api.crm.hubspot_reading import (
    Owner,
    Pipeline,
    Portal,
    Record,
    Stage,
    company_of,
    contact_of,
    day_of,
    instant_of,
    is_id,
    money_of,
    parsed,
    share,
)
from api.crm.wire import Asked, Wire
from models.crm.deal import CrmCompany, CrmDeal, CrmPerson, DealStatus, StageEntered

_LOG = logging.getLogger(__name__)
CONTACT_PROPERTIES = (
    "email",
    "hs_additional_emails",
    "firstname",
    "lastname",
    "phone",
    "mobilephone",
    "jobtitle",
)
_COMPANY_PROPERTIES = ("name", "domain", "industry", "country", "state")
_DEAL_PROPERTIES = (
    "dealname",
    "dealstage",
    "pipeline",
    "amount",
    "deal_currency_code",
    "hs_deal_stage_probability",
    "createdate",
    "closedate",
    "hs_lastmodifieddate",
    "hs_is_closed",
    "hs_is_closed_won",
    "closed_lost_reason",
    "hubspot_owner_id",
    "hs_merged_object_ids",
)
_STAGE = "dealstage"

Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class _Hanging:
    """What hangs on some deals: ids by deal, and what they stand for."""

    contact_ids: Mapping[str, list[str]]
    company_ids: Mapping[str, list[str]]
    contacts: Mapping[str, CrmPerson]
    companies: Mapping[str, CrmCompany]


class Deals:
    """Reads deals; pipelines, owners and the account are asked for once."""

    def __init__(self, wire: Wire, objects: Objects, version: str) -> None:
        self._wire, self._objects, self._version = wire, objects, version
        self._portal: Portal | None = None
        self._pipelines: dict[str, str] | None = None
        self._stages: dict[tuple[str, str], Stage] = {}
        self._owners: dict[str, Owner] | None = None

    def portal(self) -> Portal:
        """The account, as far as the credentials may know it."""
        if self._portal is None:
            self._portal = _allowed("account", self._ask_portal, Portal())
            manners, zone = self._wire.manners, known_zone(self._portal.time_zone)
            if isinstance(manners, HubSpotManners) and zone is not None:
                manners.zone = zone
        return self._portal

    def owner_id(self, email: str | None) -> str | None:
        """Who sells under an e-mail address."""
        if not email:
            return None
        owners = self._all_owners().values()
        return next((one.id for one in owners if (one.email or "").lower() == email.lower()), None)

    def read(self, deal_ids: Iterable[str]) -> list[CrmDeal]:
        """Those of the deals that are there; for one merged into another that other one."""
        asked = list(dict.fromkeys(one for one in deal_ids if is_id(one)))
        records = {
            one.id: one for one in self._objects.read(DEALS, asked, _DEAL_PROPERTIES, (_STAGE,))
        }
        known = set(records).union(*(_merged(one) for one in records.values()))
        for winner in self._winners(one for one in asked if one not in known):
            records.setdefault(winner.id, winner)
        hanging = self._hanging(list(records))
        return [self._deal(record, hanging) for record in records.values()]

    def standing(self, deal_id: str) -> str:
        """The id a deal goes by now, after it was merged. Raises CrmGone."""
        if not is_id(deal_id):
            raise CrmGone("HubSpot: deals have numbers for ids; choose the call's deal again")
        return self._objects.get(DEALS, deal_id, ("hs_merged_object_ids",)).id

    def _ask_portal(self) -> Portal:
        answer = self._wire.call(Asked("GET", f"/account-info/{self._version}/details"))
        return next(parsed([answer.body], Portal, "account"), Portal())

    def _winners(self, missing: Iterable[str]) -> list[Record]:
        """What deals became that a batch does not know: gone, or part of another."""
        ids = set()
        for one in missing:
            try:
                ids.add(self.standing(one))
            except CrmGone:
                continue
        return self._objects.read(DEALS, sorted(ids), _DEAL_PROPERTIES, (_STAGE,))

    def _hanging(self, deal_ids: Sequence[str]) -> _Hanging:
        if not deal_ids:
            return _Hanging({}, {}, {}, {})
        contact_ids = self._associated(CONTACTS, deal_ids)
        company_ids = self._associated(COMPANIES, deal_ids)
        contacts = self._read(CONTACTS, contact_ids, CONTACT_PROPERTIES)
        companies = self._read(COMPANIES, company_ids, _COMPANY_PROPERTIES)
        return _Hanging(
            contact_ids,
            company_ids,
            {one.id: contact_of(one) for one in contacts},
            {one.id: company_of(one) for one in companies},
        )

    def _associated(self, kind: str, deal_ids: Sequence[str]) -> dict[str, list[str]]:
        return _allowed(kind, lambda: self._objects.associated(DEALS, kind, deal_ids), {})

    def _read(
        self, kind: str, by_deal: Mapping[str, list[str]], properties: Sequence[str]
    ) -> list[Record]:
        ids = [one for some in by_deal.values() for one in some]
        return _allowed(kind, lambda: self._objects.read(kind, ids, properties), [])

    def _deal(self, record: Record, hanging: _Hanging) -> CrmDeal:
        stage_id, pipeline_id = record.text(_STAGE) or "", record.text("pipeline") or ""
        stage = self._stage(pipeline_id, stage_id)
        status = _status(record, stage)
        history = self._history(record, pipeline_id, stage_id)
        closes_at = record.text("closedate")
        closed_at = instant_of(closes_at) or (history[-1].at if history else None)
        portal = self.portal()
        probability = share(record.text("hs_deal_stage_probability"))
        if probability is None and stage is not None:
            probability = stage.probability
        companies = hanging.company_ids.get(record.id, [])
        return CrmDeal(
            id=record.id,
            name=record.text("dealname") or record.id,
            status=status,
            stage=stage.label if stage else stage_id,
            url=portal.deal_url(record.id),
            pipeline=self._pipeline_label(pipeline_id),
            amount=money_of(record.text("amount")),
            currency=record.text("deal_currency_code") or portal.currency,
            probability=probability,
            created_at=instant_of(record.text("createdate")) or record.created_at,
            updated_at=instant_of(record.text("hs_lastmodifieddate")) or record.updated_at,
            closed_at=None if status == "open" else closed_at,
            closes_on=day_of(closes_at, known_zone(portal.time_zone)),
            lost_reason=record.text("closed_lost_reason") if status == "lost" else None,
            owner=self._owner(record.text("hubspot_owner_id")),
            company=next((hanging.companies[i] for i in companies if i in hanging.companies), None),
            contacts=tuple(
                hanging.contacts[i]
                for i in hanging.contact_ids.get(record.id, [])
                if i in hanging.contacts
            ),
            history=history,
            merged=_merged(record),
        )

    def _history(self, record: Record, pipeline_id: str, present: str) -> tuple[StageEntered, ...]:
        """The stages by name; a stage that is gone keeps its id, there is no name any more."""
        entered: list[StageEntered] = []
        for change in record.changes(_STAGE):
            stage = self._stage(pipeline_id, change.value)
            name = stage.label if stage else change.value
            if name and (not entered or entered[-1].stage != name):
                entered.append(StageEntered(name, change.timestamp))
        stage = self._stage(pipeline_id, present)
        name, changed_at = stage.label if stage else present, record.updated_at
        if entered and name and entered[-1].stage != name and changed_at is not None:
            entered.append(StageEntered(name, max(changed_at, entered[-1].at)))
        return tuple(entered)

    def _stage(self, pipeline_id: str, stage_id: str) -> Stage | None:
        """A stage, which may be of another pipeline where the deal was before."""
        self._all_pipelines()
        found = self._stages.get((pipeline_id, stage_id))
        return found or next((s for (_, i), s in self._stages.items() if i == stage_id), None)

    def _pipeline_label(self, pipeline_id: str) -> str | None:
        return self._all_pipelines().get(pipeline_id, pipeline_id) or None

    def _all_pipelines(self) -> dict[str, str]:
        if self._pipelines is None:
            items = list(self._objects.listed("/crm/pipelines/{V}/deals"))
            self._pipelines = {}
            for pipeline in parsed(items, Pipeline, "pipeline"):
                self._pipelines[pipeline.id] = pipeline.label
                for stage in parsed(pipeline.stages, Stage, "stage"):
                    self._stages[pipeline.id, stage.id] = stage
        return self._pipelines

    def _owner(self, owner_id: str | None) -> CrmPerson | None:
        if owner_id is None:
            return None
        owner = self._all_owners().get(owner_id)
        return owner.person() if owner else CrmPerson(owner_id)

    def _all_owners(self) -> dict[str, Owner]:
        """Who sells, and who did: a deal keeps its owner when that person leaves."""
        if self._owners is None:
            nobody: dict[str, Owner] = {}
            self._owners = _allowed("owner", self._ask_owners, nobody)
        return self._owners

    def _ask_owners(self) -> dict[str, Owner]:
        found: dict[str, Owner] = {}
        for archived in ("true", "false"):
            asked = {"limit": "500", "archived": archived}
            items = list(self._objects.listed("/crm/owners/{V}", asked))
            found |= {one.id: one for one in parsed(items, Owner, "owner")}
        return found


def _allowed(what: str, ask: Callable[[], Kept], instead: Kept) -> Kept:
    """What is nice to know: a deal is worth telling without it where it may not be read."""
    try:
        return ask()
    except CrmRejected as error:
        _LOG.warning("HubSpot does not tell the %s of deals: %s", what, error)
        return instead


def _status(record: Record, stage: Stage | None) -> DealStatus:
    if record.text("hs_is_closed_won") == "true":
        return "won"
    is_closed = record.text("hs_is_closed")
    if is_closed is None:
        return stage.status if stage else "open"
    return "lost" if is_closed == "true" else "open"


def _merged(record: Record) -> tuple[str, ...]:
    ids = (record.text("hs_merged_object_ids") or "").replace(",", ";").split(";")
    return tuple(dict.fromkeys(one.strip() for one in ids if is_id(one.strip())))
