"""Deals: the list, and the story of each."""

from api.pages.deals import editing, list_page, page

ROUTERS = (
    editing.router,
    list_page.router,
    page.router,
)
