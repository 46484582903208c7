"""What HubSpot tells of an account that its objects do not say."""

from datetime import UTC, datetime
from typing import Any

from tests.crm.fakes.hubspot_state import STAGES, iso

CLIENT, CLIENT_SECRET = "client-of-talktrack", "client-secret-of-talktrack"
SCOPES = [
    "crm.objects.companies.read",
    "crm.objects.contacts.read",
    "crm.objects.contacts.write",
    "crm.objects.deals.read",
    "crm.objects.deals.write",
    "crm.objects.owners.read",
    "oauth",
]


def introspected(token: str, scopes: list[str]) -> dict[str, Any]:
    return {
        "active": True,
        "token": token,
        "app_id": 456,
        "client_id": CLIENT,
        "expires_in": 1700,
        "hub_id": 62515,
        "hub_domain": "buyers.example",
        "is_private_distribution": True,
        "scopes": scopes,
        "signed_access_token": SIGNED,
        "token_type": "access",
        "token_use": "access_token",
        "user_id": 123,
        "user": "admin@buyers.example",
    }


def pipeline() -> dict[str, Any]:
    at = iso(datetime(2020, 1, 1, tzinfo=UTC))
    stages = [
        {
            "id": stage_id,
            "label": label,
            "displayOrder": order,
            "metadata": {"isClosed": closed, "probability": probability},
            "createdAt": at,
            "updatedAt": at,
            "archived": False,
            "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
        }
        for order, (stage_id, label, probability, closed) in enumerate(STAGES)
    ]
    return {
        "id": "default",
        "label": "Sales pipeline",
        "displayOrder": 0,
        "stages": stages,
        "createdAt": at,
        "updatedAt": at,
        "archived": False,
    }


def told_property(name: str, kind: str, field_type: str, is_shut: bool) -> dict[str, Any]:
    return {
        "name": name,
        "label": name.replace("_", " ").capitalize(),
        "description": "",
        "groupName": "dealinformation",
        "type": kind,
        "fieldType": field_type,
        "options": [],
        "calculated": False,
        "hidden": False,
        "modificationMetadata": {
            "archivable": True,
            "readOnlyDefinition": True,
            "readOnlyValue": is_shut,
        },
    }


PROPERTIES = (
    ("hs_next_step", "string", "text", False),
    ("competitor", "string", "textarea", False),
    ("description", "string", "textarea", False),
    ("amount", "number", "number", False),
    ("dealstage", "enumeration", "radio", False),
    ("hs_object_source", "string", "text", True),
)
PORTAL = {
    "portalId": 62515,
    "accountType": "STANDARD",
    "timeZone": "Europe/Paris",
    "companyCurrency": "EUR",
    "additionalCurrencies": ["USD"],
    "utcOffset": "+01:00",
    "utcOffsetMilliseconds": 3_600_000,
    "uiDomain": "app-eu1.hubspot.com",
    "dataHostingLocation": "eu1",
}
SIGNED = {
    "appId": 456,
    "expiresAt": 1,
    "hubId": 62515,
    "hublet": "eu1",
    "installingUserId": 123,
    "isPrivateDistribution": True,
    "isServiceAccount": False,
    "isUserLevel": False,
    "newSignature": "",
    "scopes": "",
    "scopeToScopeGroupPks": "",
    "signature": "",
    "trialScopes": "",
    "trialScopeToScopeGroupPks": "",
    "userId": 123,
}
