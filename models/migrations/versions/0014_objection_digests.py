"""An objection outlives an erasure: a keyed digest stands in place of the address.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Apply."""
    op.add_column("processing_objection", sa.Column("digest", AutoString(length=64)))
    op.alter_column("processing_objection", "email", nullable=True)
    op.create_unique_constraint(
        op.f("uq_processing_objection_digest"), "processing_objection", ["digest"]
    )
    op.create_check_constraint(
        op.f("ck_processing_objection_whose"),
        "processing_objection",
        "num_nonnulls(email, digest) = 1",
    )


def downgrade() -> None:
    """Undo; people who were erased are not recognised any more."""
    op.execute("DELETE FROM processing_objection WHERE email IS NULL")
    op.drop_constraint(op.f("ck_processing_objection_whose"), "processing_objection")
    op.drop_constraint(op.f("uq_processing_objection_digest"), "processing_objection")
    op.alter_column("processing_objection", "email", nullable=False)
    op.drop_column("processing_objection", "digest")
