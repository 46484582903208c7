"""The pages, a package an area: dataclasses of what is shown, and the routes that fill them."""

from api.pages import (
    calls,
    coaching,
    deals,
    home,
    kpis,
    library,
    playbooks,
    provider_sign_in,
    settings,
    signing_in,
    upload,
    welcome,
)

PAGES = (
    signing_in.door,
    signing_in.router,
    provider_sign_in.door,
    *calls.ROUTERS,
    *coaching.ROUTERS,
    *deals.ROUTERS,
    *home.ROUTERS,
    *kpis.ROUTERS,
    *library.ROUTERS,
    *playbooks.ROUTERS,
    *settings.ROUTERS,
    *upload.ROUTERS,
    *welcome.ROUTERS,
)
"""Every router of pages."""
