"""The database keeps how many deals of each stage were closed, and won.

Revision ID: 0019
Revises: 0018

Counted among all stages of all deals, it took most of the time of a forecast.
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | None = None
depends_on: str | None = None

_COUNTED = "is_first AND NOT is_end AND deal_was_won IS NOT NULL"
_COLUMNS = "(id, created_at, stage, closed, won) SELECT gen_random_uuid(), now(), stage"
_NOT_NOTHING = "HAVING sum(closed) <> 0 OR sum(won) <> 0"
_TOGETHER = f"""
CREATE FUNCTION put_odds_together() RETURNS void LANGUAGE sql AS $$
    -- rows that somebody else is putting together are left to them
    WITH gone AS (
        DELETE FROM stage_odds
        WHERE id IN (SELECT id FROM stage_odds FOR UPDATE SKIP LOCKED)
        RETURNING stage, closed, won
    )
    INSERT INTO stage_odds {_COLUMNS}, sum(closed), sum(won)
    FROM gone GROUP BY stage {_NOT_NOTHING}
$$
"""  # noqa: S608 (of ours)
_MANY = 500
_TRIGGERS = {
    "added": ("INSERT", {"is_now": 1}),
    "altered": ("UPDATE", {"was": -1, "is_now": 1}),
    "deleted": ("DELETE", {"was": -1}),
}


def _added(counts: dict[str, int]) -> str:
    """What some rows of stages add to the odds, or take from them."""
    counted = " UNION ALL ".join(
        f"SELECT stage, {sign} AS closed, {sign} * deal_was_won::int AS won "  # noqa: S608
        f"FROM {rows} WHERE {_COUNTED}"
        for rows, sign in counts.items()
    )
    return (
        f"INSERT INTO stage_odds {_COLUMNS}, sum(closed), sum(won) "
        f"FROM ({counted}) counted GROUP BY stage {_NOT_NOTHING}"
    )


def _trigger(happening: str, event: str, counts: dict[str, int]) -> str:
    tables = {"was": "OLD TABLE AS was", "is_now": "NEW TABLE AS is_now"}
    return f"""
CREATE FUNCTION odds_{happening}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {_added(counts)};
    IF FOUND AND (SELECT count(*) FROM stage_odds) > {_MANY} THEN
        PERFORM put_odds_together();
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER stage_odds_{happening} AFTER {event} ON stage_change
    REFERENCING {" ".join(tables[one] for one in counts)}
    FOR EACH STATEMENT EXECUTE FUNCTION odds_{happening}();
"""  # noqa: S608 (of ours)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "stage_odds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stage", AutoString(length=100), nullable=False),
        sa.Column("closed", sa.Integer(), nullable=False),
        sa.Column("won", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stage_odds"),
    )
    op.execute(_TOGETHER)
    for happening, (event, counts) in _TRIGGERS.items():
        op.execute(_trigger(happening, event, counts))
    op.execute(_added({"stage_change": 1}))
    op.drop_index("ix_stage_change_odds", table_name="stage_change")
    op.create_index("ix_deal_won", "deal", ["id"], postgresql_where=sa.text("outcome = 'won'"))
    op.drop_index("ix_subscription_account_id", table_name="subscription")
    op.create_index(
        "ix_subscription_account",
        "subscription",
        ["account_id", "started_on", "id"],
        postgresql_include=["ended_on"],
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_subscription_account", table_name="subscription")
    op.create_index("ix_subscription_account_id", "subscription", ["account_id"])
    op.drop_index("ix_deal_won", table_name="deal")
    op.create_index(
        "ix_stage_change_odds",
        "stage_change",
        ["stage", "deal_was_won"],
        postgresql_where=sa.text(_COUNTED),
    )
    for happening in _TRIGGERS:
        op.execute(f"DROP TRIGGER stage_odds_{happening} ON stage_change")
        op.execute(f"DROP FUNCTION odds_{happening}()")
    op.execute("DROP FUNCTION put_odds_together()")
    op.drop_table("stage_odds")
