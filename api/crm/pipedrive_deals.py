"""Deals as Pipedrive keeps them, in numbers, made into deals that people can read.

Names of stages and pipelines are its account's own and asked for once, as are those who sell.
Organizations and persons are asked for by the hundred, a deal's history only where it moved:
each changelog costs as much as twenty deals.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import httpx

from api.crm.errors import CrmGone, CrmRejected
from api.crm.pipedrive_api import PipedriveApi, is_number
from api.crm.pipedrive_manners import NAME
from api.crm.pipedrive_shapes import (
    RawChange,
    RawDeal,
    RawOrganization,
    RawPerson,
    RawPipeline,
    RawPoint,
    RawStage,
    RawUser,
)
from models.crm.deal import CrmCompany, CrmDeal, CrmPerson, StageEntered

_log = logging.getLogger(__name__)
_MOST = 500
"""Items of a page."""
_AT_ONCE = timedelta(seconds=2)
"""Between a deal's making and the entry of its first stage."""

Asks = Callable[[RawDeal], bool]


class DealReading:
    """Makes deals readable; holds the names of one account."""

    def __init__(self, api: PipedriveApi) -> None:
        self._api = api
        self._stages: dict[int, RawStage] = {}
        self._pipelines: dict[int, RawPipeline] = {}
        self._users: dict[int, RawUser] | None = None

    def read(self, raws: Sequence[RawDeal], wants_history: Asks) -> list[CrmDeal]:
        """The deals in the same order, with history where it is wanted."""
        self._know({one.stage_id for one in raws})
        companies = self._companies(raws)
        persons = self._persons(raws)
        return [
            self._deal(
                raw,
                companies.get(raw.org_id or 0),
                persons[raw.id],
                self._history(raw) if wants_history(raw) else (),
            )
            for raw in raws
        ]

    def seller(self, email: str | None) -> int | None:
        """The user with an e-mail address."""
        if email is None:
            return None
        wanted = email.casefold()
        users = self._sellers().values()
        return next((one.id for one in users if (one.email or "").casefold() == wanted), None)

    def _deal(
        self,
        raw: RawDeal,
        company: CrmCompany | None,
        contacts: tuple[CrmPerson, ...],
        history: tuple[StageEntered, ...],
    ) -> CrmDeal:
        stage = self._stages.get(raw.stage_id or 0)
        pipeline = self._pipelines.get(raw.pipeline_id or (stage and stage.pipeline_id) or 0)
        closed_at = raw.closed_at
        return CrmDeal(
            id=str(raw.id),
            name=raw.title or f"#{raw.id}",
            status="open" if raw.status == "deleted" else raw.status,
            stage=self._stage_name(raw.stage_id),
            url=self._api.web_url(f"deal/{raw.id}"),
            pipeline=pipeline.name if pipeline else None,
            amount=raw.value,
            currency=raw.currency or None,
            probability=_probability(raw, stage, pipeline),
            created_at=raw.add_time,
            updated_at=raw.update_time,
            closed_at=closed_at,
            closes_on=closed_at.date() if closed_at else raw.expected_close_date,
            lost_reason=raw.lost_reason or None if raw.status == "lost" else None,
            owner=self._owner(raw.owner_id),
            company=company,
            contacts=contacts,
            history=history,
        )

    def _know(self, stages: set[int | None]) -> None:
        """Ask for the names of stages and pipelines when one is not known yet."""
        if stages - {None} <= self._stages.keys():
            return
        listed = self._api.every("stages", RawStage, {"limit": _MOST})
        self._stages.update((one.id, one) for one in listed)
        pipelines = self._api.every("pipelines", RawPipeline, {"limit": _MOST})
        self._pipelines.update((one.id, one) for one in pipelines)
        for stage_id in sorted(one for one in stages if one and one not in self._stages):
            self._stages[stage_id] = self._taken_away(stage_id)

    def _taken_away(self, stage_id: int) -> RawStage:
        """A stage that the list leaves out, by its number when nobody knows its name any more."""
        try:
            return self._api.one(f"stages/{stage_id}", RawStage)
        except CrmGone:
            return RawStage(id=stage_id, name=f"#{stage_id}")

    def _stage_name(self, stage_id: int | None) -> str:
        stage = self._stages.get(stage_id or 0)
        return stage.name if stage else f"#{stage_id or 0}"

    def _sellers(self) -> dict[int, RawUser]:
        if self._users is None:
            try:
                listed = list(self._api.every("v1/users", RawUser, {}))
            except CrmRejected:
                _log.warning("%s: the users cannot be read, so owners have no names", NAME)
                listed = []
            self._users = {one.id: one for one in listed}
        return self._users

    def _owner(self, user_id: int | None) -> CrmPerson | None:
        if user_id is None:
            return None
        user = self._sellers().get(user_id)
        if user is None:
            return CrmPerson(str(user_id))
        return CrmPerson(str(user.id), user.name or None, (user.email or "").lower() or None)

    def _companies(self, raws: Sequence[RawDeal]) -> dict[int, CrmCompany]:
        listed = self._api.those("organizations", RawOrganization, (one.org_id for one in raws))
        return {one.id: _company(one) for one in listed}

    def _persons(self, raws: Sequence[RawDeal]) -> dict[int, tuple[CrmPerson, ...]]:
        """The persons of each deal, the main one first."""
        main_ids = (one.person_id for one in raws)
        known = {one.id: one for one in self._api.those("persons", RawPerson, main_ids)}
        of_deals = {}
        for raw in raws:
            of_deal = {raw.person_id: known[raw.person_id]} if raw.person_id in known else {}
            if (raw.participants_count or 0) > 1:
                asked = {"deal_id": raw.id, "limit": _MOST}
                of_deal.update(
                    (one.id, one) for one in self._api.every("persons", RawPerson, asked)
                )
            of_deals[raw.id] = tuple(_contact(one) for one in of_deal.values())
        return of_deals

    def _history(self, raw: RawDeal) -> tuple[StageEntered, ...]:
        if has_moved(raw):
            asked = {"limit": _MOST}
            listed = self._api.every(f"v1/deals/{raw.id}/changelog", RawChange, asked)
            changes = [one for one in listed if one.field_key == "stage_id" and one.time]
        else:
            changes = []
        entered = stages_entered(raw, changes)
        self._know({int(stage) for stage, _ in entered if is_number(stage)})
        return tuple(
            StageEntered(self._stage_name(int(stage)) if is_number(stage) else stage, at)
            for stage, at in entered
        )


