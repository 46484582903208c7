"""Settings: of one's own, and of the company."""

from api.pages.settings import (
    account,
    audit,
    demo,
    imports,
    models,
    people,
    person,
    storage,
    teams,
    tokens,
    watched,
    webhook,
    webhooks,
)

ROUTERS = (
    audit.router,
    imports.router,
    people.router,
    account.router,
    demo.router,
    models.router,
    person.router,
    storage.router,
    tokens.router,
    watched.router,
    webhook.router,
    webhooks.router,
    teams.router,
    imports.bodies,
)
