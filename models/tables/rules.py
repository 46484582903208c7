"""What a team looks for and coaches, kept as its own file with all its versions."""

from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from models.tables.columns import Row, points_to


class Playbook(Row, table=True):
    """One version of a playbook, word for word as docs/playbook.md describes it.

    The highest version of a name is the one in force; a team's own goes before everybody's.
    """

    __tablename__ = "playbook"
    __table_args__ = (
        UniqueConstraint("name", "version"),
        CheckConstraint("version >= 1", name="version"),
    )

    name: str = Field(max_length=200)
    version: int = 1
    team_id: UUID | None = points_to("team.id", on_delete="SET NULL", default=None)
    text: str
    """TOML."""
    is_active: bool = True
    created_by_id: UUID | None = Field(default=None, foreign_key="user.id", ondelete="SET NULL")
