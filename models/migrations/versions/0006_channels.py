"""Users are told elsewhere, by Slack, Teams or e-mail, what they chose.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlmodel.sql.sqltypes import AutoString

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "channel",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("name", AutoString(length=100), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("host", AutoString(length=300), nullable=True),
        sa.Column("events", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("whose", AutoString(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("told_until", sa.Date(), nullable=True),
        sa.Column("last_error", AutoString(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(kind = 'email') = (address IS NULL)", name=op.f("ck_channel_address")),
        sa.CheckConstraint("kind IN ('slack', 'teams', 'email')", name=op.f("ck_channel_kind")),
        sa.CheckConstraint("whose IN ('own', 'team')", name=op.f("ck_channel_whose")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 100", name=op.f("ck_channel_name")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_channel_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel")),
    )
    op.create_index(op.f("ix_channel_user_id"), "channel", ["user_id"], unique=False)
    op.create_table(
        "channel_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("event", AutoString(), nullable=False),
        sa.Column("about", AutoString(length=80), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=True),
        sa.Column("comment_id", sa.Uuid(), nullable=True),
        sa.Column("week_until", sa.Date(), nullable=True),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_error", AutoString(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "event IN ('call_ready', 'mention', 'weekly_digest', 'test')",
            name=op.f("ck_channel_message_event"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'dropped', 'failed')",
            name=op.f("ck_channel_message_state"),
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_channel_message_call_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"],
            ["channel.id"],
            name=op.f("fk_channel_message_channel_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["comment.id"],
            name=op.f("fk_channel_message_comment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_message")),
        sa.UniqueConstraint(
            "channel_id", "event", "about", name=op.f("uq_channel_message_channel_id_event_about")
        ),
    )
    op.create_index(
        op.f("ix_channel_message_call_id"), "channel_message", ["call_id"], unique=False
    )
    op.create_index(
        op.f("ix_channel_message_channel_id"), "channel_message", ["channel_id"], unique=False
    )
    op.create_index(
        op.f("ix_channel_message_comment_id"), "channel_message", ["comment_id"], unique=False
    )
    op.create_index(
        "ix_channel_message_waiting", "channel_message", ["state", "next_try_at"], unique=False
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_channel_message_waiting", table_name="channel_message")
    op.drop_index(op.f("ix_channel_message_comment_id"), table_name="channel_message")
    op.drop_index(op.f("ix_channel_message_channel_id"), table_name="channel_message")
    op.drop_index(op.f("ix_channel_message_call_id"), table_name="channel_message")
    op.drop_table("channel_message")
    op.drop_index(op.f("ix_channel_user_id"), table_name="channel")
    op.drop_table("channel")
