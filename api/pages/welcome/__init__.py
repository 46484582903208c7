"""The first hour."""

from api.pages.welcome import join, page, start

ROUTERS = (
    page.door,
    join.door,
    start.router,
)
