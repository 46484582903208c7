"""The pages, a module each: a dataclass of what is shown, and the routes that fill it."""

from api.pages import signing_in

PAGES = (
    signing_in.door,
    signing_in.router,
)
