"""Adding calls: what is guessed, told and sent."""

from api.pages.upload import files, page

ROUTERS = (
    page.router,
    files.router,
)
