"""Connections to CRMs, and what is pushed there; deals know more of what CRMs say.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlmodel.sql.sqltypes import AutoString

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "crm_connection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("name", AutoString(length=100), nullable=False),
        sa.Column("kind", AutoString(length=20), nullable=False),
        sa.Column("origin", AutoString(length=40), nullable=False),
        sa.Column("address", AutoString(length=500), nullable=False),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("last_error", AutoString(), nullable=True),
        sa.Column("account", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("parked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("push_when", AutoString(), nullable=False),
        sa.Column("rule", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("language", AutoString(length=8), nullable=True),
        sa.Column("template", AutoString(), nullable=True),
        sa.Column("with_tasks", sa.Boolean(), nullable=False),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_synced", sa.Boolean(), nullable=False),
        sa.Column("sync_every_min", sa.Integer(), nullable=False),
        sa.Column("sync_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sync_cursor", AutoString(), nullable=True),
        sa.Column("sync_began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("synced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sync_error", AutoString(), nullable=True),
        sa.Column("sync_counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('hubspot', 'salesforce', 'pipedrive', 'tryton', 'console')",
            name=op.f("ck_crm_connection_kind"),
        ),
        sa.CheckConstraint(
            "push_when IN ('by_hand', 'rule', 'always')", name=op.f("ck_crm_connection_push_when")
        ),
        sa.CheckConstraint(
            "state IN ('new', 'ready', 'needs_login', 'off')", name=op.f("ck_crm_connection_state")
        ),
        sa.CheckConstraint(
            "sync_every_min BETWEEN 1 AND 10080", name=op.f("ck_crm_connection_sync_every_min")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["user.id"],
            name=op.f("fk_crm_connection_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_connection")),
        sa.UniqueConstraint("name", name=op.f("uq_crm_connection_name")),
        sa.UniqueConstraint("origin", name=op.f("uq_crm_connection_origin")),
    )
    op.create_table(
        "deal_override",
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("field", AutoString(length=40), nullable=False),
        sa.Column("ours", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("theirs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user.id"], name=op.f("fk_deal_override_author_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["deal.id"], name=op.f("fk_deal_override_deal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("deal_id", "field", name=op.f("pk_deal_override")),
    )
    op.create_table(
        "crm_push",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("is_asked", sa.Boolean(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=True),
        sa.Column("deal_ref", AutoString(length=200), nullable=True),
        sa.Column("deal_name", AutoString(length=300), nullable=True),
        sa.Column("deal_url", AutoString(length=2000), nullable=True),
        sa.Column("chosen_by_id", sa.Uuid(), nullable=True),
        sa.Column("candidates", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("why", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("matched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note_id", AutoString(length=200), nullable=True),
        sa.Column("note_deal_ref", AutoString(length=200), nullable=True),
        sa.Column("note_url", AutoString(length=2000), nullable=True),
        sa.Column("note_hash", AutoString(length=64), nullable=True),
        sa.Column("tasks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("fields_hash", AutoString(length=64), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tried", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("uncertain_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("try_number", sa.BigInteger(), nullable=True),
        sa.Column("last_error", AutoString(), nullable=True),
        sa.Column("pushed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'held', 'asking', 'unmatched', 'pushed', 'skipped', 'failed')",
            name=op.f("ck_crm_push_state"),
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["user.id"], name=op.f("fk_crm_push_asked_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_crm_push_call_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["chosen_by_id"],
            ["user.id"],
            name=op.f("fk_crm_push_chosen_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["crm_connection.id"],
            name=op.f("fk_crm_push_connection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_push")),
        sa.UniqueConstraint(
            "connection_id", "call_id", name=op.f("uq_crm_push_connection_id_call_id")
        ),
    )
    op.create_index(op.f("ix_crm_push_call_id"), "crm_push", ["call_id"], unique=False)
    op.create_index(op.f("ix_crm_push_connection_id"), "crm_push", ["connection_id"], unique=False)
    op.create_index("ix_crm_push_recent", "crm_push", ["created_at", "id"], unique=False)
    op.create_index("ix_crm_push_state", "crm_push", ["state", "next_try_at"], unique=False)
    op.create_index(
        "ix_call_deal_ready",
        "call",
        ["deal_id", "started_at"],
        postgresql_where=sa.text("state = 'ready'"),
    )
    op.add_column("deal", sa.Column("pipeline", AutoString(length=100), nullable=True))
    op.add_column("deal", sa.Column("probability", sa.Float(), nullable=True))
    op.create_check_constraint(op.f("ck_deal_probability"), "deal", "probability BETWEEN 0 AND 1")
    op.add_column("deal", sa.Column("expected_on", sa.Date(), nullable=True))
    op.add_column("deal", sa.Column("lost_reason", AutoString(length=300), nullable=True))
    op.add_column("deal", sa.Column("url", AutoString(length=2000), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("deal", "url")
    op.drop_column("deal", "lost_reason")
    op.drop_column("deal", "expected_on")
    op.drop_constraint(op.f("ck_deal_probability"), "deal")
    op.drop_column("deal", "probability")
    op.drop_column("deal", "pipeline")
    op.drop_index("ix_call_deal_ready", table_name="call")
    op.drop_index("ix_crm_push_state", table_name="crm_push")
    op.drop_index("ix_crm_push_recent", table_name="crm_push")
    op.drop_index(op.f("ix_crm_push_connection_id"), table_name="crm_push")
    op.drop_index(op.f("ix_crm_push_call_id"), table_name="crm_push")
    op.drop_table("crm_push")
    op.drop_table("deal_override")
    op.drop_table("crm_connection")
