"""What the API says of erasures, and of what is held about somebody."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field, model_validator

from api.views import Given, View
from models.privacy.holdings import Held
from models.privacy.orders import CallsOf, Kind, Wanted
from models.tables import Erasure


class PersonAsked(Given):
    """Somebody, by address, name, or both."""

    email: str | None = Field(default=None, max_length=320, examples=["jim@acme.example"])
    name: str | None = Field(default=None, max_length=200, examples=["Jim Lee"])


class ExportAsked(PersonAsked):
    """Whose data are wanted: a person's, or a user's of ours."""

    user_id: UUID | None = None
    with_recordings: bool = False


class ErasureAsked(PersonAsked):
    """What is to be erased: a call or an account by its id, a person by address or name."""

    kind: Kind
    id: UUID | None = Field(default=None, description="Of the call or the account.")
    calls: CallsOf = Field(
        default="delete",
        description="Of a person: whether calls they took part in go, or they are taken out.",
    )
    recordings: bool = Field(
        default=False, description="Whether the sound of calls they are taken out of goes too."
    )
    crm_notes: bool = Field(default=False, description="Whether notes written at CRMs go too.")

    @model_validator(mode="after")
    def _has_subject(self) -> "ErasureAsked":
        if self.kind != "person" and self.id is None:
            raise ValueError("give the id of what is to be erased")
        if self.kind == "person" and not (self.email or self.name):
            raise ValueError("give an e-mail address or a name")
        return self

    def wanted(self) -> Wanted:
        """The same as the store reads it."""
        return Wanted(
            self.kind,
            self.email,
            self.name,
            self.id,
            self.calls,
            self.recordings,
            self.crm_notes,
        )


class HeldView(View):
    """How much is held; `elsewhere` are rows outside their calls that name them, by table."""

    counts: dict[str, int]
    elsewhere: dict[str, int]
    call_ids: list[UUID]


class ErasureView(View):
    """An erasure and how far it is; of whom it is it does not say."""

    id: UUID
    kind: str
    state: str
    stage: str
    done: int
    total: int
    counts: dict[str, Any]
    failure: str | None
    label: str = Field(description="What stands in the person's place.")
    asked_by_id: UUID | None
    created_at: datetime
    finished_at: datetime | None


def held_view(held: Held) -> HeldView:
    """What is held, as the API says it."""
    return HeldView(counts=held.counts, elsewhere=held.elsewhere, call_ids=[*held.call_ids])


def erasure_view(erasure: Erasure) -> ErasureView:
    """An erasure, as the API says it."""
    return ErasureView.model_validate(erasure)
