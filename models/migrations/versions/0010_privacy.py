"""What is to be erased is ordered, done step by step, and proven.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlmodel.sql.sqltypes import AutoString

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | None = None
depends_on: str | None = None

_APPEND_ONLY = """
CREATE TRIGGER erasure_proof_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON erasure_proof
FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_is_append_only();
"""


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "erasure_proof",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("erasure_id", sa.Uuid(), nullable=False),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("digests", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("wanted", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("label", AutoString(length=20), nullable=False),
        sa.Column("by", AutoString(length=64), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("signature", AutoString(length=64), nullable=False),
        sa.CheckConstraint(
            "kind IN ('call', 'person', 'account', 'crm_notes')", name=op.f("ck_erasure_proof_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_proof")),
    )
    op.create_index(
        op.f("ix_erasure_proof_erasure_id"), "erasure_proof", ["erasure_id"], unique=False
    )
    op.create_table(
        "erasure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=True),
        sa.Column("digests", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("wanted", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("label", AutoString(length=20), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("stage", AutoString(length=20), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("plan", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("failure", AutoString(), nullable=True),
        sa.Column("asked_by_id", sa.Uuid(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('call', 'person', 'account')", name=op.f("ck_erasure_kind")),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed')", name=op.f("ck_erasure_state")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["user.id"], name=op.f("fk_erasure_asked_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.create_index(op.f("ix_erasure_asked_by_id"), "erasure", ["asked_by_id"], unique=False)
    op.execute(_APPEND_ONLY)


def downgrade() -> None:
    """Take back."""
    op.drop_index(op.f("ix_erasure_asked_by_id"), table_name="erasure")
    op.drop_table("erasure")
    op.drop_index(op.f("ix_erasure_proof_erasure_id"), table_name="erasure_proof")
    op.drop_table("erasure_proof")
