"""Consent is recorded, retention rules delete, and legal holds keep.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlmodel.sql.sqltypes import AutoString

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | None = None
depends_on: str | None = None

_STATES = ("empty", "waiting", "hearing", "understanding", "ready", "failed", "cancelled")
_DECLARED = """
UPDATE call SET consent = 'consented', consent_at = said.at, consent_by_id = said.actor_id
FROM (
    SELECT DISTINCT ON (subject_id) subject_id, at, actor_id FROM audit_entry
    WHERE verb = 'declare_consent' AND noun = 'calls' AND subject_id IS NOT NULL
    ORDER BY subject_id, id
) said
WHERE call.id::text = said.subject_id
    AND (said.actor_id IS NULL OR EXISTS (SELECT 1 FROM "user" WHERE id = said.actor_id))
"""
"""What was declared with uploads stood in the trail alone."""


def _allow(*states: str) -> None:
    listed = ", ".join(f"'{one}'" for one in states)
    op.drop_constraint(op.f("ck_call_state"), "call", type_="check")
    op.create_check_constraint(op.f("ck_call_state"), "call", f"state IN ({listed})")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "doomed_file",
        sa.Column("key", AutoString(length=300), nullable=False),
        sa.Column(
            "since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_doomed_file")),
    )
    op.create_table(
        "retention_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "beat_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("failure", AutoString(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_run")),
    )
    op.create_index("ix_retention_run_recent", "retention_run", ["started_at"], unique=False)
    op.create_table(
        "retention_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("recording_days", sa.Integer(), nullable=True),
        sa.Column("transcript_days", sa.Integer(), nullable=True),
        sa.Column("analysis_days", sa.Integer(), nullable=True),
        sa.Column("notes_days", sa.Integer(), nullable=True),
        sa.Column("keep_percent", sa.Integer(), nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "keep_percent BETWEEN 0 AND 100", name=op.f("ck_retention_rule_keep_percent")
        ),
        sa.CheckConstraint(
            "least(recording_days, transcript_days, analysis_days, notes_days) >= 1",
            name=op.f("ck_retention_rule_days"),
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["team.id"], name=op.f("fk_retention_rule_team_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_rule")),
        sa.UniqueConstraint(
            "team_id", name=op.f("uq_retention_rule_team_id"), postgresql_nulls_not_distinct=True
        ),
    )
    op.create_index(op.f("ix_retention_rule_team_id"), "retention_rule", ["team_id"], unique=False)
    op.create_table(
        "processing_objection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("email", AutoString(length=320), nullable=False),
        sa.Column("note", AutoString(length=1000), nullable=True),
        sa.Column("noted_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["noted_by_id"],
            ["user.id"],
            name=op.f("fk_processing_objection_noted_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_processing_objection")),
    )
    op.create_index(
        "uq_processing_objection_email",
        "processing_objection",
        [sa.literal_column("lower(email)")],
        unique=True,
    )
    op.create_table(
        "retention",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column(
            "turned_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("turned_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_retention_alone")),
        sa.ForeignKeyConstraint(
            ["turned_by_id"],
            ["user.id"],
            name=op.f("fk_retention_turned_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention")),
    )
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("call_id", sa.Uuid(), nullable=True),
        sa.Column("deal_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("reason", AutoString(), nullable=False),
        sa.Column("placed_by_id", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("length(reason) BETWEEN 1 AND 1000", name=op.f("ck_legal_hold_reason")),
        sa.CheckConstraint(
            "num_nonnulls(call_id, deal_id, account_id) = 1", name=op.f("ck_legal_hold_one")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_legal_hold_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_legal_hold_call_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["deal.id"], name=op.f("fk_legal_hold_deal_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["lifted_by_id"],
            ["user.id"],
            name=op.f("fk_legal_hold_lifted_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["placed_by_id"],
            ["user.id"],
            name=op.f("fk_legal_hold_placed_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    op.create_index(op.f("ix_legal_hold_account_id"), "legal_hold", ["account_id"], unique=False)
    op.create_index(op.f("ix_legal_hold_call_id"), "legal_hold", ["call_id"], unique=False)
    op.create_index(op.f("ix_legal_hold_deal_id"), "legal_hold", ["deal_id"], unique=False)
    op.create_index(
        "uq_legal_hold_account_id",
        "legal_hold",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_index(
        "uq_legal_hold_call_id",
        "legal_hold",
        ["call_id"],
        unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_index(
        "uq_legal_hold_deal_id",
        "legal_hold",
        ["deal_id"],
        unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.add_column(
        "call", sa.Column("consent", AutoString(), server_default="unknown", nullable=False)
    )
    op.add_column("call", sa.Column("consent_basis", AutoString(length=300), nullable=True))
    op.add_column("call", sa.Column("consent_by_id", sa.Uuid(), nullable=True))
    op.add_column("call", sa.Column("consent_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "call", sa.Column("recording_deleted_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "call", sa.Column("transcript_deleted_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "call", sa.Column("analysis_deleted_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("call", sa.Column("notes_deleted_at", sa.DateTime(timezone=True), nullable=True))
    op.create_foreign_key(
        op.f("fk_call_consent_by_id"),
        "call",
        "user",
        ["consent_by_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.add_column(
        "team",
        sa.Column(
            "without_consent", AutoString(length=20), server_default="process", nullable=False
        ),
    )
    _allow(*_STATES, "held")
    op.create_check_constraint(
        op.f("ck_call_consent"),
        "call",
        "consent IN ('unknown', 'consented', 'refused', 'not_needed')",
    )
    op.create_check_constraint(
        op.f("ck_call_basis"), "call", "consent <> 'not_needed' OR consent_basis IS NOT NULL"
    )
    op.create_check_constraint(
        op.f("ck_team_without_consent"),
        "team",
        "without_consent IN ('process', 'transcribe', 'keep', 'refuse')",
    )
    op.execute(_DECLARED)


def downgrade() -> None:
    """Take back."""
    op.drop_constraint(op.f("ck_team_without_consent"), "team", type_="check")
    op.drop_constraint(op.f("ck_call_basis"), "call", type_="check")
    op.drop_constraint(op.f("ck_call_consent"), "call", type_="check")
    op.execute("UPDATE call SET state = 'cancelled' WHERE state = 'held'")
    _allow(*_STATES)
    op.drop_column("team", "without_consent")
    op.drop_constraint(op.f("fk_call_consent_by_id"), "call", type_="foreignkey")
    op.drop_column("call", "notes_deleted_at")
    op.drop_column("call", "analysis_deleted_at")
    op.drop_column("call", "transcript_deleted_at")
    op.drop_column("call", "recording_deleted_at")
    op.drop_column("call", "consent_at")
    op.drop_column("call", "consent_by_id")
    op.drop_column("call", "consent_basis")
    op.drop_column("call", "consent")
    op.drop_index(
        "uq_legal_hold_deal_id",
        table_name="legal_hold",
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.drop_index(
        "uq_legal_hold_call_id",
        table_name="legal_hold",
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.drop_index(
        "uq_legal_hold_account_id",
        table_name="legal_hold",
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.drop_index(op.f("ix_legal_hold_deal_id"), table_name="legal_hold")
    op.drop_index(op.f("ix_legal_hold_call_id"), table_name="legal_hold")
    op.drop_index(op.f("ix_legal_hold_account_id"), table_name="legal_hold")
    op.drop_table("legal_hold")
    op.drop_table("retention")
    op.drop_index("uq_processing_objection_email", table_name="processing_objection")
    op.drop_table("processing_objection")
    op.drop_index(op.f("ix_retention_rule_team_id"), table_name="retention_rule")
    op.drop_table("retention_rule")
    op.drop_index("ix_retention_run_recent", table_name="retention_run")
    op.drop_table("retention_run")
    op.drop_table("doomed_file")
