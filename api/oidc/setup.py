"""What the settings say of the provider: whom it is, and what its word is worth."""

from fastapi import Request

from api.oidc.provider import Client, Provider
from api.settings import Settings
from models.identities import Admission


def is_set_up(settings: Settings) -> bool:
    """Whether there is a provider."""
    return settings.oidc_issuer is not None


def provider_of(request: Request, settings: Settings) -> Provider:
    """The provider of this process. The settings must name one."""
    state = request.app.state
    found: Provider | None = getattr(state, "oidc_provider", None)
    if found is None:
        found = state.oidc_provider = Provider(_client(settings))
    return found


def admission(settings: Settings) -> Admission:
    """Whom the provider may let in, and as what."""
    return Admission(
        creates=settings.oidc_creates,
        roles=dict(settings.oidc_roles),
        teams=dict(settings.oidc_teams),
    )


def _client(settings: Settings) -> Client:
    secret = settings.oidc_client_secret
    return Client(
        issuer=settings.oidc_issuer or "",
        client_id=settings.oidc_client_id or "",
        secret=secret.get_secret_value() if secret else None,
        scopes=settings.oidc_scopes,
    )
