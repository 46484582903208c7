"""Share links may ask for a password, and open a clip so often and no more.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | None = None
depends_on: str | None = None

_WITHIN = "max_views IS NULL OR views BETWEEN 0 AND max_views"


def upgrade() -> None:
    """Apply."""
    op.add_column("share_link", sa.Column("max_views", sa.Integer(), nullable=True))
    op.add_column("share_link", sa.Column("password_hash", AutoString(length=200), nullable=True))
    op.create_check_constraint(op.f("ck_share_link_views"), "share_link", _WITHIN)


def downgrade() -> None:
    """Take back."""
    op.drop_constraint(op.f("ck_share_link_views"), "share_link", type_="check")
    op.drop_column("share_link", "password_hash")
    op.drop_column("share_link", "max_views")
