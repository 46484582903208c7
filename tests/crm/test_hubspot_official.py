"""HubSpot against its own client: what is sent, and what the fake answers."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from hubspot_sdk import HubSpot as OfficialClient
from hubspot_sdk.types.account import PortalInformationResponse
from hubspot_sdk.types.auth import AccessTokenResponse, PublicAccessTokenInfoResponse
from hubspot_sdk.types.crm import (
    BatchResponsePublicAssociationMultiWithLabel,
    BatchResponseSimplePublicObject,
    CollectionResponsePipelineNoPaging,
    CollectionResponsePropertyNoPaging,
    CollectionResponsePublicOwnerForwardPaging,
    CollectionResponseWithTotalSimplePublicObject,
    SimplePublicObject,
)
from pydantic import BaseModel

from api.crm.hubspot import HubSpot
from api.crm.hubspot_deals import CONTACT_PROPERTIES
from api.crm.port import DealHint
from tests.crm.fakes.hubspot import HubSpotFake
from tests.crm.hubspot_opening import AT, MARK, NOTE, TASK, wire_to

Sent = tuple[str, str, dict[str, list[str]], Any]


def sent_by_official(ask: Callable[[OfficialClient], object], said: Any) -> Sent:
    """The request of HubSpot's own client for the same thing."""
    sent: list[Sent] = []

    def take(request: httpx.Request) -> httpx.Response:
        query = parse_qs(request.url.query.decode())
        content = request.read()
        sent.append((request.method, request.url.path, query, json.loads(content or b"null")))
        return httpx.Response(200, json=said)

    with httpx.Client(transport=httpx.MockTransport(take)) as http:
        ask(OfficialClient(access_token="t", http_client=http, max_retries=0))  # noqa: S106
    (one,) = sent
    return one


def sent_by_us(fake: HubSpotFake) -> list[Sent]:
    return [(m, path, {n: [v] for n, v in q.items()}, body) for m, path, q, body in fake.asked]


@pytest.fixture
def first() -> Iterator[HubSpotFake]:
    """An account of the version that the official client speaks."""
    fake = HubSpotFake("2026-03")
    with fake.serve():
        yield fake


def on_deal(association: int, deal: str) -> list[Any]:
    kind = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": association}
    return [{"to": {"id": deal}, "types": [kind]}]


def test_what_is_sent_is_what_the_official_client_sends(first: HubSpotFake) -> None:
    owner = first.add_owner("sam@seller.example")
    person = first.add_contact("b@b.example", company="Acme")
    deal = first.add_deal(contacts=[person], hubspot_owner_id=owner)
    with wire_to(first) as wire:
        crm = HubSpot(wire, first.options)
        note, task = crm.create_note(deal, NOTE), crm.create_task(deal, TASK)
        crm.list_notes(deal, MARK)
        crm.update_note(deal, note.id, NOTE)
        crm.update_task(deal, task.id, TASK)
        crm.find_deals(DealHint(AT, emails=("b@b.example",)))
        crm.changed_deals(AT, None)
        crm.fields()
        crm.write_fields(deal, {"competitor": "Acme"})
        crm.check()
        crm.delete_note(deal, note.id)
    ours = sent_by_us(first)
    a_note = {"hs_timestamp": "2026-11-21T10:00:00.000Z", "hs_note_body": NOTE.html}
    a_task = {
        "hs_task_subject": TASK.title,
        "hs_task_body": f"Send the &lt;offer&gt;<br>{MARK}",
        "hs_timestamp": "2026-12-01T07:00:00.000Z",
    }
    new_task = {**a_task, "hs_task_status": "NOT_STARTED", "hs_task_type": "TODO"}
    changed = {"propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": "1763719080000"}
    changed["value"] = str(int((AT - timedelta(minutes=2)).timestamp() * 1000))
    email = {"propertyName": "email", "operator": "IN", "values": ["b@b.example"]}
    other = {"propertyName": "hs_additional_emails", "operator": "EQ", "value": "b@b.example"}
    read = next(b for _, path, _, b in ours if path.endswith("/0-3/batch/read"))
    form = next(b for _, path, _, b in ours if path.endswith("/introspect"))
    search = {"properties": list(CONTACT_PROPERTIES), "sorts": [], "limit": 100, "after": "0"}
    since = {"properties": ["hs_lastmodifieddate"], "sorts": ["hs_lastmodifieddate"]}
    as_official: list[tuple[Callable[[OfficialClient], object], Any]] = [
        (
            lambda c: c.crm.objects.notes.create(
                associations=on_deal(214, deal), properties=a_note
            ),
            None,
        ),
        (
            lambda c: c.crm.objects.tasks.create(
                associations=on_deal(216, deal), properties=new_task
            ),
            None,
        ),
        (lambda c: c.crm.objects.notes.update(note.id, properties=a_note), None),
        (lambda c: c.crm.objects.tasks.update(task.id, properties=a_task), None),
        (lambda c: c.crm.objects.notes.delete(note.id), None),
        (lambda c: c.crm.objects.deals.get(deal, properties=["hs_merged_object_ids"]), None),
        (lambda c: c.crm.objects.deals.update(deal, properties={"competitor": "Acme"}), None),
        (
            lambda c: c.crm.associations.batch.get(
                "notes", from_object_type="deals", inputs=[{"id": deal}]
            ),
            None,
        ),
        (
            lambda c: c.crm.objects.notes.batch.get(
                inputs=[{"id": note.id}], properties=["hs_note_body"], properties_with_history=[]
            ),
            None,
        ),
        (
            lambda c: c.crm.objects.deals.batch.get(
                inputs=[{"id": deal}],
                properties=read["properties"],
                properties_with_history=["dealstage"],
            ),
            None,
        ),
        (
            lambda c: c.crm.objects.contacts.search(
                filter_groups=[{"filters": [email]}, {"filters": [other]}], **search
            ),
            None,
        ),
        (
            lambda c: c.crm.objects.deals.search(
                filter_groups=[{"filters": [changed]}], limit=200, after="0", **since
            ),
            None,
        ),
        (lambda c: c.crm.pipelines.list("deals"), {"results": []}),
        (lambda c: list(c.crm.owners.list(limit=500, archived=False)), {"results": []}),
        (lambda c: c.crm.properties.list("deals"), {"results": []}),
        (lambda c: c.account.get(), None),
    ]
    for ask, said in as_official:
        wanted = sent_by_official(ask, said or {})
        assert wanted in ours, (wanted, [one for one in ours if one[1] == wanted[1]])
    introspection = sent_by_official(lambda c: c.auth.oauth.introspect_token(**form), {})
    assert introspection[:2] == ("POST", "/oauth/2026-03/token/introspect")


