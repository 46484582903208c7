"""Whom HubSpot's credentials speak for, and what they may do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from api.crm.errors import CrmRejected
from api.crm.hubspot_access import NAME, NEEDED_SCOPES
from api.crm.hubspot_reading import Portal, parsed
from api.crm.port import CrmAccount
from api.crm.wire import Answer, Asked, Wire

_PRIVATE_APP = "/oauth/v2/private-apps/get/access-token-info"
_PROBES: Mapping[str, str] = {
    "crm.objects.deals.read": "/crm/objects/{V}/0-3",
    "crm.objects.contacts.read": "/crm/objects/{V}/notes",
    "crm.objects.companies.read": "/crm/objects/{V}/companies",
    "crm.objects.owners.read": "/crm/owners/{V}",
}


@dataclass(frozen=True, slots=True)
class _Rights:
    scopes: tuple[str, ...]
    lacks: tuple[str, ...]
    user: str | None = None
    hub: str | None = None


def account(wire: Wire, version: str) -> CrmAccount:
    """The account of a connection. Raises CrmNeedsLogin for credentials that open nothing."""
    try:
        answer = wire.call(Asked("GET", f"/account-info/{version}/details"))
        portal = next(parsed([answer.body], Portal, "account"), Portal())
        limits = _limits(answer)
    except CrmRejected:
        portal, limits = Portal(), ()
    has = _rights(wire, version)
    number = f"{NAME} {portal.portal_id}" if portal.portal_id else NAME
    return CrmAccount(
        name=portal.portal_name or has.hub or number,
        user=has.user,
        scopes=has.scopes,
        lacks=has.lacks,
        limits=limits,
        api_version=version,
        web_url=portal.web_url,
    )


def _rights(wire: Wire, version: str) -> _Rights:
    """By asking what the token is for; by trying where HubSpot does not tell that."""
    credentials = wire.grant.current()
    token = credentials.get("access_token") or ""
    try:
        if credentials.get("refresh_token"):
            form = {
                "client_id": credentials.get("client_id") or "",
                "client_secret": credentials.get("client_secret") or "",
                "token": token,
                "token_type_hint": "access_token",
            }
            asked = Asked("POST", f"/oauth/{version}/token/introspect", form=form, is_signed=False)
        else:
            asked = Asked("POST", _PRIVATE_APP, body={"tokenKey": token})
        body = wire.call(asked).body
    except CrmRejected:
        body = None
    if not isinstance(body, dict) or not isinstance(body.get("scopes"), list):
        return _tried(wire, version)
    scopes = tuple(sorted(str(one) for one in body["scopes"]))
    lacks = (one for one in NEEDED_SCOPES if one not in scopes)
    return _Rights(scopes, _in_words(lacks), _text(body.get("user")), _text(body.get("hub_domain")))


def _tried(wire: Wire, version: str) -> _Rights:
    """What may be read; whether notes may be written shows only when one is."""
    lacks = []
    for scope, path in _PROBES.items():
        try:
            wire.call(Asked("GET", path.replace("{V}", version), params={"limit": "1"}))
        except CrmRejected:
            lacks.append(scope)
    return _Rights((), _in_words(lacks))


def _in_words(scopes: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{NEEDED_SCOPES[one]} ({one})" for one in scopes)


def _limits(answer: Answer) -> tuple[str, ...]:
    """What is left of the day's calls, where HubSpot tells it: not with OAuth."""
    most = answer.headers.get("x-hubspot-ratelimit-daily", "")
    left = answer.headers.get("x-hubspot-ratelimit-daily-remaining", "")
    if not (_is_count(most) and _is_count(left)):
        return ()
    return (f"{int(left):,} of {int(most):,} calls left today",)


def _is_count(value: str) -> bool:
    return value.isascii() and value.isdecimal() and len(value) < 12


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
