"""Stages and offers know of their deal what KPIs ask of it, and an offer whether it was closed.

Revision ID: 0015
Revises: 0014

Looked up in 200,000 deals, it took most of the time of such a KPI; kept by a trigger, it is right
after whatever changes it.

What follows from rows is from now on found by index on both sides of a join: since 0012, which keeps
the planner from going row by row, a million rows were read for the one deal that a person changes.
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | None = None
depends_on: str | None = None

_STAGES_OF, _ENDS_OF = "follow_stages(deals uuid[])", "end_deals(deals uuid[])"
_OFFERS_OF, _LEADS_OF = "follow_offers(deals uuid[])", "follow_leads(leads uuid[])"
_PROSPECTS_OF = "follow_prospects(addresses text[])"


def _following(function: str, *statements: str) -> str:
    """A function of the rows in an array."""
    return (
        f"CREATE OR REPLACE FUNCTION {function} RETURNS void LANGUAGE sql "
        f"SET enable_nestloop = off AS $$ {';'.join(statements)} $$"
    )


_STAGES = """
    UPDATE stage_change SET
        is_end = new.is_end, is_first = new.is_first,
        left_at = new.left_at, went_forward = new.went_forward,
        deal_was_won = new.deal_was_won{set}
    FROM (
        SELECT id, ends AS is_end, first_position = position AS is_first,
            coalesce(lead(entered_at) OVER course, ended_at) AS left_at,
            CASE
                WHEN lead(stage) OVER course IS NULL
                    THEN CASE WHEN outcome <> 'open' THEN outcome = 'won' END
                WHEN outcome <> 'open' AND lead(ends) OVER course
                    AND lead(stage, 2) OVER course IS NULL THEN outcome = 'won'
                WHEN lead(stage) OVER course ~* 'lost|perdu|abandon' THEN false
                ELSE lead(first_position) OVER course > position
            END AS went_forward,
            CASE WHEN outcome <> 'open' THEN outcome = 'won' END AS deal_was_won{read}
        FROM (
            SELECT s.id, s.deal_id, s.position, s.stage, s.entered_at, d.outcome, d.ended_at,
                d.rep_id AS deal_rep_id, d.amount_minor AS deal_amount_minor,
                d.currency AS deal_currency,
                s.stage ~* 'won|lost|closed|gagn|perdu|abandon' AS ends,
                min(s.position) OVER (PARTITION BY s.deal_id, s.stage) AS first_position
            FROM stage_change s JOIN deal d ON d.id = s.deal_id
            WHERE s.deal_id = ANY($1) AND d.id = ANY($1)
        ) seen
        WINDOW course AS (PARTITION BY deal_id ORDER BY position)
    ) new
    WHERE stage_change.id = new.id AND stage_change.deal_id = ANY($1)
        AND (stage_change.is_end, stage_change.is_first, stage_change.left_at,
             stage_change.went_forward, stage_change.deal_was_won{kept})
        IS DISTINCT FROM (
            new.is_end, new.is_first, new.left_at, new.went_forward, new.deal_was_won{found}
        )
"""
_TOLD = ("deal_rep_id", "deal_amount_minor", "deal_currency")


def _stages(*told: str) -> str:
    """How stages follow one another, with what else of its deal each is told."""
    return _STAGES.format(
        set="".join(f", {one} = new.{one}" for one in told),
        read="".join(f", {one}" for one in told),
        kept="".join(f", stage_change.{one}" for one in told),
        found="".join(f", new.{one}" for one in told),
    )


_ENDS = """
    UPDATE deal SET ended_at = NULL  -- which a trigger puts right
    WHERE id = ANY($1) AND outcome <> 'open' AND closed_at IS NULL
"""
_OFFERS = """
    UPDATE offer SET deal_rep_id = new.rep_id, was_closed = new.was_closed
    FROM (
        SELECT o.id, d.rep_id, d.outcome = 'won' AND lead(o.id) OVER (
            PARTITION BY o.deal_id, o.kind ORDER BY o.sent_at, o.id
        ) IS NULL AS was_closed
        FROM offer o JOIN deal d ON d.id = o.deal_id
        WHERE o.deal_id = ANY($1) AND d.id = ANY($1)
    ) new
    WHERE offer.id = new.id AND offer.deal_id = ANY($1) AND (offer.deal_rep_id, offer.was_closed)
        IS DISTINCT FROM (new.rep_id, new.was_closed)
"""
_LEADS = """
    UPDATE lead SET
        first_activity_at = new.activity_at, first_follow_up_at = new.follow_up_at,
        first_linkedin_at = new.linkedin_at
    FROM (
        SELECT l.id,
            min(a.at) FILTER (WHERE a.at >= l.arrived_at AND NOT a.is_whole_day) AS activity_at,
            min(a.at) FILTER (WHERE a.at >= l.arrived_at AND a.kind = 'follow_up') AS follow_up_at,
            min(a.at) FILTER (WHERE a.kind = 'linkedin') AS linkedin_at
        FROM lead l LEFT JOIN activity a ON a.lead_id = l.id AND a.lead_id = ANY($1)
        WHERE l.id = ANY($1)
        GROUP BY l.id
    ) new
    WHERE lead.id = new.id AND lead.id = ANY($1)
        AND (lead.first_activity_at, lead.first_follow_up_at, lead.first_linkedin_at)
        IS DISTINCT FROM (new.activity_at, new.follow_up_at, new.linkedin_at)
