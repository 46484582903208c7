"""Playbooks: read, changed, tried on a call, put in force."""

from api.pages.playbooks import editing, file, page, trying

ROUTERS = (
    editing.router,
    file.router,
    trying.router,
    page.router,
)
