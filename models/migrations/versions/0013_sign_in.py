"""Sessions can be ended one by one, people come from a provider, tokens have scopes.

Revision ID: 0013
Revises: 0012

Who is signed in has to sign in again; tokens that are there keep doing what they did.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlmodel.sql.sqltypes import AutoString

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "user_identity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", AutoString(length=500), nullable=False),
        sa.Column("subject", AutoString(length=255), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_user_identity_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_identity")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_user_identity_issuer_subject")),
    )
    op.create_index(op.f("ix_user_identity_user_id"), "user_identity", ["user_id"], unique=False)
    op.create_table(
        "user_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("how", AutoString(length=20), nullable=False),
        sa.Column(
            "seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "how IN ('password', 'provider', 'invitation')", name=op.f("ck_user_session_how")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_user_session_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
    )
    op.create_index(op.f("ix_user_session_user_id"), "user_session", ["user_id"], unique=False)
    op.add_column("api_token", sa.Column("parent_id", sa.Uuid(), nullable=True))
    op.add_column("api_token", sa.Column("scopes", postgresql.JSONB(), nullable=True))
    op.execute("""UPDATE api_token SET scopes = '["read", "write", "admin"]'""")
    op.alter_column("api_token", "scopes", nullable=False)
    op.create_index(op.f("ix_api_token_parent_id"), "api_token", ["parent_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_api_token_parent_id"),
        "api_token",
        "api_token",
        ["parent_id"],
        ["id"],
        ondelete="SET NULL",
    )


def downgrade() -> None:
    """Take back."""
    op.drop_constraint(op.f("fk_api_token_parent_id"), "api_token", type_="foreignkey")
    op.drop_index(op.f("ix_api_token_parent_id"), table_name="api_token")
    op.drop_column("api_token", "scopes")
    op.drop_column("api_token", "parent_id")
    op.drop_index(op.f("ix_user_session_user_id"), table_name="user_session")
    op.drop_table("user_session")
    op.drop_index(op.f("ix_user_identity_user_id"), table_name="user_identity")
    op.drop_table("user_identity")
