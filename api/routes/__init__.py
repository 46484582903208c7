"""The API, a module a noun."""

from api.routes import (
    audit,
    calls,
    corrections,
    health,
    people,
    playback,
    recordings,
    reports,
    sessions,
    tokens,
    uploads,
    webhooks,
)

ROUTERS = (
    health.router,
    sessions.door,
    sessions.router,
    tokens.router,
    people.users,
    people.teams,
    calls.router,
    uploads.door,
    uploads.router,
    recordings.router,
    corrections.router,
    reports.router,
    playback.router,
    playback.door,
    webhooks.router,
    audit.router,
)
"""Every router, in the order the documentation shows them."""