"""
_PROSPECTS = """
    UPDATE lead SET is_repeat = new.is_repeat
    FROM (
        SELECT id, row_number() OVER (
            PARTITION BY lower(btrim(email)) ORDER BY arrived_at, id
        ) > 1 AND lower(btrim(email)) <> '' AS is_repeat
        FROM lead WHERE lower(btrim(email)) = ANY($1)
    ) new
    WHERE lead.id = new.id AND lower(btrim(lead.email)) = ANY($1) AND lead.is_repeat <> new.is_repeat
"""
_NAMELESS = """
    UPDATE lead SET is_repeat = false WHERE is_repeat AND email IS NULL
"""
_OFFER_TRIGGERS = """
CREATE FUNCTION offers_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM follow_offers(ARRAY(SELECT DISTINCT deal_id FROM changed));
    RETURN NULL;
END $$;
CREATE FUNCTION offers_altered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM follow_offers(ARRAY(SELECT deal_id FROM was UNION SELECT deal_id FROM changed));
    RETURN NULL;
END $$;
CREATE FUNCTION deal_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM follow_offers(ARRAY(
        SELECT later.id FROM is_now later JOIN was earlier ON earlier.id = later.id
        WHERE (later.outcome, later.rep_id) IS DISTINCT FROM (earlier.outcome, earlier.rep_id)
    ));
    PERFORM follow_stages(ARRAY(
        SELECT later.id FROM is_now later JOIN was earlier ON earlier.id = later.id
        WHERE (later.rep_id, later.amount_minor, later.currency)
            IS DISTINCT FROM (earlier.rep_id, earlier.amount_minor, earlier.currency)
    ));
    RETURN NULL;
END $$;
CREATE TRIGGER offer_added AFTER INSERT ON offer
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION offers_changed();
CREATE TRIGGER offer_altered AFTER UPDATE ON offer
    REFERENCING OLD TABLE AS was NEW TABLE AS changed FOR EACH STATEMENT
    WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION offers_altered();
CREATE TRIGGER offer_deleted AFTER DELETE ON offer
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION offers_changed();
CREATE TRIGGER deal_told AFTER UPDATE ON deal
    REFERENCING OLD TABLE AS was NEW TABLE AS is_now FOR EACH STATEMENT
    EXECUTE FUNCTION deal_told();
"""


def upgrade() -> None:
    """Apply."""
    op.add_column("offer", sa.Column("deal_rep_id", sa.Uuid(), nullable=True))
    op.add_column(
        "offer",
        sa.Column("was_closed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("stage_change", sa.Column("deal_rep_id", sa.Uuid(), nullable=True))
    op.add_column("stage_change", sa.Column("deal_amount_minor", sa.BigInteger(), nullable=True))
    op.add_column("stage_change", sa.Column("deal_currency", AutoString(length=3), nullable=True))
    op.create_index("ix_stage_change_deal_rep", "stage_change", ["deal_rep_id", "entered_at"])
    op.create_index(
        "ix_activity_of_lead",
        "activity",
        ["at", "rep_id", "lead_id"],
        unique=False,
        postgresql_where=sa.text("lead_id IS NOT NULL"),
    )
    op.execute(_following(_STAGES_OF, _stages(*_TOLD)))
    op.execute(_following(_ENDS_OF, _ENDS))
    op.execute(_following(_OFFERS_OF, _OFFERS))
    op.execute(_following(_LEADS_OF, _LEADS))
    op.execute(_following(_PROSPECTS_OF, _PROSPECTS, _NAMELESS))
    op.execute("SELECT follow_stages(ARRAY(SELECT id FROM deal))")
    op.execute("SELECT follow_offers(ARRAY(SELECT id FROM deal))")
    op.execute(_OFFER_TRIGGERS)


def downgrade() -> None:
    """Take back."""
    op.execute("DROP TRIGGER deal_told ON deal")
    for happening in ("added", "altered", "deleted"):
        op.execute(f"DROP TRIGGER offer_{happening} ON offer")
    for function in ("deal_told()", "offers_altered()", "offers_changed()"):
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DROP FUNCTION follow_offers(uuid[])")
    op.execute(_following(_STAGES_OF, _stages()))
    op.drop_index("ix_activity_of_lead", table_name="activity")
    op.drop_index("ix_stage_change_deal_rep", table_name="stage_change")
    for told in reversed(_TOLD):
        op.drop_column("stage_change", told)
    op.drop_column("offer", "was_closed")
    op.drop_column("offer", "deal_rep_id")
