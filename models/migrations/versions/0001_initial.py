"""The first schema."""

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy.dialects import postgresql
from sqlmodel.sql.sqltypes import AutoString

from models.queue_schema import drop_queue, make_queue

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# An entry of the trail cannot be changed or taken back, even by a mistake of ours.
_APPEND_ONLY = """
CREATE FUNCTION audit_entry_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit entries are only ever added';
END $$;
CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_is_append_only();
"""


def upgrade() -> None:
    """Apply."""
    op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    make_queue(op.get_bind())
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("origin", AutoString(length=40), nullable=False),
        sa.Column("ref", AutoString(length=200), nullable=True),
        sa.Column("name", AutoString(length=300), nullable=False),
        sa.Column("domain", AutoString(length=253), nullable=True),
        sa.Column("region", AutoString(length=200), nullable=True),
        sa.Column("industry", AutoString(length=200), nullable=True),
        sa.Column("became_customer_on", sa.Date(), nullable=True),
        sa.Column("churned_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("origin", "ref", name=op.f("uq_account_origin_ref")),
    )
    op.create_index(op.f("ix_account_domain"), "account", ["domain"], unique=False)
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor", AutoString(length=320), nullable=False),
        sa.Column("verb", AutoString(length=60), nullable=False),
        sa.Column("noun", AutoString(length=60), nullable=False),
        sa.Column("subject_id", AutoString(length=200), nullable=True),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index("ix_audit_entry_actor", "audit_entry", ["actor_id", "id"], unique=False)
    op.create_index("ix_audit_entry_subject", "audit_entry", ["noun", "subject_id"], unique=False)
    op.create_table(
        "fx_rate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("origin", AutoString(length=40), nullable=False),
        sa.Column("ref", AutoString(length=200), nullable=True),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("currency", AutoString(length=3), nullable=False),
        sa.Column("eur_per_unit", sa.Float(), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_fx_rate_currency")),
        sa.CheckConstraint("eur_per_unit > 0", name=op.f("ck_fx_rate_eur_per_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fx_rate")),
        sa.UniqueConstraint("month", "currency", name=op.f("uq_fx_rate_month_currency")),
        sa.UniqueConstraint("origin", "ref", name=op.f("uq_fx_rate_origin_ref")),
    )
    op.create_table(
        "spend",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("origin", AutoString(length=40), nullable=False),
        sa.Column("ref", AutoString(length=200), nullable=True),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("campaign", AutoString(length=200), nullable=True),
        sa.Column("channel", AutoString(length=100), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", AutoString(length=3), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_spend_currency")),
        sa.CheckConstraint("kind IN ('marketing', 'sales')", name=op.f("ck_spend_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spend")),
        sa.UniqueConstraint("origin", "ref", name=op.f("uq_spend_origin_ref")),
    )
    op.create_index(op.f("ix_spend_month"), "spend", ["month"], unique=False)
    op.create_table(
        "team",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("origin", AutoString(length=40), nullable=False),
        sa.Column("ref", AutoString(length=200), nullable=True),
        sa.Column("name", AutoString(length=200), nullable=False),
        sa.Column("time_zone", AutoString(length=64), nullable=False),
        sa.Column("currency", AutoString(length=3), nullable=False),
        sa.Column("fiscal_year_start", sa.Integer(), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_team_currency")),
        sa.CheckConstraint(
            "fiscal_year_start BETWEEN 1 AND 12", name=op.f("ck_team_fiscal_year_start")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("name", name=op.f("uq_team_name")),
        sa.UniqueConstraint("origin", "ref", name=op.f("uq_team_origin_ref")),
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("origin", AutoString(length=40), nullable=False),
        sa.Column("ref", AutoString(length=200), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("name", AutoString(length=200), nullable=False),
        sa.Column("email", AutoString(length=320), nullable=True),
        sa.Column("phone", AutoString(length=64), nullable=True),
        sa.Column("title", AutoString(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_contact_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("origin", "ref", name=op.f("uq_contact_origin_ref")),
    )
    op.create_index(op.f("ix_contact_account_id"), "contact", ["account_id"], unique=False)
    op.create_index(op.f("ix_contact_email"), "contact", ["email"], unique=False)
    op.create_table(
        "figure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("origin", AutoString(length=40), nullable=False),
        sa.Column("ref", AutoString(length=200), nullable=True),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("region", AutoString(length=200), nullable=True),
        sa.Column("channel", AutoString(length=100), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("currency", AutoString(length=3), nullable=True),
        sa.CheckConstraint(
            "(kind LIKE '%%cost%%') = (amount_minor IS NOT NULL)", name=op.f("ck_figure_amount")
        ),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_figure_currency")),
        sa.CheckConstraint(
            "kind IN ('headcount', 'visitors', 'emails_delivered', 'emails_opened', 'loyalty_members', 'customer_outcome', 'complaints', 'returns', 'review', 'cost_of_sales', 'fixed_cost', 'variable_cost')",
            name=op.f("ck_figure_kind"),
        ),
        sa.CheckConstraint(
            "(amount_minor IS NULL) = (value IS NOT NULL)", name=op.f("ck_figure_value")
        ),
        sa.CheckConstraint(
            "amount_minor IS NULL OR currency IS NOT NULL", name=op.f("ck_figure_has_currency")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_figure_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure")),
        sa.UniqueConstraint("origin", "ref", name=op.f("uq_figure_origin_ref")),
    )
    op.create_index(op.f("ix_figure_account_id"), "figure", ["account_id"], unique=False)
    op.create_index(op.f("ix_figure_month"), "figure", ["month"], unique=False)
    op.create_table(
        "subscription",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("origin", AutoString(length=40), nullable=False),
        sa.Column("ref", AutoString(length=200), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("change", AutoString(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("mrr_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", AutoString(length=3), nullable=False),
        sa.CheckConstraint(
            "change IN ('new', 'expansion', 'contraction', 'renewal')",
            name=op.f("ck_subscription_change"),
        ),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_subscription_currency")),
        sa.CheckConstraint(
            "ended_on IS NULL OR ended_on >= started_on", name=op.f("ck_subscription_period")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_subscription_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
        sa.UniqueConstraint("origin", "ref", name=op.f("uq_subscription_origin_ref")),
    )
    op.create_index(
        op.f("ix_subscription_account_id"), "subscription", ["account_id"], unique=False
    )
    op.create_index(
        op.f("ix_subscription_started_on"), "subscription", ["started_on"], unique=False
    )
    op.create_table(
        "survey",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("origin", AutoString(length=40), nullable=False),
        sa.Column("ref", AutoString(length=200), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "CASE kind WHEN 'nps' THEN score BETWEEN 0 AND 10 ELSE score BETWEEN 1 AND 5 END",
            name=op.f("ck_survey_score"),
        ),
        sa.CheckConstraint("kind IN ('nps', 'csat')", name=op.f("ck_survey_kind")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_survey_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey")),
        sa.UniqueConstraint("origin", "ref", name=op.f("uq_survey_origin_ref")),
    )
    op.create_index(op.f("ix_survey_account_id"), "survey", ["account_id"], unique=False)
    op.create_index(op.f("ix_survey_at"), "survey", ["at"], unique=False)
    op.create_table(
        "user",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("origin", AutoString(length=40), nullable=False),
        sa.Column("ref", AutoString(length=200), nullable=True),
        sa.Column("email", AutoString(length=320), nullable=False),
        sa.Column("name", AutoString(length=200), nullable=False),
        sa.Column("role", AutoString(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("region", AutoString(length=200), nullable=True),
        sa.Column("language", AutoString(length=8), nullable=False),
        sa.Column("time_zone", AutoString(length=64), nullable=True),
        sa.Column("hired_on", sa.Date(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("password_hash", AutoString(), nullable=True),
        sa.Column("sessions_from", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role IN ('rep', 'manager', 'admin')", name=op.f("ck_user_role")),
        sa.ForeignKeyConstraint(
            ["team_id"], ["team.id"], name=op.f("fk_user_team_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("origin", "ref", name=op.f("uq_user_origin_ref")),
    )
    op.create_index(op.f("ix_user_team_id"), "user", ["team_id"], unique=False)
    op.create_index("uq_user_email", "user", [sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "api_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", AutoString(length=200), nullable=False),
        sa.Column("digest", AutoString(length=64), nullable=False),
        sa.Column("hint", AutoString(length=12), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_api_token_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_token_digest")),
    )
    op.create_index(op.f("ix_api_token_user_id"), "api_token", ["user_id"], unique=False)
    op.create_table(
        "coaching_goal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("rep_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("text", AutoString(), nullable=False),
        sa.Column("metric", AutoString(length=100), nullable=True),
        sa.Column("aim", sa.Float(), nullable=True),
        sa.Column("agreed_on", sa.Date(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'open') = (closed_at IS NULL)", name=op.f("ck_coaching_goal_closed")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'reached', 'dropped')", name=op.f("ck_coaching_goal_state")
        ),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 2000", name=op.f("ck_coaching_goal_text")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user.id"], name=op.f("fk_coaching_goal_author_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["rep_id"], ["user.id"], name=op.f("fk_coaching_goal_rep_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coaching_goal")),
    )
    op.create_index(
        op.f("ix_coaching_goal_author_id"), "coaching_goal", ["author_id"], unique=False
    )
    op.create_index(op.f("ix_coaching_goal_rep_id"), "coaching_goal", ["rep_id"], unique=False)
    op.create_table(
        "custom_kpi",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("slug", AutoString(length=100), nullable=False),
        sa.Column("names", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("definitions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("formula", AutoString(length=1000), nullable=False),
        sa.Column("unit", AutoString(), nullable=False),
        sa.Column("better", AutoString(), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "better IN ('higher', 'lower', 'neither')", name=op.f("ck_custom_kpi_better")
        ),
        sa.CheckConstraint("slug ~ '^[a-z][a-z0-9_]*$'", name=op.f("ck_custom_kpi_slug")),
        sa.CheckConstraint(
            "unit IN ('share', 'count', 'money', 'seconds', 'minutes', 'hours', 'days', 'years', 'points', 'number')",
            name=op.f("ck_custom_kpi_unit"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["user.id"],
            name=op.f("fk_custom_kpi_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_kpi")),
        sa.UniqueConstraint("slug", name=op.f("uq_custom_kpi_slug")),
    )
    op.create_table(
        "dashboard",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("tiles", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_dashboard_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_dashboard")),
    )
    op.create_table(
        "deal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("origin", AutoString(length=40), nullable=False),
        sa.Column("ref", AutoString(length=200), nullable=True),
        sa.Column("name", AutoString(length=300), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("rep_id", sa.Uuid(), nullable=True),
        sa.Column("region", AutoString(length=200), nullable=True),
        sa.Column("channel", AutoString(length=100), nullable=True),
        sa.Column("product", AutoString(length=200), nullable=True),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("cost_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", AutoString(length=3), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_contact_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stage", AutoString(length=100), nullable=True),
        sa.Column("outcome", AutoString(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("referred_by_id", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_deal_currency")),
        sa.CheckConstraint(
            "kind IN ('new', 'upsell', 'cross_sell', 'renewal')", name=op.f("ck_deal_kind")
        ),
        sa.CheckConstraint("outcome IN ('open', 'won', 'lost')", name=op.f("ck_deal_outcome")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_deal_account_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["referred_by_id"],
            ["account.id"],
            name=op.f("fk_deal_referred_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["rep_id"], ["user.id"], name=op.f("fk_deal_rep_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal")),
        sa.UniqueConstraint("origin", "ref", name=op.f("uq_deal_origin_ref")),
    )
    op.create_index(op.f("ix_deal_account_id"), "deal", ["account_id"], unique=False)
    op.create_index("ix_deal_closed", "deal", ["outcome", "closed_at"], unique=False)
    op.create_index("ix_deal_ended", "deal", ["ended_at", "outcome"], unique=False)
    op.create_index(op.f("ix_deal_opened_at"), "deal", ["opened_at"], unique=False)
    op.create_index(op.f("ix_deal_referred_by_id"), "deal", ["referred_by_id"], unique=False)
    op.create_index(op.f("ix_deal_rep_id"), "deal", ["rep_id"], unique=False)
    op.create_table(
        "digest",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("every", AutoString(), nullable=False),
        sa.Column("sent_until", sa.Date(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trying_until", sa.Date(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", AutoString(length=1000), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("every IN ('week', 'month')", name=op.f("ck_digest_every")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_digest_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_digest")),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("key", AutoString(length=200), nullable=False),
        sa.Column("request_hash", AutoString(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_idempotency_key_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_table(
        "playbook",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("name", AutoString(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("text", AutoString(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("version >= 1", name=op.f("ck_playbook_version")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["user.id"],
            name=op.f("fk_playbook_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["team.id"], name=op.f("fk_playbook_team_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_playbook")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_playbook_name_version")),
    )
    op.create_index(op.f("ix_playbook_team_id"), "playbook", ["team_id"], unique=False)
    op.create_table(
        "target",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("origin", AutoString(length=40), nullable=False),
        sa.Column("ref", AutoString(length=200), nullable=True),
        sa.Column("kpi", AutoString(length=100), nullable=False),
        sa.Column("rep_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("currency", AutoString(length=3), nullable=True),
        sa.ForeignKeyConstraint(
            ["rep_id"], ["user.id"], name=op.f("fk_target_rep_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["team.id"], name=op.f("fk_target_team_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target")),
        sa.UniqueConstraint(
            "kpi",
            "rep_id",
            "team_id",
            "month",
            name=op.f("uq_target_kpi_rep_id_team_id_month"),
            postgresql_nulls_not_distinct=True,
        ),
        sa.UniqueConstraint("origin", "ref", name=op.f("uq_target_origin_ref")),
    )
    op.create_index(op.f("ix_target_month"), "target", ["month"], unique=False)
    op.create_index(op.f("ix_target_rep_id"), "target", ["rep_id"], unique=False)
    op.create_index(op.f("ix_target_team_id"), "target", ["team_id"], unique=False)
    op.create_table(
        "webhook",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("url", AutoString(length=2000), nullable=False),
        sa.Column("secret", AutoString(length=200), nullable=False),
        sa.Column("former_secret", AutoString(length=200), nullable=True),
        sa.Column("former_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("events", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["user.id"],
            name=op.f("fk_webhook_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
    )
    op.create_index(op.f("ix_webhook_created_by_id"), "webhook", ["created_by_id"], unique=False)
    op.create_table(
        "goal_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("text", AutoString(), nullable=False),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 10000", name=op.f("ck_goal_note_text")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user.id"], name=op.f("fk_goal_note_author_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["goal_id"], ["coaching_goal.id"], name=op.f("fk_goal_note_goal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goal_note")),
    )
    op.create_index(op.f("ix_goal_note_author_id"), "goal_note", ["author_id"], unique=False)
    op.create_index(op.f("ix_goal_note_goal_id"), "goal_note", ["goal_id"], unique=False)
    op.create_table(
        "lead",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("origin", AutoString(length=40), nullable=False),
        sa.Column("ref", AutoString(length=200), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", AutoString(length=100), nullable=True),
        sa.Column("region", AutoString(length=200), nullable=True),
        sa.Column("rep_id", sa.Uuid(), nullable=True),
        sa.Column("email", AutoString(length=320), nullable=True),
        sa.Column("mql_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sql_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_response_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("followed_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("response", AutoString(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("deal_id", sa.Uuid(), nullable=True),
        sa.Column("first_activity_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_follow_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_linkedin_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_repeat", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "response IN ('positive', 'negative', 'none')", name=op.f("ck_lead_response")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_lead_account_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["deal.id"], name=op.f("fk_lead_deal_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["rep_id"], ["user.id"], name=op.f("fk_lead_rep_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead")),
        sa.UniqueConstraint("origin", "ref", name=op.f("uq_lead_origin_ref")),
    )
    op.create_index(op.f("ix_lead_account_id"), "lead", ["account_id"], unique=False)
    op.create_index(
        "ix_lead_address",
        "lead",
        [sa.literal_column("lower(btrim(email))"), "arrived_at"],
        unique=False,
    )
    op.create_index(op.f("ix_lead_arrived_at"), "lead", ["arrived_at"], unique=False)
    op.create_index(op.f("ix_lead_deal_id"), "lead", ["deal_id"], unique=False)
    op.create_index(op.f("ix_lead_email"), "lead", ["email"], unique=False)
    op.create_index(op.f("ix_lead_first_linkedin_at"), "lead", ["first_linkedin_at"], unique=False)
    op.create_index(op.f("ix_lead_rep_id"), "lead", ["rep_id"], unique=False)
    op.create_index(
        "ix_lead_repeat", "lead", ["deal_id"], unique=False, postgresql_where=sa.text("is_repeat")
    )
    op.create_table(
        "meeting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("origin", AutoString(length=40), nullable=False),
        sa.Column("ref", AutoString(length=200), nullable=True),
        sa.Column("deal_id", sa.Uuid(), nullable=True),
        sa.Column("rep_id", sa.Uuid(), nullable=True),
        sa.Column("kind", AutoString(length=100), nullable=True),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("was_held", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["deal.id"], name=op.f("fk_meeting_deal_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["rep_id"], ["user.id"], name=op.f("fk_meeting_rep_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
        sa.UniqueConstraint("origin", "ref", name=op.f("uq_meeting_origin_ref")),
    )
    op.create_index(op.f("ix_meeting_deal_id"), "meeting", ["deal_id"], unique=False)
    op.create_index(op.f("ix_meeting_rep_id"), "meeting", ["rep_id"], unique=False)
    op.create_index(op.f("ix_meeting_scheduled_at"), "meeting", ["scheduled_at"], unique=False)
    op.create_table(
        "offer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("origin", AutoString(length=40), nullable=False),
        sa.Column("ref", AutoString(length=200), nullable=True),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", AutoString(length=3), nullable=True),
        sa.CheckConstraint("kind IN ('quote', 'proposal')", name=op.f("ck_offer_kind")),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["deal.id"], name=op.f("fk_offer_deal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
        sa.UniqueConstraint("origin", "ref", name=op.f("uq_offer_origin_ref")),
    )
    op.create_index(op.f("ix_offer_deal_id"), "offer", ["deal_id"], unique=False)
    op.create_index(op.f("ix_offer_sent_at"), "offer", ["sent_at"], unique=False)
    op.create_table(
        "stage_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("origin", AutoString(length=40), nullable=False),
        sa.Column("ref", AutoString(length=200), nullable=True),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("from_stage", AutoString(length=100), nullable=True),
        sa.Column("stage", AutoString(length=100), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rep_id", sa.Uuid(), nullable=True),
        sa.Column("is_end", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_first", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("went_forward", sa.Boolean(), nullable=True),
        sa.Column("deal_was_won", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["deal.id"], name=op.f("fk_stage_change_deal_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["rep_id"], ["user.id"], name=op.f("fk_stage_change_rep_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_change")),
        sa.UniqueConstraint("deal_id", "position", name=op.f("uq_stage_change_deal_id_position")),
    )
    op.create_index(op.f("ix_stage_change_deal_id"), "stage_change", ["deal_id"], unique=False)
    op.create_index(
        op.f("ix_stage_change_entered_at"), "stage_change", ["entered_at"], unique=False
    )
    op.create_index(
        "ix_stage_change_left",
        "stage_change",
        ["left_at"],
        unique=False,
        postgresql_where=sa.text("NOT is_end"),
    )
    op.create_index(
        "ix_stage_change_odds",
        "stage_change",
        ["stage", "deal_was_won"],
        unique=False,
        postgresql_where=sa.text("is_first AND NOT is_end AND deal_was_won IS NOT NULL"),
    )
    op.create_index(op.f("ix_stage_change_rep_id"), "stage_change", ["rep_id"], unique=False)
    op.create_index(op.f("ix_stage_change_stage"), "stage_change", ["stage"], unique=False)
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("event", AutoString(length=60), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_error", AutoString(), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'delivered', 'failed')", name=op.f("ck_webhook_delivery_state")
        ),
        sa.ForeignKeyConstraint(
            ["webhook_id"],
            ["webhook.id"],
            name=op.f("fk_webhook_delivery_webhook_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
    )
    op.create_index(
        "ix_webhook_delivery_waiting", "webhook_delivery", ["state", "next_try_at"], unique=False
    )
    op.create_index(
        op.f("ix_webhook_delivery_webhook_id"), "webhook_delivery", ["webhook_id"], unique=False
    )
    op.create_table(
        "activity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("origin", AutoString(length=40), nullable=False),
        sa.Column("ref", AutoString(length=200), nullable=True),
        sa.Column("rep_id", sa.Uuid(), nullable=True),
        sa.Column("deal_id", sa.Uuid(), nullable=True),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_whole_day", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('call', 'email', 'follow_up', 'linkedin')", name=op.f("ck_activity_kind")
        ),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["deal.id"], name=op.f("fk_activity_deal_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["lead.id"], name=op.f("fk_activity_lead_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["rep_id"], ["user.id"], name=op.f("fk_activity_rep_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
        sa.UniqueConstraint("origin", "ref", name=op.f("uq_activity_origin_ref")),
    )
    op.create_index(op.f("ix_activity_at"), "activity", ["at"], unique=False)
    op.create_index("ix_activity_deal_at", "activity", ["deal_id", "at"], unique=False)
    op.create_index(op.f("ix_activity_deal_id"), "activity", ["deal_id"], unique=False)
    op.create_index(op.f("ix_activity_lead_id"), "activity", ["lead_id"], unique=False)
    op.create_index("ix_activity_rep_at", "activity", ["rep_id", "at"], unique=False)
    op.create_index(op.f("ix_activity_rep_id"), "activity", ["rep_id"], unique=False)
    op.create_table(
        "call",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("origin", AutoString(length=40), nullable=False),
        sa.Column("ref", AutoString(length=200), nullable=True),
        sa.Column("title", AutoString(length=300), nullable=False),
        sa.Column("rep_id", sa.Uuid(), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("meeting_id", sa.Uuid(), nullable=True),
        sa.Column("playbook_id", sa.Uuid(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("speakers", sa.Integer(), nullable=True),
        sa.Column("is_private", sa.Boolean(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("failure", AutoString(), nullable=True),
        sa.Column("failure_kind", AutoString(length=40), nullable=True),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'failed') = (failure IS NOT NULL)", name=op.f("ck_call_failure")
        ),
        sa.CheckConstraint(
            "state IN ('empty', 'waiting', 'hearing', 'understanding', 'ready', 'failed', 'cancelled')",
            name=op.f("ck_call_state"),
        ),
        sa.CheckConstraint("speakers BETWEEN 1 AND 20", name=op.f("ck_call_speakers")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_call_account_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user.id"], name=op.f("fk_call_created_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["deal.id"], name=op.f("fk_call_deal_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_call_meeting_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["playbook_id"], ["playbook.id"], name=op.f("fk_call_playbook_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["rep_id"], ["user.id"], name=op.f("fk_call_rep_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call")),
        sa.UniqueConstraint("origin", "ref", name=op.f("uq_call_origin_ref")),
    )
    op.create_index(op.f("ix_call_account_id"), "call", ["account_id"], unique=False)
    op.create_index(op.f("ix_call_deal_id"), "call", ["deal_id"], unique=False)
    op.create_index(op.f("ix_call_meeting_id"), "call", ["meeting_id"], unique=False)
    op.create_index(op.f("ix_call_playbook_id"), "call", ["playbook_id"], unique=False)
    op.create_index("ix_call_recent", "call", ["started_at", "id"], unique=False)
    op.create_index(op.f("ix_call_rep_id"), "call", ["rep_id"], unique=False)
    op.create_index("ix_call_rep_recent", "call", ["rep_id", "started_at"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("origin", AutoString(length=40), nullable=False),
        sa.Column("ref", AutoString(length=200), nullable=True),
        sa.Column("deal_id", sa.Uuid(), nullable=True),
        sa.Column("rep_id", sa.Uuid(), nullable=True),
        sa.Column("meeting_id", sa.Uuid(), nullable=True),
        sa.Column("email", AutoString(length=320), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("response", AutoString(), nullable=True),
        sa.Column("responded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "response IN ('accepted', 'declined', 'tentative')", name=op.f("ck_invitation_response")
        ),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["deal.id"], name=op.f("fk_invitation_deal_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"],
            ["meeting.id"],
            name=op.f("fk_invitation_meeting_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["rep_id"], ["user.id"], name=op.f("fk_invitation_rep_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("origin", "ref", name=op.f("uq_invitation_origin_ref")),
    )
    op.create_index(op.f("ix_invitation_deal_id"), "invitation", ["deal_id"], unique=False)
    op.create_index(op.f("ix_invitation_meeting_id"), "invitation", ["meeting_id"], unique=False)
    op.create_index(op.f("ix_invitation_rep_id"), "invitation", ["rep_id"], unique=False)
    op.create_index(op.f("ix_invitation_sent_at"), "invitation", ["sent_at"], unique=False)
    op.create_table(
        "agenda_item",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("ref", AutoString(length=100), nullable=False),
        sa.Column("title", AutoString(), nullable=False),
        sa.Column("status", AutoString(), nullable=False),
        sa.Column("share", sa.Float(), nullable=True),
        sa.Column("first_at_s", sa.Float(), nullable=True),
        sa.CheckConstraint(
            "status IN ('covered', 'touched', 'not_found')", name=op.f("ck_agenda_item_status")
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_agenda_item_call_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agenda_item")),
    )
    op.create_index(op.f("ix_agenda_item_call_id"), "agenda_item", ["call_id"], unique=False)
    op.create_table(
        "call_facts",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("duration_s", sa.Float(), nullable=False),
        sa.Column("language", AutoString(length=8), nullable=False),
        sa.Column("call_type", AutoString(length=100), nullable=True),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("sellers", sa.Integer(), nullable=False),
        sa.Column("buyers", sa.Integer(), nullable=False),
        sa.Column(
            "buyer_names",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("source", AutoString(length=20), nullable=False),
        sa.Column("has_reckoned_times", sa.Boolean(), nullable=False),
        sa.Column("talk_ratio", sa.Float(), nullable=True),
        sa.Column("talk_share_of_call", sa.Float(), nullable=True),
        sa.Column("silence_share", sa.Float(), nullable=True),
        sa.Column("overlap_share", sa.Float(), nullable=True),
        sa.Column("longest_monologue_s", sa.Float(), nullable=True),
        sa.Column("longest_customer_story_s", sa.Float(), nullable=True),
        sa.Column("switches_per_min", sa.Float(), nullable=True),
        sa.Column("patience_s", sa.Float(), nullable=True),
        sa.Column("overlapping_replies", sa.Integer(), nullable=True),
        sa.Column("wait_after_question_s", sa.Float(), nullable=True),
        sa.Column("words_per_min", sa.Float(), nullable=True),
        sa.Column("buyer_words_per_min", sa.Float(), nullable=True),
        sa.Column("open_question_share", sa.Float(), nullable=True),
        sa.Column("fillers_per_min", sa.Float(), nullable=True),
        sa.Column("seller_speech_s", sa.Float(), nullable=True),
        sa.Column("buyer_speech_s", sa.Float(), nullable=True),
        sa.Column("seller_questions", sa.Integer(), nullable=True),
        sa.Column("buyer_questions", sa.Integer(), nullable=True),
        sa.Column("objections", sa.Integer(), nullable=True),
        sa.Column("prices", sa.Integer(), nullable=True),
        sa.Column("first_price_s", sa.Float(), nullable=True),
        sa.Column("competitors", sa.Integer(), nullable=True),
        sa.Column("first_competitor_s", sa.Float(), nullable=True),
        sa.Column("decisions", sa.Integer(), nullable=True),
        sa.Column("commitments", sa.Integer(), nullable=True),
        sa.Column("positives", sa.Integer(), nullable=True),
        sa.Column("negatives", sa.Integer(), nullable=True),
        sa.Column("next_steps", sa.Integer(), nullable=True),
        sa.Column("next_steps_dated", sa.Integer(), nullable=True),
        sa.Column("next_steps_seller", sa.Integer(), nullable=True),
        sa.Column("next_steps_buyer", sa.Integer(), nullable=True),
        sa.Column("agenda_items", sa.Integer(), nullable=False),
        sa.Column("agenda_covered", sa.Integer(), nullable=False),
        sa.Column("agenda_touched", sa.Integer(), nullable=False),
        sa.Column("agenda_coverage", sa.Float(), nullable=True),
        sa.CheckConstraint(
            "source IN ('stereo', 'diarized', 'corrected')", name=op.f("ck_call_facts_source")
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_call_facts_call_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_call_facts")),
    )
    op.create_index(op.f("ix_call_facts_call_type"), "call_facts", ["call_type"], unique=False)
    op.create_table(
        "call_topic",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("share", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_call_topic_call_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_topic")),
    )
    op.create_index(op.f("ix_call_topic_call_id"), "call_topic", ["call_id"], unique=False)
    op.create_index("ix_call_topic_name", "call_topic", ["name", "call_id"], unique=False)
    op.create_table(
        "call_words",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("language", AutoString(length=8), nullable=False),
        sa.Column("side", AutoString(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.CheckConstraint(
            "side IN ('seller', 'buyer', 'unknown')", name=op.f("ck_call_words_side")
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_call_words_call_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", "language", "side", name=op.f("pk_call_words")),
    )
    op.create_index(
        "ix_call_words_words_en",
        "call_words",
        ["words"],
        unique=False,
        postgresql_using="gin",
        postgresql_where=sa.text("language = 'en'"),
        postgresql_with={"fastupdate": "off"},
    )
    op.create_index(
        "ix_call_words_words_fr",
        "call_words",
        ["words"],
        unique=False,
        postgresql_using="gin",
        postgresql_where=sa.text("language = 'fr'"),
        postgresql_with={"fastupdate": "off"},
    )
    op.create_index(
        "ix_call_words_words_other",
        "call_words",
        ["words"],
        unique=False,
        postgresql_using="gin",
        postgresql_where=sa.text("language NOT IN ('en', 'fr')"),
        postgresql_with={"fastupdate": "off"},
    )
    op.create_table(
        "clip",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=False),
        sa.Column("title", AutoString(length=300), nullable=False),
        sa.Column("start_s", sa.Float(), nullable=False),
        sa.Column("end_s", sa.Float(), nullable=False),
        sa.CheckConstraint("start_s >= 0 AND end_s > start_s", name=op.f("ck_clip_span")),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_clip_call_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user.id"], name=op.f("fk_clip_created_by_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clip")),
    )
    op.create_index(op.f("ix_clip_call_id"), "clip", ["call_id"], unique=False)
    op.create_index(op.f("ix_clip_created_by_id"), "clip", ["created_by_id"], unique=False)
    op.create_index("ix_clip_recent", "clip", ["created_at", "id"], unique=False)
    op.create_table(
        "comment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("reply_to_id", sa.Uuid(), nullable=True),
        sa.Column("start_s", sa.Float(), nullable=True),
        sa.Column("end_s", sa.Float(), nullable=True),
        sa.Column("text", AutoString(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "end_s IS NULL OR (start_s IS NOT NULL AND end_s > start_s)",
            name=op.f("ck_comment_end"),
        ),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 10000", name=op.f("ck_comment_text")),
        sa.CheckConstraint("start_s IS NULL OR start_s >= 0", name=op.f("ck_comment_start")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user.id"], name=op.f("fk_comment_author_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_comment_call_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["reply_to_id"], ["comment.id"], name=op.f("fk_comment_reply_to_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
    )
    op.create_index(op.f("ix_comment_author_id"), "comment", ["author_id"], unique=False)
    op.create_index(op.f("ix_comment_call_id"), "comment", ["call_id"], unique=False)
    op.create_index(op.f("ix_comment_reply_to_id"), "comment", ["reply_to_id"], unique=False)
    op.create_table(
        "correction",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("kind", AutoString(length=40), nullable=False),
        sa.Column("what", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('name_speaker', 'set_side', 'swap_sides', 'merge_speakers', 'give_words', 'fix_words', 'dismiss_tip')",
            name=op.f("ck_correction_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user.id"], name=op.f("fk_correction_author_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_correction_call_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["undone_by_id"],
            ["user.id"],
            name=op.f("fk_correction_undone_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
    )
    op.create_index("ix_correction_call", "correction", ["call_id", "id"], unique=False)
    op.create_table(
        "hearing",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("hearing", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("language", AutoString(length=8), nullable=False),
        sa.Column("duration_s", sa.Float(), nullable=False),
        sa.Column("source", AutoString(length=40), nullable=False),
        sa.Column("sha256", AutoString(length=64), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_hearing_call_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_hearing")),
    )
    op.create_index(op.f("ix_hearing_sha256"), "hearing", ["sha256"], unique=False)
    op.create_table(
        "imported_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("place", AutoString(length=500), nullable=False),
        sa.Column("name", AutoString(length=1000), nullable=False),
        sa.Column("mark", AutoString(length=200), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=True),
        sa.Column("failure", AutoString(), nullable=True),
        sa.CheckConstraint(
            "state <> 'failed' OR failure IS NOT NULL", name=op.f("ck_imported_file_failure")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'taken', 'failed')", name=op.f("ck_imported_file_state")
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_imported_file_call_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imported_file")),
    )
    op.create_index(op.f("ix_imported_file_call_id"), "imported_file", ["call_id"], unique=False)
    op.create_index("ix_imported_file_recent", "imported_file", ["created_at", "id"], unique=False)
    op.create_index("uq_imported_file", "imported_file", ["place", "name", "mark"], unique=True)
    op.create_table(
        "moment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("kind", AutoString(length=40), nullable=False),
        sa.Column("side", AutoString(), nullable=False),
        sa.Column("speaker", AutoString(length=40), nullable=False),
        sa.Column("utterance", sa.Integer(), nullable=False),
        sa.Column("start_s", sa.Float(), nullable=False),
        sa.Column("end_s", sa.Float(), nullable=False),
        sa.Column("quote", AutoString(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=True),
        sa.Column("about", AutoString(length=100), nullable=True),
        sa.Column("name", AutoString(length=200), nullable=True),
        sa.Column("amount", sa.Float(), nullable=True),
        sa.Column("currency", AutoString(length=3), nullable=True),
        sa.Column("what", AutoString(), nullable=True),
        sa.Column("owner", AutoString(length=200), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("text", AutoString(), nullable=True),
        sa.CheckConstraint("side IN ('seller', 'buyer', 'unknown')", name=op.f("ck_moment_side")),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_moment_call_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moment")),
    )
    op.create_index("ix_moment_call_start", "moment", ["call_id", "start_s"], unique=False)
    op.create_index("ix_moment_kind", "moment", ["kind", "about"], unique=False)
    op.create_index("ix_moment_kind_call", "moment", ["kind", "call_id", "utterance"], unique=False)
    op.create_table(
        "next_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("text", AutoString(), nullable=False),
        sa.Column("owner", AutoString(length=200), nullable=True),
        sa.Column("owner_speaker", AutoString(length=40), nullable=True),
        sa.Column("owner_side", AutoString(length=10), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("utterance", sa.Integer(), nullable=False),
        sa.Column("quote", AutoString(), nullable=False),
        sa.Column("start_s", sa.Float(), nullable=False),
        sa.Column("end_s", sa.Float(), nullable=False),
        sa.CheckConstraint(
            "owner_side IN ('seller', 'buyer')", name=op.f("ck_next_step_owner_side")
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_next_step_call_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_next_step")),
    )
    op.create_index(op.f("ix_next_step_call_id"), "next_step", ["call_id"], unique=False)
    op.create_index("ix_next_step_due", "next_step", ["due_on", "call_id"], unique=False)
    op.create_table(
        "passage",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("first_utterance", sa.Integer(), nullable=False),
        sa.Column("last_utterance", sa.Integer(), nullable=False),
        sa.Column("side", AutoString(), nullable=False),
        sa.Column("start_s", sa.Float(), nullable=False),
        sa.Column("end_s", sa.Float(), nullable=False),
        sa.Column("vector", HALFVEC(dim=384), nullable=False),
        sa.CheckConstraint("side IN ('seller', 'buyer', 'unknown')", name=op.f("ck_passage_side")),
        sa.CheckConstraint("last_utterance >= first_utterance", name=op.f("ck_passage_order")),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_passage_call_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passage")),
    )
    op.create_index("ix_passage_call_position", "passage", ["call_id", "position"], unique=True)
    op.create_index(
        "ix_passage_vector",
        "passage",
        ["vector"],
        unique=False,
        postgresql_using="hnsw",
        postgresql_ops={"vector": "halfvec_ip_ops"},
    )
    op.create_table(
        "progress",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("stage", AutoString(length=40), nullable=False),
        sa.Column("fraction", sa.Float(), nullable=False),
        sa.Column("left_s", sa.Float(), nullable=True),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("fraction BETWEEN 0 AND 1", name=op.f("ck_progress_fraction")),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_progress_call_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_progress")),
    )
    op.create_table(
        "recording",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", AutoString(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("origin_name", AutoString(length=300), nullable=False),
        sa.Column("media_type", AutoString(length=100), nullable=False),
        sa.Column("duration_s", sa.Float(), nullable=True),
        sa.Column("key", AutoString(length=300), nullable=False),
        sa.Column("playable_key", AutoString(length=300), nullable=True),
        sa.Column("playable_type", AutoString(length=100), nullable=True),
        sa.Column("peaks_key", AutoString(length=300), nullable=True),
        sa.Column("unplayable", AutoString(), nullable=True),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_recording_sha256")),
        sa.CheckConstraint("size >= 0", name=op.f("ck_recording_size")),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_recording_call_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording")),
        sa.UniqueConstraint("call_id", name=op.f("uq_recording_call_id")),
    )
    op.create_index(op.f("ix_recording_sha256"), "recording", ["sha256"], unique=False)
    op.create_table(
        "report",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("kept", sa.JSON(), nullable=True),
        sa.Column("language", AutoString(length=8), nullable=False),
        sa.Column("playbook_id", sa.Uuid(), nullable=True),
        sa.Column("corrections", sa.Integer(), nullable=False),
        sa.Column(
            "understood_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_report_call_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["playbook_id"],
            ["playbook.id"],
            name=op.f("fk_report_playbook_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_report")),
    )
    op.create_table(
        "scorecard_answer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("scorecard", AutoString(length=100), nullable=False),
        sa.Column("criterion", AutoString(length=100), nullable=False),
        sa.Column("is_found", sa.Boolean(), nullable=False),
        sa.Column("quote", AutoString(), nullable=True),
        sa.Column("start_s", sa.Float(), nullable=True),
        sa.Column("end_s", sa.Float(), nullable=True),
        sa.CheckConstraint(
            "is_found = (quote IS NOT NULL)", name=op.f("ck_scorecard_answer_quote")
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_scorecard_answer_call_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scorecard_answer")),
    )
    op.create_index(
        op.f("ix_scorecard_answer_call_id"), "scorecard_answer", ["call_id"], unique=False
    )
    op.create_index(
        "ix_scorecard_answer_criterion",
        "scorecard_answer",
        ["scorecard", "criterion"],
        unique=False,
    )
    op.create_table(
        "stage_result",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("stage", AutoString(length=40), nullable=False),
        sa.Column("sha256", AutoString(length=64), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_stage_result_call_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", "stage", name=op.f("pk_stage_result")),
    )
    op.create_table(
        "tip",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_best", sa.Boolean(), nullable=False),
        sa.Column("area", AutoString(length=100), nullable=False),
        sa.Column("rule", AutoString(length=100), nullable=True),
        sa.Column("text", AutoString(), nullable=False),
        sa.Column("try_next", AutoString(), nullable=True),
        sa.Column("metric", AutoString(length=100), nullable=True),
        sa.Column("quote", AutoString(), nullable=True),
        sa.Column("start_s", sa.Float(), nullable=True),
        sa.Column("end_s", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_tip_call_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tip")),
    )
    op.create_index(op.f("ix_tip_area"), "tip", ["area"], unique=False)
    op.create_index(op.f("ix_tip_call_id"), "tip", ["call_id"], unique=False)
    op.create_table(
        "upload",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("origin_name", AutoString(length=300), nullable=False),
        sa.Column("media_type", AutoString(length=100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("known", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=True),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('open', 'finishing', 'done')", name=op.f("ck_upload_state")),
        sa.CheckConstraint(
            "received >= 0 AND (size IS NULL OR received <= size)", name=op.f("ck_upload_received")
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_upload_call_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["user.id"], name=op.f("fk_upload_owner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
    )
    op.create_index(op.f("ix_upload_call_id"), "upload", ["call_id"], unique=False)
    op.create_index(op.f("ix_upload_owner_id"), "upload", ["owner_id"], unique=False)
    op.create_table(
        "utterance",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("speaker", AutoString(length=40), nullable=False),
        sa.Column("side", AutoString(), nullable=False),
        sa.Column("start_s", sa.Float(), nullable=False),
        sa.Column("end_s", sa.Float(), nullable=False),
        sa.Column("language", AutoString(length=8), nullable=False),
        sa.Column("text", AutoString(), nullable=False),
        sa.Column(
            "words",
            postgresql.TSVECTOR(),
            sa.Computed(
                "CASE language WHEN 'fr' THEN translate(to_tsvector('french'::regconfig, replace(replace(lower(translate(normalize(left(text, 100000)), 'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝŸ''’ʼ-/_', 'àáâãäåçèéêëìíîïñòóôõöùúûüýÿ      ')), 'œ', 'oe'), 'æ', 'ae'))::text, 'àáâãäåçèéêëìíîïñòóôõöùúûüýÿ', 'aaaaaaceeeeiiiinooooouuuuyy')::tsvector WHEN 'en' THEN translate(to_tsvector('english'::regconfig, replace(replace(lower(translate(normalize(left(text, 100000)), 'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝŸ''’ʼ-/_', 'àáâãäåçèéêëìíîïñòóôõöùúûüýÿ      ')), 'œ', 'oe'), 'æ', 'ae'))::text, 'àáâãäåçèéêëìíîïñòóôõöùúûüýÿ', 'aaaaaaceeeeiiiinooooouuuuyy')::tsvector ELSE translate(to_tsvector('simple'::regconfig, replace(replace(lower(translate(normalize(left(text, 100000)), 'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝŸ''’ʼ-/_', 'àáâãäåçèéêëìíîïñòóôõöùúûüýÿ      ')), 'œ', 'oe'), 'æ', 'ae'))::text, 'àáâãäåçèéêëìíîïñòóôõöùúûüýÿ', 'aaaaaaceeeeiiiinooooouuuuyy')::tsvector END",
                persisted=True,
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "side IN ('seller', 'buyer', 'unknown')", name=op.f("ck_utterance_side")
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_utterance_call_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_utterance")),
    )
    op.create_index("ix_utterance_call_position", "utterance", ["call_id", "position"], unique=True)
    op.create_index(
        "ix_utterance_words_en",
        "utterance",
        ["words"],
        unique=False,
        postgresql_using="gin",
        postgresql_where=sa.text("language = 'en'"),
        postgresql_with={"fastupdate": "off"},
    )
    op.create_index(
        "ix_utterance_words_fr",
        "utterance",
        ["words"],
        unique=False,
        postgresql_using="gin",
        postgresql_where=sa.text("language = 'fr'"),
        postgresql_with={"fastupdate": "off"},
    )
    op.create_index(
        "ix_utterance_words_other",
        "utterance",
        ["words"],
        unique=False,
        postgresql_using="gin",
        postgresql_where=sa.text("language NOT IN ('en', 'fr')"),
        postgresql_with={"fastupdate": "off"},
    )
    op.create_table(
        "mention",
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comment.id"], name=op.f("fk_mention_comment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_mention_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("comment_id", "user_id", name=op.f("pk_mention")),
    )
    op.create_index(op.f("ix_mention_user_id"), "mention", ["user_id"], unique=False)
    op.create_table(
        "share_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("clip_id", sa.Uuid(), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=False),
        sa.Column("digest", AutoString(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("views", sa.Integer(), nullable=False),
        sa.Column("last_viewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clip_id"], ["clip.id"], name=op.f("fk_share_link_clip_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["user.id"],
            name=op.f("fk_share_link_created_by_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_link")),
        sa.UniqueConstraint("digest", name=op.f("uq_share_link_digest")),
    )
    op.create_index(op.f("ix_share_link_clip_id"), "share_link", ["clip_id"], unique=False)
    op.create_index(
        op.f("ix_share_link_created_by_id"), "share_link", ["created_by_id"], unique=False
    )

    op.execute(_APPEND_ONLY)


def downgrade() -> None:
    """Take back."""
    op.drop_index(op.f("ix_share_link_created_by_id"), table_name="share_link")
    op.drop_index(op.f("ix_share_link_clip_id"), table_name="share_link")
    op.drop_table("share_link")
    op.drop_index(op.f("ix_mention_user_id"), table_name="mention")
    op.drop_table("mention")
    op.drop_index(
        "ix_utterance_words_other",
        table_name="utterance",
        postgresql_using="gin",
        postgresql_where=sa.text("language NOT IN ('en', 'fr')"),
        postgresql_with={"fastupdate": "off"},
    )
    op.drop_index(
        "ix_utterance_words_fr",
        table_name="utterance",
        postgresql_using="gin",
        postgresql_where=sa.text("language = 'fr'"),
        postgresql_with={"fastupdate": "off"},
    )
    op.drop_index(
        "ix_utterance_words_en",
        table_name="utterance",
        postgresql_using="gin",
        postgresql_where=sa.text("language = 'en'"),
        postgresql_with={"fastupdate": "off"},
    )
    op.drop_index("ix_utterance_call_position", table_name="utterance")
    op.drop_table("utterance")
    op.drop_index(op.f("ix_upload_owner_id"), table_name="upload")
    op.drop_index(op.f("ix_upload_call_id"), table_name="upload")
    op.drop_table("upload")
    op.drop_index(op.f("ix_tip_call_id"), table_name="tip")
    op.drop_index(op.f("ix_tip_area"), table_name="tip")
    op.drop_table("tip")
    op.drop_table("stage_result")
    op.drop_index("ix_scorecard_answer_criterion", table_name="scorecard_answer")
    op.drop_index(op.f("ix_scorecard_answer_call_id"), table_name="scorecard_answer")
    op.drop_table("scorecard_answer")
    op.drop_table("report")
    op.drop_index(op.f("ix_recording_sha256"), table_name="recording")
    op.drop_table("recording")
    op.drop_table("progress")
    op.drop_index(
        "ix_passage_vector",
        table_name="passage",
        postgresql_using="hnsw",
        postgresql_ops={"vector": "halfvec_ip_ops"},
    )
    op.drop_index("ix_passage_call_position", table_name="passage")
    op.drop_table("passage")
    op.drop_index("ix_next_step_due", table_name="next_step")
    op.drop_index(op.f("ix_next_step_call_id"), table_name="next_step")
    op.drop_table("next_step")
    op.drop_index("ix_moment_kind_call", table_name="moment")
    op.drop_index("ix_moment_kind", table_name="moment")
    op.drop_index("ix_moment_call_start", table_name="moment")
    op.drop_table("moment")
    op.drop_index("uq_imported_file", table_name="imported_file")
    op.drop_index("ix_imported_file_recent", table_name="imported_file")
    op.drop_index(op.f("ix_imported_file_call_id"), table_name="imported_file")
    op.drop_table("imported_file")
    op.drop_index(op.f("ix_hearing_sha256"), table_name="hearing")
    op.drop_table("hearing")
    op.drop_index("ix_correction_call", table_name="correction")
    op.drop_table("correction")
    op.drop_index(op.f("ix_comment_reply_to_id"), table_name="comment")
    op.drop_index(op.f("ix_comment_call_id"), table_name="comment")
    op.drop_index(op.f("ix_comment_author_id"), table_name="comment")
    op.drop_table("comment")
    op.drop_index("ix_clip_recent", table_name="clip")
    op.drop_index(op.f("ix_clip_created_by_id"), table_name="clip")
    op.drop_index(op.f("ix_clip_call_id"), table_name="clip")
    op.drop_table("clip")
    op.drop_index(
        "ix_call_words_words_other",
        table_name="call_words",
        postgresql_using="gin",
        postgresql_where=sa.text("language NOT IN ('en', 'fr')"),
        postgresql_with={"fastupdate": "off"},
    )
    op.drop_index(
        "ix_call_words_words_fr",
        table_name="call_words",
        postgresql_using="gin",
        postgresql_where=sa.text("language = 'fr'"),
        postgresql_with={"fastupdate": "off"},
    )
    op.drop_index(
        "ix_call_words_words_en",
        table_name="call_words",
        postgresql_using="gin",
        postgresql_where=sa.text("language = 'en'"),
        postgresql_with={"fastupdate": "off"},
    )
    op.drop_table("call_words")
    op.drop_index("ix_call_topic_name", table_name="call_topic")
    op.drop_index(op.f("ix_call_topic_call_id"), table_name="call_topic")
    op.drop_table("call_topic")
    op.drop_index(op.f("ix_call_facts_call_type"), table_name="call_facts")
    op.drop_table("call_facts")
    op.drop_index(op.f("ix_agenda_item_call_id"), table_name="agenda_item")
    op.drop_table("agenda_item")
    op.drop_index(op.f("ix_invitation_sent_at"), table_name="invitation")
    op.drop_index(op.f("ix_invitation_rep_id"), table_name="invitation")
    op.drop_index(op.f("ix_invitation_meeting_id"), table_name="invitation")
    op.drop_index(op.f("ix_invitation_deal_id"), table_name="invitation")
    op.drop_table("invitation")
    op.drop_index("ix_call_rep_recent", table_name="call")
    op.drop_index(op.f("ix_call_rep_id"), table_name="call")
    op.drop_index("ix_call_recent", table_name="call")
    op.drop_index(op.f("ix_call_playbook_id"), table_name="call")
    op.drop_index(op.f("ix_call_meeting_id"), table_name="call")
    op.drop_index(op.f("ix_call_deal_id"), table_name="call")
    op.drop_index(op.f("ix_call_account_id"), table_name="call")
    op.drop_table("call")
    op.drop_index(op.f("ix_activity_rep_id"), table_name="activity")
    op.drop_index("ix_activity_rep_at", table_name="activity")
    op.drop_index(op.f("ix_activity_lead_id"), table_name="activity")
    op.drop_index(op.f("ix_activity_deal_id"), table_name="activity")
    op.drop_index("ix_activity_deal_at", table_name="activity")
    op.drop_index(op.f("ix_activity_at"), table_name="activity")
    op.drop_table("activity")
    op.drop_index(op.f("ix_webhook_delivery_webhook_id"), table_name="webhook_delivery")
    op.drop_index("ix_webhook_delivery_waiting", table_name="webhook_delivery")
    op.drop_table("webhook_delivery")
    op.drop_index(op.f("ix_stage_change_stage"), table_name="stage_change")
    op.drop_index(op.f("ix_stage_change_rep_id"), table_name="stage_change")
    op.drop_index(
        "ix_stage_change_odds",
        table_name="stage_change",
        postgresql_where=sa.text("is_first AND NOT is_end AND deal_was_won IS NOT NULL"),
    )
    op.drop_index(
        "ix_stage_change_left", table_name="stage_change", postgresql_where=sa.text("NOT is_end")
    )
    op.drop_index(op.f("ix_stage_change_entered_at"), table_name="stage_change")
    op.drop_index(op.f("ix_stage_change_deal_id"), table_name="stage_change")
    op.drop_table("stage_change")
    op.drop_index(op.f("ix_offer_sent_at"), table_name="offer")
    op.drop_index(op.f("ix_offer_deal_id"), table_name="offer")
    op.drop_table("offer")
    op.drop_index(op.f("ix_meeting_scheduled_at"), table_name="meeting")
    op.drop_index(op.f("ix_meeting_rep_id"), table_name="meeting")
    op.drop_index(op.f("ix_meeting_deal_id"), table_name="meeting")
    op.drop_table("meeting")
    op.drop_index("ix_lead_repeat", table_name="lead", postgresql_where=sa.text("is_repeat"))
    op.drop_index(op.f("ix_lead_rep_id"), table_name="lead")
    op.drop_index(op.f("ix_lead_first_linkedin_at"), table_name="lead")
    op.drop_index(op.f("ix_lead_email"), table_name="lead")
    op.drop_index(op.f("ix_lead_deal_id"), table_name="lead")
    op.drop_index(op.f("ix_lead_arrived_at"), table_name="lead")
    op.drop_index("ix_lead_address", table_name="lead")
    op.drop_index(op.f("ix_lead_account_id"), table_name="lead")
    op.drop_table("lead")
    op.drop_index(op.f("ix_goal_note_goal_id"), table_name="goal_note")
    op.drop_index(op.f("ix_goal_note_author_id"), table_name="goal_note")
    op.drop_table("goal_note")
    op.drop_index(op.f("ix_webhook_created_by_id"), table_name="webhook")
    op.drop_table("webhook")
    op.drop_index(op.f("ix_target_team_id"), table_name="target")
    op.drop_index(op.f("ix_target_rep_id"), table_name="target")
    op.drop_index(op.f("ix_target_month"), table_name="target")
    op.drop_table("target")
    op.drop_index(op.f("ix_playbook_team_id"), table_name="playbook")
    op.drop_table("playbook")
    op.drop_table("idempotency_key")
    op.drop_table("digest")
    op.drop_index(op.f("ix_deal_rep_id"), table_name="deal")
    op.drop_index(op.f("ix_deal_referred_by_id"), table_name="deal")
    op.drop_index(op.f("ix_deal_opened_at"), table_name="deal")
    op.drop_index("ix_deal_ended", table_name="deal")
    op.drop_index("ix_deal_closed", table_name="deal")
    op.drop_index(op.f("ix_deal_account_id"), table_name="deal")
    op.drop_table("deal")
    op.drop_table("dashboard")
    op.drop_table("custom_kpi")
    op.drop_index(op.f("ix_coaching_goal_rep_id"), table_name="coaching_goal")
    op.drop_index(op.f("ix_coaching_goal_author_id"), table_name="coaching_goal")
    op.drop_table("coaching_goal")
    op.drop_index(op.f("ix_api_token_user_id"), table_name="api_token")
    op.drop_table("api_token")
    op.drop_index("uq_user_email", table_name="user")
    op.drop_index(op.f("ix_user_team_id"), table_name="user")
    op.drop_table("user")
    op.drop_index(op.f("ix_survey_at"), table_name="survey")
    op.drop_index(op.f("ix_survey_account_id"), table_name="survey")
    op.drop_table("survey")
    op.drop_index(op.f("ix_subscription_started_on"), table_name="subscription")
    op.drop_index(op.f("ix_subscription_account_id"), table_name="subscription")
    op.drop_table("subscription")
    op.drop_index(op.f("ix_figure_month"), table_name="figure")
    op.drop_index(op.f("ix_figure_account_id"), table_name="figure")
    op.drop_table("figure")
    op.drop_index(op.f("ix_contact_email"), table_name="contact")
    op.drop_index(op.f("ix_contact_account_id"), table_name="contact")
    op.drop_table("contact")
    op.drop_table("team")
    op.drop_index(op.f("ix_spend_month"), table_name="spend")
    op.drop_table("spend")
    op.drop_table("fx_rate")
    op.drop_index("ix_audit_entry_subject", table_name="audit_entry")
    op.drop_index("ix_audit_entry_actor", table_name="audit_entry")
    op.drop_table("audit_entry")
    op.drop_index(op.f("ix_account_domain"), table_name="account")
    op.drop_table("account")
    op.execute("DROP FUNCTION audit_entry_is_append_only")
    drop_queue(op.get_bind())
