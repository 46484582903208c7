"""Users keep lists of calls and searches that they come back to.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Apply."""
    now = sa.text("now()")
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("place", AutoString(), nullable=False),
        sa.Column("name", AutoString(length=100), nullable=False),
        sa.Column("query", AutoString(length=4000), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 100", name=op.f("ck_saved_view_name")),
        sa.CheckConstraint("place IN ('calls', 'search')", name=op.f("ck_saved_view_place")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_saved_view_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint(
            "user_id", "place", "name", name=op.f("uq_saved_view_user_id_place_name")
        ),
    )
    op.create_index(op.f("ix_saved_view_user_id"), "saved_view", ["user_id"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("saved_view")
