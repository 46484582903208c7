"""What a provider's claims say of a person, as far as its word is taken."""

from collections.abc import Mapping
from typing import Any

from api.oidc.errors import SignInRefused
from api.settings import Settings
from models.identities import Stranger
from models.storable import readable

_LONGEST = 200


def wanted(settings: Settings) -> frozenset[str]:
    """Claims that are looked for."""
    groups = {settings.oidc_groups_claim} if settings.oidc_roles or settings.oidc_teams else set()
    return frozenset({"email", *groups})


def stranger_of(settings: Settings, claims: Mapping[str, Any]) -> Stranger:
    """Who it is by the claims. Raises SignInRefused for an address that is not to be believed."""
    email = claims.get("email")
    if not isinstance(email, str) or email.count("@") != 1 or len(email) > 320:
        raise SignInRefused("no_email", "no e-mail in the claims")
    if claims.get("email_verified") not in (True, "true") and not settings.oidc_trusts_email:
        raise SignInRefused("unverified", "email_verified is not true")
    email = readable(email.strip())
    domains = {one.lower().removeprefix("@") for one in settings.oidc_email_domains}
    if domains and email.rpartition("@")[2].lower() not in domains:
        raise SignInRefused("domain", "the e-mail is of another domain")
    subject = str(claims["sub"])
    if not subject or len(subject) > 255:
        raise SignInRefused("untrusted", "the subject is empty or too long")
    return Stranger(
        issuer=settings.oidc_issuer or "",
        subject=subject,
        email=email,
        name=_name(claims) or email.partition("@")[0],
        language="fr" if str(claims.get("locale", "")).lower().startswith("fr") else "en",
        groups=_groups(claims, settings.oidc_groups_claim),
    )


def _name(claims: Mapping[str, Any]) -> str:
    name = claims.get("name")
    return readable(name.strip())[:_LONGEST] if isinstance(name, str) else ""


def _groups(claims: Mapping[str, Any], claim: str) -> frozenset[str]:
    """The groups of a claim; dots lead into objects, as `realm_access.roles`."""
    found: Any = claims.get(claim)
    if found is None and "." in claim:
        found = claims
        for part in claim.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return frozenset({found})
    return frozenset(map(str, found)) if isinstance(found, list) else frozenset()
