"""What was asked to be erased, how far that is, and the lines that prove it."""

from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from models.tables.columns import Json, Row, document, instant, made_at, one_of, points_to

ERASED_KINDS = ("call", "person", "account")
CALLS_OF_PERSON = ("delete", "take_out")


class Erasure(Row, table=True):
    """An order to erase; whom it is about is sealed, and gone once it is done.

    `wanted` is what was chosen, `plan` what is left to do (ids, uploads, notes at CRMs),
    `label` what stands in a person's place, `counts` what went so far.
    """

    __tablename__ = "erasure"
    __table_args__ = (
        one_of("kind", *ERASED_KINDS),
        one_of("state", "waiting", "running", "done", "failed"),
    )

    kind: str
    subject: bytes | None = Field(default=None, sa_type=LargeBinary, repr=False)
    digests: Json = document()
    wanted: Json = document()
    label: str = Field(max_length=20)
    state: str = "waiting"
    stage: str = Field(default="calls", max_length=20)
    done: int = 0
    total: int = 0
    counts: Json = document()
    plan: Json = document()
    failure: str | None = None
    asked_by_id: UUID | None = points_to("user.id", on_delete="SET NULL", default=None)
    finished_at: AwareDatetime | None = instant(default=None)


class ErasureProof(SQLModel, table=True):
    """That something was erased, when and by whom, without saying of whom; rows are only added.

    `digests` are keyed digests of the subject: whoever holds the signing key and a name can tell
    whether it was this one. `signature` is over all the rest.
    """

    __tablename__ = "erasure_proof"
    __table_args__ = (one_of("kind", *ERASED_KINDS, "crm_notes"),)

    id: UUID = Field(primary_key=True)
    erasure_id: UUID = Field(index=True)
    kind: str
    digests: Json = document()
    wanted: Json = document()
    counts: Json = document()
    label: str = Field(max_length=20)
    by: str = Field(max_length=64)
    """The id of the user who asked for it, or a program's name."""
    at: AwareDatetime = made_at()
    signature: str = Field(max_length=64)
