"""Home: what needs the reader now."""

from api.pages.home import page

ROUTERS = (page.router,)