def has_moved(raw: RawDeal) -> bool:
    """Whether a deal is in another stage than it began in, as far as Pipedrive says."""
    if raw.add_time is None or raw.stage_change_time is None:
        return raw.stage_change_time is not None
    return raw.stage_change_time > raw.add_time + _AT_ONCE


def stages_entered(raw: RawDeal, changes: Sequence[RawChange]) -> list[tuple[str, datetime]]:
    """The stages of a deal by id, and when it entered them, the present one last.

    A deal that moved on after it was read ends where it was then.
    """
    moves = [(one.time, one.old_value, one.new_value) for one in changes if one.time]
    moves.sort(key=lambda move: move[0])
    present, since = str(raw.stage_id), raw.stage_change_time or raw.add_time
    while moves and since and moves[-1][2] != present and moves[-1][0] > since:
        moves.pop()
    first = moves[0][1] if moves else present
    told = [(first, raw.add_time), *((new, at) for at, _, new in moves), (present, since)]
    entered: list[tuple[str, datetime]] = []
    for stage, at in told:
        if stage and at and (not entered or entered[-1][0] != stage):
            entered.append((stage, max(at, entered[-1][1]) if entered else at))
    return entered


def _probability(
    raw: RawDeal, stage: RawStage | None, pipeline: RawPipeline | None
) -> float | None:
    """The deal's own, else its stage's where the pipeline counts with them; of open deals alone."""
    if raw.status != "open":
        return None
    percent = raw.probability
    if percent is None and stage and pipeline and pipeline.is_deal_probability_enabled:
        percent = stage.deal_probability
    return None if percent is None else min(max(percent / 100, 0.0), 1.0)


def _company(raw: RawOrganization) -> CrmCompany:
    region = raw.address.country if raw.address else None
    return CrmCompany(
        str(raw.id), raw.name or f"#{raw.id}", domain=_domain(raw.website), region=region or None
    )


def _domain(website: str | None) -> str | None:
    """The domain in what people write as a website."""
    text = (website or "").strip().lower()
    try:
        host = httpx.URL(text if "://" in text else f"https://{text}").host
    except httpx.InvalidURL:
        return None
    host = host.removeprefix("www.")
    return host if "." in host else None


def _contact(raw: RawPerson) -> CrmPerson:
    email = _main(raw.emails)
    return CrmPerson(
        str(raw.id),
        raw.name or None,
        email.lower() if email else None,
        _main(raw.phones),
        raw.job_title or None,
    )


def _main(points: Sequence[RawPoint] | None) -> str | None:
    """The one that is marked, else the first."""
    given = [one for one in points or () if one.value]
    given.sort(key=lambda one: not one.primary)
    return given[0].value if given else None
