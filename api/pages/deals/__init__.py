"""Deals: the list, and the story of each."""

from api.pages.deals import crm, editing, list_page, page

ROUTERS = (
    crm.router,
    editing.router,
    list_page.router,
    page.router,
)
