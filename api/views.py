"""What several routes answer with."""

from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

_Item = TypeVar("_Item")


class View(BaseModel):
    """Something read off a row."""

    model_config = ConfigDict(from_attributes=True)


class Page(BaseModel, Generic[_Item]):
    """Some of a list; `next` is the cursor of the page after, null on the last."""

    items: list[_Item]
    next: str | None = Field(default=None, examples=["WyIyMDI2LTExLTIwVDE4OjAwOjAwKzAwOjAwIl0"])


class Given(BaseModel):
    """What a request brings: nothing unknown, no blanks around words."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Made(View):
    """What a new thing is called."""

    id: UUID
    created_at: datetime
