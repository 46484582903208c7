"""Finding calls: the library, the search, and views that are kept."""

from api.pages.library import page, saved, search

ROUTERS = (
    page.router,
    saved.router,
    search.router,
)
