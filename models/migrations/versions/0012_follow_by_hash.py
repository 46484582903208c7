"""What follows from rows is never looked up row by row, whatever the database believes there is.

Revision ID: 0012
Revises: 0011

A table that was looked at while it was empty, as while an import fills it, is taken for empty: the
functions of 0002 and 0003 would then go through all of it for every row.
"""

from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | None = None
depends_on: str | None = None

_FUNCTIONS = (
    "follow_stages(uuid[])",
    "end_deals(uuid[])",
    "follow_leads(uuid[])",
    "follow_prospects(text[])",
)


def upgrade() -> None:
    """Apply."""
    for function in _FUNCTIONS:
        op.execute(f"ALTER FUNCTION {function} SET enable_nestloop = off")


def downgrade() -> None:
    """Take back."""
    for function in _FUNCTIONS:
        op.execute(f"ALTER FUNCTION {function} RESET enable_nestloop")
