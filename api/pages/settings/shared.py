"""What the pages of settings have in common: who may open them, and what fields allow."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import available_timezones

from fastapi import Depends, Form, Query

from api.pages.frame import Reader, ReaderDep
from api.pages.words import Words, marked
from models.rights import require
from models.storable import readable

LANGUAGES = {"en": "English", "fr": "Français"}
ROLES = {"rep": marked("Rep"), "manager": marked("Manager"), "admin": marked("Admin")}
SHORTEST_PASSWORD = 10
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_NOT_PLACES = ("Etc/", "SystemV/", "US/", "Brazil/", "Canada/", "Chile/", "Mexico/")


def _admin(reader: ReaderDep) -> Reader:
    require(reader.user, "admin")
    return reader


AdminReaderDep = Annotated[Reader, Depends(_admin)]
NextForm = Annotated[str, Form(max_length=2000)]
CursorQuery = Annotated[str | None, Query(max_length=1000)]


@lru_cache(maxsize=1)
def zones() -> tuple[str, ...]:
    """The time zones to choose from, named by their cities."""
    named = (one for one in available_timezones() if "/" in one)
    return ("UTC", *sorted(one for one in named if not one.startswith(_NOT_PLACES)))


def is_zone(name: str) -> bool:
    """Whether there is such a time zone."""
    return name in available_timezones()


def is_email(typed: str) -> bool:
    """Whether it is written as an address is."""
    return _EMAIL.fullmatch(readable(typed.strip())) is not None


def wrong_zone(words: Words) -> str:
    """What to say of a time zone that there is not."""
    return words("There is no such time zone. Choose one of the list, such as Europe/Paris.")


def wrong_password(words: Words) -> str:
    """What to say of a password that is too short."""
    return words("Use %(count)s characters or more.", count=SHORTEST_PASSWORD)


def address(path: str, asked: Mapping[str, object]) -> str:
    """A path with what is asked, as far as anything is."""
    said = {name: str(value) for name, value in asked.items() if value not in {None, ""}}
    return f"{path}?{urlencode(said)}" if said else path
