"""What is struck out of calls, and originals aside.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlmodel.sql.sqltypes import AutoString

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "redaction_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kinds",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("originals", AutoString(length=20), nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "originals IN ('none', 'admins', 'managers')", name=op.f("ck_redaction_rule_originals")
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["team.id"], name=op.f("fk_redaction_rule_team_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redaction_rule")),
        sa.UniqueConstraint(
            "team_id", name=op.f("uq_redaction_rule_team_id"), postgresql_nulls_not_distinct=True
        ),
    )
    op.create_index(op.f("ix_redaction_rule_team_id"), "redaction_rule", ["team_id"], unique=False)
    op.create_table(
        "original",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("readers", AutoString(length=20), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("key", AutoString(length=300), nullable=True),
        sa.Column("sha256", AutoString(length=64), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("origin_name", AutoString(length=300), nullable=True),
        sa.Column(
            "kept_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_original_call_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_original")),
    )
    op.create_index(op.f("ix_original_key"), "original", ["key"], unique=False)
    op.create_table(
        "redaction",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kinds",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "stretches",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("toned", sa.Integer(), nullable=False),
        sa.Column("sound", AutoString(length=20), nullable=False),
        sa.Column(
            "looked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "sound IN ('due', 'done', 'none', 'failed')", name=op.f("ck_redaction_sound")
        ),
        sa.CheckConstraint("toned >= 0", name=op.f("ck_redaction_toned")),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_redaction_call_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_redaction")),
    )
    op.create_index(
        "ix_redaction_due",
        "redaction",
        ["call_id"],
        unique=False,
        postgresql_where=sa.text("sound = 'due'"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index(
        "ix_redaction_due", table_name="redaction", postgresql_where=sa.text("sound = 'due'")
    )
    op.drop_table("redaction")
    op.drop_index(op.f("ix_original_key"), table_name="original")
    op.drop_table("original")
    op.drop_index(op.f("ix_redaction_rule_team_id"), table_name="redaction_rule")
    op.drop_table("redaction_rule")