READ_AS: dict[str, type[BaseModel]] = {
    "/batch/read": BatchResponseSimplePublicObject,
    "/search": CollectionResponseWithTotalSimplePublicObject,
    "/details": PortalInformationResponse,
    "/pipelines/2026-03/deals": CollectionResponsePipelineNoPaging,
    "/properties/2026-03/deals": CollectionResponsePropertyNoPaging,
    "/owners/2026-03": CollectionResponsePublicOwnerForwardPaging,
    "/token": AccessTokenResponse,
    "/introspect": PublicAccessTokenInfoResponse,
}


def test_the_fake_answers_as_the_official_client_reads(first: HubSpotFake) -> None:
    """But for values that are not there: HubSpot says null, its client's models do not know it."""
    first.association_page = 1
    owner = first.add_owner("sam@seller.example")
    people = [first.add_contact(f"{n}@b.example", company="Acme") for n in range(3)]
    deal = first.add_deal(contacts=people, hubspot_owner_id=owner)
    with wire_to(first) as wire:
        crm = HubSpot(wire, first.options)
        first.expire_tokens()
        note = crm.create_note(deal, NOTE)
        crm.create_task(deal, TASK)
        crm.update_note(deal, note.id, NOTE)
        crm.list_notes(deal, MARK)
        crm.list_tasks(deal, MARK)
        crm.find_deals(DealHint(AT, companies=("acme",), emails=("0@b.example",), phones=("+33",)))
        crm.changed_deals(None, None)
        crm.fields()
        crm.check()
    used = set()
    for _, path, status, said in first.answers:
        assert status < 300, path
        ending = next((one for one in READ_AS if path.endswith(one)), "")
        model = READ_AS.get(ending, SimplePublicObject)
        if path.startswith("/crm/associations"):
            model = BatchResponsePublicAssociationMultiWithLabel
        model.model_validate(without_nulls(said))
        used.add(model)
    assert used == {
        *READ_AS.values(),
        SimplePublicObject,
        BatchResponsePublicAssociationMultiWithLabel,
    }


def without_nulls(said: Any) -> Any:
    if isinstance(said, list):
        return [without_nulls(one) for one in said]
    if isinstance(said, dict):
        return {name: without_nulls(one) for name, one in said.items() if one is not None}
    return said


def test_the_official_client_finds_its_way_about_the_fake(first: HubSpotFake) -> None:
    deal = first.add_deal("Known")
    client = OfficialClient(access_token="pat-first-token", base_url=first.url)  # noqa: S106
    with client:
        made = client.crm.objects.notes.create(
            associations=on_deal(214, deal),
            properties={"hs_timestamp": "2026-11-21T10:00:00.000Z", "hs_note_body": MARK},
        )
        found = client.crm.objects.deals.get(deal, properties=["dealname"])
        page = client.crm.owners.list()
    assert (first.notes[0].id, first.notes[0].deal_id) == (made.id, deal)
    assert found.properties["dealname"] == "Known"
    assert page.results == []
